"""All identifiers that the lake holds of customers and agents, as the last pass over the texts and the gate look for them."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.table import Table
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.needles import KINDS, Needles, needles
from cx_pipeline.stages.slices import slices

_NOBODY = ("is_placeholder", "is_null_hash")
_AGENTS, _AGENT = "agents", "agent"


def known_people(layout: Layout) -> Needles | None:
    """What is unmistakable of everybody in `lake/clean`; None before there is one.

    Every column that the contracts publish as tokens is read, so a new source or table needs no line here.
    """
    folder = layout.lake_clean / "tables"
    held = [table for table in tables().values() if (folder / f"{table.name}.parquet").exists()]
    told = (values for table in held for rows in slices(folder, table.name) for values in _values(rows, table))
    return needles(values.collect() for values in told) if held else None


def _values(rows: pl.LazyFrame, table: Table) -> Iterator[pl.LazyFrame]:
    """`kind, value` of each personal column."""
    stored = rows.collect_schema()
    somebody = pl.all_horizontal(
        pl.lit(value=True), *(~pl.col(name).fill_null(value=False) for name in _NOBODY if name in stored)
    )
    for column in table.columns:
        if column.is_token and column.lake_name in stored:
            told = rows.filter(somebody).select(*_kind_and_value(column, stored[column.lake_name], table)).drop_nulls()
            yield told.filter(pl.col("kind").is_in(list(KINDS)))


def _kind_and_value(column: Column, dtype: pl.DataType, table: Table) -> tuple[pl.Expr, pl.Expr]:
    value = pl.col(column.lake_name)
    nothing = pl.lit(None, dtype=pl.String)
    if isinstance(dtype, pl.Struct):
        kind, token = (field.name for field in dtype.fields[:2])
        return value.struct.field(kind).alias("kind"), value.struct.field(token).alias("value")
    if dtype != pl.String:  # lists repeat what other tables hold
        return nothing.alias("kind"), nothing.alias("value")
    if column.domain_by is not None:
        return pl.col(column.domain_by).cast(pl.String).alias("kind"), value.alias("value")
    domain = _AGENT if table.name == _AGENTS else column.domain
    return pl.lit(domain).alias("kind"), value.alias("value")
