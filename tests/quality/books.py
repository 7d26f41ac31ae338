"""A small staged file whose books are right, for tests to cook."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.quality.book import Line, ledger
from cx_pipeline.quality.tables import CHECKS, FROM_CLEAN, SCORES
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.staged_table import StagedTable, from_contract

TICKETS = ("p1-1", "p1-2", "p1-3")
LINES = (
    # Ten records: two damaged, one refused, one superseded, one a copy; of the five that count, three give an interaction.
    Line("d1", "extract", "zendesk.tickets", 10, published=8, quarantined=2),
    Line("d1", "scrub", "zendesk.tickets", 8, published=7, quarantined=1),
    Line("d1", "dedupe", "zendesk.tickets", 7, published=5, superseded=1, duplicate=1),
    Line("d1", "map", "interactions", 5, published=3, quarantined=1, duplicate=1),
    # The same bytes again, and a file that the settings leave out.
    Line("d2", "extract", "zendesk.tickets", 4, duplicate=4),
    Line("d3", "extract", "zendesk.users", 2, filtered=2),
)
FATES = {
    "d1": ["quarantined"] * 3 + ["superseded", "duplicate"],
    "d2": ["duplicate"] * 4,
    "d3": ["filtered"] * 2,
}
RECORDS = {"d1": 10, "d2": 4, "d3": 2, "d4": 0}


def write(path: Path) -> Path:
    """Every published table, empty but for what the books are about."""
    with duckdb.connect(str(path)) as connection:
        for schema in ("quality", "marts"):
            connection.execute(f"CREATE SCHEMA {schema}")
        staged = [from_contract(table) for table in tables().values() if not table.internal]
        for table in [*staged, *FROM_CLEAN, CHECKS, SCORES]:
            _create(connection, table)
        book = ledger(LINES, "run1")
        connection.register("book", book.to_arrow())
        connection.execute("INSERT INTO quality.ledger BY NAME SELECT * FROM book")
        fates = pl.DataFrame(
            [
                (f"{delivery}-{number}", delivery, number, fate)
                for delivery, all_of in FATES.items()
                for number, fate in enumerate(all_of, 90)
            ],
            schema=["row_id", "delivery_id", "record_number", "fate"],
            orient="row",
        )
        connection.register("fates", fates.to_arrow())
        connection.execute("INSERT INTO quality.row_fates BY NAME SELECT * FROM fates")
        connection.execute(
            "INSERT INTO quality.identity_impact (metric, is_beyond, is_accepted) VALUES ('customers', false, false)"
        )
        for delivery, records in RECORDS.items():
            connection.execute("INSERT INTO quality.deliveries (delivery_id, records) VALUES (?, ?)", [delivery, records])
        for row_id in TICKETS:
            connection.execute(
                "INSERT INTO main.interactions (interaction_id, row_id) VALUES (?, ?)", [f"zendesk.tickets:{row_id}", row_id]
            )
    return path


def _create(connection: duckdb.DuckDBPyConnection, table: StagedTable) -> None:
    columns = ", ".join(f"{identifier(column.name)} {column.type}" for column in table.columns)
    connection.execute(f"CREATE TABLE {qualified(table.schema, table.name)} ({columns})")


def cook(path: Path, *statements: str) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
