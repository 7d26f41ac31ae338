from __future__ import annotations

import pytest

from cx_pipeline.warehouse.conversion import conversion


@pytest.mark.parametrize(
    ("source", "target", "sql"),
    [
        ("VARCHAR", "VARCHAR", "x"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP", "(x AT TIME ZONE 'UTC')"),
        ("INTEGER", "BIGINT", "CAST(x AS BIGINT)"),
        ("UINTEGER", "BIGINT", "CAST(x AS BIGINT)"),
        ("ENUM('a', 'b')", "VARCHAR", "CAST(x AS VARCHAR)"),
    ],
)
def test_what_loses_nothing(source: str, target: str, sql: str) -> None:
    assert conversion("x", source, target) == sql


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("DOUBLE", "BIGINT"),
        ("BIGINT", "INTEGER"),
        ("UBIGINT", "BIGINT"),
        ("BIGINT", "DOUBLE"),
        ("VARCHAR", "TIMESTAMP"),
        ("TIMESTAMP_NS", "TIMESTAMP"),
        ("DECIMAL(18,4)", "DECIMAL(18,2)"),
        ("BIGINT", "VARCHAR"),
    ],
)
def test_what_could_lose_something_is_refused(source: str, target: str) -> None:
    assert conversion("x", source, target) is None
