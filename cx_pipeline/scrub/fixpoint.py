"""Repeat a step over a column until no value changes any more."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from cx_pipeline.scrub.rule import Transform

Step = Callable[[pl.Series], pl.Series]


def as_step(transform: Transform) -> Step:
    """A transform as a function from a series to a series of the same length."""
    return lambda series: series.to_frame("value").select(transform(pl.col("value"))).to_series().alias(series.name)


def until_stable(values: pl.Series, step: Step, give_up: Step, rounds: int = 8) -> pl.Series:
    """Apply `step` until it changes nothing, each round only to the values the round before changed.

    Args:
        values: texts.
        step: element-wise, keeps the length.
        give_up: applied to what still changes after `rounds`, so that hostile nesting costs bounded time; `step` must
            leave its result alone.
        rounds: upper bound of applications of `step`.
    """
    result, rows, active = values.clone(), pl.int_range(0, values.len(), dtype=pl.UInt32, eager=True), values
    for _ in range(rounds):
        if active.is_empty():
            return result
        following = step(active)
        changed = following.ne_missing(active)
        rows, active = rows.filter(changed), following.filter(changed)
        result = result.scatter(rows, active)
    return result.scatter(rows, give_up(active))


def on_matching(values: pl.Series, pattern: str, step: Step) -> pl.Series:
    """Apply `step` to the texts that match a pattern and leave the others as they are."""
    rows = values.str.contains(pattern).fill_null(value=False).arg_true()
    if rows.is_empty():
        return values
    return values.clone().scatter(rows, step(values.gather(rows)))
