"""What is known at a moment of things that several moments make up: later ones have not happened yet."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cx_pipeline.synth.timeline import FOREVER, Timeline


def as_of(frame: pl.DataFrame, events: Sequence[str], moment: int) -> pl.DataFrame:
    """Rows whose first event has happened, with `updated`, the last that did; later events are FOREVER.

    Args:
        frame: seconds in the columns `events`; what never happens is FOREVER.
        events: the first of them is the beginning.
        moment: seconds.
    """
    past = [pl.when(pl.col(name) <= moment).then(name) for name in events]
    seen = frame.filter(pl.col(events[0]) <= moment).with_columns(updated=pl.max_horizontal(past))
    return seen.with_columns(pl.when(pl.col(name) <= moment).then(name).otherwise(FOREVER).alias(name) for name in events)


def delivered(frame: pl.DataFrame, events: Sequence[str], timeline: Timeline, night: int, overlap: int) -> pl.DataFrame:
    """What changed since the last cut, and the overlap before it; `is_fresh` is false for the latter."""
    before = timeline.cut(night - 1)
    changed = as_of(frame, events, timeline.cut(night)).filter(pl.col("updated") > before - overlap)
    return changed.with_columns(is_fresh=pl.col("updated") > before)
