from __future__ import annotations

import duckdb
import pytest

from cx_pipeline.errors import InternalError
from cx_pipeline.warehouse.canonical_text import canonical, joined


def text_of(value: str, *settings: str) -> str:
    """The canonical text of an SQL value, taken from a column so that nothing is folded as a constant."""
    with duckdb.connect() as connection:
        for setting in settings:
            connection.execute(setting)
        connection.execute(f"CREATE TABLE t AS SELECT {value} AS x")
        form = canonical("x", connection.sql("SELECT x FROM t").types[0])
        row = connection.execute(f"SELECT {joined([form])} FROM t").fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("NULL::VARCHAR", "~:"),
        ("''", "0:"),
        ("'~'", "1:~"),
        ("'é'", "2:é"),
        ("true", "true;"),
        ("-7::TINYINT", "-7;"),
        ("170141183460469231731687303715884105727::HUGEINT", "170141183460469231731687303715884105727;"),
        ("1.5::DECIMAL(18,4)", "1.5000;"),
        ("0.1::DOUBLE", "1.0000000000000001e-01;"),
        ("-0.0::DOUBLE", "0.0000000000000000e+00;"),
        ("'nan'::DOUBLE", "nan;"),
        ("TIMESTAMP '1969-12-31 23:59:59.999999'", "-1;"),
        ("TIMESTAMP 'infinity'", "infinity;"),
        ("DATE '2024-02-29'", "2024-02-29;"),
        ("'a;b'::BLOB", "613B62;"),
        ("'b'::ENUM('a', 'b')", "1:b"),
        ("[]::VARCHAR[]", "[]"),
        ("['a', NULL, '']", "[1:a~:0:]"),
        ("NULL::VARCHAR[]", "~"),
        ("[[1], NULL, []]", "[[1;]~[]]"),
        ("[1, 2]::INTEGER[2]", "[1;2;]"),
        ("{'b': 1, 'a': 'x'}", "(1:x1;)"),
        ("{'a': 'x', 'b': 1}", "(1:x1;)"),
        ("NULL::STRUCT(a INTEGER)", "~"),
        ("{'a': NULL::INTEGER}", "(~;)"),
        ("[{'q\"x': TIMESTAMP '1970-01-01 00:00:01'}]", "[(1000000;)]"),
    ],
)
def test_text(value: str, text: str) -> None:
    assert text_of(value) == text


def test_an_instant_does_not_depend_on_the_time_zone() -> None:
    value = "TIMESTAMPTZ '2026-01-01 00:00:00+00'"
    assert (
        text_of(value, "SET TimeZone = 'Asia/Tokyo'")
        == text_of(value, "SET TimeZone = 'America/New_York'")
        == "1767225600000000;"
    )


@pytest.mark.parametrize("value", ["INTERVAL 1 DAY", "union_value(k := 1)", "MAP {'a': 1}"])
def test_a_type_without_one_text_is_refused(value: str) -> None:
    with pytest.raises(InternalError, match="no canonical text"):
        text_of(value)
