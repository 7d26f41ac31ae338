"""The ledger: double-entry book-keeping of records.

Every line balances by itself, and what a stage takes in is what the stage before handed on. The figures of a line come from
different places on purpose (what the reader counted, what was stored, what was refused), so that a loss shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import polars as pl

FATES = ("published", "quarantined", "superseded", "duplicate", "filtered")
LEDGER = {
    "run_id": pl.String,
    "delivery_id": pl.String,
    "stage": pl.String,
    "table_name": pl.String,
    "rows_in": pl.Int64,
    **dict.fromkeys(FATES, pl.Int64),
}


@dataclass(frozen=True)
class Line:
    """One line: what a stage took in for one delivery and table, and what became of it. `published` is handed on."""

    delivery_id: str
    stage: str
    table_name: str
    rows_in: int
    published: int = 0
    quarantined: int = 0
    superseded: int = 0
    duplicate: int = 0
    filtered: int = 0


def ledger(lines: Iterable[Line], run_id: str) -> pl.DataFrame:
    """The ledger of one run."""
    rows = [(run_id, *astuple(line)) for line in lines]
    order = {"extract": 0, "scrub": 1, "dedupe": 2, "map": 3}
    return pl.DataFrame(rows, schema=LEDGER, orient="row").sort(
        pl.col("delivery_id"), pl.col("stage").replace_strict(order, return_dtype=pl.Int64), pl.col("table_name")
    )


def imbalances(book: pl.DataFrame) -> pl.DataFrame:
    """Lines that do not balance, or lack a figure."""
    figures = ["rows_in", *FATES]
    return book.filter(
        pl.any_horizontal(pl.col(figures).is_null())
        | (pl.col("rows_in") != pl.sum_horizontal(FATES))
        | pl.any_horizontal(pl.col(figures) < 0)
    )
