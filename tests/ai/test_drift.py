"""Distances between distributions: by hand, and never blind to what they are meant to see."""

from __future__ import annotations

from math import log

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.ai.drift import apart
from cx_pipeline.ai.facts import SplitDrift


def test_the_index_is_that_of_the_formula() -> None:
    reference = pl.Series(["a"] * 6 + ["b"] * 4)
    other = pl.Series(["a"] * 2 + ["b"] * 8)
    told = apart(reference, other)
    assert told.stability == pytest.approx((0.6 - 0.2) * log(3) + (0.4 - 0.8) * log(0.5), abs=1e-4)
    # Chi-square with one degree of freedom is below 3.8415 95 times in 100.
    assert told.chance == pytest.approx(3.8415 * (1 / 10 + 1 / 10), abs=1e-4)


def test_a_value_that_one_side_lacks_counts_as_half_a_row() -> None:
    told = apart(pl.Series(["a"] * 10), pl.Series(["b"] * 10))
    assert told.stability == pytest.approx(2 * 0.95 * log(20), abs=1e-4)


@pytest.mark.parametrize("nothing", [pl.Series([None] * 5, dtype=pl.Float64), pl.Series([2.0] * 5), pl.Series(["x"] * 5)])
def test_what_is_equal_is_at_no_distance(nothing: pl.Series) -> None:
    assert apart(nothing, nothing).stability == 0.0


def test_null_is_a_bin_of_its_own() -> None:
    numbers = pl.Series([1.0, 2.0, 3.0, 4.0] * 25)
    half = pl.Series([1.0, 2.0, None, None] * 25)
    assert apart(numbers, half).stability > 0.2
    assert apart(half, half).stability == 0.0


@given(st.integers(0, 2**32 - 1))
def test_numbers_of_one_distribution_are_at_the_distance_of_chance(seed: int) -> None:
    dice = np.random.default_rng(seed)
    one, other = (pl.Series(dice.normal(size=400)) for _ in range(2))
    told = apart(one, other)
    assert told.stability < 3 * told.chance
    moved = apart(one, other + 1.5)
    assert moved.stability > max(0.2, 3 * moved.chance)


def test_few_rows_are_no_shift() -> None:
    told = apart(pl.Series(["en"] * 30 + ["de"] * 26), pl.Series(["en", "en", "en", "de", "fr"]))
    assert told.stability > 0.2
    assert not SplitDrift("test", "language", *told).is_shift
    assert SplitDrift("test", "language", 0.3, 0.1).is_shift


def test_rare_words_count_together() -> None:
    reference = pl.Series([f"word{number}" for number in range(500) for _ in range(3)])
    assert apart(reference, reference.shuffle(seed=1)).stability == 0.0
