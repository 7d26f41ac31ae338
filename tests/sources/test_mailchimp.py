"""Mailchimp's audiences and activity of campaigns, and what becomes of them."""

from __future__ import annotations

import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.sources.export import Context
from tests.sources.files import read
from tests.sources.scrubbing import Record, part, row, rows, scrub

AUDIENCE, ACTIVITY = "mailchimp.audience", "mailchimp.campaign_activity"
MEMBER: Record = {
    "Email Address": "Ada@King.io",
    "First Name": "Ada",
    "Last Name": "King",
    "Phone Number": "(415) 555-2671",
    "MEMBER_RATING": "4",
    "OPTIN_TIME": "2021-03-01 9:00:00",
    "CONFIRM_TIME": "2021-03-01 9:05:00",
    "CC": "us",
    "TIMEZONE": "212/332/646/917",
    "LAST_CHANGED": "2021-04-01 10:00:00",
    "LEID": "148370985",
    "EUID": "3fa81c02d7",
    "TAGS": '"newsletter","vip"',
}
ADA = f"{AUDIENCE}:148370985"
SIGNED_UP, CONFIRMED = datetime(2021, 3, 1, 9), datetime(2021, 3, 1, 9, 5)
CHANGED, LEFT = datetime(2021, 4, 1, 10), datetime(2021, 3, 20, 8)


def states(*given: Record, context: Context | None = None) -> list[tuple[Any, ...]]:
    made = rows(AUDIENCE, "consent_events", *given, context=context)
    return [(event["state"], event["state_raw"], event["occurred_at"]) for event in made]


def test_a_member_is_a_person_who_subscribed_when_confirmed() -> None:
    made = scrub(AUDIENCE, MEMBER)
    person = {
        "customer_record": ADA,
        "country": "US",
        "first_seen_at": SIGNED_UP,
        "last_seen_at": CHANGED,
        "source_updated_at": CHANGED,
        "dq_flags": [],
    }
    assert part(made.tables["people"].to_dicts()[0], person) == person
    assert made.tables["customer_identities"].select("kind", "value", "valid_from").rows() == [
        ("email", "ada@king.io", CONFIRMED),
        ("phone", "+14155552671", CONFIRMED),
        ("name", "Ada King", CONFIRMED),
        ("external_id", "3fa81c02d7", CONFIRMED),
    ]
    event = {
        "event_id": f"{ADA}#email-granted-20210301T090500",
        "identity": {"kind": "email", "token": "ada@king.io"},
        "customer_record": ADA,
        "channel": "email",
        "purpose": "marketing",
        "state": "granted",
        "occurred_at": CONFIRMED,
    }
    assert part(made.tables["consent_events"].to_dicts()[0], event) == event
    assert made.tables["consent_events"].height == 1


GRANT = ("granted", "subscribed", CONFIRMED)


@pytest.mark.parametrize(
    ("given", "label", "expected"),
    [
        ({"UNSUB_TIME": "2021-03-20 08:00:00"}, "", [GRANT, ("withdrawn", "unsubscribed", LEFT)]),
        ({"CLEAN_TIME": "2021-03-20 08:00:00"}, "", [GRANT, ("unknown", "cleaned", LEFT)]),
        ({"status": "unsubscribed"}, "", [GRANT, ("withdrawn", "unsubscribed", CHANGED)]),
        ({"status": "Non-Subscribed"}, "", [("not_given", "nonsubscribed", CHANGED)]),
        ({"status": "transactional"}, "", [("not_given", "transactional", CHANGED)]),
        ({"status": "pending"}, "", [("pending", "pending", CHANGED)]),
        ({"status": "hibernating"}, "", [("unknown", "hibernating", CHANGED)]),
        ({}, "unsubscribed_members_export", [GRANT, ("withdrawn", "unsubscribed", CHANGED)]),
        ({}, "nonsubscribed_members_export", [("not_given", "nonsubscribed", CHANGED)]),
        ({"OPTIN_TIME": None, "CONFIRM_TIME": None}, "", []),
        ({"CONFIRM_TIME": "", "status": "subscribed"}, "", [("granted", "subscribed", SIGNED_UP)]),
    ],
)
def test_the_state_is_told_by_a_word_a_name_or_a_time(given: Record, label: str, expected: list[tuple[Any, ...]]) -> None:
    assert states({**MEMBER, **given}, context=Context(file_label=label)) == expected


