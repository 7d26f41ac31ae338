"""Columns of one batch through their chains of rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from cx_pipeline.scrub.engine import RuleCount, apply_rules
from cx_pipeline.scrub.json_values import Place, as_frame
from cx_pipeline.sources.export import Context, Field


def raw_texts(batch: pl.DataFrame, fields: Sequence[Field]) -> list[pl.Series]:
    """The text of fields as the vendor wrote it, taken out of its JSON where it is nested."""
    places = {field.column: Place(field.name, field.at) for field in fields if field.at is not None}
    nested = as_frame(places, batch) if places else pl.DataFrame()
    return [
        (batch.get_column(field.name) if field.at is None else nested.get_column(field.column)).alias(field.column)
        for field in fields
    ]


class Columns(NamedTuple):
    """Scrubbed columns, each with its `raw.` twin, and the flags of every row."""

    columns: list[pl.Series]
    flags: pl.Series
    counts: list[RuleCount]


def scrub_columns(batch: pl.DataFrame, fields: Sequence[Field], context: Context, kind: str = "") -> Columns:
    """Run every field's chain over its column.

    Args:
        batch: raw text columns.
        fields: the columns that are used.
        context: what the whole file and the settings say.
        kind: put before the names of columns in counts and flags.
    """
    columns: list[pl.Series] = []
    counts: list[RuleCount] = []
    flags: dict[str, pl.Series] = {}
    for field, raw in zip(fields, raw_texts(batch, fields), strict=True):
        result = apply_rules(raw.alias(f"{kind}{field.column}"), field.rules(context), batch)
        columns += [result.values.alias(field.column), raw.alias(f"raw.{field.column}")]
        counts += result.counts
        flags |= result.flags
    return Columns(columns, _flag_lists(flags, batch.height), counts)


def _flag_lists(flags: dict[str, pl.Series], height: int) -> pl.Series:
    """One sorted list of flag names a row; only rows that have any are touched."""
    raised = [pl.DataFrame({"row": mask.arg_true().cast(pl.Int64), "flag": name}) for name, mask in flags.items()]
    rows = pl.DataFrame({"row": pl.int_range(height, eager=True)})
    if not raised:
        return pl.repeat([], height, dtype=pl.List(pl.String), eager=True).alias("dq_flags")
    lists = pl.concat(raised).group_by("row").agg(pl.col("flag").unique().sort().alias("dq_flags"))
    joined = rows.join(lists, on="row", how="left", maintain_order="left")
    return joined.select(pl.col("dq_flags").fill_null(pl.lit([], dtype=pl.List(pl.String)))).to_series()
