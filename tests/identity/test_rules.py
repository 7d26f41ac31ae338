"""Which identifiers join records, and which never do."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.identity.rules import CONFIDENCE, IDENTITIES, RULES, links, shared_values
from cx_pipeline.settings import Identity
from tests.identity.facts import Fact, email, external_id, identities, merges, name, phone

LIMITS = Identity()
MAIL = "ada@king.io"
NUMBER = "+14155552671"
ID_18 = "003A000001abcdeIAA"


def pairs(*facts: Fact, merged: dict[str, str] | None = None, limits: Identity = LIMITS) -> set[tuple[str, str, str]]:
    told = identities(*facts)
    found = links(told, merges(merged or {}), shared_values(told, limits), limits)
    assert found.schema == {"left": pl.String, "right": pl.String, "rule": pl.String}
    return set(found.rows())


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param([email("a", MAIL), email("b", MAIL)], {("a", "b", "email")}, id="one address"),
        pytest.param([email("b", MAIL), email("a", MAIL)], {("a", "b", "email")}, id="the smaller record stands at the left"),
        pytest.param(
            [email("a", MAIL), email("b", MAIL), name("a", "ada king"), name("b", "a king")],
            {("a", "b", "email")},
            id="an address joins over two names",
        ),
        pytest.param(
            [phone("a", NUMBER), phone("b", NUMBER), name("a", "ada king"), name("b", "ada king")],
            {("a", "b", "phone")},
            id="a phone with one name",
        ),
        pytest.param(
            [phone("a", NUMBER), phone("b", NUMBER), name("a", "ada king")],
            {("a", "b", "phone")},
            id="a phone where one record has no name",
        ),
        pytest.param(
            [external_id("zendesk.users:1", ID_18), external_id(f"salesforce.Contact:{ID_18}", ID_18)],
            {(f"salesforce.Contact:{ID_18}", "zendesk.users:1", "external_id")},
            id="an external id across sources",
        ),
        pytest.param(
            [email(record, MAIL) for record in "abcd"],
            {("a", "b", "email"), ("a", "c", "email"), ("a", "d", "email")},
            id="n records give n - 1 links",
        ),
        pytest.param([email("a", MAIL), email("a", MAIL)], set(), id="a record does not join itself"),
    ],
)
def test_identifiers_that_join(facts: list[Fact], expected: set[tuple[str, str, str]]) -> None:
    assert pairs(*facts) == expected


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param([email("a", MAIL), email("b", "eve@king.io")], id="different addresses"),
        pytest.param([email("a", None), email("b", None)], id="no addresses"),
        pytest.param([email("a", MAIL, is_placeholder=True), email("b", MAIL, is_placeholder=True)], id="placeholders"),
        pytest.param(
            [external_id("a", "d41d8", is_placeholder=True), external_id("b", "d41d8", is_placeholder=True)],
            id="hashes of nothing",
        ),
        pytest.param(
            [email("a", "support@king.io", is_role=True), email("b", "support@king.io", is_role=True)], id="role mailbox"
        ),
        pytest.param([email("a", MAIL, is_test=True), email("b", MAIL, is_test=True)], id="test records"),
        pytest.param([email("a", MAIL, is_test=True), email("b", MAIL)], id="a test record and a real one"),
        pytest.param([name("a", "ada king"), name("b", "ada king")], id="a name alone"),
        pytest.param(
            [phone("a", NUMBER), phone("b", NUMBER), name("a", "ada king"), name("b", "eve king")], id="a household's phone"
        ),
        pytest.param([external_id("a", "1234"), external_id("b", "1234")], id="short external ids"),
        pytest.param([email("a", ID_18), external_id("b", ID_18)], id="one text of two kinds"),
    ],
)
def test_identifiers_that_never_join(facts: list[Fact]) -> None:
    assert pairs(*facts) == set()


def test_a_households_phone_joins_those_of_one_name_and_nobody_without() -> None:
    members = [phone(record, NUMBER) for record in "abcde"]
    names = [name("a", "ada king"), name("b", "ada king"), name("c", "eve king"), name("d", "eve king")]
    assert pairs(*members, *names) == {("a", "b", "phone"), ("c", "d", "phone")}


def test_a_placeholder_name_is_no_name() -> None:
    facts = [phone("a", NUMBER), phone("b", NUMBER), name("a", "ada king"), name("b", "test user", is_placeholder=True)]
    assert pairs(*facts) == {("a", "b", "phone")}


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
    assert len(pairs(*facts, limits=limits)) == (0 if is_shared else records - 1)


def test_contacts_that_tell_nothing_but_their_number_count_once() -> None:
    limits = Identity(max_records_per_phone=3)
    calls = [phone(f"call{number}", NUMBER, is_contact=True) for number in range(9)]
    assert len(pairs(*calls, limits=limits)) == 8
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


@pytest.mark.parametrize(("names", "joined"), [(3, 3), (4, 0)])
def test_an_address_of_many_names_is_shared(names: int, joined: int) -> None:
    facts = [email(f"r{number}", MAIL) for number in range(4)]
    named = [name(f"r{number}", f"person {number}") for number in range(names)]
    assert len(pairs(*facts, *named)) == joined


def test_a_blocked_value_never_joins() -> None:
    facts = [email("a", MAIL), email("b", MAIL), email("a", "x@y.io"), email("b", "x@y.io")]
    assert pairs(*facts, limits=Identity(blocked_values=frozenset({MAIL}))) == {("a", "b", "email")}
    assert pairs(*facts, limits=Identity(blocked_values=frozenset({MAIL, "x@y.io"}))) == set()


def test_a_merged_record_follows_its_survivor() -> None:
    assert pairs(merged={"b": "a"}) == {("a", "b", "merged")}
    assert pairs(merged={"a": "b"}) == {("a", "b", "merged")}
    assert pairs(merged={"a": "a"}) == set()


def test_nothing_joins_nothing() -> None:
    assert pairs() == set()
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
def test_links_do_not_depend_on_the_order_of_rows(facts: list[Fact], shuffler: random.Random) -> None:
    shuffled = list(facts)
    shuffler.shuffle(shuffled)
    merged = merges({"r1": "r0"})
    told, again = identities(*facts), identities(*shuffled)
    shared, shared_again = shared_values(told, LIMITS), shared_values(again, LIMITS)
    assert links(told, merged, shared, LIMITS).equals(links(again, merged, shared_again, LIMITS))


@given(facts_of_a_crowd)
def test_every_link_rests_on_a_usable_value_that_both_records_carry(facts: list[Fact]) -> None:
    usable = {
        (fact.record, fact.kind, fact.value)
        for fact in facts
        if fact.value and not (fact.is_placeholder or fact.is_role or fact.is_test) and fact.kind != "name"
    }
    for left, right, rule in pairs(*facts):
        assert {value for record, kind, value in usable if (record, kind) == (left, rule)} & {
            value for record, kind, value in usable if (record, kind) == (right, rule)
        }


def test_the_columns_of_identities_are_those_the_rules_read() -> None:
    assert identities().schema == pl.Schema(IDENTITIES)