def test_an_audience_is_its_own_purpose_and_short_messages_their_own_channel() -> None:
    member: Record = {
        "id": "868d6162bf001d22bb1684743a04b405",
        "list_id": "26d8e9db1e",
        "email_address": "ada@king.io",
        "unique_email_id": "3fa81c02d7",
        "status": "subscribed",
        "merge_fields": json.dumps({"FNAME": "Ada", "LNAME": "King"}),
        "timestamp_signup": "",
        "timestamp_opt": "2021-03-01T09:05:00+00:00",
        "last_changed": "2021-04-01T10:00:00+00:00",
        "sms_phone_number": "+14155552671",
        "sms_subscription_status": "unsubscribed",
        "sms_subscription_last_updated": "2021-03-20T08:00:00+00:00",
    }
    made = scrub(AUDIENCE, member)
    assert made.records["source_id"].to_list() == ["26d8e9db1e-3fa81c02d7"]
    events = made.tables["consent_events"].select("channel", "purpose", "state", "occurred_at").rows()
    assert events == [
        ("email", "mailchimp.lists:26d8e9db1e", "granted", CONFIRMED),
        ("sms", "mailchimp.lists:26d8e9db1e", "withdrawn", LEFT),
    ]
    named = made.tables["customer_identities"].filter(kind="name")["value"].to_list()
    assert named == ["Ada King"]


def test_the_key_falls_back_to_what_is_published_as_a_token() -> None:
    table: list[tuple[Record, str]] = [
        ({"LEID": "1", "EUID": "e", "email_address": "a@b.io"}, "1"),
        ({"id": "868d6162bf001d22bb1684743a04b405", "email_address": "a@b.io"}, "@868d6162bf001d22bb1684743a04b405"),
        ({"email_address": " A@b.io "}, "a@b.io"),
    ]
    for given, key in table:
        assert scrub(AUDIENCE, given).records["source_id"].to_list() == [key]


def test_a_campaign_that_a_member_left_by() -> None:
    by_id = {"UNSUB_TIME": "2021-03-20 08:00:00", "UNSUB_CAMPAIGN_ID": "9bcd3a21c1", "UNSUB_CAMPAIGN_TITLE": "Spring"}
    by_title = {"CLEAN_TIME": "2021-03-20 08:00:00", "CLEAN_CAMPAIGN_TITLE": "Spring"}
    made = rows(AUDIENCE, "marketing_events", {**MEMBER, **by_id}, {**MEMBER, **by_title}, MEMBER)
    assert [(event["kind"], event["campaign"], event["occurred_at"]) for event in made] == [
        ("unsubscribe", "mailchimp.campaigns:9bcd3a21c1", LEFT),
        ("bounce", "Spring", LEFT),
    ]


def test_test_members_are_marked_by_tag_name_or_address() -> None:
    table = [({}, False), ({"TAGS": '"test"'}, True), ({"First Name": "Test", "Last Name": "User"}, True)]
    made = rows(AUDIENCE, "people", *({**MEMBER, **given} for given, _ in table))
    assert [person["is_test"] for person in made] == [is_test for _, is_test in table]


def test_a_zip_tells_states_by_the_names_of_its_documents(tmp_path: Path) -> None:
    documents = {
        "subscribed_email_audience_export_1a2b.csv": "Email Address,OPTIN_TIME,LEID\nada@king.io,2021-03-01 09:00:00,1\n",
        "unsubscribed_email_audience_export_1a2b.csv": (
            "Email Address,First Name,OPTIN_TIME,UNSUB_TIME,LEID\n"
            "eve@king.io,Eve,2021-03-01 09:00:00,2021-03-20 08:00:00,2\n"
            "bob@king.io,Bob,,,3\n"
        ),
        "cleaned_email_audience_export_1a2b.csv": "CLEAN_TIME,LEID,Email Address\n2021-03-20 08:00:00,4,old@king.io\n",
        "folder/nonsubscribed_email_audience_export_1a2b.csv": "Email Address,LEID\nshop@king.io,5\n",
    }
    path = tmp_path / "audience_export_1a2b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in documents.items():
            archive.writestr(name, text)
    made = read(AUDIENCE, path, tmp_path)
    assert sorted(made.records["source_id"].to_list()) == ["1", "2", "3", "4", "5"]
    assert made.quarantined.is_empty()
    told = {
        source_id: [event["state"] for event in events.sort("occurred_at", nulls_last=True).to_dicts()]
        for (source_id,), events in made.tables["consent_events"].partition_by("source_id", as_dict=True).items()
    }
    assert told == {
        "1": ["granted"],
        "2": ["granted", "withdrawn"],
        "3": ["withdrawn"],
        "4": ["unknown"],
        "5": ["not_given"],
    }


