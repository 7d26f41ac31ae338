"""What survivorship weighs: values of identifiers and facts of person records, set aside where they identify nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.identity.evidence import evidence
from cx_pipeline.identity.survivorship import EVIDENCE
from cx_pipeline.sorted_keys import SortedKeys

MAY, JUNE, NOW = datetime(2026, 5, 1), datetime(2026, 6, 1), datetime(2026, 7, 1)
USER = "zendesk.users:1"
_COMMON = {
    "source_system": "zendesk",
    "source_entity": "users",
    "source_id": "1",
    "source_updated_at": JUNE,
    "is_test": False,
    "is_deleted": False,
}
IDENTITIES = pl.Schema({"customer_id": pl.String(), "is_shared": pl.Boolean(), **tables()["customer_identities"].lake_schema})


def carried(kind: str = "email", value: str | None = "ada@king.io", **given: Any) -> dict[str, Any]:
    plain = {"customer_id": "k1_a", "is_placeholder": False, "is_null_hash": False, "is_shared": False}
    return {**_COMMON, **plain, "kind": kind, "value": value, **given}


def weighed(*identities: dict[str, Any], **person: Any) -> list[dict[str, Any]]:
    schema = tables()["people"].lake_schema
    told = {**_COMMON, "customer_record": USER, **person}
    known = pl.LazyFrame([{name: row.get(name) for name in IDENTITIES} for row in identities], schema=IDENTITIES)
    persons = pl.LazyFrame([{name: told.get(name) for name in schema}], schema=schema)
    members = SortedKeys.of(pl.Series([USER]), pl.Series(["k1_a"]))
    made = evidence(known, persons, members, ["frontoffice"], NOW).collect()
    assert made.schema == EVIDENCE
    return made.to_dicts()


def test_identifiers_and_facts_are_weighed() -> None:
    made = weighed(carried(), country="DE", organization_id="zendesk.organizations:1")
    plain = {"customer_id": "k1_a", "source_system": "zendesk", "updated_at": JUNE, "is_contact": False, "is_set_aside": False}
    assert sorted(made, key=lambda row: row["attribute"]) == [
        {**plain, "attribute": "country", "value": "DE"},
        {**plain, "attribute": "email", "value": "ada@king.io"},
        {**plain, "attribute": "organization_id", "value": "zendesk.organizations:1"},
    ]


@pytest.mark.parametrize(
    "row",
    [
        carried(value=None),
        carried(is_placeholder=True),
        carried(is_null_hash=True),
        carried(kind="external_id"),
        carried(kind="cookie"),
        carried(customer_id=None),
        carried(customer_id="k1_not_delivered"),
    ],
)
def test_what_is_no_value_of_a_resolved_person_is_not_weighed(row: dict[str, Any]) -> None:
    assert weighed(row) == []


@pytest.mark.parametrize(
    ("given", "aside"),
    [
        ({}, False),
        ({"value": "support@king.io"}, True),
        ({"value": "frontoffice@king.io"}, True),
        ({"kind": "name", "value": "support@king.io"}, False),
        ({"is_shared": True}, True),
        ({"is_test": True}, True),
        ({"is_deleted": True}, True),
        ({"valid_to": NOW}, True),
        ({"valid_to": datetime(2027, 1, 1)}, False),
    ],
)
def test_what_identifies_nobody_or_is_over_is_set_aside(given: dict[str, Any], aside: bool) -> None:
    assert [row["is_set_aside"] for row in weighed(carried(**given))] == [aside]


@pytest.mark.parametrize(("given", "aside"), [({}, False), ({"is_test": True}, True), ({"is_deleted": True}, True)])
def test_facts_of_test_and_deleted_records_are_set_aside(given: dict[str, Any], aside: bool) -> None:
    assert [row["is_set_aside"] for row in weighed(country="DE", **given)] == [aside]


def test_a_value_was_confirmed_when_its_record_last_changed_or_began_to_carry_it() -> None:
    assert weighed(carried(valid_from=MAY))[0]["updated_at"] == JUNE
    assert weighed(carried(source_updated_at=None, valid_from=MAY))[0]["updated_at"] == MAY
    assert weighed(carried(source_updated_at=None))[0]["updated_at"] is None


def test_a_contact_and_a_record_that_is_no_person_are_no_profiles() -> None:
    assert weighed(carried(), is_contact=True)[0]["is_contact"] is True
    assert weighed(carried(source_entity="orders"))[0]["is_contact"] is True
    assert weighed(carried())[0]["is_contact"] is False
