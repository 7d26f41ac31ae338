"""A small table with every awkward thing (nulls, a list, a decimal), a mart and a view over it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import polars as pl

from cx_pipeline.warehouse.built import Built
from cx_pipeline.warehouse.staged_table import StagedColumn, StagedQuery, StagedTable

TICKETS = StagedTable(
    schema="main",
    name="tickets",
    comment="A ticket; it's one row.",
    columns=(
        StagedColumn("ticket_id", "VARCHAR", "The vendor's id.", nullable=False),
        StagedColumn("opened_at", "TIMESTAMP", "When it was opened, UTC."),
        StagedColumn("first_reply_ms", "BIGINT", "Time to the first reply. Unit: ms."),
        StagedColumn("total", "DECIMAL(18,4)", "Value of the order."),
        StagedColumn("tags", "VARCHAR[]", "Tags, in order."),
        StagedColumn("run_id", "VARCHAR", "The run that wrote the row."),
    ),
    order_by=("opened_at", "ticket_id"),
)
MART = StagedQuery(
    schema="marts",
    name="tickets_per_day",
    comment="A day.",
    columns={"day": "The day, UTC.", "tickets": "Tickets opened."},
    select="SELECT CAST(opened_at AS DATE) AS day, count(*) AS tickets FROM main.tickets GROUP BY ALL",
    order_by=("day",),
)
VIEW = StagedQuery(
    schema="marts",
    name="slow_tickets",
    comment="A ticket whose first reply took over a minute.",
    columns={"ticket_id": "The vendor's id."},
    select="SELECT ticket_id FROM main.tickets WHERE first_reply_ms > 60000",
)

Build = Callable[..., Built]


def ticket_rows(rows: int, mark: str) -> pl.DataFrame:
    """Rows in no order, with nulls, whose `run_id` is the mark."""
    number = pl.int_range(rows, eager=True)
    return pl.DataFrame(
        {
            "ticket_id": "t" + number.cast(pl.String).str.zfill(6),
            "opened_at": pl.Series([datetime(2026, 1, 1)], dtype=pl.Datetime("us")).new_from_index(0, rows)
            + pl.Series((number * 7919) % 86_400_000).cast(pl.Duration("ms")),
            "first_reply_ms": (number * 31) % 100_000,
            "total": pl.Series(number % 50).cast(pl.Decimal(18, 4)),
            "tags": pl.Series([["a", "b"]]).new_from_index(0, rows),
            "run_id": pl.Series([mark]).new_from_index(0, rows),
        }
    )
