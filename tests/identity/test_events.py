"""The log says what happened, once."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.identity.events import happened, logged
from cx_pipeline.identity.registry import EVENTS, Assignment, empty
from tests.identity.nights import grouped_by, minted, run

AT = datetime(2026, 3, 1, 2)
Told = list[tuple[str, str, str | None, int]]


def story(*nights: dict[str, str]) -> list[Told]:
    """Events a night."""
    registry, told = empty(), []
    for grouped in nights:
        now = run(grouped, registry)
        told.append(happened(registry, now).rows())
        registry = now
    return told


A, B, C = minted("a"), minted("b"), minted("c")


def test_a_first_night_creates_everybody() -> None:
    assert story({"a": "ab", "c": "c"}) == [sorted([("created", A, None, 2), ("created", C, None, 1)], key=lambda one: one[1])]


def test_the_same_again_is_no_event() -> None:
    assert story({"a": "ab"}, {"a": "ab"})[1] == []


def test_a_record_that_is_no_longer_seen_and_comes_back_is_no_event() -> None:
    assert story({"a": "ab"}, {"a": "a"}, {"a": "ab"})[1:] == [[], []]


def test_new_records_make_a_customer_grow() -> None:
    assert story({"a": "a"}, {"a": "abc"})[1] == [("grown", A, None, 2)]


def test_a_merge_is_told_of_both_sides_and_of_the_newcomer() -> None:
    told = story({"a": "ab", "c": "c"}, {"a": "abcz"})[1]
    assert sorted(told) == sorted([("absorbed", C, A, 1), ("merged", A, C, 1), ("grown", A, None, 1)])


def test_undoing_it_revives_the_absorbed() -> None:
    told = story({"a": "ab", "c": "c"}, {"a": "abc"}, {"a": "ab", "c": "c"})[2]
    assert sorted(told) == sorted([("revived", C, A, 1), ("split", A, C, 1)])


def test_who_parts_and_was_never_anybody_is_created() -> None:
    told = story({"a": "abc"}, {"a": "ab", "c": "cz"})[1]
    assert sorted(told) == sorted([("created", C, A, 2), ("split", A, C, 1)])


def test_a_record_that_goes_over_shrinks_one_and_grows_the_other() -> None:
    told = story({"a": "abx", "c": "cde"}, {"a": "ab", "c": "cdex"})[1]
    assert sorted(told) == sorted([("shrunk", A, C, 1), ("grown", C, A, 1)])


def test_who_is_torn_between_two_is_absorbed_by_the_one_with_most_of_it() -> None:
    told = story({"a": "abcd", "e": "efghi", "x": "xyz"}, {"a": "abcdefg", "h": "hixyz"})[1]
    survivor, other = A, minted("x")
    gone = minted("e")
    assert sorted(told) == sorted(
        [("absorbed", gone, survivor, 3), ("merged", survivor, gone, 3), ("shrunk", gone, other, 2), ("grown", other, gone, 2)]
    )


def test_the_log_is_only_appended_to() -> None:
    first = logged(empty(), run({"a": "a", "b": "b"}), "run1", AT)
    second = logged(first, run({"a": "ab"}, first), "run2", AT + timedelta(days=1))
    assert first.events.schema == second.events.schema == pl.Schema(EVENTS)
    assert second.events[: first.events.height].equals(first.events)
    assert second.events[first.events.height :].select("run_id", "occurred_at").unique().rows() == [
        ("run2", AT + timedelta(days=1))
    ]
    third = logged(second, run({"a": "ab"}, second), "run3", AT)
    assert third.events.equals(second.events)


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(0, 5), min_size=9, max_size=9), min_size=1, max_size=4))
def test_over_any_history_the_log_accounts_for_every_id_and_record(history: list[list[int]]) -> None:
    registry: Assignment = empty()
    for night, labels in enumerate(history):
        registry = logged(registry, run(grouped_by(labels), registry), f"run{night}", AT + timedelta(days=night))
    log = registry.events
    alive: dict[str, bool] = {}
    size: dict[str, int] = {}
    for _, _, kind, customer, _, records in log.sort("run_id", maintain_order=True).rows():
        if kind in ("created", "revived"):
            assert not alive.get(customer, False)
            alive[customer], size[customer] = True, records
        elif kind == "absorbed":
            assert alive[customer]
            alive[customer] = False
        size[customer] += {"grown": records, "merged": records, "shrunk": -records, "split": -records}.get(kind, 0)
    living = dict(registry.membership.group_by("customer_id").len().rows())
    assert {customer for customer, is_alive in alive.items() if is_alive} == set(living)
    assert {customer: size[customer] for customer in living} == living
