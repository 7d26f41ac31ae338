"""A figure about a version's quality, with the limit it is held to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """One figure.

    Attributes:
        metric: stable name, as `room.what`.
        table: `schema.table`, or `schema.table.column`, it is about; empty for the version as a whole.
        value: the figure; None where there was nothing to measure.
        unit: of the figure.
        allowed: limit of the settings; None where there is none.
        is_beyond: whether the limit was passed.
        counted_over: how many of what was looked at.
        description: one plain sentence.
    """

    metric: str
    table: str
    value: float | None
    unit: str
    allowed: float | None
    is_beyond: bool
    counted_over: int
    description: str
