"""Several values in one cell: `76340251;46897301`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from cx_pipeline.sources.export import Context, Field, Items


def pieces_of(
    name: str, column: str, piece: str, *, fields: Sequence[Field], prepare: Mapping[str, pl.Expr] | None = None
) -> Items:
    """Pieces of a cell, one item each. Fields take a piece as the column `item`.

    Args:
        name: what a piece is, such as `merged`.
        column: raw column that holds them.
        piece: regular expression that finds a piece.
        fields: what is used.
        prepare: further columns of an item.
    """

    def of(batch: pl.DataFrame, _: Context) -> pl.DataFrame:
        if column not in batch.columns:
            return pl.DataFrame(schema={"_record": pl.Int64, "item": pl.String})
        cells = batch.select("_record", pl.col(column).str.extract_all(piece).alias("item"))
        return cells.explode("item").drop_nulls("item")

    return Items(name, of, tuple(fields), prepare or {})
