"""Which records a night's export holds and in which state, for exports that reach back behind the one before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from cx_pipeline.synth.allot import met
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.journeys import as_of, delivered
from cx_pipeline.synth.timeline import FOREVER, HOUR, Timeline

TRAPS = {"sent_twice": 4, "older_version_later": 4}
"""Records that come twice in one file, and those whose older state comes once more after the newer one."""
_RANGE = 50_000
_NO_REASON = pl.lit(None, pl.String).alias("why")


def numbers(count: int) -> Iterator[tuple[str, Ints]]:
    """So many entity numbers a file, each with what its name ends with: nothing for the first."""
    for at, start in enumerate(range(0, count, _RANGE)):
        yield f"_{at + 1:03}" if at else "", np.arange(start, min(count, start + _RANGE), dtype=np.int64)


def surely_changed(known: pl.DataFrame) -> pl.DataFrame:
    """Records whose older version is to come later do have a second version, an hour after the first if none before."""
    older = met(known["trap"], "older_version_later")
    return known.with_columns(
        changed=pl.when(older & (pl.col("changed") == FOREVER)).then(pl.col("made") + HOUR).otherwise("changed")
    )


def sent(known: pl.DataFrame, timeline: Timeline, night: int, reach: int) -> pl.DataFrame:
    """What a night's export tells of records that change once at most.

    Args:
        known: records with `made` and `changed` (seconds; FOREVER when never) and `trap`, one of `TRAPS` or another.
        reach: seconds that the export reaches back behind the one before.

    Returns:
        The records with `is_changed` and `clock` as of the night, and `why` one comes once more (null: it does not), in the
        order of their clocks.
    """
    cut, before = timeline.cut(night), timeline.cut(night - 1)
    there = known.filter(pl.col("made") <= cut).with_columns(_NO_REASON, is_changed=pl.col("changed") <= cut)
    there = there.with_columns(clock=pl.when("is_changed").then("changed").otherwise("made"))
    fresh = there.filter(pl.col("clock") > before - reach)
    outdated = there.filter(met(there["trap"], "older_version_later") & (pl.col("changed") <= before)).with_columns(
        is_changed=pl.lit(value=False), clock="made", why=pl.lit("older_version_later")
    )
    return _together(fresh, outdated, "clock")


def sent_journeys(journeys: pl.DataFrame, timeline: Timeline, night: int, reach: int) -> pl.DataFrame:
    """The same for interactions as `Journeys.of` gives them with `trap`: their state as of the night, and `why`."""
    before = timeline.cut(night - 1)
    fresh = delivered(journeys, timeline, night, reach).with_columns(_NO_REASON)
    older = met(journeys["trap"], "older_version_later") & (journeys["solved"] <= before)
    outdated = as_of(journeys.filter(older), pl.col("replied")).with_columns(why=pl.lit("older_version_later"))
    return _together(fresh, outdated, "updated")


def _together(fresh: pl.DataFrame, outdated: pl.DataFrame, clock: str) -> pl.DataFrame:
    twice = fresh.filter(met(fresh["trap"], "sent_twice")).with_columns(why=pl.lit("sent_twice"))
    return pl.concat([fresh, twice, outdated], how="vertical_relaxed").sort(clock, "number", maintain_order=True)
