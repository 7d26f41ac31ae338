"""Leads and opportunities of Salesforce."""

from __future__ import annotations

import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.sources.scrubbing import Record, part, rows, scrub

LEAD_ID, CONTACT_ID = "00QA000001abcdeMAA", "003A000001abcdeIAA"
FIXTURES = Path(os.environ.get("CX_SHARED_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures")) / "salesforce"
LEAD: Record = {
    "Id": LEAD_ID,
    "Name": "Ada King",
    "FirstName": "Ada",
    "LastName": "King",
    "Email": "ada@king.io",
    "Phone": "4155552671",
    "Country": "United States",
    "Status": "New",
    "CreatedDate": "2024-07-11T21:22:06.000+0000",
    "LastModifiedDate": "2024-07-12T00:00:00.000+0000",
    "SystemModstamp": "2024-07-12T00:00:01.000+0000",
}
DEAL: Record = {
    "Id": "006A000001abcdeIAA",
    "AccountId": "001A000001abcdeIAA",
    "ContactId": CONTACT_ID,
    "Name": "King - 20 pumps",
    "StageName": "Negotiation",
    "Amount": "1200.50",
    "CurrencyIsoCode": "EUR",
    "CloseDate": "2024-09-30",
    "CreatedDate": "2024-07-11T21:22:06.000+0000",
    "SystemModstamp": "2024-07-12T00:00:01.000+0000",
}


def test_a_lead_is_a_person_who_may_buy() -> None:
    made = scrub("salesforce.Lead", LEAD).tables
    expected: dict[str, Any] = {
        "opportunity_id": f"salesforce.Lead:{LEAD_ID}",
        "customer_record": f"salesforce.Lead:{LEAD_ID}",
        "kind": "lead",
        "stage": "New",
        "opened_at": datetime(2024, 7, 11, 21, 22, 6),
        "closed_at": None,
        "is_won": None,
        "dq_flags": [],
    }
    assert part(made["opportunities"].to_dicts()[0], expected) == expected
    assert made["people"].select("customer_record", "country").rows() == [(f"salesforce.Lead:{LEAD_ID}", "US")]
    assert made["customer_identities"].select("kind", "value").rows() == [
        ("external_id", LEAD_ID),
        ("name", "Ada King"),
        ("email", "ada@king.io"),
        ("phone", "+14155552671"),
    ]


def test_what_became_of_leads() -> None:
    converted = {"IsConverted": "1", "ConvertedContactId": CONTACT_ID[:15], "ConvertedAccountId": "001A000001abcdeIAA"}
    contact, account = f"salesforce.Contact:{CONTACT_ID}", "salesforce.Account:001A000001abcdeIAA"
    table: list[tuple[Record, dict[str, Any]]] = [
        (
            {**converted, "ConvertedDate": "2024-07-15"},
            {"customer_record": contact, "organization_id": account, "closed_at": datetime(2024, 7, 15), "is_won": True},
        ),
        (
            {**converted, "ConvertedDate": "2024-07-11"},
            {"closed_at": datetime(2024, 7, 11, 21, 22, 6), "is_won": True, "dq_flags": []},
        ),
        ({"Status": "Closed - Not Converted"}, {"is_won": False, "closed_at": None}),
        ({"Status": "Unqualified", "IsDeleted": "true"}, {"is_won": False, "is_deleted": True}),
        ({"Name": "Test User"}, {"is_test": True}),
        ({"HasOptedOutOfEmail": "1"}, {"is_won": None}),
    ]
    made = scrub("salesforce.Lead", *({**LEAD, **given} for given, _ in table)).tables
    for found, (_, expected) in zip(made["opportunities"].to_dicts(), table, strict=True):
        assert part(found, expected) == expected
    linked = made["customer_identities"].filter(pl.col("value") == CONTACT_ID)
    assert linked["kind"].to_list() == ["external_id"] * 2
    assert made["consent_events"].select("event_id", "state").rows() == [
        (f"salesforce.Lead:{LEAD_ID}#HasOptedOutOfEmail", "denied")
    ]


def test_opportunities() -> None:
    table: list[tuple[Record, dict[str, Any]]] = [
        ({}, {"stage": "Negotiation", "amount": Decimal("1200.50"), "closed_at": None, "is_won": None, "currency": "EUR"}),
        (
            {"StageName": "Closed Won", "IsClosed": "true", "IsWon": "true"},
            {"closed_at": datetime(2024, 9, 30), "is_won": True, "customer_record": f"salesforce.Contact:{CONTACT_ID}"},
        ),
        ({"StageName": "Closed Lost"}, {"closed_at": datetime(2024, 9, 30), "is_won": False}),
        ({"StageName": "Lieferung", "IsClosed": "1"}, {"closed_at": datetime(2024, 9, 30), "is_won": False}),
        ({"CurrencyIsoCode": None}, {"currency": None, "dq_flags": ["amount_without_currency"]}),
        ({"Name": "test"}, {"is_test": True}),
        ({"IsDeleted": "1"}, {"is_deleted": True, "organization_id": "salesforce.Account:001A000001abcdeIAA"}),
    ]
    made = rows("salesforce.Opportunity", "opportunities", *({**DEAL, **given} for given, _ in table))
    for found, (_, expected) in zip(made, table, strict=True):
        assert part(found, {"kind": "opportunity", **expected}) == {"kind": "opportunity", **expected}


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the vendors' example files are not here")
def test_the_vendors_own_leads() -> None:
    raw = pl.read_csv(FIXTURES / "Lead.csv", infer_schema=False)
    made = scrub("salesforce.Lead", *raw.to_dicts())
    assert (raw.height, made.quarantined.height) == (14, 0)
    assert made.tables["opportunities"]["source_id"].to_list() == raw["Id"].to_list()
    assert made.tables["opportunities"].filter(~pl.col("is_won"))["stage"].unique().to_list() == ["Unqualified"]
