"""A question that needs more memory than it has is asked again with more, and the connection is as it was."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from cx_pipeline.warehouse.reader import attempts, open_read_only

_HELD = "SELECT len(list(i::VARCHAR || 'a text of more than twelve characters')) FROM range(400_000) t(i)"


@pytest.fixture
def sparing(tmp_path: Path) -> Path:
    path = tmp_path / "some.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE main.numbers AS SELECT 1 AS n")
    return path


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    """What became of each attempt."""
    told: list[str] = []
    for is_last in attempts(connection):
        try:
            told.append(str(connection.execute(sql).fetchall()[0][0]))
        except duckdb.OutOfMemoryException:
            told.append("last" if is_last else "again")
        else:
            break
    return told


def test_more_memory_only_where_it_is_needed(sparing: Path) -> None:
    with open_read_only(sparing) as connection:
        connection.execute("SET memory_limit = '20MB'; SET threads = 1")
        usual = connection.execute("SELECT current_setting('memory_limit')").fetchall()
        assert ask(connection, "SELECT n FROM main.numbers") == ["1"]
        told = ask(connection, _HELD)
        assert len(told) > 1
        assert told == ["again"] * (len(told) - 1) + ["400000"]
        assert connection.execute("SELECT current_setting('memory_limit')").fetchall() == usual


def test_there_is_an_end_to_it(sparing: Path) -> None:
    with open_read_only(sparing) as connection:
        connection.execute("SET memory_limit = '4MB'; SET threads = 1")
        assert ask(connection, _HELD.replace("400_000", "20_000_000")) == ["again"] * 4 + ["last"]
