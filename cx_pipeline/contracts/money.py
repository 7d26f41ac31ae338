"""What an amount of money asks of its row."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.conditions import expected
from cx_pipeline.contracts.rule import RowRule


def with_currency(table: str, amount: str) -> RowRule:
    """An amount comes with its currency; otherwise the row is flagged, as it must not be summed with others."""
    return expected(
        f"{table}.{amount}_without_currency",
        f"{amount} comes with a currency",
        pl.col("currency").is_not_null() | pl.col(amount).is_null(),
    )
