"""Which identifiers may join records, and which never do."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.identity.rules import CONFIDENCE, IDENTITIES, RULES, merge_links, shared_values, usable
from cx_pipeline.settings.identity import Identity
from tests.identity.facts import Fact, email, external_id, identities, merges, name, phone

LIMITS = Identity()
MAIL = "ada@king.io"
NUMBER = "+14155552671"
ID_18 = "003A000001abcdeIAA"


def left(*facts: Fact, limits: Identity = LIMITS) -> set[tuple[str, str, str]]:
    """What may join."""
    told = identities(*facts)
    found = usable(told, shared_values(told, limits), limits)
    assert found.schema == pl.Schema(IDENTITIES)
    return set(found.select("record", "kind", "value").rows())


@pytest.mark.parametrize(
    "fact",
    [email("a", MAIL), phone("a", NUMBER), external_id("a", ID_18), external_id("a", "12345"), name("a", "ada king")],
)
def test_what_identifies_is_left(fact: Fact) -> None:
    assert left(fact) == {(fact.record, fact.kind, fact.value)}


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param(email("a", None), id="no address"),
        pytest.param(email("a", MAIL, is_placeholder=True), id="placeholder"),
        pytest.param(name("a", "test user", is_placeholder=True), id="placeholder name"),
        pytest.param(external_id("a", "d41d8cd98f00b204e9800998ecf8427e", is_placeholder=True), id="hash of nothing"),
        pytest.param(email("a", "support@king.io", is_role=True), id="role mailbox"),
        pytest.param(email("a", MAIL, is_test=True), id="test record"),
        pytest.param(external_id("a", "1234"), id="a counter of one system"),
    ],
)
def test_what_identifies_nobody_is_set_aside(fact: Fact) -> None:
    other = email("b", "eve@king.io")
    assert left(fact, other) == {("b", "email", "eve@king.io")}


@pytest.mark.parametrize(("records", "is_shared"), [(3, False), (4, True)])
@pytest.mark.parametrize(
    ("make", "value"),
    [(email, "front@desk.io"), (phone, NUMBER), (external_id, "front-desk")],
    ids=["email", "phone", "external_id"],
)
def test_what_too_many_records_carry_identifies_nobody(make: Any, value: str, records: int, is_shared: bool) -> None:
    limits = Identity(max_records_per_email=3, max_records_per_phone=3, max_records_per_external_id=3)
    facts = [make(f"r{number}", value) for number in range(records)]
    shared = shared_values(identities(*facts), limits)
    assert shared["value"].to_list() == ([value] if is_shared else [])
    assert len(left(*facts, limits=limits)) == (0 if is_shared else records)


def test_one_text_of_two_kinds_is_shared_where_it_is_carried() -> None:
    limits = Identity(max_records_per_email=2)
    facts = [*(email(f"r{number}", ID_18) for number in range(3)), *(external_id(f"r{number}", ID_18) for number in range(3))]
    assert {kind for _, kind, _ in left(*facts, limits=limits)} == {"external_id"}


def test_a_name_is_never_shared() -> None:
    facts = [name(f"r{number}", "ada king") for number in range(30)]
    assert len(left(*facts)) == 30


def test_contacts_that_tell_nothing_but_their_number_count_once() -> None:
    limits = Identity(max_records_per_phone=3)
    calls = [phone(f"call{number}", NUMBER, is_contact=True) for number in range(9)]
    assert len(left(*calls, limits=limits)) == 9
    named = [*calls, *(phone(f"r{number}", NUMBER) for number in range(3))]
    assert shared_values(identities(*named), limits)["value"].to_list() == [NUMBER]
    told = [*calls, *(email(f"call{number}", f"p{number}@x.io", is_contact=True) for number in range(9))]
    assert shared_values(identities(*told), limits)["value"].to_list() == [NUMBER]
    orders = [*calls, *(email(f"call{number}", MAIL, is_contact=True) for number in range(9))]
    assert shared_values(identities(*orders), limits).is_empty()


def test_a_person_in_many_tools_is_still_one() -> None:
    limits = Identity(max_records_per_phone=2)
    tools = [replace(phone(f"t{number}", NUMBER), export=f"tool{number}") for number in range(9)]
    assert shared_values(identities(*tools), limits).is_empty()
    one = [replace(phone(f"r{number}", NUMBER), export="tool0") for number in range(2)]
    assert shared_values(identities(*tools, *one), limits)["value"].to_list() == [NUMBER]


def test_a_blocked_value_never_joins() -> None:
    facts = [email("a", MAIL), email("a", "x@y.io")]
    assert left(*facts, limits=Identity(blocked_values=frozenset({MAIL}))) == {("a", "email", "x@y.io")}
    assert left(*facts, limits=Identity(blocked_values=frozenset({MAIL, "x@y.io"}))) == set()


@pytest.mark.parametrize(
    ("merged", "expected"),
    [({"b": "a"}, [("a", "b", "merged")]), ({"a": "b"}, [("a", "b", "merged")]), ({"a": "a"}, []), ({}, [])],
)
def test_a_merged_record_follows_its_survivor(merged: dict[str, str], expected: list[tuple[str, str, str]]) -> None:
    found = merge_links(merges(merged))
    assert found.schema == {"left": pl.String, "right": pl.String, "rule": pl.String}
    assert found.rows() == expected


def test_nothing_joins_nothing() -> None:
    assert left() == set()
    assert shared_values(identities(), LIMITS).height == 0


def test_every_rule_has_a_confidence_between_0_and_1() -> None:
    assert set(CONFIDENCE) == {rule.name for rule in RULES}
    assert all(0 < rule.confidence <= 1 and rule.title for rule in RULES)


facts_of_a_crowd = st.lists(
    st.builds(
        Fact,
        record=st.sampled_from([f"r{number}" for number in range(8)]),
        kind=st.sampled_from(["email", "phone", "external_id", "name"]),
        value=st.one_of(st.none(), st.sampled_from(["alpha1", "beta22", "gamma3"])),
        is_placeholder=st.booleans(),
        is_role=st.booleans(),
        is_test=st.booleans(),
    ),
    max_size=24,
)


@given(facts_of_a_crowd, st.randoms(use_true_random=False))
def test_what_is_left_does_not_depend_on_the_order_of_rows(facts: list[Fact], shuffler: random.Random) -> None:
    limits = Identity(max_records_per_email=2, max_records_per_phone=2, max_records_per_external_id=2)
    shuffled = list(facts)
    shuffler.shuffle(shuffled)
    assert left(*facts, limits=limits) == left(*shuffled, limits=limits)


@given(facts_of_a_crowd)
def test_only_what_a_record_carries_and_no_flag_refuses_is_left(facts: list[Fact]) -> None:
    good = {
        (fact.record, fact.kind, fact.value)
        for fact in facts
        if fact.value and not (fact.is_placeholder or fact.is_role or fact.is_test)
    }
    assert left(*facts) == good


def test_the_columns_of_identities_are_those_the_rules_read() -> None:
    assert identities().schema == pl.Schema(IDENTITIES)
