"""A figure about a version's quality, with the limit it is held to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import polars as pl


@dataclass(frozen=True)
class Score:
    """One figure.

    Attributes:
        metric: stable name, as `room.what`.
        about: `schema.table` or `schema.table.column`; or a data use, with its channel where it is one of contacting people; or
            empty, for the version as a whole.
        value: the figure; None where there was nothing to measure.
        unit: of the figure.
        allowed: limit of the settings; None where there is none.
        is_beyond: whether the limit was passed.
        counted_over: how many of what was looked at.
        description: one plain sentence.
    """

    metric: str
    about: str
    value: float | None
    unit: str
    allowed: float | None
    is_beyond: bool
    counted_over: int
    description: str


_SCHEMA = {
    "run_id": pl.String,
    "metric": pl.String,
    "about": pl.String,
    "value": pl.Float64,
    "unit": pl.String,
    "allowed": pl.Float64,
    "is_beyond": pl.Boolean,
    "counted_over": pl.Int64,
    "description": pl.String,
}


def score_rows(scores: Iterable[Score], run_id: str) -> pl.DataFrame:
    """Figures as rows of `quality.scores`."""
    return pl.DataFrame([{"run_id": run_id, **asdict(item)} for item in scores], schema=_SCHEMA)
