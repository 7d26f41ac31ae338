"""OneTrust's receipts, and the decisions that are in them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.sources.export import Context
from tests.sources.files import read
from tests.sources.scrubbing import Record, broken, part, row, rows, scrub

EXPORT = "onetrust.receipts"
PURPOSE = "b86fbdd9-8a2f-4d7b-b3c1-0c4f5a6f7d10"
BARE = f"onetrust.purposes:{PURPOSE.replace('-', '')}"
TOLD, CONSENTED, WITHDRAWN = datetime(2024, 5, 1, 10), datetime(2024, 4, 30, 9), datetime(2024, 5, 1, 9, 30)
RECEIPT: dict[str, Any] = {
    "receiptId": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "identifier": "Ada@King.io",
    "identifierType": "Email",
    "additionalIdentifiers": {"Customer ID": "customer-77", "Work": "Ada@Work.io", "None": None},
    "requestInformation": "eyJhbGciOi.J9.sig",
    "purposes": [
        {"Id": PURPOSE, "TransactionType": "CONFIRMED", "ConsentDate": "2024-04-30T09:00:00Z", "LawfulBasis": "Consent"},
        {"Id": "2", "TransactionType": "WITHDRAWN", "WithdrawnDate": "2024-05-01T09:30:00"},
        {"Id": "3", "TransactionType": "NO_CHOICE"},
        {"Name": "Analytics", "TransactionType": "LATER"},
    ],
    "interactionDate": "2024-05-01T10:00:00Z",
    "language": "en-us",
    "customPayload": {"shop": "7"},
    "test": False,
}
OWN = f"{EXPORT}:{RECEIPT['receiptId']}"


def receipt(**given: Any) -> Record:
    whole = {**RECEIPT, **given}
    return {name: value if isinstance(value, str | None) else json.dumps(value) for name, value in whole.items()}


def test_every_purpose_is_a_decision() -> None:
    made = scrub(EXPORT, receipt()).tables["consent_events"]
    assert made.select("event_id", "purpose", "state", "state_raw", "occurred_at").rows() == [
        (f"{OWN}#1-granted-20240430T090000", BARE, "granted", "CONFIRMED", CONSENTED),
        (f"{OWN}#2-withdrawn-20240501T093000", "onetrust.purposes:2", "withdrawn", "WITHDRAWN", WITHDRAWN),
        (f"{OWN}#3-not_given-20240501T100000", "onetrust.purposes:3", "not_given", "NO_CHOICE", TOLD),
        (f"{OWN}#4-unknown-20240501T100000", "Analytics", "unknown", "LATER", TOLD),
    ]
    shared = {
        "identity": {"kind": "email", "token": "ada@king.io"},
        "customer_record": OWN,
        "channel": "any",
        "legal_basis": "Consent",
        "receipt_id": RECEIPT["receiptId"],
        "is_test": False,
        "dq_flags": [],
    }
    assert part(made.to_dicts()[0], shared) == shared


def test_the_person_is_known_by_every_identifier() -> None:
    made = scrub(EXPORT, receipt()).tables["customer_identities"]
    assert made.select("kind", "value", "value_domain").rows() == [
        ("email", "ada@king.io", "king.io"),
        ("external_id", "customer-77", None),
        ("email", "ada@work.io", "work.io"),
    ]


@pytest.mark.parametrize(
    ("identifier", "kind", "expected"),
    [
        ("ada@king.io", None, {"kind": "email", "token": "ada@king.io"}),
        ("+1 415 555 2671", None, {"kind": "phone", "token": "+14155552671"}),
        ("415 555 2671", "Mobile number", {"kind": "phone", "token": "+14155552671"}),
        ("customer-77", "Custom", {"kind": "external_id", "token": "customer-77"}),
    ],
)
def test_an_identifier_is_what_it_looks_like(identifier: str, kind: str | None, expected: dict[str, str]) -> None:
    given = receipt(identifier=identifier, identifierType=kind, additionalIdentifiers={})
    assert rows(EXPORT, "consent_events", given)[0]["identity"] == expected
    assert row(EXPORT, "customer_identities", given)["kind"] == expected["kind"]


@pytest.mark.parametrize(
    ("purpose", "state", "at"),
    [
        ({"TransactionType": "OPT_OUT"}, "withdrawn", TOLD),
        ({"TransactionType": "HARD_OPT_OUT"}, "withdrawn", TOLD),
        ({"TransactionType": "CHANGE_PREFERENCES"}, "granted", TOLD),
        ({"TransactionType": "PENDING"}, "pending", TOLD),
        ({"TransactionType": "EXPIRED"}, "not_given", TOLD),
        ({"transactionType": "confirmed", "consentDate": "2024-04-30 09:00:00"}, "granted", CONSENTED),
        ({"status": "ACTIVE"}, "granted", TOLD),
        ({"withdrawalDate": "2024-05-01T09:30:00Z"}, "withdrawn", WITHDRAWN),
        ({"consentDate": "2024-04-30T09:00:00Z"}, "granted", CONSENTED),
        ({}, "unknown", TOLD),
    ],
)
def test_states_and_their_moments(purpose: dict[str, str], state: str, at: datetime) -> None:
    made = row(EXPORT, "consent_events", receipt(purposes=[{"Id": "1", **purpose}]))
    assert (made["state"], made["occurred_at"]) == (state, at)


def test_dates_of_the_whole_receipt_and_its_end() -> None:
    given = receipt(
        purposes=[{"id": "1", "TransactionType": "WITHDRAWN", "expiryDate": "2025-05-01T00:00:00Z"}],
        withdrawnDate="2024-05-01T09:30:00Z",
    )
    made = row(EXPORT, "consent_events", given)
    assert (made["occurred_at"], made["expires_at"]) == (WITHDRAWN, datetime(2025, 5, 1))


def test_a_receipt_of_the_standard_lists_purposes_by_service() -> None:
    given: Record = {
        "consentReceiptID": "c1d6edd4-c0fd-4c07-b7fa-d0c7c6ed6dd5",
        "iat": "1714557600",
        "piiPrincipalId": "ada@king.io",
        "services": json.dumps(
            [
                {"service": "Shop", "purposes": [{"purpose": "Orders", "consentType": "EXPLICIT"}]},
                {"service": "News", "purposes": [{"purpose": "Letters", "consentType": "IMPLICIT"}]},
            ]
        ),
    }
    made = rows(EXPORT, "consent_events", given)
    assert [(event["purpose"], event["state"], event["occurred_at"]) for event in made] == [
        ("Orders", "granted", TOLD),
        ("Letters", "unknown", TOLD),
    ]


def test_test_receipts_are_marked() -> None:
    for given in ({"test": True}, {"test": "true"}):
        assert {event["is_test"] for event in rows(EXPORT, "consent_events", receipt(**given))} == {True}
    tried = Context(test_domains=frozenset({"king.io"}))
    assert rows(EXPORT, "consent_events", receipt(), context=tried)[0]["is_test"]


def test_a_receipt_without_an_id_or_a_person() -> None:
    made = scrub(EXPORT, receipt(receiptId=None))
    assert made.records["source_id"].to_list() == ["@ada@king.io|2024-05-01T10:00:00Z"]
    for nobody in (receipt(identifier=None), receipt(identifier="test@test.com")):
        made = scrub(EXPORT, nobody)
        assert made.quarantined.is_empty()
        stands_for = made.tables["consent_events"]["identity"].struct.unnest().unique().to_dicts()
        assert [one["kind"] for one in stands_for] == ["external_id"]
    assert broken(EXPORT, receipt(receiptId=None, identifier=None)) == [(None, "key.missing", "key of the receipt")]


def test_pages_of_receipts(tmp_path: Path) -> None:
    path = tmp_path / "receipts.json"
    page = {"content": [RECEIPT, {**RECEIPT, "receiptId": "2"}], "pageable": {"pageNumber": 0}, "totalElements": 2}
    path.write_text(json.dumps(page))
    made = read(EXPORT, path, tmp_path)
    assert (made.records.height, made.tables["consent_events"].height) == (2, 8)
    assert made.quarantined.is_empty()
