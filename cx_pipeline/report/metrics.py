"""A metric over the last weeks: its value, how far that could be off, and whether the target is met whatever is not known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from cx_pipeline.report.facts import DAYS

MET, MISSED, UNCLEAR, NONE = "on target", "off target", "cannot be said", "no target"
LIKELY_MET, LIKELY_MISSED = "likely on target", "likely off target"
"""Where nothing bounds how far a value could be off."""
_SURE, _PARTLY, _UNSURE = "good", "warn", "bad"


@dataclass(frozen=True)
class Reading:
    """What is told of a metric.

    Attributes:
        name, unit, description, is_high_good, target: as defined.
        value: over the last weeks with facts: the mean of what is a mean, the sum of counts, the last of what is in stock.
        low, high: between which the truth lies, whatever was kept back or is not known; None where nothing bounds it.
        verdict: `on target` or `off target` only where both ends of the envelope say so; likely where there is none.
        trust: good, warn or bad: how much of it is unclear.
        unclear: share that is unclear.
        days: day, value, low and high of each.
    """

    name: str
    unit: str
    description: str
    is_high_good: bool
    target: float | None
    value: float
    low: float | None
    high: float | None
    verdict: str
    trust: str
    unclear: float
    days: pl.DataFrame


def readings(metrics: pl.DataFrame, rules: pl.DataFrame, least: int) -> list[Reading]:
    """Each metric that has something to tell, those with a target first.

    Args:
        metrics: rows of a day and metric.
        rules: from where on something is unclear.
        least: days with fewer facts than this are not drawn by themselves.
    """
    if metrics.is_empty() or rules.is_empty():
        return []
    [limits] = rules.to_dicts()
    last = metrics.select(pl.col("day").max()).item()
    recent = metrics.filter(pl.col("day") > last - timedelta(days=DAYS))
    made = [_reading(rows, limits, least) for _, rows in recent.group_by("metric", maintain_order=True)]
    return sorted((one for one in made if one is not None), key=lambda one: (one.verdict == NONE, one.name))


def _reading(rows: pl.DataFrame, limits: dict[str, float], least: int) -> Reading | None:
    rows = rows.sort("day")
    first = rows.row(-1, named=True)
    facts = int(rows["n"].sum())
    if first["kind"] == "stock":
        value, low, high, facts = first["value"], first["low"], first["high"], int(first["n"])
    elif first["kind"] == "count":
        value, low, high = rows["value"].sum(), _whole(rows, "low", summed=True), _whole(rows, "high", summed=True)
    else:
        value, low, high = _mean(rows, "value"), _whole(rows, "low"), _whole(rows, "high")
    if value is None or 0 < facts < least:
        return None
    unclear = _mean(rows, "unclear_share") or 0.0
    trust = _UNSURE if unclear >= limits["red_share"] else _PARTLY if unclear >= limits["amber_share"] else _SURE
    trust = _PARTLY if trust == _SURE and facts < limits["least_rows"] else trust
    return Reading(
        name=first["metric"],
        unit=first["unit"],
        description=first["description"],
        is_high_good=bool(first["is_high_good"]),
        target=first["target"],
        value=float(value),
        low=low,
        high=high,
        verdict=_verdict(float(value), low, high, first["target"], is_high_good=bool(first["is_high_good"])),
        trust=trust,
        unclear=float(unclear),
        days=rows.filter(pl.col("n") >= least).select("day", "value", "low", "high") if first["kind"] != "stock" else rows,
    )


def _mean(rows: pl.DataFrame, name: str) -> float | None:
    """Weighted by the facts of the days."""
    weight = rows["n"].cast(pl.Float64)
    total = float(weight.sum())
    return float((rows[name] * weight).sum()) / total if total else None


def _whole(rows: pl.DataFrame, name: str, *, summed: bool = False) -> float | None:
    """An end of the envelope over all days; None where a day has none."""
    if rows[name].null_count():
        return None
    return float(rows[name].sum()) if summed else _mean(rows, name)


def _verdict(value: float, low: float | None, high: float | None, target: float | None, *, is_high_good: bool) -> str:
    if target is None:
        return NONE

    def good(end: float) -> bool:
        return end >= target if is_high_good else end <= target

    if low is None or high is None:
        return LIKELY_MET if good(value) else LIKELY_MISSED
    return MET if good(low) and good(high) else UNCLEAR if good(low) or good(high) else MISSED