def test_times_that_a_spreadsheet_rewrote_are_read_by_the_whole_column(tmp_path: Path) -> None:
    path = tmp_path / "audience.csv"
    path.write_text("Email Address,LEID,OPTIN_TIME\na@king.io,1,3/1/2021 9:00\nb@king.io,2,12/24/2021 9:00\n")
    made = read(AUDIENCE, path, tmp_path)
    assert made.tables["consent_events"]["occurred_at"].to_list() == [SIGNED_UP, datetime(2021, 12, 24, 9)]


ACTIONS = [
    {"action": "open", "timestamp": "2021-03-20 08:00:00", "url": None, "ip": "1.2.3.4"},
    {"action": "click", "timestamp": "2021-03-20 08:01:00", "url": "https://king.io/a", "ip": "1.2.3.4"},
    {"action": "bounce", "type": "hard", "timestamp": "2021-03-20 08:02:00"},
    {"action": "unsub", "timestamp": "2021-03-20 08:03:00"},
    {"action": "waved", "timestamp": "2021-03-20 08:04:00"},
]


@pytest.mark.parametrize(
    "line",
    [
        {"Ada@King.io": json.dumps(ACTIONS), "eve@king.io": None},
        {"email_address": "ada@king.io", "campaign_id": "9bcd3a21c1", "activity": json.dumps(ACTIONS)},
    ],
)
def test_every_action_of_a_recipient_is_an_event(line: Record) -> None:
    made = scrub(ACTIVITY, line, context=Context(file_label="9bcd3a21c1"))
    key = f"{ACTIVITY}:9bcd3a21c1|ada@king.io"
    events = made.tables["marketing_events"]
    assert events["event_id"].to_list() == [f"{key}#{number}" for number in range(1, 6)]
    assert events["kind"].to_list() == ["open", "click", "bounce", "unsubscribe", "other"]
    assert events["kind_raw"].to_list() == ["open", "click", "bounce", "unsub", "waved"]
    assert set(events["campaign"]) == {"mailchimp.campaigns:9bcd3a21c1"}
    assert events["occurred_at"][1] == datetime(2021, 3, 20, 8, 1)
    assert set(events["source_updated_at"]) == {datetime(2021, 3, 20, 8, 4)}
    [left] = made.tables["consent_events"].to_dicts()
    assert (left["state"], left["occurred_at"], left["customer_record"]) == ("withdrawn", datetime(2021, 3, 20, 8, 3), key)
    assert made.tables["customer_identities"]["value"].to_list() == ["ada@king.io"]


def test_lines_of_a_file_are_an_address_each(tmp_path: Path) -> None:
    path = tmp_path / "campaign_activity_9bcd3a21c1.ndjson"
    lines = [{"ada@king.io": ACTIONS[:2]}, {"eve@king.io": []}, {"bob@king.io": ACTIONS[2:3]}]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    made = read(ACTIVITY, path, tmp_path)
    assert made.records.height == 3
    assert made.tables["marketing_events"].group_by("source_id").len().sort("source_id").rows() == [
        ("9bcd3a21c1|ada@king.io", 2),
        ("9bcd3a21c1|bob@king.io", 1),
    ]


def test_a_recipient_without_an_address_is_refused() -> None:
    made = scrub(ACTIVITY, {"campaign_id": "c", "activity": "[]"})
    assert made.quarantined["rule"].to_list() == ["key.missing"]


def test_what_was_tried_out_is_marked() -> None:
    tried = Context(test_domains=frozenset({"king.io"}))
    assert row(AUDIENCE, "people", MEMBER, tried)["is_test"]
    made = scrub(ACTIVITY, {"ada@king.io": json.dumps(ACTIONS[:1])}, context=tried)
    assert made.tables["marketing_events"]["is_test"].to_list() == [True]
