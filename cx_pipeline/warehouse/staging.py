"""Builds the next version of the published file aside: typed, ordered and commented tables, streamed from Parquet.

The file lies in `clean/.staging/`, on the same file system as the published one, and is whole and closed (no write-ahead
log beside it) when the block is left. Leaving with an exception deletes it.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import polars as pl

from cx_pipeline import faults
from cx_pipeline.errors import CxError, InternalError
from cx_pipeline.layout import OWNER_ONLY, Layout
from cx_pipeline.warehouse import staging_area
from cx_pipeline.warehouse.built import Built
from cx_pipeline.warehouse.catalog import Relation, relations
from cx_pipeline.warehouse.conversion import conversion
from cx_pipeline.warehouse.engines import with_more_memory
from cx_pipeline.warehouse.quoting import file_name, identifier, literal, qualified
from cx_pipeline.warehouse.reader import CATALOG, OFFLINE
from cx_pipeline.warehouse.staged_table import StagedQuery, StagedTable

_MOST_TIMES = 16  # the usual memory


class _MemoryShort(InternalError):
    """What the engine may hold was not enough for a statement."""


class StagedFile(AbstractContextManager["StagedFile"]):
    """The file one run builds.

    Args:
        layout: where the data folder lies.
        run_id: names the file; an earlier attempt of the same run is replaced.
        storage_version: oldest DuckDB that must be able to read the file, such as `v1.4.0`.
        engine: DuckDB settings that differ from its defaults, such as `{"memory_limit": "2GB", "threads": 2}`.
        reads: further folders Parquet may come from; the data folder always may. Anything else is out of reach of SQL.

    Attributes:
        path: of the file; ready to be verified once the block is left.
        rows: `schema.table` to rows written, for the tables written so far.
    """

    def __init__(
        self,
        layout: Layout,
        run_id: str,
        *,
        storage_version: str,
        engine: Mapping[str, str | int] | None = None,
        reads: Sequence[Path] = (),
    ) -> None:
        self.area = staging_area.Area(layout.staging, run_id)
        self.path = self.area.database
        self.rows: dict[str, int] = {}
        self._run_id = run_id
        self._storage_version = storage_version
        self._engine = dict(engine or {})
        self._reach = (layout.data, *reads)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._is_built = False
        self._frames = itertools.count()

    @property
    def built(self) -> Built:
        """The finished file; only once the block was left without an exception."""
        if not self._is_built:
            raise InternalError("the staged file is not finished")
        return Built(self.path, self._run_id, dict(self.rows))

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The writing connection; its default catalog is the staged file, name tables as `schema.table`."""
        if self._connection is None:
            raise InternalError("the staged file is not open")
        return self._connection

    def __enter__(self) -> Self:
        self.area.claim()
        self._open()
        return self

    def reopen(self, engine: Mapping[str, str | int]) -> None:
        """Write what there is into the file, let go of what the engine holds, and go on with other settings of the engine."""
        self._let_go()
        self._engine = dict(engine)
        self._open()

    def _open(self) -> None:
        config = {**OFFLINE, **self._engine, "temp_directory": str(self.area.spill)}
        connection = duckdb.connect(":memory:", config=config)
        self._connection = connection
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET preserve_insertion_order = false")
        version = literal(self._storage_version)
        connection.execute(f"ATTACH {literal(str(self.path))} AS {identifier(CATALOG)} (STORAGE_VERSION {version})")
        reach = ", ".join(literal(f"{folder.resolve()}{os.sep}") for folder in self._reach)
        connection.execute(f"SET allowed_directories = [{reach}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        connection.execute(f"USE {identifier(CATALOG)}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._finish()
        except BaseException:
            self._abandon()
            raise
        if kind is not None:
            self._abandon()

    def write_table(self, table: StagedTable, parquet: Sequence[Path]) -> int:
        """Stream Parquet files into a table; columns are matched by name, no file gives an empty table. Returns the rows.

        Raises:
            InternalError: a column is missing, its type would have to be converted with loss, or a column that must not
                be null is. The message names columns, never values.
        """
        self._create(table)
        if parquet:
            scan = "read_parquet($1, union_by_name = true, hive_partitioning = false)"
            paths = [file_name(path.resolve()) for path in parquet]
            names = ", ".join(identifier(column.name) for column in table.columns)
            self._fill(
                f"INSERT INTO {qualified(table.schema, table.name)} ({names}) "
                f"SELECT {self._selection(table, scan, paths)} FROM {scan}{_order(table.order_by)}",
                table.id,
                [paths],
            )
        comments = {column.name: column.comment for column in table.columns}
        return self._written(table.schema, table.name, table.comment, comments)

    def spill(self, frame: pl.DataFrame) -> Path:
        """Put a frame aside as a temporary Parquet file of the staging folder, for `write_parts`. Any thread may."""
        self.area.spill.mkdir(mode=OWNER_ONLY, exist_ok=True)
        # A name is never used twice: the engine keeps footers by path, and DuckDB 1.5 then reads the file before.
        part = self.area.spill / f"frame-{next(self._frames):05}.parquet"
        frame.write_parquet(part, compression="zstd", compression_level=1)
        return part

    def write_parts(self, table: StagedTable, parts: Iterable[Path]) -> int:
        """Write frames that were spilled, and remove their files. Returns the rows."""
        given: list[Path] = []
        try:
            given.extend(parts)
            return self.write_table(table, given)
        finally:
            for part in given:
                part.unlink(missing_ok=True)

    def write_frames(self, table: StagedTable, frames: Iterable[pl.DataFrame]) -> int:
        """Write frames one after the other, through temporary files. Returns the rows."""
        return self.write_parts(table, map(self.spill, frames))

    def write_query(self, query: StagedQuery) -> int:
        """Write the answer of a query over the staged tables as a table. Returns the rows."""
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(query.schema)}")
        target = qualified(query.schema, query.name)
        self._fill(f"CREATE TABLE {target} AS SELECT * FROM ({query.select}\n){_order(query.order_by)}", query.id)
        return self._written(query.schema, query.name, query.comment, query.columns)

    def write_view(self, query: StagedQuery) -> None:
        """Create a view that answers a query over the staged tables each time it is read."""
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(query.schema)}")
        self._execute(f"CREATE VIEW {qualified(query.schema, query.name)} AS {query.select}", query.id)
        self._comment("VIEW", query.schema, query.name, query.comment, query.columns)

    def _create(self, table: StagedTable) -> None:
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(table.schema)}")
        columns = ", ".join(
            f"{identifier(column.name)} {column.type}{'' if column.nullable else ' NOT NULL'}" for column in table.columns
        )
        self._execute(f"CREATE TABLE {qualified(table.schema, table.name)} ({columns})", table.id)

    def _selection(self, table: StagedTable, scan: str, paths: list[str]) -> str:
        """The SELECT list that brings the Parquet columns to the declared types without loss."""
        found = self._types(f"SELECT * FROM {scan}", table.id, [paths])
        # As the engine writes them, so that both sides spell a nested type alike.
        declared = self._types(f"SELECT * FROM {qualified(table.schema, table.name)}", table.id)
        expressions, refused = [], []
        for name, target in declared.items():
            source = found.get(name)
            expression = conversion(identifier(name), source, target) if source is not None else None
            if expression is None:
                refused.append(f"{name} ({source or 'missing'}, declared {target})")
            else:
                expressions.append(expression)
        if refused:
            raise InternalError(
                "columns of a clean table do not have their declared types",
                where=f"{table.id}: {', '.join(refused)}",
                happened="nothing was published",
            )
        return ", ".join(expressions)

    def _types(self, select: str, table: str, parameters: list[list[str]] | None = None) -> dict[str, str]:
        """Column to DuckDB type of a query's answer, in order."""
        return {str(row[0]): str(row[1]) for row in self._execute(f"DESCRIBE {select}", table, parameters).fetchall()}

    def _fill(self, sql: str, table: str, parameters: list[list[str]] | None = None) -> None:
        """Run a statement that writes many rows; in more memory where what is given does not do.

        Not all that a query holds can be put on the disk, and how much cannot depends on the rows. So each attempt has twice the
        memory of the one before, and what comes after it has the usual again.
        """
        usual, times = self._engine, 1
        try:
            while True:
                try:
                    self._execute(sql, table, parameters)
                except _MemoryShort:
                    times *= 2
                    if "memory_limit" not in usual or times > _MOST_TIMES:
                        raise
                    self.reopen(with_more_memory(usual, times))
                else:
                    return
        finally:
            if times > 1:
                self.reopen(usual)

    def _execute(self, sql: str, table: str, parameters: list[list[str]] | None = None) -> duckdb.DuckDBPyConnection:
        """Run SQL over data; DuckDB's own message may quote a value and so is never passed on."""
        try:
            return self.connection.execute(sql, parameters)
        except duckdb.ConstraintException as error:
            column = _not_null_column(error)
            raise InternalError(
                "a column that must not be null holds nulls", where=f"{table}{column}", happened="nothing was published"
            ) from None
        except duckdb.Error as error:
            kind = _MemoryShort if isinstance(error, duckdb.OutOfMemoryException) else InternalError
            raise kind(
                f"a staged table could not be written: {type(error).__name__}", where=table, happened="nothing was published"
            ) from None

    def _written(self, schema: str, name: str, comment: str, columns: Mapping[str, str]) -> int:
        self._comment("TABLE", schema, name, comment, columns)
        row = self.connection.execute(f"SELECT count(*) FROM {qualified(schema, name)}").fetchone()
        count = int(row[0]) if row else 0
        self.rows[f"{schema}.{name}"] = count
        faults.point("staging.after_table")
        return count

    def _comment(self, kind: str, schema: str, name: str, comment: str, columns: Mapping[str, str]) -> None:
        target = qualified(schema, name)
        said = [f"COMMENT ON {kind} {target} IS {literal(comment)}"]
        said += [f"COMMENT ON COLUMN {target}.{identifier(column)} IS {literal(text)}" for column, text in columns.items()]
        # In one transaction: each comment alone would be a version of the catalog and an entry of the write-ahead log.
        self._execute("; ".join(["BEGIN", *said, "COMMIT"]), f"{schema}.{name}")

    def _finish(self) -> None:
        silent = [name for relation in relations(self.connection, CATALOG) for name in _uncommented(relation)]
        if silent:
            raise InternalError(
                "every table and column is published with a comment", where=", ".join(silent), happened="nothing was published"
            )
        faults.point("staging.before_checkpoint")
        self._execute(f"CHECKPOINT {identifier(CATALOG)}", CATALOG)
        self._close()
        leftovers = staging_area.logs_beside(self.path)
        if leftovers:
            raise InternalError("the staged file was closed but left a write-ahead log", happened="nothing was published")
        self._is_built = True
        faults.point("staging.after_close")

    def _let_go(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                connection.execute("USE memory")
                connection.execute(f"DETACH {identifier(CATALOG)}")
            finally:
                connection.close()

    def _close(self) -> None:
        self._let_go()
        shutil.rmtree(self.area.spill, ignore_errors=True)
        self.area.release()

    def _abandon(self) -> None:
        try:
            self._close()
        except (duckdb.Error, CxError):
            self.area.release()  # the failure that brought us here is the one to report
        self.area.clear()


def _order(columns: Sequence[str]) -> str:
    return f" ORDER BY {', '.join(f'{identifier(column)} NULLS FIRST' for column in columns)}" if columns else ""


def _uncommented(relation: Relation) -> list[str]:
    missing = [f"{relation.id}.{column.name}" for column in relation.columns if not column.comment]
    return missing if relation.comment else [relation.id, *missing]


def _not_null_column(error: duckdb.ConstraintException) -> str:
    """`.column` from DuckDB's "NOT NULL constraint failed: table.column", which holds names only."""
    _, found, place = str(error).partition("NOT NULL constraint failed: ")
    return f".{place.rsplit('.', 1)[-1]}" if found else ""
