"""The impact report counts what a night changes, and knows what is too much."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.identity.events import logged
from cx_pipeline.identity.impact import IMPACT, impact
from cx_pipeline.identity.registry import Assignment, empty
from cx_pipeline.settings.identity import Identity
from tests.identity.nights import grouped_by, run

AT = datetime(2026, 3, 1, 2)
STRICT = Identity(max_changed_share=0.2, max_merged_share=0.2, max_cluster_records=4, impact_floor=0)


def nights(*grouped: dict[str, str]) -> tuple[Assignment, Assignment]:
    """The last but one and the last."""
    before, now = empty(), empty()
    for number, one in enumerate(grouped):
        before, now = now, logged(now, run(one, now), f"run{number}", AT)
    return before, now


def report(*grouped: dict[str, str], limits: Identity = STRICT, is_accepted: bool = False) -> dict[str, dict[str, Any]]:
    found = impact(*nights(*grouped), limits, is_accepted=is_accepted)
    assert dict(found.schema) == IMPACT
    return {row["metric"]: row for row in found.to_dicts()}


def changes(*grouped: dict[str, str]) -> dict[str, float]:
    """What changed at all."""
    return {metric: row["change"] for metric, row in report(*grouped).items() if row["change"]}


def beyond(*grouped: dict[str, str], limits: Identity = STRICT) -> set[str]:
    return {metric for metric, row in report(*grouped, limits=limits).items() if row["is_beyond"]}


FIRST = {"a": "ab", "c": "cd", "e": "ef", "g": "g"}


def test_a_first_night_has_nothing_to_be_compared_with() -> None:
    rows = report({"a": "abcdefghijk"})
    assert {row["before"] for row in rows.values()} == {row["change"] for row in rows.values()} == {None}
    assert (rows["customers"]["after"], rows["records"]["after"], rows["largest_customer"]["after"]) == (1, 11, 11)
    assert not any(row["is_beyond"] for row in rows.values())


def test_the_same_again_changes_nothing() -> None:
    rows = report(FIRST, FIRST)
    assert {row["change"] for row in rows.values()} == {0}
    assert (rows["customers"]["before"], rows["customers"]["after"]) == (4, 4)
    assert len(rows) == 13


def test_growth_and_newcomers() -> None:
    found = changes(FIRST, {"a": "abx", "c": "cd", "e": "ef", "g": "g", "y": "yz"})
    assert found == {"customers": 1, "records": 3, "largest_customer": 1, "customers_new": 1, "customers_grown": 1}


def test_a_merge() -> None:
    found = changes(FIRST, {"a": "abcd", "e": "ef", "g": "g"})
    assert found == {
        "customers": -1,
        "largest_customer": 2,
        "customers_merged": 1,
        "records_changed": 2,
        "records_changed_share": 2 / 7,
        "customers_merged_share": 1 / 4,
    }


def test_a_split_and_its_undoing() -> None:
    split = {"a": "a", "b": "b", "c": "cd", "e": "ef", "g": "g"}
    assert changes(FIRST, split) == {
        "customers": 1,
        "customers_new": 1,
        "customers_split": 1,
        "records_changed": 1,
        "records_changed_share": 1 / 7,
    }
    merged = {"a": "abcd", "e": "ef", "g": "g"}
    back = changes(FIRST, merged, FIRST)
    assert (back["customers_revived"], back["customers_split"], back["records_changed"]) == (1, 1, 2)


def test_who_is_not_delivered_any_more_is_gone() -> None:
    assert changes(FIRST, {"a": "ab", "c": "cd", "e": "ef"}) == {"customers": -1, "records": -1, "customers_gone": 1}


@pytest.mark.parametrize(
    ("night", "limits", "expected"),
    [
        ({"a": "abcd", "e": "ef", "g": "g"}, {}, {"records_changed_share", "customers_merged_share"}),
        ({"a": "abcd", "e": "ef", "g": "g"}, {"max_merged_share": 0.25}, {"records_changed_share"}),
        ({"a": "abcd", "e": "ef", "g": "g"}, {"max_changed_share": 2 / 7, "max_merged_share": 0.25}, set()),
        ({"a": "abcd", "e": "ef", "g": "g"}, {"impact_floor": 1}, {"records_changed_share"}),
        ({"a": "abcd", "e": "ef", "g": "g"}, {"impact_floor": 2}, set()),
        ({"a": "abxy", "c": "cd", "e": "ef", "g": "g"}, {}, set()),
        ({"a": "abxyz", "c": "cd", "e": "ef", "g": "g"}, {}, {"largest_customer"}),
    ],
)
def test_what_is_beyond_its_limit(night: dict[str, str], limits: dict[str, Any], expected: set[str]) -> None:
    assert beyond(FIRST, night, limits=STRICT.model_copy(update=limits)) == expected


def test_a_customer_that_was_published_too_large_blocks_only_when_it_grows() -> None:
    large = {"a": "abcdef", "g": "g"}
    assert beyond(large, large) == set()
    assert beyond(large, {**large, "h": "h"}) == set()
    assert beyond(large, {"a": "abcdefx", "g": "g"}) == {"largest_customer"}


def test_acceptance_is_written_beside_what_was_accepted_and_nowhere_else() -> None:
    rows = report(FIRST, {"a": "abcd", "e": "ef", "g": "g"}, is_accepted=True)
    assert {metric for metric, row in rows.items() if row["is_accepted"]} == {"records_changed_share", "customers_merged_share"}
    assert not any(row["is_accepted"] for row in report(FIRST, FIRST, is_accepted=True).values())


labels = st.lists(st.integers(0, 5), min_size=9, max_size=9)


@settings(max_examples=25)
@given(labels, labels, st.randoms(use_true_random=False))
def test_it_does_not_depend_on_the_order_of_rows(one: list[int], two: list[int], shuffler: random.Random) -> None:
    mixed = list(grouped_by(two).items())
    shuffler.shuffle(mixed)
    assert report(grouped_by(one), dict(mixed)) == report(grouped_by(one), grouped_by(two))
    assert changes(grouped_by(one), grouped_by(two), dict(mixed)) == {}
