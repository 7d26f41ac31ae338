"""Complaints of the public database."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from cx_pipeline.sources.catalogue import get
from tests.sources.scrubbing import Record, broken, part, rows, scrub

EXPORT = "cfpb.complaints"
KEY = "cfpb.complaints:3384392"
COMPLAINT: Record = {
    "Date received": "2019-09-24",
    "Product": "Debt collection",
    "Sub-product": "I do not know",
    "Issue": "Attempts to collect debt not owed",
    "Sub-issue": "Debt is not yours",
    "Consumer complaint narrative": "On XX/XX/XXXX I paid {$2400.00} to XXXX.\nStill they call.",
    "Company public response": None,
    "Company": "ACME, INC.",
    "State": "CA",
    "ZIP code": "601XX",
    "Tags": None,
    "Consumer consent provided?": "Consent provided",
    "Submitted via": "Web",
    "Date sent to company": "2019-09-25",
    "Company response to consumer": "Closed with explanation",
    "Timely response?": "Yes",
    "Consumer disputed?": "N/A",
    "Complaint ID": "3384392",
}


def test_a_complaint_and_its_narrative() -> None:
    made = scrub(EXPORT, COMPLAINT).tables
    expected: dict[str, Any] = {
        "interaction_id": KEY,
        "source_number": "3384392",
        "kind": "complaint",
        "kind_raw": "Debt collection",
        "channel": "web",
        "channel_raw": "Web",
        "direction": "inbound",
        "customer_record": None,
        "department": "ACME, INC.",
        "queue": "Debt collection",
        "category": "Attempts to collect debt not owed",
        "status": "closed",
        "status_raw": "Closed with explanation",
        "opened_at": datetime(2019, 9, 24),
        "source_updated_at": datetime(2019, 9, 25),
        "text_subject": "Debt is not yours",
        "dq_flags": [],
    }
    assert part(made["interactions"].to_dicts()[0], expected) == expected
    assert made["messages"].select("message_id", "author_kind", "text").rows() == [
        (f"{KEY}#narrative", "customer", "On XX/XX/XXXX I paid {$2400.00} to XXXX.\nStill they call.")
    ]
    # N/A is no answer, and no "no".
    assert made["interaction_events"].select("event_id", "field", "new_value").rows() == [
        (f"{KEY}#is_timely", "is_timely", "yes")
    ]


def test_what_came_of_complaints() -> None:
    table: list[tuple[Record, dict[str, Any]]] = [
        ({"Company response to consumer": "In progress"}, {"status": "open"}),
        ({"Company response to consumer": "Untimely response"}, {"status": "closed"}),
        ({"Company response to consumer": None}, {"status": None}),
        ({"Submitted via": "Postal mail"}, {"channel": "other"}),
        ({"Submitted via": "Referral"}, {"channel": "other"}),
        ({"Date sent to company": "2019-09-01"}, {"dq_flags": ["updated_before_opened"]}),
        ({"Date received": "2119-09-09"}, {"opened_at": None, "dq_flags": ["date_received_out_of_range", "opened_at_unknown"]}),
    ]
    made = rows(EXPORT, "interactions", *({**COMPLAINT, **given} for given, _ in table))
    for found, (_, expected) in zip(made, table, strict=True):
        assert part(found, expected) == expected
    events = scrub(EXPORT, {**COMPLAINT, "Timely response?": "No", "Consumer disputed?": "Yes"}).tables["interaction_events"]
    assert events.select("field", "new_value").rows() == [("is_timely", "no"), ("is_disputed", "yes")]


def test_narratives_are_withdrawn_and_templates_are_many() -> None:
    other = {**COMPLAINT, "Complaint ID": "3384393"}
    made = scrub(EXPORT, COMPLAINT, other, {**other, "Consumer consent provided?": "Consent withdrawn"})
    assert made.records["content"].n_unique() == 3
    assert made.tables["messages"]["text"].is_null().to_list() == [False, False, True]
    assert rows(EXPORT, "messages", {**COMPLAINT, "Consumer complaint narrative": None}) == []


def test_the_same_complaint_under_the_names_of_the_api_and_of_a_search() -> None:
    api: Record = {
        "complaint_id": "3384392",
        "date_received": "2019-09-24T12:00:00-05:00",
        "date_sent_to_company": "2019-09-24T12:00:00-05:00",
        "product": "Mortgage",
        "issue": "Trouble",
        "complaint_what_happened": "They call.",
        "company": "ACME",
        "company_response": "Closed with monetary relief",
        "submitted_via": "Phone",
        "timely": "Yes",
        "consumer_disputed": "No",
    }
    found: Record = {"_index": "c", "_id": "3384392", "_source": json.dumps(api)}
    expected = {
        "interaction_id": KEY,
        "channel": "phone",
        "status": "closed",
        "category": "Trouble",
        "opened_at": datetime(2019, 9, 24, 17),
        "dq_flags": [],
    }
    for record in (api, found):
        made = scrub(EXPORT, record).tables
        assert part(made["interactions"].to_dicts()[0], expected) == expected
        assert made["messages"]["text"].to_list() == ["They call."]
        assert made["interaction_events"]["new_value"].to_list() == ["yes", "no"]
        assert get(EXPORT).missing(list(record)) == []


def test_a_complaint_without_a_usable_number_is_kept_back() -> None:
    assert broken(EXPORT, {**COMPLAINT, "Complaint ID": "Web"}) == [(None, "key.unusable", "complaint_id")]
    assert broken(EXPORT, {**COMPLAINT, "Complaint ID": None}) == [(None, "key.missing", "complaint_id")]
