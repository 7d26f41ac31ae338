from __future__ import annotations

import duckdb
import pytest

from cx_pipeline.errors import InternalError
from cx_pipeline.warehouse.quoting import identifier, literal, qualified

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
