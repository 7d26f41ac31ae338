"""Of what sources say of one attribute one value stands, for the reason told, and nothing is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.identity.survivorship import ATTRIBUTES, EVIDENCE, survivors
from cx_pipeline.settings.identity import AttributesSurvivorship, AttributeSurvivorship, Survivorship

NOW = datetime(2026, 7, 1)
MAY, JUNE = datetime(2026, 5, 1), datetime(2026, 6, 1)
TRUSTED = Survivorship(trust=("salesforce", "zendesk"))


def says(source: str, value: str | None, at: datetime | None = JUNE, attribute: str = "email", **flags: Any) -> dict[str, Any]:
    told = {"customer_id": "k1_a", "attribute": attribute, "value": value, "source_system": source, "updated_at": at}
    return {**told, "is_contact": False, "is_set_aside": False, **flags}


def stands(*rows: dict[str, Any], policy: Survivorship | None = None) -> dict[str, Any]:
    """The one row that some evidence of one attribute gives."""
    [row] = survivors(pl.DataFrame(rows, schema=EVIDENCE), policy or Survivorship(), NOW).to_dicts()
    return row


@pytest.mark.parametrize(
    ("rows", "policy", "value", "rule"),
    [
        pytest.param([says("zendesk", "a@x.io")], None, "a@x.io", "only_value", id="alone"),
        pytest.param(
            [says("zendesk", "a@x.io"), says("salesforce", "b@x.io", MAY)], TRUSTED, "b@x.io", "trust", id="the trusted source"
        ),
        pytest.param(
            [says("store", "a@x.io"), says("zendesk", "b@x.io", MAY)], TRUSTED, "b@x.io", "trust", id="named over not named"
        ),
        pytest.param(
            [says("zendesk", "a@x.io", is_contact=True), says("zendesk", "b@x.io", MAY)],
            None,
            "b@x.io",
            "trust",
            id="a profile over a contact",
        ),
        pytest.param(
            [says("salesforce", "a@x.io", MAY, is_contact=True), says("zendesk", "b@x.io")],
            TRUSTED,
            "a@x.io",
            "trust",
            id="the source before the kind of record",
        ),
        pytest.param([says("zendesk", "a@x.io"), says("store", "b@x.io", MAY)], None, "a@x.io", "recency", id="the newer"),
        pytest.param([says("zendesk", "a@x.io", None), says("store", "b@x.io", MAY)], None, "b@x.io", "recency", id="dated"),
        pytest.param(
            [says("zendesk", "b@x.io"), says("store", "b@x.io"), says("shopify", "a@x.io")],
            None,
            "b@x.io",
            "frequency",
            id="what more sources say",
        ),
        pytest.param([says("zendesk", "a@x.io"), says("store", "ab@x.io")], None, "ab@x.io", "completeness", id="the longer one"),
        pytest.param(
            [says("zendesk", "b@x.io"), says("store", "a@x.io")], None, "a@x.io", "smallest_value", id="nothing decides"
        ),
        pytest.param(
            [says("zendesk", "info@x.io", is_set_aside=True), says("store", "a@x.io", MAY, is_contact=True)],
            Survivorship(trust=("zendesk",)),
            "a@x.io",
            "others_set_aside",
            id="what identifies nobody gives way",
        ),
        pytest.param(
            [says("zendesk", "info@x.io", is_set_aside=True)], None, "info@x.io", "only_value", id="unless nothing else is there"
        ),
        pytest.param(
            [says("zendesk", "a@x.io"), says("store", "b@x.io", MAY)],
            Survivorship(order=("completeness", "frequency")),
            "a@x.io",
            "smallest_value",
            id="a criterion that is not asked decides nothing",
        ),
    ],
)
def test_each_rule_decides(rows: list[dict[str, Any]], policy: Survivorship | None, value: str, rule: str) -> None:
    row = stands(*rows, policy=policy)
    assert (row["value"], row["rule"]) == (value, rule)
    assert row["source_values"][0]["value"] == value
    assert len(row["source_values"]) == len(rows)


def test_an_attribute_may_have_an_order_and_a_trust_of_its_own() -> None:
    policy = Survivorship(
        trust=("salesforce",),
        attributes=AttributesSurvivorship(
            email=AttributeSurvivorship(order=("recency", "trust")), phone=AttributeSurvivorship(trust=("zendesk",))
        ),
    )
    for attribute, old, new, rule in (
        ("email", "a@x.io", "b@x.io", "recency"),
        ("phone", "+4915112345678", "+4915187654321", "trust"),
    ):
        row = stands(says("salesforce", old, MAY, attribute), says("zendesk", new, JUNE, attribute), policy=policy)
        assert (row["value"], row["rule"], row["source_system"]) == (new, rule, "zendesk")
    row = stands(says("salesforce", "DE", MAY, "country"), says("zendesk", "AT", JUNE, "country"), policy=policy)
    assert (row["value"], row["rule"]) == ("DE", "trust")


@pytest.mark.parametrize(
    ("attribute", "one", "other", "differ"),
    [
        ("email", "ada@king.io", "ADA@king.io", False),
        ("email", "ada@king.io", "ada@king.com", True),
        ("phone", "+49 151 1234-5678", "+4915112345678", False),
        ("phone", "+4915112345678", "+4915112345679", True),
        ("name", "Zoë O\u2019Brien", "ZOE OBRIEN", False),
        ("name", "King, Ada", "Ada King", False),
        ("name", "A. King", "Ada King", False),
        ("name", "King", "Ada King", False),
        ("name", "B. King", "Ada King", True),
        ("name", "Ada Byron", "Ada King", True),
        ("address", "1 Main St.", "1 main st", False),
        ("country", "DE", "AT", True),
        ("language", "en", "en-GB", False),
        ("timezone", "Europe/Berlin", "europe/berlin", False),
        ("organization_id", "zendesk.organizations:1", "salesforce.Account:001", False),
    ],
)
def test_sources_conflict_where_what_they_say_differs_in_one_form(attribute: str, one: str, other: str, differ: bool) -> None:
    row = stands(says("zendesk", one, MAY, attribute), says("salesforce", other, JUNE, attribute))
    assert row["is_conflicting"] is differ
    assert {item["value"] for item in row["source_values"]} == {one, other}


def test_one_source_is_not_in_conflict_with_itself_and_each_has_one_word() -> None:
    assert not stands(says("zendesk", "a@x.io", MAY), says("zendesk", "b@x.io"))["is_conflicting"]
    moved = (says("zendesk", "a@x.io", MAY), says("zendesk", "b@x.io"))
    assert not stands(*moved, says("salesforce", "b@x.io", MAY))["is_conflicting"]
    assert stands(*moved, says("salesforce", "a@x.io", MAY))["is_conflicting"]


def test_what_is_set_aside_is_told_and_makes_no_conflict() -> None:
    row = stands(says("zendesk", "a@x.io", MAY), says("salesforce", "info@x.io", is_set_aside=True))
    assert (row["value"], row["is_conflicting"], len(row["source_values"])) == ("a@x.io", False, 2)


def test_the_whole_name_stands_for_its_parts() -> None:
    row = stands(says("hubspot", "King", JUNE, "name"), says("zendesk", "Ada King", MAY, "name"))
    assert (row["value"], row["source_system"], row["rule"]) == ("Ada King", "zendesk", "completeness")
    assert row["confirmed_at"] == JUNE
    either = stands(
        *(says("zendesk", name, MAY, "name") for name in ("Ada King", "Ben King")), says("hubspot", "King", JUNE, "name")
    )
    assert (either["value"], either["rule"]) == ("King", "recency")
    test = stands(says("hubspot", "King", JUNE, "name"), says("zendesk", "Ada King", MAY, "name", is_set_aside=True))
    assert (test["value"], test["rule"]) == ("King", "others_set_aside")


@pytest.mark.parametrize(
    ("days", "attribute", "policy", "stale"),
    [
        (365, "email", Survivorship(), False),
        (366, "email", Survivorship(), True),
        (730, "country", Survivorship(), False),
        (731, "country", Survivorship(), True),
        (1826, "name", Survivorship(), True),
        (31, "country", Survivorship(stale_after_days=30), True),
        (
            31,
            "country",
            Survivorship(
                stale_after_days=30, attributes=AttributesSurvivorship(country=AttributeSurvivorship(stale_after_days=40))
            ),
            False,
        ),
    ],
)
def test_what_nobody_confirmed_for_long_is_stale(days: int, attribute: str, policy: Survivorship, stale: bool) -> None:
    row = stands(says("zendesk", "x", NOW - timedelta(days=days), attribute), policy=policy)
    assert row["is_stale"] is stale
    assert row["confirmed_at"] == NOW - timedelta(days=days)


def test_without_a_time_nothing_is_known_of_staleness_and_a_clock_far_ahead_is_no_time() -> None:
    for at in (None, NOW + timedelta(days=2)):
        row = stands(says("zendesk", "a@x.io", at))
        assert (row["confirmed_at"], row["is_stale"]) == (None, None)
    assert stands(says("zendesk", "a@x.io", datetime(2099, 1, 1)), says("store", "b@x.io", MAY))["value"] == "b@x.io"


def test_no_value_is_no_row_and_other_attributes_are_left_out() -> None:
    rows = [
        says("zendesk", None),
        says("zendesk", ""),
        says("zendesk", "x", attribute="cookie"),
        says("zendesk", "x", customer_id=None),
    ]
    made = survivors(pl.DataFrame(rows, schema=EVIDENCE), Survivorship(), NOW)
    assert made.height == 0
    assert made.schema == tables()["customer_attributes"].lake_schema


_TOLD = st.builds(
    says,
    st.sampled_from(["salesforce", "zendesk", "store"]),
    st.sampled_from(["King", "Ada King", "A. King", "Ada Byron", "ADA KING", None]),
    st.sampled_from([None, MAY, JUNE]),
    st.sampled_from(["name", "email"]),
    customer_id=st.sampled_from(["k1_a", "k1_b"]),
    is_contact=st.booleans(),
    is_set_aside=st.booleans(),
)
_POLICY = st.builds(Survivorship, order=st.permutations(["trust", "recency", "frequency", "completeness"]).map(tuple))


@settings(max_examples=20)
@given(st.lists(_TOLD, max_size=12), _POLICY, st.randoms(use_true_random=False))
def test_order_and_copies_decide_nothing_and_what_stands_would_stand_alone(
    rows: list[dict[str, Any]], policy: Survivorship, chance: Any
) -> None:
    evidence = pl.DataFrame(rows, schema=EVIDENCE)
    made = survivors(evidence, policy, NOW)
    mixed = [*rows, *chance.choices(rows, k=4)] if rows else []
    chance.shuffle(mixed)
    assert_frame_equal(survivors(pl.DataFrame(mixed, schema=EVIDENCE), policy, NOW), made)
    known = evidence.drop_nulls("value")
    assert made.height == known.select("customer_id", "attribute").unique().height
    assert made["rule"].is_in(tables()["customer_attributes"].column("rule").words).all()
    said = known.select("customer_id", "attribute", "source_system", "value").unique().height
    assert made["source_values"].list.len().sum() == said
    alone = made.join(known, on=["customer_id", "attribute", "value"], how="semi")
    assert alone.height == made.height
    again = survivors(known.join(made, on=["customer_id", "attribute", "value"], how="semi"), policy, NOW)
    assert_frame_equal(again.select("customer_id", "attribute", "value"), made.select("customer_id", "attribute", "value"))


def test_the_attributes_of_the_settings_are_those_of_the_contract() -> None:
    assert ATTRIBUTES == tables()["customer_attributes"].column("attribute").words == tuple(AttributesSurvivorship.model_fields)
