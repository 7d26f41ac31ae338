"""The columns of a table in words, for comments in the published file and for the data dictionary."""

from __future__ import annotations

from typing import TypedDict

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.dtypes import sql_type
from cx_pipeline.contracts.table import Table


class ColumnDescription(TypedDict):
    """A published column: `type` is DuckDB's, `meaning` says what it means and how a personal value is shown."""

    column: str
    type: str
    meaning: str
    unit: str


def describe(table: Table) -> list[ColumnDescription]:
    """Name, DuckDB type, meaning and unit of every published column, in order."""
    return [
        ColumnDescription(column=column.name, type=sql_type(column.dtype), meaning=_meaning(column), unit=column.unit)
        for column in table.columns
    ]


def _meaning(column: Column) -> str:
    parts = [column.description]
    if column.words:
        parts.append(f"One of {', '.join(column.words)}.")
    if column.is_free_text:
        parts.append("Redacted: personal values are replaced by tags; the raw text stays in the lake.")
    if column.domain is not None:
        parts.append(f"Keyed token of domain {column.domain}.")
    if column.domain_by is not None:
        plain = f", but for {', '.join(column.plain)}" if column.plain else ""
        parts.append(f"Keyed token of the domain that {column.domain_by.removeprefix('.')} names{plain}.")
    return " ".join(parts)
