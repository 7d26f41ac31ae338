"""A question that needs more memory than it has is asked again with more, and the connection is as it was; no failure quotes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.warehouse.reader import attempts, batches, open_read_only, repeated

_HELD = "SELECT len(list(i::VARCHAR || 'a text of more than twelve characters')) FROM range(400_000) t(i)"


@pytest.fixture
def sparing(tmp_path: Path) -> Path:
    path = tmp_path / "some.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE main.numbers AS SELECT 1 AS n")
    return path


@pytest.mark.parametrize(("may_read", "step"), [(True, "cx-pipeline rollback"), (False, "let this user read ")])
def test_a_file_that_cannot_be_opened_says_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, may_read: bool, step: str
) -> None:
    path = tmp_path / "cx.duckdb"
    path.write_bytes(b"nothing")
    monkeypatch.setattr(os, "access", lambda *_: may_read)
    with pytest.raises(EnvironmentProblem, match=r"cannot be opened \(cx.duckdb\)") as refused, open_read_only(path):
        pass
    assert step in refused.value.next_step


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


def test_an_engine_that_fails_in_the_middle_does_not_quote(sparing: Path) -> None:
    failing = "SELECT CASE WHEN i > 50_000 THEN error('ada@king.io') ELSE 'said' END AS said FROM range(100_000) t(i)"
    with open_read_only(sparing) as connection, pytest.raises(duckdb.Error, match="while it answered") as failed:
        list(batches(connection.sql(failing), 2_000))
    assert "ada" not in str(failed.value)
    assert not isinstance(failed.value, duckdb.OutOfMemoryException)


class Answer:
    """An answer that runs out of memory behind its first rows until it is asked for the third time."""

    def __init__(self) -> None:
        self.asked = 0

    def to_arrow_reader(self, rows: int) -> Iterator[pa.RecordBatch]:
        self.asked += 1
        yield pa.RecordBatch.from_pydict({"n": list(range(rows))})
        if self.asked < 3:
            raise OSError("Out of Memory Error: failed to pin block of size 256.0 KiB")
        yield pa.RecordBatch.from_pydict({"n": [rows]})


def test_what_runs_out_of_memory_in_the_middle_comes_again_from_the_beginning(sparing: Path) -> None:
    answer: Any = Answer()
    with open_read_only(sparing) as connection:
        frames = list(repeated(connection, lambda: batches(answer, 2)))
    assert [frame["n"].to_list() for frame in frames] == [[0, 1], [0, 1], [0, 1], [2]]
