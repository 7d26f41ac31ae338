from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.synth.allot import LONGEST_PERIOD, allot, met, period
from cx_pipeline.synth.dice import Dice

TRAPS = {"rare": 1, "common": 4}


@given(st.integers(6, 5_000), st.integers(0, 1_000))
def test_every_trap_is_there_however_small_the_world(population: int, seed: int) -> None:
    counts = dict(allot(Dice(seed), "x", np.arange(population), population, TRAPS).value_counts().iter_rows())
    assert counts["rare"] >= 1
    assert counts["common"] >= 4


def test_the_rate_of_a_large_world_is_the_declared_one() -> None:
    population = 10 * LONGEST_PERIOD
    counts = dict(allot(Dice(1), "x", np.arange(population), population, TRAPS).value_counts().iter_rows())
    assert counts == {"rare": 10, "common": 40, None: population - 50}


def test_batches_agree_with_the_whole() -> None:
    whole = allot(Dice(1), "x", np.arange(5_000), 5_000, TRAPS)
    assert allot(Dice(1), "x", np.arange(1_900, 2_700), 5_000, TRAPS).equals(whole[1_900:2_700])


def test_a_world_smaller_than_its_traps_has_a_period_of_their_size() -> None:
    assert period(2, TRAPS) == 6


def test_met_is_false_where_nothing_was_allotted() -> None:
    assert met(pl.Series(["a", None, "b"]), "a").to_list() == [True, False, False]
