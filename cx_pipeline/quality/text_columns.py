"""Which columns of a staged file hold text, wherever it is nested."""

from __future__ import annotations

import duckdb

from cx_pipeline.warehouse.quoting import identifier


def text_columns(connection: duckdb.DuckDBPyConnection, *, views: bool) -> list[tuple[str, str, list[str]]]:
    """Schema, table and its columns with text, in order, of the file that a connection has open; of views only if asked for."""
    return connection.execute(
        """SELECT schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
           WHERE NOT internal AND data_type LIKE '%VARCHAR%' AND schema_name IN ('main', 'marts', 'quality')
             AND database_name = current_database()
             AND ($1 OR table_oid IN (SELECT table_oid FROM duckdb_tables() WHERE database_name = current_database()))
           GROUP BY ALL ORDER BY ALL""",
        [views],
    ).fetchall()


def as_text(column: str) -> str:
    """SQL of the name under which a question to a whole table finds the text of a column, made once however often it is read."""
    return identifier(f"{column} as text")
