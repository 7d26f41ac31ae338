"""What a database file holds: its tables, views and columns with their types and comments."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

_RELATIONS = """
SELECT schema_name, table_name, comment, false FROM duckdb_tables() WHERE NOT internal AND database_name = $1
UNION ALL
SELECT schema_name, view_name, comment, true FROM duckdb_views() WHERE NOT internal AND database_name = $1
ORDER BY ALL
"""
_COLUMNS = """
SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns()
WHERE NOT internal AND database_name = $1 ORDER BY schema_name, table_name, column_index
"""


@dataclass(frozen=True)
class CatalogColumn:
    """A column as the engine describes it."""

    name: str
    type: str
    comment: str | None


@dataclass(frozen=True)
class Relation:
    """A table or view with its columns in order."""

    schema: str
    name: str
    comment: str | None
    is_view: bool
    columns: tuple[CatalogColumn, ...]

    @property
    def id(self) -> str:
        return f"{self.schema}.{self.name}"


def relations(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[Relation]:
    """All tables and views of one attached database, by schema and name."""
    columns: dict[tuple[str, str], list[CatalogColumn]] = {}
    for schema, table, name, kind, comment in connection.execute(_COLUMNS, [catalog]).fetchall():
        columns.setdefault((schema, table), []).append(CatalogColumn(name, kind, comment))
    return [
        Relation(schema, name, comment, is_view, tuple(columns.get((schema, name), ())))
        for schema, name, comment, is_view in connection.execute(_RELATIONS, [catalog]).fetchall()
    ]
