"""The several things that a record holds, scrubbed like columns and laid beside their records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from cx_pipeline.scrub.engine import RuleCount
from cx_pipeline.sources.export import Context, Items, Rows, TableMap
from cx_pipeline.stages.cells import scrub_columns


class Held(NamedTuple):
    """The items of a batch: as the vendor wrote them, and scrubbed under the names that mappings read."""

    raw: pl.DataFrame
    scrubbed: pl.DataFrame


def scrub_items(items: Items, batch: pl.DataFrame, context: Context, counts: list[RuleCount]) -> Held:
    """Take the items out of a batch and scrub them; what the rules did is added to `counts`."""
    raw = items.of(batch, context)
    missing = sorted({field.name for field in items.fields} - set(raw.columns))
    raw = raw.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)
    made = scrub_columns(raw, items.fields, context, f"{items.name}.")
    counts += made.counts
    prefixed = [
        column.alias(f"raw.item.{column.name[4:]}" if column.name.startswith("raw.") else f"item.{column.name}")
        for column in made.columns
    ]
    number = raw.select(pl.int_range(1, pl.len() + 1).over("_record").alias("item.number")).to_series()
    return Held(raw, pl.DataFrame([raw.get_column("_record"), number, *prefixed, made.flags.alias("item.dq_flags")]))


def with_items(rows: Rows, frame: pl.DataFrame, held: Mapping[int, Held]) -> pl.LazyFrame:
    """What the expressions of `rows` read: the records, or their items with the records beside them."""
    if rows.items is None:
        return frame.lazy()
    items = held[id(rows.items)].scrubbed.lazy()
    joined = items.join(frame.lazy().drop("dq_flags"), on="_record", how="inner", maintain_order="left")
    joined = joined.rename({"item.dq_flags": "dq_flags"})
    for name, expression in rows.items.prepare.items():
        joined = joined.with_columns(expression.alias(name))
    return joined


def contained(mapping: TableMap, batch: pl.DataFrame, held: Mapping[int, Held]) -> pl.Series:
    """How many rows of the table each record holds by its raw text."""
    total = pl.repeat(0, batch.height, dtype=pl.Int64, eager=True)
    for rows in mapping.rows:
        if rows.items is None:
            total = total + batch.select("_record", rows.contains.fill_null(0).cast(pl.Int64).alias("rows")).get_column("rows")
        else:
            items = held[id(rows.items)].raw
            counted = items.select("_record", rows.contains.fill_null(0).cast(pl.Int64).alias("rows"))
            by_record = counted.group_by("_record").agg(pl.col("rows").sum())
            there = batch.select("_record").join(by_record, on="_record", how="left", maintain_order="left")
            total = total + there.get_column("rows").fill_null(0)
    return total.alias(f"contains_{mapping.table}")
