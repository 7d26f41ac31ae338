"""Clean tables of a test's own, in the form that the clean stage leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from cx_pipeline.contracts.catalogue import tables

Row = dict[str, Any]
_COMMON: Row = {"is_deleted": False, "is_test": False, "is_placeholder": False, "is_null_hash": False}


def clean_frame(name: str, rows: list[Row]) -> pl.DataFrame:
    """Rows of a clean table: resolved references under their published names, columns that are not told null."""
    table = tables()[name]
    resolved = {column.lake_name: column.name for column in table.columns if column.resolved}
    schema = {resolved.get(column, column): dtype for column, dtype in table.lake_schema.items()}
    told = [{column: (_COMMON | row).get(column) for column in schema} for row in rows]
    return pl.DataFrame(told, schema=schema)


def clean_folder(folder: Path, **rows: list[Row]) -> Path:
    """A folder with every clean table, of the given rows or of none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables().items():
        if not table.internal:
            clean_frame(name, rows.get(name, [])).write_parquet(folder / f"{name}.parquet")
    return folder


def identity(customer: str, record: str, kind: str, value: str, **more: Any) -> Row:
    """An identifier that a record carries for a customer; `record` as `zendesk.users:1`."""
    source, rest = record.split(".", 1)
    entity, key = rest.split(":", 1)
    said = {"customer_id": customer, "kind": kind, "value": value}
    return {**said, "source_system": source, "source_entity": entity, "source_id": key, **more}
