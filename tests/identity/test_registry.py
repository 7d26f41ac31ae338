"""People keep their ids."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.identity.registry import Assignment, assign, empty
from tests.identity.nights import KEY, clusters, grouped_by, ids, minted, retired, run


def test_an_id_is_minted_from_the_smallest_key() -> None:
    first = run({"a": "ab", "c": "c"})
    assert ids(first) == {"a": minted("a"), "b": minted("a"), "c": minted("c")}
    assert retired(first) == {}


def test_the_same_people_twice_keep_their_ids() -> None:
    first = run({"a": "ab", "c": "c"})
    again = run({"a": "ab", "c": "c"}, first)
    assert again.membership.equals(first.membership)
    assert again.retired.equals(first.retired)


def test_nobody_at_all() -> None:
    assert ids(run({})) == {}


def test_a_new_record_with_a_smaller_key_takes_the_id_that_is_there() -> None:
    first = run({"b": "bc"})
    second = run({"a": "abc"}, first)
    assert ids(second) == dict.fromkeys("abc", minted("b"))
    assert retired(second) == {}


def test_two_people_who_become_one_keep_the_id_of_the_larger() -> None:
    first = run({"a": "a", "b": "bcd"})
    second = run({"a": "abcd"}, first)
    assert ids(second) == dict.fromkeys("abcd", minted("b"))
    assert retired(second) == {minted("a"): minted("b")}


def test_a_tie_goes_to_the_smaller_id() -> None:
    first = run({"a": "a", "b": "b"})
    second = run({"a": "ab"}, first)
    kept, gone = sorted([minted("a"), minted("b")])
    assert ids(second) == {"a": kept, "b": kept}
    assert retired(second) == {gone: kept}


def test_who_parts_leaves_the_id_to_the_larger_part_and_gets_a_new_one() -> None:
    first = run({"a": "abcd"})
    second = run({"a": "a", "b": "bcd"}, first)
    assert ids(second) == {"a": minted("a#1"), **dict.fromkeys("bcd", minted("a"))}
    assert retired(second) == {}


def test_a_minted_id_never_collides_with_a_living_or_retired_one() -> None:
    one = run({"a": "ax", "b": "bcd"})
    two = run({"a": "axbcd"}, one)  # the id of a and x retires
    three = run({"a": "a", "x": "x", "b": "bcd"}, two)  # they part: neither is more than half of whose it was
    assert ids(three) == {"a": minted("a#1"), "x": minted("x"), **dict.fromkeys("bcd", minted("b"))}
    assert retired(three) == {minted("a"): min(minted("a#1"), minted("x"))}


def test_retired_ids_lead_to_the_last_survivor() -> None:
    one = run({"a": "a", "b": "bB", "c": "cdef"})
    two = run({"a": "abB", "c": "cdef"}, one)
    three = run({"a": "abBcdef"}, two)
    assert set(ids(three).values()) == {minted("c")}
    assert retired(three) == {minted("a"): minted("c"), minted("b"): minted("c")}


def test_records_no_longer_seen_keep_their_id_and_come_back_to_it() -> None:
    first = run({"a": "a", "b": "b"})
    second = run({"b": "b"}, first)
    assert ids(second) == ids(first)
    third = run({"a": "a", "b": "b"}, second)
    assert ids(third) == ids(first)


def test_a_record_no_longer_seen_follows_its_id_when_that_is_absorbed() -> None:
    first = run({"a": "ax", "b": "bcd"})
    second = run({"a": "abcd"}, first)
    assert ids(second) == dict.fromkeys("abcdx", minted("b"))


def test_people_who_swap_a_record_keep_their_ids() -> None:
    first = run({"a": "abc", "d": "def"})
    second = run({"a": "abd", "c": "cef"}, first)
    assert ids(second) == {**dict.fromkeys("abd", minted("a")), **dict.fromkeys("cef", minted("d"))}


def test_who_leaves_a_person_that_merges_with_a_larger_one_takes_the_id_along() -> None:
    """An id is not retired while a cluster has no other claim than on it."""
    first = run({"a": "abcde", "f": "fghij"})
    second = run({"a": "abcdefgh", "i": "ij"}, first)
    assert ids(second) == {**dict.fromkeys("abcdefgh", minted("a")), "i": minted("f"), "j": minted("f")}
    assert retired(second) == {}


groupings = st.lists(st.integers(0, 5), min_size=9, max_size=9)


@settings(max_examples=25)
@given(st.lists(groupings, min_size=1, max_size=5))
def test_over_any_history_ids_are_sound(history: list[list[int]]) -> None:
    registry = empty()
    ever: set[str] = set()
    for labels in history:
        grouped = grouped_by(labels)
        registry = run(grouped, registry)
        held = ids(registry)
        assert {frozenset(records) for records in grouped.values()} == {
            frozenset(record for record in held if held[record] == one) for one in set(held.values())
        }
        gone = retired(registry)
        assert not set(gone) & set(held.values()), "a retired id is nobody's"
        assert set(gone.values()) <= set(held.values()), "a retired id leads to a living one"
        ever |= set(held.values())
        assert ever == set(held.values()) | set(gone), "no id is ever lost"
        assert ids(run(grouped, registry)) == held, "the same again changes nothing"


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(-2, 4), min_size=9, max_size=9), min_size=1, max_size=6))
def test_ids_are_sound_also_where_records_come_and_go(history: list[list[int]]) -> None:
    """A negative label is a record that no delivery holds that night."""
    registry = empty()
    ever: set[str] = set()
    for labels in history:
        grouped = {name: records for name, records in grouped_by(labels).items() if name in _seen(labels)}
        registry = run(grouped, registry)
        held, gone = ids(registry), retired(registry)
        seen = set(registry.membership.filter("is_seen")["record"])
        assert seen == set("".join(grouped.values()))
        assert {frozenset(records) for records in grouped.values()} == {
            frozenset(record for record in seen if held[record] == held[one]) for one in seen
        }
        assert not set(gone) & set(held.values())
        assert set(gone.values()) <= set(held.values())
        ever |= set(held.values())
        assert ever == set(held.values()) | set(gone)
        again = run(grouped, registry)
        assert all(one.equals(other) for one, other in zip(again, registry, strict=True)), "the same again changes nothing"


def _seen(labels: list[int]) -> str:
    return "".join(record for record, label in zip("abcdefghi", labels, strict=True) if label >= 0)


@settings(max_examples=25)
@given(groupings, groupings, groupings, st.randoms(use_true_random=False))
def test_ids_do_not_depend_on_the_order_of_rows(
    one: list[int], two: list[int], three: list[int], shuffler: random.Random
) -> None:
    before = run(grouped_by(two), run(grouped_by(one)))
    frame = clusters(grouped_by(three))
    order = list(range(frame.height))
    shuffler.shuffle(order)
    mixed = Assignment(*(part.sample(fraction=1.0, shuffle=True, seed=1) for part in before))
    shuffled, plain = assign(frame[order], mixed, KEY), assign(frame, before, KEY)
    assert [one.equals(other) for one, other in zip(shuffled[:3], plain[:3], strict=True)] == [True] * 3
