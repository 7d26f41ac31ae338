"""A Great Expectations data source for a DuckDB file that is only read.

The generic SQL source of Great Expectations hands its connection back to the pool before it fetches, and with it DuckDB's
result; here one connection lives as long as the source. It belongs to an in-memory instance that attaches the file
read-only, because a file opened through SQLAlchemy stays open in the process, with settings that no other connection to
the same file may differ from. `tests/checks/test_duckdb_source.py` notices when the generic source works and this one can go.

Importing this module imports great_expectations, some five seconds: import it inside functions.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import duckdb
import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper
from great_expectations.compatibility import pydantic
from great_expectations.datasource.fluent import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine

from cx_pipeline.warehouse.quoting import identifier, literal
from cx_pipeline.warehouse.reader import AUDITING_MB, CATALOG, reading_settings

EngineType = type[SqlAlchemyExecutionEngine]
IN_MEMORY = "duckdb:///:memory:"


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):  # type: ignore[misc]  # the package is not typed for us
    """Runs every query of a source on one connection, so that a result outlives the block it was asked for in."""

    _connection: sa.Connection | None

    @contextmanager
    def get_connection(self) -> Generator[sa.Connection, None, None]:
        if self._connection is None:
            self._connection = self.engine.connect()
        try:
            yield self._connection
        except sa.exc.DBAPIError:
            # Otherwise one query that cannot run would take all that follow it in the same transaction along.
            self._connection.rollback()
            raise

    def release(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):  # type: ignore[misc]
    """One DuckDB file, attached read-only under the name `cx`; tables are named as they are in its schema `main`."""

    type: Literal["duckdb"] = "duckdb"
    connection_string: str = IN_MEMORY
    path: pydantic.StrictStr

    _instance: duckdb.DuckDBPyConnection | None = pydantic.PrivateAttr(None)
    _engine: sa.Engine | None = pydantic.PrivateAttr(None)
    _execution_engine: DuckDBExecutionEngine | None = pydantic.PrivateAttr(None)

    @property
    def execution_engine_type(self) -> EngineType:
        return DuckDBExecutionEngine

    def _create_engine(self) -> sa.Engine:
        self._instance = duckdb.connect(":memory:", config=reading_settings(Path(self.path), AUDITING_MB))
        self._instance.execute(f"ATTACH {literal(self.path)} AS {identifier(CATALOG)} (READ_ONLY)")
        # A connection of its own for each that is asked for: on a shared one, whoever begins second would be refused.
        return sa.create_engine(IN_MEMORY, poolclass=sa.pool.NullPool, creator=self._connect)

    def _connect(self) -> ConnectionWrapper:
        assert self._instance is not None
        connection = self._instance.cursor()
        connection.execute(f"USE {identifier(CATALOG)}")
        connection.execute("SET TimeZone = 'UTC'")
        return ConnectionWrapper(connection)

    def get_execution_engine(self) -> DuckDBExecutionEngine:
        if self._execution_engine is None:
            self._execution_engine = DuckDBExecutionEngine(engine=self.get_engine(), create_temp_table=False)
        return self._execution_engine

    def release(self) -> None:
        """Close everything that holds the file."""
        if self._execution_engine is not None:
            self._execution_engine.release()
            self._execution_engine = None
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        if self._instance is not None:
            self._instance.close()
            self._instance = None
