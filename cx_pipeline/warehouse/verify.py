"""Reads every value of a database file before anybody relies on it.

`count(*)` is answered from metadata and notices no damage; reading every column makes DuckDB check every block's checksum,
at about a tenth of a second per million rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import duckdb

from cx_pipeline.errors import DataError, InternalError
from cx_pipeline.warehouse.catalog import Relation, relations
from cx_pipeline.warehouse.content_hash import hash_and_rows
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.reader import CATALOG, SPARING_MB, open_read_only
from cx_pipeline.warehouse.staging_area import logs_beside

Read = TypeVar("Read")


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
    rows = _read_all(path, _rows)
    if expected_rows is not None:
        _compare(rows, expected_rows, path)
    return rows


def verify_and_hash(path: Path, expected_rows: Mapping[str, int] | None = None) -> tuple[dict[str, int], dict[str, str]]:
    """What `verify` and `content_hashes` say of a file, which is read once for both."""
    found = _read_all(path, _hash_and_rows)
    rows = {table: count for table, (_, count) in found.items()}
    if expected_rows is not None:
        _compare(rows, expected_rows, path)
    return rows, {table: digest for table, (digest, _) in found.items()}


def _read_all(path: Path, read: Callable[[duckdb.DuckDBPyConnection, Relation], Read]) -> dict[str, Read]:
    """What is read of each table, by `schema.table`; views are only bound."""
    if logs_beside(path):
        raise InternalError("the file has a write-ahead log beside it and is not whole by itself", where=path.name)
    made: dict[str, Read] = {}
    with open_read_only(path, memory_mb=SPARING_MB) as connection:
        found = relations(connection, CATALOG)
        for relation in sorted(found, key=lambda each: each.is_view):
            try:
                if relation.is_view:
                    _bind(connection, relation)
                else:
                    made[relation.id] = read(connection, relation)
            except duckdb.Error as error:
                raise _damaged(relation, path, error) from None
    return made


def _rows(connection: duckdb.DuckDBPyConnection, table: Relation) -> int:
    reads = ", ".join(f"bit_xor(hash({identifier(column.name)}))" for column in table.columns)
    row = connection.execute(f"SELECT count(*), {reads} FROM {qualified(table.schema, table.name)}").fetchone()
    return int(row[0]) if row else 0


def _hash_and_rows(connection: duckdb.DuckDBPyConnection, table: Relation) -> tuple[str, int]:
    return hash_and_rows(connection, table.name, table.schema)


def _bind(connection: duckdb.DuckDBPyConnection, view: Relation) -> None:
    connection.execute(f"SELECT * FROM {qualified(view.schema, view.name)} LIMIT 0").fetchall()


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
