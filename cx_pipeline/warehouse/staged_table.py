"""What is written into the staged file: tables from Parquet and queries over them, all with comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cx_pipeline.contracts.describe import ColumnDescription, describe
from cx_pipeline.contracts.table import Table


@dataclass(frozen=True)
class StagedColumn:
    """A column: its DuckDB type, what it means (with the unit), and whether it may be null."""

    name: str
    type: str
    comment: str
    nullable: bool = True


@dataclass(frozen=True)
class StagedTable:
    """A table that is filled from Parquet.

    Attributes:
        schema: `main`, `marts` or `quality`.
        name: of the table.
        comment: what one row is.
        columns: in the order they are published.
        order_by: columns the rows lie ordered by, time first: a query of one day then reads only that day's blocks.
    """

    schema: str
    name: str
    comment: str
    columns: tuple[StagedColumn, ...]
    order_by: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """`schema.table`, the name used in row counts, hashes and messages."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class StagedQuery:
    """A table or view that is the answer of a query over the staged tables, such as a mart.

    Attributes:
        schema: made when missing.
        name: of the table or view.
        comment: what one row is.
        columns: every column of the answer, with its comment.
        select: SQL of this project, never of the data; names tables as `schema.table`, so that it works whatever the file
            is called.
        order_by: columns the rows of a table lie ordered by.
    """

    schema: str
    name: str
    comment: str
    columns: Mapping[str, str]
    select: str
    order_by: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.schema}.{self.name}"


def from_contract(table: Table, schema: str = "main") -> StagedTable:
    """The staged form of a canonical table: ordered by its time, then its key; a required column refuses null."""
    nullable = {column.name: column.nullable for column in table.columns}
    order = dict.fromkeys([*([table.time] if table.time else []), *table.key])
    columns = tuple(
        StagedColumn(column["column"], column["type"], _comment(column), nullable[column["column"]]) for column in describe(table)
    )
    return StagedTable(schema, table.name, table.description, columns, tuple(order))


def _comment(column: ColumnDescription) -> str:
    return f"{column['meaning']} Unit: {column['unit']}." if column["unit"] else column["meaning"]
