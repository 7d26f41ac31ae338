"""Who gets which trap: evenly spread, at most one of a family each, and every trap at least once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice, Ints

LONGEST_PERIOD = 2_000


def period(population: int, traps: Mapping[str, int]) -> int:
    """How many entities share one round of traps: all of a small world, two thousand of a large one.

    A trap of weight w meets w of every `period` entities, so from `LONGEST_PERIOD` up its rate is w / 2000; a small world
    has a higher rate, so that no trap is missing. Worlds with fewer entities than traps miss some.
    """
    return max(sum(traps.values()) + 1, min(population, LONGEST_PERIOD))


def allot(dice: Dice, label: str, keys: Ints, population: int, traps: Mapping[str, int]) -> pl.Series:
    """The trap of each key, null for the clean ones.

    Each round of `period` consecutive keys holds every trap as often as its weight says, at places that differ from
    round to round.
    """
    length = period(population, traps)
    order = np.argsort(dice.bits(f"allot/{label}/order", np.arange(length)), kind="stable")
    names = np.full(length, None, dtype=object)
    names[order[: sum(traps.values())]] = [name for name, weight in traps.items() for _ in range(weight)]
    turn = dice.below(f"allot/{label}/turn", keys // length, length)
    return pl.Series("trap", names.tolist(), dtype=pl.String).gather((keys + turn) % length)


def met(allotted: pl.Series, *traps: str) -> pl.Series:
    """True where one of the traps was allotted; never null."""
    return allotted.is_in(traps).fill_null(value=False)
