"""What publishing would change for whoever already uses customer ids, as figures with limits.

A rule that goes wrong shows here before anybody reads it: half of the customers merged, one customer of ten thousand records.
Compared are the registry of the published version and the one that would take its place. Without a published version there is
nothing to compare, and no limit applies.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from cx_pipeline.identity.registry import Assignment
from cx_pipeline.settings.identity import Identity

IMPACT = {
    "metric": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
    "change": pl.Float64,
    "allowed": pl.Float64,
    "is_beyond": pl.Boolean,
    "is_accepted": pl.Boolean,
}
_KINDS = {
    "customers_new": "created",
    "customers_grown": "grown",
    "customers_shrunk": "shrunk",
    "customers_merged": "absorbed",
    "customers_split": "split",
    "customers_revived": "revived",
}


class _Figure(NamedTuple):
    """One metric. `allowed` is the limit of `judged`; no limit where either is null."""

    metric: str
    before: float | None = None
    after: float | None = None
    change: float | None = None
    allowed: float | None = None
    judged: float | None = None


def impact(before: Assignment, now: Assignment, limits: Identity, *, is_accepted: bool) -> pl.DataFrame:
    """A row a metric, columns of `IMPACT`.

    `customers`, `records` and `largest_customer` (in records) have a figure before and after; the others tell what changed.
    `records_changed_share` is of the records known before and still seen, `customers_merged_share` of the customers before.

    Args:
        before: the registry of the published version; empty before the first.
        now: the registry with what happened since appended to its log.
        limits: how much may change.
        is_accepted: somebody looked at it and accepts, for this run, what is beyond its limit.
    """
    figures = _compared(before, now, limits)
    if before.membership.is_empty():
        figures = [_Figure(figure.metric, after=figure.after) for figure in figures]
    rows = []
    for metric, old, new, change, allowed, judged in figures:
        is_beyond = allowed is not None and judged is not None and judged > allowed
        rows.append((metric, old, new, change, allowed, is_beyond, is_beyond and is_accepted))
    return pl.DataFrame(rows, schema=IMPACT, orient="row")


def _compared(before: Assignment, now: Assignment, limits: Identity) -> list[_Figure]:
    was, sizes = _sizes(before), _sizes(now)
    happened = now.events.slice(before.events.height)
    counts = {kind: len(set(ids)) for kind, ids in happened.group_by("kind").agg("customer_id").rows()}
    absorbed = happened.filter(kind="absorbed")
    gone = was.join(sizes, on="customer_id", how="anti").join(absorbed, on="customer_id", how="anti")
    had = before.membership.select("record", pl.col("customer_id").alias("was"))
    known = now.membership.filter("is_seen").join(had, on="record")
    changed = known.filter(pl.col("customer_id") != pl.col("was")).height
    merged = counts.get("absorbed", 0)
    return [
        _state("customers", was.height, sizes.height),
        _state("records", int(was["records"].sum()), int(sizes["records"].sum())),
        _largest(_top(was), _top(sizes), limits),
        *(_Figure(metric, change=float(counts.get(kind, 0))) for metric, kind in _KINDS.items()),
        _Figure("customers_gone", change=float(gone.height)),
        _Figure("records_changed", change=float(changed)),
        _share("records_changed_share", changed, known.height, limits.max_changed_share, limits),
        _share("customers_merged_share", merged, was.height, limits.max_merged_share, limits),
    ]


def _sizes(registry: Assignment) -> pl.DataFrame:
    """`customer_id, records` of the customers that have a seen record."""
    return registry.membership.filter("is_seen").group_by("customer_id").agg(pl.len().alias("records"))


def _top(sizes: pl.DataFrame) -> int:
    return 0 if sizes.is_empty() else int(sizes["records"].sort()[-1])


def _state(metric: str, before: int, after: int) -> _Figure:
    return _Figure(metric, float(before), float(after), float(after - before))


def _largest(before: int, after: int, limits: Identity) -> _Figure:
    """One that was published as large as that stops nobody; only growing further does."""
    judged = float(after) if after > before else None
    return _state("largest_customer", before, after)._replace(allowed=float(limits.max_cluster_records), judged=judged)


def _share(metric: str, part: int, whole: int, allowed: float, limits: Identity) -> _Figure:
    share = part / whole if whole else 0.0
    return _Figure(metric, change=share, allowed=allowed, judged=share if part > limits.impact_floor else None)
