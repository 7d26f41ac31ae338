"""Klaviyo's profiles and events, and what becomes of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.sources.export import Context
from tests.sources.files import read
from tests.sources.scrubbing import Record, part, row, rows, scrub

PROFILES, EVENTS = "klaviyo.profiles", "klaviyo.events"
ID = "01GDDKASAP8TKDDA2GRZDSVP4H"
ADA = f"{PROFILES}:{ID}"
CREATED, CONSENTED = datetime(2022, 11, 8), datetime(2023, 2, 21, 20, 7, 38)
SUBSCRIPTIONS: dict[str, Any] = {
    "email": {
        "marketing": {
            "can_receive_email_marketing": False,
            "consent": "SUBSCRIBED",
            "consent_timestamp": "2023-02-21T20:07:38+00:00",
            "suppression": [{"reason": "HARD_BOUNCE", "timestamp": "2023-03-21T20:07:38+00:00"}],
        }
    },
    "sms": {"marketing": {"consent": "UNSUBSCRIBED", "consent_timestamp": "2023-02-21T20:07:38+00:00"}},
    "mobile_push": {"marketing": {"consent": "NEVER_SUBSCRIBED", "consent_timestamp": None}},
}
ATTRIBUTES: dict[str, Any] = {
    "email": "Ada@King.io",
    "phone_number": "+14155552671",
    "external_id": "customer-77",
    "first_name": "Ada",
    "last_name": "King",
    "locale": "en-US",
    "created": "2022-11-08T00:00:00+00:00",
    "updated": "2023-04-01T00:00:00+00:00",
    "last_event_date": "2023-03-01T00:00:00+00:00",
    "location": {"country": "United States"},
    "properties": {"pseudonym": "Countess"},
    "subscriptions": SUBSCRIPTIONS,
}


def profile(**changed: Any) -> Record:
    return {"type": "profile", "id": ID, "attributes": json.dumps({**ATTRIBUTES, **changed}), "links": "{}"}


def test_a_profile_is_a_person_with_identifiers() -> None:
    made = scrub(PROFILES, profile())
    person = {
        "customer_record": ADA,
        "country": "US",
        "first_seen_at": CREATED,
        "last_seen_at": datetime(2023, 3, 1),
        "source_updated_at": datetime(2023, 4, 1),
        "is_test": False,
        "dq_flags": [],
    }
    assert part(made.tables["people"].to_dicts()[0], person) == person
    assert made.tables["customer_identities"].select("kind", "value").rows() == [
        ("email", "ada@king.io"),
        ("phone", "+14155552671"),
        ("external_id", "customer-77"),
        ("name", "Ada King"),
    ]


def test_consent_is_told_by_channel() -> None:
    made = scrub(PROFILES, profile()).tables["consent_events"]
    assert made.select("event_id", "channel", "state", "state_raw", "occurred_at").rows() == [
        (f"{ADA}#email-granted-20230221T200738", "email", "granted", "SUBSCRIBED", CONSENTED),
        (f"{ADA}#sms-withdrawn-20230221T200738", "sms", "withdrawn", "UNSUBSCRIBED", CONSENTED),
        (f"{ADA}#push-not_given", "push", "not_given", "NEVER_SUBSCRIBED", None),
        (
            f"{ADA}#suppression-1-unknown-20230321T200738",
            "email",
            "unknown",
            "HARD_BOUNCE",
            datetime(2023, 3, 21, 20, 7, 38),
        ),
    ]
    kinds = [who["kind"] for who in made["identity"].to_list()]
    assert kinds == ["email", "phone", "email", "email"]


def test_pages_flat_records_and_files_say_the_same() -> None:
    flat: Record = {name: value if isinstance(value, str) else json.dumps(value) for name, value in ATTRIBUTES.items()}
    listed: Record = {
        "Klaviyo ID": ID,
        "Email": "ada@king.io",
        "Phone Number": "+14155552671",
        "First Name": "Ada",
        "Last Name": "King",
        "Email Marketing Consent": "Subscribed",
        "Email Marketing Consent Timestamp": "2023-02-21 20:07:38",
        "SMS Marketing Consent": "Unsubscribed",
        "SMS Marketing Consent Timestamp": "2023-02-21 20:07:38",
    }
    told = [
        [
            (event["channel"], event["state"], event["occurred_at"])
            for event in rows(PROFILES, "consent_events", shape)
            if event["channel"] in ("email", "sms") and event["state"] != "unknown"
        ]
        for shape in (profile(), {"id": ID, **flat}, listed)
    ]
    assert told[0] == [("email", "granted", CONSENTED), ("sms", "withdrawn", CONSENTED)]
    assert told[1] == told[2] == told[0]


def test_further_homes_of_consent_are_events_of_their_own() -> None:
    given: Record = {
        "id": ID,
        "email": "ada@king.io",
        "custom_consent": '["email","sms"]',
        "custom_consent_timestamp": "2021-04-13 10:00:00",
        "custom_accepts_marketing": "False",
    }
    made = rows(PROFILES, "consent_events", given)
    assert [(event["channel"], event["state"], event["occurred_at"]) for event in made] == [
        ("email", "granted", datetime(2021, 4, 13, 10)),
        ("sms", "granted", datetime(2021, 4, 13, 10)),
        ("email", "not_given", datetime(2021, 4, 13, 10)),
    ]
    inside = profile(subscriptions={}, properties={"$consent": ["email"], "Accepts Marketing": True})
    assert [event["dq_flags"] for event in rows(PROFILES, "consent_events", inside)] == [["grant_without_time"]] * 2


@pytest.mark.parametrize(
    ("word", "state", "at"),
    [
        ("SUBSCRIBED", "granted", None),
        ("never subscribed", "not_given", None),
        ("2023-02-21 20:07:38", "granted", CONSENTED),
        ("perhaps", "unknown", None),
    ],
)
def test_words_of_consent(word: str, state: str, at: datetime | None) -> None:
    made = row(PROFILES, "consent_events", {"id": ID, "Email Marketing Consent": word})
    assert (made["state"], made["occurred_at"], made["identity"]) == (state, at, {"kind": "external_id", "token": ID})


def test_deleted_and_test_profiles_are_marked() -> None:
    assert row(PROFILES, "people", {"id": ID, "_fivetran_deleted": "true"})["is_deleted"]
    assert row(PROFILES, "people", profile(first_name="Test", last_name="User"))["is_test"]


def event(name: str | None, properties: dict[str, Any] | None = None, **given: Any) -> Record:
    return {
        "type": "event",
        "id": "3EJWEqMwmUS",
        "attributes": json.dumps(
            {
                "timestamp": 1677010058,
                "datetime": "2023-02-21T20:07:38+00:00",
                "uuid": "aa2f2080-1e67-11ec-8001-2ae5c2b4c2ba",
                "event_properties": properties or {},
            }
        ),
        "relationships": json.dumps({"profile": {"data": {"id": ID}}, "metric": {"data": {"id": "WHcQrX"}}}),
        "metric_name": name,
        **given,
    }


OWN = f"{EVENTS}:3EJWEqMwmUS"


def test_an_event_of_a_message() -> None:
    made = scrub(EVENTS, event("Opened Email", {"Campaign Name": "Spring", "machine_open": True}))
    expected = {
        "event_id": OWN,
        "customer_record": ADA,
        "campaign": "Spring",
        "kind": "open",
        "kind_raw": "Opened Email",
        "occurred_at": CONSENTED,
        "dq_flags": ["taken_for_bot"],
    }
    assert part(made.tables["marketing_events"].to_dicts()[0], expected) == expected
    heights = {name: frame.height for name, frame in made.tables.items()}
    assert heights == {"marketing_events": 1, "web_events": 0, "consent_events": 0, "people": 0, "customer_identities": 0}


@pytest.mark.parametrize(
    ("name", "kind", "state", "channel"),
    [
        ("Received Email", "send", None, None),
        ("clicked email", "click", None, None),
        ("Bounced Email", "bounce", None, None),
        ("Dropped Email", "drop", None, None),
        ("Marked Email as Spam", "spam_report", "withdrawn", "email"),
        ("Unsubscribed from Email Marketing", "unsubscribe", "withdrawn", "email"),
        ("Consented to Receive SMS", "subscribe", "granted", "sms"),
        ("Unsubscribed from SMS Marketing", "unsubscribe", "withdrawn", "sms"),
    ],
)
def test_metrics_of_messages_and_the_consent_they_tell(name: str, kind: str, state: str | None, channel: str | None) -> None:
    made = scrub(EVENTS, event(name))
    assert made.tables["marketing_events"]["kind"].to_list() == [kind]
    told = made.tables["consent_events"].select("state", "channel", "customer_record").rows()
    assert told == ([] if state is None else [(state, channel, ADA)])


def test_what_happens_in_the_shop_is_a_web_event() -> None:
    made = rows(EVENTS, "web_events", event("Viewed Product", {"URL": "https://shop.io/p/7?email=a@b.io#top"}), event(None))
    assert [(found["event_name"], found["page_path"], found["customer_record"]) for found in made] == [
        ("Viewed Product", "/p/7", ADA),
        ("klaviyo.metrics:WHcQrX", None, ADA),
    ]


def test_events_of_older_pages_and_of_files() -> None:
    older: Record = {
        "object": "event",
        "id": "3EJWEqMwmUS",
        "event_name": "Unsubscribed",
        "timestamp": "1677010058",
        "person": json.dumps({"email": "ada@king.io"}),
    }
    listed: Record = {"id": "3EJWEqMwmUS", "type": "Unsubscribed", "datetime": "2023-02-21 20:07:38", "person_id": ID}
    made = [row(EVENTS, "consent_events", shape) for shape in (older, listed)]
    assert [(found["customer_record"], found["identity"]["kind"]) for found in made] == [(OWN, "email"), (ADA, "external_id")]
    assert {found["occurred_at"] for found in made} == {CONSENTED}
    assert row(EVENTS, "people", older)["customer_record"] == OWN
    assert row(EVENTS, "customer_identities", older)["value"] == "ada@king.io"
    assert row(EVENTS, "marketing_events", older, Context(test_domains=frozenset({"king.io"})))["is_test"]


def test_pages_with_their_links_and_included_records(tmp_path: Path) -> None:
    records = [{"type": "profile", "id": f"01GDD{number}", "attributes": ATTRIBUTES} for number in range(3)]
    page = {"data": records, "included": [{"type": "list", "id": "L"}], "links": {"next": None}}
    path = tmp_path / "profiles.json"
    path.write_text(json.dumps(page))
    made = read(PROFILES, path, tmp_path)
    assert made.records["source_id"].to_list() == ["01GDD0", "01GDD1", "01GDD2"]
    assert made.quarantined.is_empty()
