"""A merge that is undone gives everybody the id back that they had before."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.identity.events import happened
from cx_pipeline.identity.registry import Assignment, empty
from tests.identity.nights import ids, minted, retired, run

Night = dict[str, str]


def nights(*grouped: Night) -> Assignment:
    registry = empty()
    for one in grouped:
        registry = run(one, registry)
    return registry


APART = {"a": "ab", "c": "cde"}
TOGETHER = {"a": "abcde"}


def test_the_absorbed_id_comes_back() -> None:
    assert retired(nights(APART, TOGETHER)) == {minted("a"): minted("c")}
    parted = nights(APART, TOGETHER, APART)
    assert ids(parted) == ids(nights(APART))
    assert retired(parted) == {}
    assert parted.held.is_empty()


def test_merged_and_parted_again_and_again() -> None:
    parted = nights(*([APART, TOGETHER] * 3), APART)
    assert ids(parted) == ids(nights(APART))


@pytest.mark.parametrize("grown", ["abfgh", "cdefgh"])
def test_who_has_grown_since_the_merge_does_not_take_the_others_id(grown: str) -> None:
    """The new records only ever knew the surviving id; it is theirs only where they stand with whose it was."""
    apart = {"a": "ab", "c": "cde"}
    parted = {name: grown if grown[0] == name else records for name, records in apart.items()}
    registry = nights(apart, {"a": "abcdefgh"}, parted)
    assert {record: ids(registry)[record] for record in "abcde"} == ids(nights(apart))
    assert ids(registry)["h"] == ids(registry)[grown[0]]
    assert retired(registry) == {}


def test_the_survivor_gives_way_however_large_the_absorbed_one_has_grown() -> None:
    merged = nights({"a": "ab", "c": "c"}, {"a": "abc"}, {"a": "abcdefgh"})
    parted = run({"a": "ab", "c": "cdefgh"}, merged)
    assert ids(parted) == {**dict.fromkeys("ab", minted("a")), **dict.fromkeys("cdefgh", minted("c"))}


def test_half_of_the_records_are_not_enough() -> None:
    parted = nights({"a": "ab", "c": "cde"}, TOGETHER, {"a": "a", "b": "bcde"})
    assert ids(parted) == {"a": minted("a#1"), **dict.fromkeys("bcde", minted("c"))}
    assert set(retired(parted)) == {minted("a")}


def test_a_chain_of_merges_comes_apart_wholly_or_in_part() -> None:
    apart = {"a": "a", "b": "bc", "d": "defg"}
    chain = nights(apart, {"a": "abc", "d": "defg"}, {"a": "abcdefg"})
    assert retired(chain) == {minted("a"): minted("d"), minted("b"): minted("d")}
    assert ids(run(apart, chain)) == ids(nights(apart))
    in_part = run({"a": "abc", "d": "defg"}, chain)
    assert ids(in_part) == {**dict.fromkeys("abc", minted("b")), **dict.fromkeys("defg", minted("d"))}
    assert retired(in_part) == {minted("a"): minted("b")}
    assert ids(run(apart, in_part)) == ids(nights(apart))


def test_a_retired_id_leads_to_where_most_of_its_records_are() -> None:
    merged = nights({"a": "abc", "d": "defgh", "x": "xyz"}, {"a": "abcdefgh", "x": "xyz"})
    moved = run({"d": "adefgh", "b": "bcxyz"}, merged)
    assert ids(moved)["b"] == minted("x")
    assert retired(moved) == {minted("a"): minted("x")}


def test_an_unseen_record_goes_back_with_its_id() -> None:
    merged = nights({"a": "abx", "c": "cdefg"}, {"a": "ab", "c": "cdefg"}, {"a": "abcdefg"})
    assert ids(merged)["x"] == minted("c")
    parted = run({"a": "ab", "c": "cdefg"}, merged)
    assert ids(parted)["x"] == minted("a")
    assert parted.membership.filter(~parted.membership["is_seen"])["record"].to_list() == ["x"]


def test_an_unseen_record_of_two_revived_ids_goes_to_the_inner_one() -> None:
    apart = {"a": "ax", "b": "bcd", "e": "efghi"}
    merged = nights(apart, {"a": "a", "b": "bcd", "e": "efghi"}, {"a": "abcd", "e": "efghi"}, {"a": "abcdefghi"})
    parted = run({"a": "a", "b": "bcd", "e": "efghi"}, merged)
    assert ids(parted) == ids(nights(apart))


def test_an_id_whose_records_are_all_unseen_is_nobodys_to_take_up() -> None:
    merged = nights(APART, TOGETHER)
    later = run({"c": "cd", "e": "e"}, merged)
    assert ids(later)["e"] == minted("e")
    assert retired(later) == {minted("a"): minted("c")}


def test_a_registry_from_before_merges_were_remembered_still_works() -> None:
    merged = nights(APART, TOGETHER)
    older = Assignment(merged.membership, merged.retired)
    parted = run(APART, older)
    assert ids(parted) == {**dict.fromkeys("ab", minted("a#1")), **dict.fromkeys("cde", minted("c"))}
    assert retired(parted) == {minted("a"): minted("c")}


groupings = st.lists(st.integers(0, 4), min_size=8, max_size=8)


@settings(max_examples=25)
@given(groupings, st.booleans(), st.integers(0, 3))
def test_undoing_a_merge_restores_every_id(labels: list[int], to_the_smaller: bool, newcomers: int) -> None:
    """Whichever two are merged, and whoever of them has grown meanwhile."""
    groups: dict[int, str] = {}
    for record, label in zip("abcdefgh", labels, strict=True):
        groups[label] = groups.get(label, "") + record
    apart = sorted(groups.values(), key=lambda records: (len(records), records))
    if len(apart) < 2:
        return
    one, other, *rest = apart if to_the_smaller else apart[::-1]
    new = "xyz"[:newcomers]
    before = nights(_named(one, other, *rest))
    parted = run(_named(one + new, other, *rest), run(_named(one + other + new, *rest), before))
    assert {record: who for record, who in ids(parted).items() if record not in new} == ids(before)


def _named(*groups: str) -> Night:
    return {min(records): records for records in groups}


def test_the_worked_example_of_the_decisions() -> None:
    apart, merged, grown = {"1": "12", "3": "3"}, {"1": "123"}, {"1": "12345678"}
    registry, told = empty(), []
    for grouped in (apart, merged, grown, {"1": "12", "3": "345678"}):
        now = run(grouped, registry)
        told += [(kind, who) for kind, who, *_ in happened(registry, now).rows()]
        registry = now
    a, b = minted("1"), minted("3")
    assert ids(registry) == {**dict.fromkeys("12", a), **dict.fromkeys("345678", b)}
    assert [kind for kind, who in told if who == b] == ["created", "absorbed", "revived"]
    assert [kind for kind, who in told if who == a] == ["created", "merged", "grown", "split"]
