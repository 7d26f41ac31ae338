"""What happened to customers from one published registry to the next, as an append-only log.

| kind | what it tells of customer_id | other_id | records |
|---|---|---|---|
| created | a new customer | whose records these were, where they were anybody's | all that it has |
| grown | records joined it | whose they were; null where they were nobody's | that joined |
| shrunk | records went over to another customer | that customer | that went |
| merged | it took in a customer, whose id retired | the retired id | that came |
| absorbed | it retired | its survivor | that went there |
| split | part of it became a customer of its own, new or revived | that customer | that went |
| revived | it had retired and is a customer again | whose records these were last | all that it has |

Records are counted where a delivery still holds them.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from cx_pipeline.identity.registry import EVENTS, Assignment


def logged(before: Assignment, now: Assignment, run_id: str, at: datetime) -> Assignment:
    """The registry `now` with what happened since `before` appended to its log.

    Args:
        before: the registry of the published version.
        now: as from `assign`.
        run_id: the run that found it out.
        at: its frozen clock, UTC.
    """
    found = happened(before, now).with_columns(
        pl.lit(run_id).alias("run_id"), pl.lit(at, dtype=pl.Datetime("us")).alias("occurred_at")
    )
    return now._replace(events=pl.concat([before.events, found.select(list(EVENTS))]))


def happened(before: Assignment, now: Assignment) -> pl.DataFrame:
    """`kind, customer_id, other_id, records`, in an order that depends on nothing but them; none where nothing changed."""
    moves = _moves(before, now)
    fresh = now.membership.join(before.membership, on="customer_id", how="anti").filter("is_seen")
    begun = fresh.group_by("customer_id").agg(pl.len().cast(pl.Int64).alias("records"))
    is_back = pl.col("customer_id").is_in(before.retired["customer_id"].implode())
    merges = moves.join(
        now.retired.join(before.retired, on="customer_id", how="anti").rename({"customer_id": "was", "survivor": "customer_id"}),
        on=["was", "customer_id"],
        how="semi",
    )
    to_begun = moves.join(begun, on="customer_id", how="semi")
    others = moves.join(merges, on=["was", "customer_id"], how="anti")
    onward = others.filter(pl.col("was").is_not_null())
    joined = others.join(begun, on="customer_id", how="anti")
    whose = to_begun.drop_nulls("was").sort(["records", "was"], descending=[True, False]).unique("customer_id", keep="first")
    sources = begun.join(whose.select("customer_id", "was"), on="customer_id", how="left")
    parts = onward.join(begun, on="customer_id", how="semi")
    return pl.concat(
        [
            _told(sources.filter(~is_back), "created", "customer_id", "was"),
            _told(sources.filter(is_back), "revived", "customer_id", "was"),
            _told(joined, "grown", "customer_id", "was"),
            _told(onward.join(begun, on="customer_id", how="anti"), "shrunk", "was", "customer_id"),
            _told(parts, "split", "was", "customer_id"),
            _told(merges, "merged", "customer_id", "was"),
            _told(merges, "absorbed", "was", "customer_id"),
        ]
    ).sort("customer_id", "kind", "other_id")


def _moves(before: Assignment, now: Assignment) -> pl.DataFrame:
    """`was, customer_id, records`: seen records that have another id than before; `was` is null where they had none."""
    had = before.membership.select("record", pl.col("customer_id").alias("was"))
    return (
        now.membership.filter("is_seen")
        .join(had, on="record", how="left")
        .filter(pl.col("was").ne_missing(pl.col("customer_id")))
        .group_by("was", "customer_id")
        .agg(pl.len().cast(pl.Int64).alias("records"))
    )


def _told(rows: pl.DataFrame, kind: str, customer: str, other: str) -> pl.DataFrame:
    return rows.select(
        pl.lit(kind).alias("kind"), pl.col(customer).alias("customer_id"), pl.col(other).alias("other_id"), "records"
    )
