"""Adds the outcome of the audit to a staged file that was already closed for it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.warehouse.quoting import identifier, literal, qualified
from cx_pipeline.warehouse.reader import CATALOG, OFFLINE
from cx_pipeline.warehouse.staged_table import StagedTable


def fill(path: Path, table: StagedTable, rows: pl.DataFrame, *, keeps: bool = False) -> int:
    """Replace the rows of a table that the staged file has, and close the file again with no log beside it.

    Args:
        path: the staged file; never the published one.
        table: must exist with these columns.
        rows: the new rows, columns by name.
        keeps: the rows that are there stay, but for those whose key, which the table is ordered by, a new row has.

    Returns:
        The number of rows that the table has then.
    """
    target = f"{identifier(CATALOG)}.{qualified(table.schema, table.name)}"
    connection = duckdb.connect(":memory:", config=dict(OFFLINE))
    try:
        connection.register("incoming", rows.to_arrow())
        connection.execute(f"ATTACH {literal(str(path))} AS {identifier(CATALOG)}")
        if not keeps:
            connection.execute(f"DELETE FROM {target}")
        elif table.order_by:
            key = ", ".join(identifier(name) for name in table.order_by)
            connection.execute(f"DELETE FROM {target} WHERE ({key}) IN (SELECT ({key}) FROM incoming)")
        connection.execute(f"INSERT INTO {target} BY NAME SELECT * FROM incoming")
        counted = connection.execute(f"SELECT count(*) FROM {target}").fetchone()
        connection.execute(f"CHECKPOINT {identifier(CATALOG)}")
        connection.execute(f"DETACH {identifier(CATALOG)}")
    finally:
        connection.close()
    return int(counted[0]) if counted is not None else 0
