"""Versions of one record: the newest is published, older ones are superseded, copies are duplicates.

Order: the record's own clocks, then the date of the delivery, then the content hash; never the position in a file
(the canonical model, "Ids, tokens and sameness"). Of several copies with the same content the first delivered stands for
all, so that a re-delivery changes nothing.
"""

from __future__ import annotations

import polars as pl

KEYS = {
    "row_id": pl.String,
    "source_id": pl.String,
    "content": pl.String,
    "clock_0": pl.Int64,
    "clock_1": pl.Int64,
    "date": pl.Date,
    "delivery_id": pl.String,
    "record_number": pl.Int64,
}


def decide(keys: pl.DataFrame) -> pl.DataFrame:
    """Give every record of one export its fate.

    Args:
        keys: columns of `KEYS`, one row a delivered record that passed its contract; `clock_1` breaks ties of `clock_0`.

    Returns:
        `row_id, delivery_id, fate` (published, superseded, duplicate), `reason` and `gave_way_to` (row id, null when
        published), one row a row of `keys`.
    """
    first = keys.sort("date", "delivery_id", "record_number")
    copies = first.group_by("source_id", "content", maintain_order=True).agg(
        pl.col("row_id").first().alias("stands_for"),
        pl.col("delivery_id").first().alias("stands_in"),
        pl.col("clock_0").max(),
        pl.col("clock_1").max(),
        pl.col("date").max().alias("last_date"),
    )
    order = ["source_id", "clock_0", "clock_1", "last_date", "content"]
    newest = (
        copies.sort(order, descending=[False, True, True, True, True], nulls_last=True)
        .group_by("source_id", maintain_order=True)
        .agg(pl.col("stands_for").first().alias("winner"))
    )
    judged = keys.join(
        copies.select("source_id", "content", "stands_for", "stands_in"),
        on=["source_id", "content"],
        how="left",
        maintain_order="left",
    ).join(newest, on="source_id", how="left", maintain_order="left")
    is_copy = (pl.col("row_id") != pl.col("stands_for")) | (pl.col("delivery_id") != pl.col("stands_in"))
    is_old = pl.col("stands_for") != pl.col("winner")
    return judged.select(
        "row_id",
        "delivery_id",
        pl.when(is_copy)
        .then(pl.lit("duplicate"))
        .when(is_old)
        .then(pl.lit("superseded"))
        .otherwise(pl.lit("published"))
        .alias("fate"),
        pl.when(is_copy)
        .then(pl.lit("same key and same content as an earlier delivered record"))
        .when(is_old)
        .then(pl.lit("a newer version of the record was delivered"))
        .otherwise(pl.lit(None, dtype=pl.String))
        .alias("reason"),
        pl.when(is_copy)
        .then("stands_for")
        .when(is_old)
        .then("winner")
        .otherwise(pl.lit(None, dtype=pl.String))
        .alias("gave_way_to"),
    )
