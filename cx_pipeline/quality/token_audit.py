"""No table holds tokens of two versions of the key: all are of the version that the run names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from cx_pipeline.quality.sql_check import SqlCheck
from cx_pipeline.quality.text_columns import as_text, text_columns
from cx_pipeline.warehouse.quoting import identifier, literal, qualified

CHECK = "tokens_of_one_key"
_SIGNS = 26
_SHORTEST = 3 + _SIGNS
_TOKEN = r"\bk(?:VERSION)_[a-z2-7]{26}\b"  # noqa: S105  # a shape, no secret


def token_checks(connection: duckdb.DuckDBPyConnection) -> Iterator[SqlCheck]:
    """One check a table that has text; to run against the staged file that a connection has open. A view shows what they hold.

    Where the run does not say which version its tokens are of, no check has an answer.
    """
    version = _version(connection)
    for schema, name, columns in text_columns(connection, views=False):
        # Most texts are too short for a token, or are one token of this version.
        tests = " OR ".join(
            f"""(strlen({identifier(column)}::VARCHAR) >= $3::INT
                 AND NOT (strlen({identifier(column)}::VARCHAR) = strlen($2) + $4::INT
                          AND starts_with({identifier(column)}::VARCHAR, $2))
                 AND regexp_matches({identifier(column)}::VARCHAR, $1))"""
            for column in columns
        )
        counted = f"SELECT count(*) FROM {qualified(schema, name)} WHERE {tests}"
        yield SqlCheck(
            CHECK,
            f"{schema}.{name}",
            "every token is of the key version that the run names",
            "SELECT 1 WHERE false" if version is None else counted,
            () if version is None else (_foreign(version), f"k{version}_", str(_SHORTEST), str(_SIGNS)),
            at_once=None if version is None else _may_be_foreign(columns, version),
            reads_as_text=tuple(columns),
        )


def _may_be_foreign(columns: Sequence[str], version: int) -> str:
    return f"count(*) FILTER ({' OR '.join(_may_hold(as_text(column), version) for column in columns)})"


def _may_hold(text: str, version: int) -> str:
    """SQL: whether a text holds what a token of another version begins with.

    To search for a letter first is much quicker than for the end of a word. A CASE, as all of an AND would be worked out for
    every row here.
    """
    own = f"k{version}_"
    is_own = f"strlen({text}) = {len(own) + _SIGNS} AND starts_with({text}, {literal(own)})"
    begins = literal(f"k(?:{another_number(str(version))})_")
    return f"CASE WHEN strlen({text}) >= {_SHORTEST} AND NOT ({is_own}) THEN regexp_matches({text}, {begins}) ELSE FALSE END"


def _foreign(version: int) -> str:
    return _TOKEN.replace("VERSION", another_number(str(version)))


def another_number(number: str) -> str:
    """A pattern of every run of digits but this one, for an engine that cannot look ahead."""
    other_digit = [f"{number[:at]}[^{digit}\\D][0-9]*" for at, digit in enumerate(number)]
    shorter = [f"[0-9]{{1,{len(number) - 1}}}"] if len(number) > 1 else []
    return "|".join([*other_digit, *shorter, f"{number}[0-9]+"])


def _version(connection: duckdb.DuckDBPyConnection) -> int | None:
    rows = connection.execute("SELECT DISTINCT key_version FROM quality.runs").fetchall()
    return int(rows[0][0]) if len(rows) == 1 and rows[0][0] is not None else None
