"""A published file in memory, row by row: canonical tables as their contracts say, and the marts over them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.common import IS_DELETED
from cx_pipeline.marts import sentiment
from cx_pipeline.marts.catalogue import DECLARED, GIVEN, marts
from cx_pipeline.quality.tables import CHECKS, DELIVERIES, LEDGER, QUARANTINE, RUNS
from cx_pipeline.settings import Settings
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.staged_table import StagedTable, from_contract

NOW = datetime(2026, 7, 1)
_FALSE = (IS_DELETED, "is_test")


class World:
    """Rows are given by what matters of them; the rest is plain."""

    def __init__(self, now: datetime = NOW, **settings: Any) -> None:
        self.settings = Settings(**settings)
        self._now = now
        self._con = duckdb.connect(":memory:", config={"threads": 2})
        self._con.execute("SET TimeZone = 'UTC'")
        self._tables = {item.id: item for item in (RUNS, DELIVERIES, LEDGER, QUARANTINE, CHECKS)}
        self._tables |= {f"main.{name}": from_contract(table) for name, table in tables().items() if not table.internal}
        for schema in ("quality", "marts"):
            self._con.execute(f"CREATE SCHEMA {identifier(schema)}")
        for table in self._tables.values():
            columns = ", ".join(f"{identifier(column.name)} {column.type}" for column in table.columns)
            self._con.execute(f"CREATE TABLE {qualified(table.schema, table.name)} ({columns})")
        self.add("quality.runs", run_id="r", now=now)

    def add(self, table: str, **values: Any) -> None:
        """One row of a table; `main` goes without saying."""
        self.add_all(table, [values])

    def add_all(self, table: str, rows: list[dict[str, Any]]) -> None:
        staged = self._tables[table if "." in table else f"main.{table}"]
        plain = {name: False for name in _FALSE if name in {column.name for column in staged.columns}}
        names = list(dict.fromkeys(name for row in rows for name in {**plain, **row}))
        frame = pl.DataFrame([{**plain, **row} for row in rows], infer_schema_length=None).select(names)
        self._insert(staged, frame)

    def _insert(self, staged: StagedTable, frame: pl.DataFrame) -> None:
        self._con.register("incoming", frame.to_arrow())
        self._con.execute(f"INSERT INTO {qualified(staged.schema, staged.name)} BY NAME SELECT * FROM incoming")
        self._con.unregister("incoming")

    def build(self, *, only: str | None = None) -> World:
        """Make the marts anew, all or those that one needs."""
        wanted = _needed(only) if only else set(marts())
        for given in GIVEN:
            columns = ", ".join(f"{identifier(column.name)} {column.type}" for column in given.table.columns)
            self._con.execute(f"CREATE OR REPLACE TABLE {qualified('marts', given.table.name)} ({columns})")
        for item in DECLARED:
            self._insert(item.table, item.rows(self.settings, self._now))
        for scores in sentiment.scored([self._con.sql(sentiment.WORDS).pl()]):
            self._insert(sentiment.TABLE.table, scores)
        for name, mart in marts().items():
            if name in wanted:
                kind = "VIEW" if mart.is_view else "TABLE"
                self._con.execute(f"CREATE OR REPLACE {kind} {qualified('marts', name)} AS {mart.select}")
        return self

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Whose catalog is named `memory`."""
        return self._con

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._con.execute(sql).fetchall()

    def dicts(self, sql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._con.sql(sql).pl().to_dicts()
        return found

    def describe(self, sql: str) -> dict[str, str]:
        """Columns and types of an answer."""
        answer = self._con.sql(sql)
        return dict(zip(answer.columns, map(str, answer.types), strict=True))

    def one(self, sql: str) -> dict[str, Any]:
        """The only row of an answer."""
        [row] = self.dicts(sql)
        return row


def _needed(name: str) -> set[str]:
    reads = [read.removeprefix("marts.") for read in marts()[name].reads if read.removeprefix("marts.") in marts()]
    return {name}.union(*map(_needed, reads))


def at(text: str) -> datetime:
    """A time of 2026, UTC: `06-01 09:00` or `06-01 09:00:05`."""
    return datetime.fromisoformat(f"2026-{text}")
