"""Rows that are added to a staged file replace those of their key, so that doing it again changes nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from cx_pipeline.warehouse.fill import fill
from cx_pipeline.warehouse.staged_table import StagedColumn, StagedTable

TABLE = StagedTable(
    "quality",
    "figures",
    "A row: a figure.",
    (
        StagedColumn("name", "VARCHAR", "Name."),
        StagedColumn("about", "VARCHAR", "About."),
        StagedColumn("value", "BIGINT", "It."),
    ),
    ("name", "about"),
)


def _rows(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"name": pl.String, "about": pl.String, "value": pl.Int64}, orient="row")


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    path = tmp_path / "staged.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA quality")
        connection.execute("CREATE TABLE quality.figures (name VARCHAR, about VARCHAR, value BIGINT)")
        connection.execute("INSERT INTO quality.figures VALUES ('a', 'x', 1), ('a', 'y', 2)")
    return path


def _held(path: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("FROM quality.figures ORDER BY ALL").fetchall()


def test_rows_are_replaced(staged: Path) -> None:
    assert fill(staged, TABLE, _rows(("b", "x", 3))) == 1
    assert _held(staged) == [("b", "x", 3)]


def test_rows_of_other_keys_stay(staged: Path) -> None:
    for _ in range(2):
        assert fill(staged, TABLE, _rows(("a", "y", 5), ("b", "x", 3)), keeps=True) == 3
        assert _held(staged) == [("a", "x", 1), ("a", "y", 5), ("b", "x", 3)]
    assert not staged.with_name(f"{staged.name}.wal").exists()
