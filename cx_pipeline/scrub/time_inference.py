"""Which one format a whole column of times is written in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from cx_pipeline.scrub.time_formats import FORMATS, TimeFormat


class Verdict(StrEnum):
    """How sure an inference is."""

    DECIDED = "decided"  # every value fits one format
    MIXED = "mixed"  # the best format does not fit every value
    AMBIGUOUS = "ambiguous"  # day and month cannot be told apart
    UNKNOWN = "unknown"  # no format fits, or there is no value


@dataclass(frozen=True)
class Inference:
    """What a column's distinct values say.

    Attributes:
        format: the format to read the column with; None unless the verdict is decided or mixed.
        verdict: see `Verdict`.
        share: of distinct values that the best format reads, 0 to 1.
        distinct: number of distinct non-null values.
        candidates: ids of the formats that share the first place.
    """

    format: TimeFormat | None
    verdict: Verdict
    share: float
    distinct: int
    candidates: tuple[str, ...] = ()


def infer(values: pl.Series) -> Inference:
    """One format for all values of a text column.

    Day and month are told apart by any value above 12; where both orders have such a value, the order with more readable
    values is best and the verdict is mixed. Plain numbers are told apart by the magnitude of most of the column.
    """
    distinct = values.drop_nulls().str.strip_chars().unique().drop_nulls()
    distinct = distinct.filter(distinct != "")
    if distinct.is_empty():
        return Inference(None, Verdict.UNKNOWN, 0.0, 0)
    readable = {known.id: _readable(distinct, known) for known in FORMATS.values()}
    best = max(readable.values())
    if best == 0:
        return Inference(None, Verdict.UNKNOWN, 0.0, distinct.len())
    winners = tuple(name for name, count in readable.items() if count == best)
    share = best / distinct.len()
    first = FORMATS[winners[0]]
    if any(FORMATS[other].family == first.family != "" for other in winners[1:]):
        return Inference(None, Verdict.AMBIGUOUS, share, distinct.len(), winners)
    verdict = Verdict.DECIDED if best == distinct.len() else Verdict.MIXED
    return Inference(first, verdict, share, distinct.len(), winners)


def _readable(distinct: pl.Series, known: TimeFormat) -> int:
    """How many values the format reads to a real time of a plausible magnitude."""
    suspects = distinct.filter(distinct.str.contains(known.regex))
    if suspects.is_empty():
        return 0
    if known.magnitudes is not None:
        low, high = known.magnitudes
        number = suspects.cast(pl.Float64, strict=False)
        return int(((number >= low) & (number < high)).sum())
    read = suspects.to_frame("value").select(known.read(pl.col("value"), lambda wall: wall)).to_series()
    return read.len() - read.null_count()
