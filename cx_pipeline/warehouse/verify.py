"""Reads every value of a database file before anybody relies on it.

`count(*)` is answered from metadata and notices no damage; reading every column makes DuckDB check every block's checksum,
at about a tenth of a second per million rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from cx_pipeline.errors import DataError, InternalError
from cx_pipeline.warehouse.catalog import Relation, relations
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.reader import CATALOG, SPARING_MB, open_read_only
from cx_pipeline.warehouse.staging_area import logs_beside


def verify(path: Path, expected_rows: Mapping[str, int] | None = None) -> dict[str, int]:
    """Read the whole file and return `schema.table` to rows. Nothing is written.

    Args:
        path: a closed database file.
        expected_rows: `schema.table` to rows, for every table of the file; not compared when None.

    Raises:
        DataError: the file is damaged; says in which table.
        EnvironmentProblem: the file cannot be opened at all.
        InternalError: the file is not closed, or holds other tables or row counts than expected.
    """
    if logs_beside(path):
        raise InternalError("the file has a write-ahead log beside it and is not whole by itself", where=path.name)
    with open_read_only(path, memory_mb=SPARING_MB) as connection:
        found = relations(connection, CATALOG)
        rows = {relation.id: _read(connection, relation, path) for relation in found if not relation.is_view}
        for view in found:
            if view.is_view:
                _bind(connection, view, path)
    if expected_rows is not None:
        _compare(rows, expected_rows, path)
    return rows


def _read(connection: duckdb.DuckDBPyConnection, table: Relation, path: Path) -> int:
    reads = ", ".join(f"bit_xor(hash({identifier(column.name)}))" for column in table.columns)
    try:
        row = connection.execute(f"SELECT count(*), {reads} FROM {qualified(table.schema, table.name)}").fetchone()
    except duckdb.Error as error:
        raise _damaged(table, path, error) from None
    return int(row[0]) if row else 0


def _bind(connection: duckdb.DuckDBPyConnection, view: Relation, path: Path) -> None:
    try:
        connection.execute(f"SELECT * FROM {qualified(view.schema, view.name)} LIMIT 0").fetchall()
    except duckdb.Error as error:
        raise _damaged(view, path, error) from None


def _damaged(relation: Relation, path: Path, error: duckdb.Error) -> DataError:
    return DataError(
        f"the database file cannot be read whole: {type(error).__name__}",
        where=f"{path.name}, {relation.id}",
        happened="it was not published",
        next_step="run again; cx-pipeline rollback returns to an earlier version",
    )


def _compare(rows: Mapping[str, int], expected: Mapping[str, int], path: Path) -> None:
    different = sorted(table for table in rows.keys() | expected.keys() if rows.get(table) != expected.get(table))
    if different:
        found = ", ".join(f"{table} {rows.get(table, 'missing')} for {expected.get(table, 'none')}" for table in different)
        raise InternalError(
            "the file does not hold the rows that were written to it",
            where=f"{path.name}: {found}",
            happened="it was not published",
        )
