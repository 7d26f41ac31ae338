"""Nested values as raw text columns of their own, all out of one parse."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from cx_pipeline.scrub import json_values
from cx_pipeline.scrub.json_values import Place

Unfold = Callable[[pl.DataFrame], pl.DataFrame]


def values_at(places: Mapping[str, tuple[str, str]]) -> Unfold:
    """The values at paths.

    Args:
        places: new column to the raw column that holds the JSON and the path in it. Columns that a file has not give none, and
            a column that the file has of its own stays.
    """

    def unfold(batch: pl.DataFrame) -> pl.DataFrame:
        wanted = {
            name: Place(column, path)
            for name, (column, path) in places.items()
            if column in batch.columns and name not in batch.columns
        }
        return json_values.as_frame(wanted, batch) if wanted else pl.DataFrame()

    return unfold


def pairs_of(column: str, names: Mapping[str, str], values: Sequence[str]) -> Unfold:
    """The values of a JSON list of pairs, such as `[{"key": "page", "value": {"string_value": "/"}}]`, by their keys.

    Args:
        column: raw column that holds the list.
        names: key to new column.
        values: where in a pair the value may be, such as `$.value.string_value`; the first that is there counts.
    """

    def unfold(batch: pl.DataFrame) -> pl.DataFrame:
        if column not in batch.columns:
            return pl.DataFrame()
        found = json_values.elements(batch.get_column(column))
        got = json_values.values(found, [Place("text", path) for path in ("$.key", *values)])
        several = pl.DataFrame([series.alias(path) for path, series in zip(values, got[1:], strict=True)])
        value = several.select(pl.coalesce(pl.all()).alias("value")).to_series()
        told = pl.DataFrame([found.get_column("row"), got[0].alias("key"), value])
        rows = pl.DataFrame({"row": pl.int_range(batch.height, eager=True, dtype=pl.Int64)})
        return pl.concat([_of_key(told, rows, key).alias(name).to_frame() for key, name in names.items()], how="horizontal")

    return unfold


def _of_key(told: pl.DataFrame, rows: pl.DataFrame, key: str) -> pl.Series:
    own = told.filter(pl.col("key") == key).unique("row", keep="first", maintain_order=True)
    return rows.join(own, on="row", how="left", maintain_order="left").get_column("value")


def all_of(*parts: Unfold) -> Unfold:
    """Several ways to unfold, beside each other."""

    def unfold(batch: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame([series for part in parts for series in part(batch)])

    return unfold
