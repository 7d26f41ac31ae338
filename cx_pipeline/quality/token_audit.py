"""No table holds tokens of two versions of the key: all are of the version that the run names."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from cx_pipeline.quality.sql_check import SqlCheck
from cx_pipeline.warehouse.quoting import identifier, qualified

CHECK = "tokens_of_one_key"
_TOKEN = r"\bk[0-9]+_[a-z2-7]{26}\b"  # noqa: S105  # a shape, no secret


def token_checks(connection: duckdb.DuckDBPyConnection) -> Iterator[SqlCheck]:
    """One check a table that has text; to run against the staged file that a connection has open.

    Where the run does not say which version its tokens are of, no check has an answer.
    """
    version = _version(connection)
    own = _TOKEN.replace("[0-9]+", str(version))
    found = connection.execute(
        """SELECT schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
           WHERE NOT internal AND data_type LIKE '%VARCHAR%' AND schema_name IN ('main', 'marts', 'quality')
             AND database_name = current_database() GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    for schema, name, columns in found:
        tests = " OR ".join(
            f"regexp_matches(regexp_replace({identifier(column)}::VARCHAR, $1, '', 'g'), $2)" for column in columns
        )
        yield SqlCheck(
            CHECK,
            f"{schema}.{name}",
            "every token is of the key version that the run names",
            f"SELECT count(*) FROM {qualified(schema, name)} WHERE {tests}"
            if version is not None
            else "SELECT $1 || $2 WHERE false",
            (own, _TOKEN),
        )


def _version(connection: duckdb.DuckDBPyConnection) -> int | None:
    rows = connection.execute("SELECT DISTINCT key_version FROM quality.runs").fetchall()
    return int(rows[0][0]) if len(rows) == 1 and rows[0][0] is not None else None
