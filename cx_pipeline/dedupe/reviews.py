"""Versions of a review: an edit is a record of its own, and only all of them together tell which one is current."""

from __future__ import annotations

import polars as pl


def number_versions(reviews: pl.LazyFrame) -> pl.LazyFrame:
    """Place of each version among those of its review, by when it was written; the last one is current.

    Args:
        reviews: rows of `reviews`. Of two versions of one moment the record's key decides, so no order of rows does.
    """
    keys = reviews.select("row_id", "review_id", "updated_at", "source_id").sort(
        "review_id", "updated_at", "source_id", "row_id", nulls_last=False
    )
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("review_id")
    placed = keys.select("row_id", number.alias("version_number"), (number == pl.len().over("review_id")).alias("is_current"))
    names = reviews.collect_schema().names()
    return reviews.drop("version_number", "is_current").join(placed, on="row_id", how="left", maintain_order="left").select(names)
