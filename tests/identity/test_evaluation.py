"""Scores against a truth: by hand-computed cases, and against every pair listed."""

from __future__ import annotations

from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.identity.evaluation import Agreement, Evaluation, evaluate


@pytest.mark.parametrize(
    ("customers", "truth", "expected"),
    [
        pytest.param("aabb", "1122", Evaluation(4, Agreement(2, 2, 2), Agreement(2, 2, 2)), id="all right"),
        pytest.param("aaaa", "1122", Evaluation(4, Agreement(6, 2, 2), Agreement(1, 2, 0)), id="all merged"),
        pytest.param("abcd", "1122", Evaluation(4, Agreement(0, 2, 0), Agreement(4, 2, 0)), id="nothing merged"),
        # a takes one record of 2 along: pairs 12, 13, 23 and 45, of which 12 and 45 are right; only b, person 3, is whole
        pytest.param("aaabbc", "112332", Evaluation(6, Agreement(4, 3, 2), Agreement(3, 3, 1)), id="one astray"),
        pytest.param("aab", "11-", Evaluation(2, Agreement(1, 1, 1), Agreement(1, 1, 1)), id="an unknown record is not judged"),
        pytest.param("", "", Evaluation(0, Agreement(0, 0, 0), Agreement(0, 0, 0)), id="no records"),
    ],
)
def test_cases_worked_out_by_hand(customers: str, truth: str, expected: Evaluation) -> None:
    known = pl.Series([None if who == "-" else who for who in truth], dtype=pl.String)
    assert evaluate(pl.Series(list(customers), dtype=pl.String), known) == expected


@pytest.mark.parametrize(
    ("counts", "scores"),
    [
        (Agreement(4, 3, 2), (0.5, 2 / 3, 4 / 7)),
        (Agreement(0, 2, 0), (1.0, 0.0, 0.0)),
        (Agreement(2, 0, 0), (0.0, 1.0, 0.0)),
        (Agreement(0, 0, 0), (1.0, 1.0, 1.0)),
    ],
)
def test_scores_of_counts(counts: Agreement, scores: tuple[float, float, float]) -> None:
    assert (counts.precision, counts.recall, counts.f1) == pytest.approx(scores)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=30))
def test_counts_are_those_of_listed_pairs_and_sets(records: list[tuple[int, int]]) -> None:
    found, true = (
        {(i, j) for (i, one), (j, other) in combinations(enumerate(records), 2) if one[side] == other[side]} for side in (0, 1)
    )
    groups = [
        {frozenset(n for n, record in enumerate(records) if record[side] == who) for who in {record[side] for record in records}}
        for side in (0, 1)
    ]
    told = evaluate(
        pl.Series([one for one, _ in records], dtype=pl.Int64), pl.Series([other for _, other in records], dtype=pl.Int64)
    )
    assert told.pairs == (len(found), len(true), len(found & true))
    assert told.clusters == (len(groups[0]), len(groups[1]), len(groups[0] & groups[1]))


def test_a_giant_customer_is_counted_without_its_pairs() -> None:
    size = 3_000_000
    told = evaluate(pl.zeros(size, dtype=pl.Int32, eager=True), pl.int_range(size, eager=True) // 2)
    assert told.pairs == (size * (size - 1) // 2, size // 2, size // 2)
    assert told.clusters == (1, size // 2, 0)
