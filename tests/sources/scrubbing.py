"""Literal raw records to canonical rows, as a run would make them."""

from __future__ import annotations

from typing import Any

import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.sources.catalogue import get
from cx_pipeline.sources.export import Context
from cx_pipeline.stages.batch import Scrubbed, scrub_batch

Record = dict[str, str | None]
SHA = "0" * 64


def scrub(export: str, *records: Record, context: Context | None = None) -> Scrubbed:
    """What a batch of these records becomes. Columns that a record lacks are null."""
    names = sorted({name for record in records for name in record})
    batch = pl.DataFrame(
        [
            {"_record": number, "_line": number + 1, **{name: record.get(name) for name in names}}
            for number, record in enumerate(records, start=1)
        ],
        schema={"_record": pl.Int64, "_line": pl.Int64, **dict.fromkeys(names, pl.String)},
    )
    made = scrub_batch(batch, get(export), SHA, context or Context())
    assert_balanced(export, made)
    return made


def assert_balanced(export: str, made: Scrubbed) -> None:
    """What the raw text holds for a table is what the mapping made, refused or found said twice."""
    for mapping in get(export).tables:
        name = mapping.table
        if tables()[name].internal:  # not booked: what it is made into is no row a record
            continue
        held = made.records[f"contains_{name}"].sum()
        copies = made.records[f"copies_{name}"].sum()
        refused = made.quarantined.filter(pl.col("table") == name).select("row_id", "place").n_unique()
        assert held == made.tables[name].height + copies + refused, name


def rows(export: str, table: str, *records: Record, context: Context | None = None) -> list[dict[str, Any]]:
    return scrub(export, *records, context=context).tables[table].to_dicts()


def row(export: str, table: str, record: Record, context: Context | None = None) -> dict[str, Any]:
    """The one row of a table that a record gives."""
    made = rows(export, table, record, context=context)
    assert len(made) == 1, made
    return made[0]


def part(made: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The columns of a row that something is expected of."""
    return {name: made[name] for name in expected}


def broken(export: str, record: Record, context: Context | None = None) -> list[tuple[str | None, str, str]]:
    """Table, rule and column of what a record broke."""
    return scrub(export, record, context=context).quarantined.select("table", "rule", "column").rows()
