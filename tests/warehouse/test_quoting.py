from __future__ import annotations

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from cx_pipeline.errors import InternalError
from cx_pipeline.warehouse.quoting import file_name, identifier, literal, parquet, qualified

HOSTILE = ['a"; DROP TABLE x; --', "it's", "a.b", "", " ", "`", "\n", "é\u202e", "$1", "\\", "{x}", "%s"]


@pytest.mark.parametrize("name", [name for name in HOSTILE if name])
def test_any_name_is_a_column(name: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE {qualified('memory', 'main', name)} ({identifier(name)} INTEGER)")
        found = connection.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal").fetchall()
    assert found == [(name, name)]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_a_literal(text: str) -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {literal(text)}").fetchall() == [(text,)]


@pytest.mark.parametrize("quote", [identifier, literal, qualified])
def test_a_nul_is_refused(quote: object) -> None:
    assert callable(quote)
    with pytest.raises(InternalError, match="NUL"):
        quote("a\0b")


@pytest.mark.parametrize("name", ["day=2026-11-01", "a [p]", "a*c", "a[!b]", "a**c", "a]b[", "it's 100%", "{x}"])
def test_a_file_is_read_from_whatever_folder_and_no_other_is(tmp_path: Path, name: str) -> None:
    for folder in ("a p", "abc", "ac", name):
        (tmp_path / folder).mkdir()
        pl.DataFrame({"told": [folder]}).write_parquet(tmp_path / folder / "t.parquet")
        (tmp_path / folder / "t.txt").write_text(folder, encoding="utf-8")
        (tmp_path / folder / "t.jsonl").write_text(json.dumps({"told": folder}), encoding="utf-8")
    place = tmp_path / name
    told = [
        f"FROM {parquet(place / 't.parquet')}",
        f"FROM read_json({literal(file_name(place / 't.jsonl'))}, hive_partitioning = false)",
        f"SELECT content FROM read_text({literal(file_name(place / 't.txt'))})",
    ]
    with duckdb.connect() as connection:
        assert [connection.execute(sql).fetchall() for sql in told] == [[(name,)]] * 3
        bound = "FROM read_parquet($1, union_by_name = true, hive_partitioning = false)"
        assert connection.execute(bound, [[file_name(place / "t.parquet")]]).fetchall() == [(name,)]
