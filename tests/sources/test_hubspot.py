"""HubSpot's contacts and events of addresses, and what becomes of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.sources.export import Context
from tests.sources.files import fixture_file, read
from tests.sources.scrubbing import Record, part, row, rows, scrub

CONTACTS, CHANGES, EVENTS = "hubspot.contacts", "hubspot.subscription_changes", "hubspot.email_events"
LABELLED: Record = {
    "Record ID": "78971951",
    "Email": "Ada@King.io",
    "First Name": "Ada",
    "Last Name": "King",
    "Phone Number": "(415) 555-2671",
    "Country/Region": "United States",
    "Preferred language": "en-us",
    "Lifecycle Stage": "Customer",
    "Marketing contact status": "Marketing contact",
    "Create Date": "2021-04-01 7:32",
    "Last Modified Date": "2021-04-02 11:16",
    "Unsubscribed from all email": "",
}
ADA = "hubspot.contacts:78971951"
CREATED, MODIFIED = datetime(2021, 4, 1, 7, 32), datetime(2021, 4, 2, 11, 16)


def contact(**given: Any) -> Record:
    return {**LABELLED, **given}


def test_a_contact_with_labels_is_a_person_with_identifiers() -> None:
    made = scrub(CONTACTS, LABELLED)
    expected = {
        "customer_record": ADA,
        "source_id": "78971951",
        "country": "US",
        "language": "en",
        "first_seen_at": CREATED,
        "source_updated_at": MODIFIED,
        "is_contact": None,
        "is_deleted": False,
        "is_test": False,
        "dq_flags": [],
    }
    assert part(made.tables["people"].to_dicts()[0], expected) == expected
    known = made.tables["customer_identities"].select("kind", "value", "value_domain", "valid_from").rows()
    assert known == [
        ("email", "ada@king.io", "king.io", CREATED),
        ("phone", "+14155552671", None, CREATED),
        ("name", "Ada King", None, CREATED),
    ]
    assert made.tables["consent_events"].height == 0


def test_labels_names_prefixes_and_pages_say_the_same() -> None:
    properties = {
        "email": "ada@king.io",
        "firstname": "Ada",
        "lastname": "King",
        "phone": "+1 415-555-2671",
        "country": "United States",
        "hs_language": "en-us",
        "createdate": "2021-04-01T07:32:00Z",
        "lastmodifieddate": "2021-04-02T11:16:00Z",
        "hs_email_optout": None,
    }
    epochs = {"createdate": "1617262320000", "lastmodifieddate": "1617362160000"}
    shapes: list[Record] = [
        LABELLED,
        {"id": "78971951", **properties},
        {"id": "78971951", **{f"property_{name}": value for name, value in properties.items()}},
        {"id": "78971951", "properties": json.dumps(properties), "archived": "false"},
        {"vid": "78971951", "properties": json.dumps({name: {"value": value} for name, value in (properties | epochs).items()})},
        {"Datensatz-ID": "78971951", "Vorname": "Ada", "Nachname": "King", "E-Mail": "ada@king.io", **properties},
    ]
    kept = ("customer_record", "kind", "value", "valid_from", "dq_flags")
    first = [part(known, dict.fromkeys(kept)) for known in rows(CONTACTS, "customer_identities", shapes[0])]
    for shape in shapes[1:]:
        assert [part(known, dict.fromkeys(kept)) for known in rows(CONTACTS, "customer_identities", shape)] == first
        assert row(CONTACTS, "people", shape)["source_updated_at"] == MODIFIED


def test_what_was_merged_into_a_contact_points_to_it() -> None:
    table: list[tuple[Record, list[str]]] = [
        ({"hs_merged_object_ids": "76340251;46897301; 76226001"}, ["76340251", "46897301", "76226001"]),
        ({"Merged Record IDs": "76340251"}, ["76340251"]),
        ({"hs_calculated_merged_vids": "76340251:1617298367000;78971951:1617298367001"}, ["76340251"]),
        ({"hs_merged_object_ids": "76340251", "hs_calculated_merged_vids": "76340251:1617298367000"}, ["76340251"]),
        ({"merged-vids": "[76340251,46897301]"}, ["76340251", "46897301"]),
        ({"hs_merged_object_ids": ""}, []),
    ]
    for given, merged in table:
        made = rows(CONTACTS, "people", {**LABELLED, **given})
        told = [(person["customer_record"], person["source_id"], person["merged_into_source_id"]) for person in made]
        assert told == [(ADA, "78971951", None), *((f"hubspot.contacts:{loser}", loser, "78971951") for loser in merged)]


def test_opting_out_is_a_denial_by_type_and_nothing_else_is() -> None:
    given = contact(
        **{
            "Unsubscribed from all email": "true",
            "Opted out of email: Marketing Information": "Yes",
            "Opted out of email: One to One": "No",
            "hs_email_optout_10841063": "true",
        }
    )
    made = rows(CONTACTS, "consent_events", given)
    assert [(event["purpose"], event["state"], event["state_raw"]) for event in made] == [
        ("marketing", "denied", "hs_email_optout"),
        ("Marketing Information", "denied", "Opted out of email: Marketing Information"),
        ("hubspot.subscription_types:10841063", "denied", "hs_email_optout_10841063"),
    ]
    assert {event["occurred_at"] for event in made} == {MODIFIED}
    assert {(event["channel"], event["customer_record"]) for event in made} == {("email", ADA)}
    assert made[0]["event_id"] == f"{ADA}#email-denied-20210402T111600"
    assert made[0]["identity"] == {"kind": "email", "token": "ada@king.io"}
    nothing = ("", "false", "No", None)
    assert rows(CONTACTS, "consent_events", *(contact(**{"Unsubscribed from all email": word}) for word in nothing)) == []


def test_opt_outs_of_a_page_and_consent_as_the_legal_basis() -> None:
    properties = {"hs_email_optout_42": "true", "hs_email_optout_43": "false", "hs_email_optout_survey_reason": "true"}
    paged = rows(CONTACTS, "consent_events", {"id": "7", "properties": json.dumps(properties)})
    assert [(event["purpose"], event["identity"]) for event in paged] == [
        ("hubspot.subscription_types:42", {"kind": "external_id", "token": "7"})
    ]
    basis = {"Legal basis for processing contact's data": "Freely given consent from contact"}
    granted = rows(CONTACTS, "consent_events", contact(**basis), contact(**dict.fromkeys(basis, "Legitimate interest")))
    assert [(event["state"], event["purpose"], event["dq_flags"]) for event in granted] == [
        ("granted", "data_processing", ["grant_without_time"])
    ]


def test_a_contact_without_an_id_is_known_by_its_address_and_damage_is_refused() -> None:
    made = scrub(
        CONTACTS,
        contact(**{"Record ID": None}),
        contact(**{"Record ID": None, "Email": None}),
        contact(**{"Record ID": "7.8971951E+7"}),
        contact(**{"Record ID": "78971951.0"}),
    )
    assert made.records["source_id"].to_list() == ["ada@king.io", "78971951"]
    assert made.quarantined.select("record_number", "rule").rows() == [(2, "key.missing"), (3, "key.unusable")]


def test_deleted_and_test_contacts_are_marked() -> None:
    for name in ("archived", "_fivetran_deleted", "is-deleted"):
        assert row(CONTACTS, "people", {**LABELLED, name: "TRUE"})["is_deleted"]
    tried = Context(test_domains=frozenset({"king.io"}))
    assert row(CONTACTS, "people", LABELLED, tried)["is_test"]
    assert row(CONTACTS, "people", contact(**{"First Name": "Test", "Last Name": "User"}))["is_test"]


def test_additional_addresses_are_identifiers() -> None:
    made = rows(CONTACTS, "customer_identities", {"id": "7", "hs_additional_emails": "ada@home.org;a.king@work.com"})
    assert [(known["kind"], known["value"], known["value_domain"]) for known in made] == [
        ("email", "ada@home.org", "home.org"),
        ("email", "a.king@work.com", "work.com"),
    ]


def test_what_is_no_content_changes_nothing() -> None:
    made = scrub(CONTACTS, {**LABELLED, "_fivetran_synced": "1"}, {**LABELLED, "_fivetran_synced": "2"})
    assert made.records["content"].n_unique() == 1


CHANGE: Record = {
    "timestamp": "1617262320000",
    "recipient": "Ada@King.io",
    "portalId": "62515",
    "changes": json.dumps(
        [
            {"change": "UNSUBSCRIBED", "changeType": "SUBSCRIPTION_STATUS", "source": "SOURCE_RECIPIENT", "subscriptionId": 42},
            {"change": "SUBSCRIBED", "changeType": "PORTAL_STATUS", "source": "SOURCE_CUSTOMER"},
            {"change": "BOUNCED", "changeType": "PORTAL_BOUNCE", "source": "SOURCE_RECIPIENT"},
            {"change": "SOMETHING_NEW", "subscriptionId": 43},
        ]
    ),
}
CHANGED = "hubspot.subscription_changes:ada@king.io|1617262320000"


def test_every_change_of_a_subscription_is_an_event() -> None:
    made = scrub(CHANGES, CHANGE)
    events = made.tables["consent_events"]
    assert events.select("event_id", "purpose", "state", "state_raw", "occurred_at").rows() == [
        (f"{CHANGED}#1-42-withdrawn-20210401T073200", "hubspot.subscription_types:42", "withdrawn", "UNSUBSCRIBED", CREATED),
        (f"{CHANGED}#2-all-granted-20210401T073200", "marketing", "granted", "SUBSCRIBED", CREATED),
        (f"{CHANGED}#4-43-unknown-20210401T073200", "hubspot.subscription_types:43", "unknown", "SOMETHING_NEW", CREATED),
    ]
    assert events["identity"].to_list() == [{"kind": "email", "token": "ada@king.io"}] * 3
    assert made.tables["marketing_events"].select("event_id", "kind").rows() == [(f"{CHANGED}#3", "bounce")]
    assert made.tables["customer_identities"]["value"].to_list() == ["ada@king.io"]


def test_changes_may_lie_flat() -> None:
    flat: Record = {"timestamp": "1617262320000", "recipient": "ada@king.io", "change": "UNSUBSCRIBED", "subscriptionId": "42"}
    later = {**flat, "change": "SUBSCRIBED", "timestamp": "1617362160000"}
    made = rows(CHANGES, "consent_events", flat, later)
    assert [(event["state"], event["purpose"], event["occurred_at"]) for event in made] == [
        ("withdrawn", "hubspot.subscription_types:42", CREATED),
        ("granted", "hubspot.subscription_types:42", MODIFIED),
    ]


EVENT: Record = {
    "id": "709cf966-e3dc-459a-88f4-6716ba5edfbc",
    "recipient": "ada@king.io",
    "created": "1617262320000",
    "type": "OPEN",
    "emailCampaignId": "2344545",
    "filteredEvent": "false",
}
EVENT_KEY = f"hubspot.email_events:{EVENT['id']}"


def test_an_event_of_an_email() -> None:
    expected = {
        "event_id": EVENT_KEY,
        "customer_record": EVENT_KEY,
        "campaign": "hubspot.email_campaigns:2344545",
        "kind": "open",
        "kind_raw": "OPEN",
        "occurred_at": CREATED,
        "dq_flags": [],
    }
    assert part(row(EVENTS, "marketing_events", EVENT), expected) == expected
    bot = row(EVENTS, "marketing_events", {**EVENT, "filteredEvent": "true"})
    assert bot["dq_flags"] == ["taken_for_bot"]


@pytest.mark.parametrize(
    ("given", "kind", "state"),
    [
        ({"type": "SENT"}, "send", None),
        ({"type": "DELIVERED"}, "delivery", None),
        ({"type": "CLICK"}, "click", None),
        ({"type": "BOUNCE"}, "bounce", None),
        ({"type": "SPAMREPORT"}, "spam_report", "withdrawn"),
        ({"type": "UNSUBSCRIBED"}, "unsubscribe", "withdrawn"),
        ({"type": "STATUSCHANGE", "portalSubscriptionStatus": "UNSUBSCRIBED"}, "unsubscribe", "withdrawn"),
        ({"type": "STATUSCHANGE", "portal_subscription_status": "SUBSCRIBED"}, "subscribe", "granted"),
        ({"type": None, "portal_subscription_status": "UNSUBSCRIBED"}, "unsubscribe", "withdrawn"),
        ({"type": "PIGEON"}, "other", None),
    ],
)
def test_kinds_of_events_and_the_consent_they_tell(given: Record, kind: str, state: str | None) -> None:
    made = scrub(EVENTS, {**EVENT, **given})
    assert made.tables["marketing_events"]["kind"].to_list() == [kind]
    assert made.tables["consent_events"]["state"].to_list() == ([] if state is None else [state])


def test_the_contacts_of_a_warehouse(tmp_path: Path) -> None:
    made = read(CONTACTS, fixture_file("hubspot", "contact_data.csv"), tmp_path)
    assert made.records.height == 22
    assert made.quarantined.is_empty()
    merged = made.tables["people"].filter(pl.col("merged_into_source_id").is_not_null())
    assert merged["source_id"].to_list() == ["76340251", "46897301", "76226001"]
    assert merged["merged_into_source_id"].unique().to_list() == ["78971951"]
    # Its addresses are hashes: kept, and identifying nobody.
    assert made.tables["customer_identities"].filter(kind="email")["value"].null_count() > 0


def test_the_status_changes_of_a_warehouse(tmp_path: Path) -> None:
    made = read(EVENTS, fixture_file("hubspot", "email_event_status_change_data.csv"), tmp_path)
    assert made.records.height == 100
    assert made.tables["marketing_events"]["kind"].value_counts().rows() == [("unsubscribe", 100)]
    assert made.tables["consent_events"].is_empty()  # nothing says whose
