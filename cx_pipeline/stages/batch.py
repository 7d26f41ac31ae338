"""One batch of raw records to canonical rows: pure, bounded, with every loss named and every change counted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.split import split
from cx_pipeline.contracts.table import Table
from cx_pipeline.privacy.withhold import PERSONAL_ID
from cx_pipeline.scrub.content import content_key
from cx_pipeline.scrub.engine import RuleCount
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.stages.cells import scrub_columns
from cx_pipeline.stages.items import Held, contained, scrub_items, with_items
from cx_pipeline.stages.raw_columns import complete

QUARANTINE = {
    "row_id": pl.String,
    "record_number": pl.Int64,
    "line": pl.Int64,
    "table": pl.String,
    "place": pl.Int64,
    "rule": pl.String,
    "severity": pl.String,
    "column": pl.String,
    "value": pl.String,
}
PREFIX_CHARS = 20
_PRIVATE = ("_record", "_line")


class Scrubbed(NamedTuple):
    """What a batch became.

    Attributes:
        tables: canonical table to its good rows in lake form.
        records: a row a raw record that goes on: row_id, source_id, record_number, clock_0, clock_1, content, how many rows
            it `contains_<table>` by the raw text, and how many of them said the same twice (`copies_<table>`).
        quarantined: columns of `QUARANTINE`, a row a (record, broken rule); `table` is null when the whole record is out,
            else `place` tells the record's broken rows of that table apart.
        counts: what the rules did.
    """

    tables: dict[str, pl.DataFrame]
    records: pl.DataFrame
    quarantined: pl.DataFrame
    counts: list[RuleCount]


def row_prefix(source: str, export: str, sha256: str) -> str:
    """What the row ids of one content share: 80 bits of a hash of (source, export, content of the file)."""
    return hashlib.sha256(f"{source}\0{export}\0{sha256}".encode()).hexdigest()[:PREFIX_CHARS]


def row_ids(prefix: str, record_numbers: pl.Expr) -> pl.Expr:
    """`row_id`: the prefix of the content, a hyphen and the record number, so no two records of a content ever meet."""
    return pl.concat_str(pl.lit(f"{prefix}-"), record_numbers.cast(pl.String))


def scrub_batch(batch: pl.DataFrame, export: Export, sha256: str, context: Context) -> Scrubbed:
    """Scrub, map and judge one batch.

    Args:
        batch: `_record`, `_line`, then the raw columns, all text.
        export: what the records are.
        sha256: of the file they come from.
        context: what the whole file and the settings say.
    """
    names = [name for name in batch.columns if name not in _PRIVATE and name not in export.ignore]
    content = batch.select("_record", content_key(batch, names).alias("content"))
    batch, kept_out = _hold(batch, context)
    batch = complete(batch, export, context)
    made_of = scrub_columns(batch, export.fields, context)
    counts = made_of.counts
    frame = pl.DataFrame([*(batch.get_column(name) for name in _PRIVATE), *made_of.columns, made_of.flags])
    for name, was_filled in kept_out.items():
        flagged = pl.concat_list("dq_flags", pl.lit([f"{name}_held"])).list.sort()
        frame = frame.with_columns(pl.when(was_filled).then(flagged).otherwise("dq_flags").alias("dq_flags"))
    frame = frame.with_columns(row_ids(row_prefix(export.source, export.name, sha256), pl.col("_record")).alias("row_id"))
    frame, refused = _refuse(frame, export, context)
    frame = _describe_records(frame, export, context)
    out = [refused]
    made: dict[str, pl.DataFrame] = {}
    copies: list[pl.DataFrame] = []
    held = {id(items): scrub_items(items, batch, context, counts) for items in export.items}
    for mapping in export.tables:
        rows, bad = _rows_of(mapping, frame, held)
        rows, repeated = _without_copies(rows, mapping.table)
        copies.append(repeated)
        if mapping.primary and not bad.is_empty():
            lost = bad.select("row_id").unique()
            frame = frame.join(lost, on="row_id", how="anti", maintain_order="left")
            rows = rows.join(lost, on="row_id", how="anti", maintain_order="left")
            bad = bad.with_columns(pl.lit(None, dtype=pl.String).alias("table"))
        made[mapping.table] = rows
        out.append(bad)
    return Scrubbed(made, _records(frame, batch, content, export, copies, held), pl.concat(out), counts)


def _hold(batch: pl.DataFrame, context: Context) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """The batch without the values of columns that wait to be accepted, and where such a column had one."""
    held = sorted(context.held & set(batch.columns))
    filled = {name: (batch.get_column(name).fill_null("").str.strip_chars() != "") for name in held}
    return batch.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in held), filled


def _refuse(frame: pl.DataFrame, export: Export, context: Context) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records that cannot be told apart or dated are out before anything is made of them."""
    key = pl.col(export.key)
    tests = {
        ("key.missing", export.key): key.is_null() & (pl.col(f"raw.{export.key}").fill_null("").str.strip_chars() == ""),
        ("key.unusable", export.key): key.is_null() & (pl.col(f"raw.{export.key}").fill_null("").str.strip_chars() != ""),
    }
    if not export.personal_key:
        # An address where the id should be: the record's cells have moved.
        tests["key.personal", export.key] = key.str.contains(PERSONAL_ID).fill_null(value=False)
    for column in sorted(context.undecidable):
        tests["timestamp.ambiguous_format", column] = pl.col(f"raw.{column}").is_not_null()
    out = [
        frame.filter(test).select(
            "row_id",
            pl.col("_record").alias("record_number"),
            pl.col("_line").alias("line"),
            pl.lit(None, dtype=pl.String).alias("table"),
            pl.lit(0, dtype=pl.Int64).alias("place"),
            pl.lit(rule).alias("rule"),
            pl.lit("error").alias("severity"),
            pl.lit(column).alias("column"),
            pl.col(f"raw.{column}").alias("value"),
        )
        for (rule, column), test in tests.items()
    ]
    refused = pl.concat(out)
    if refused.is_empty():
        return frame, refused
    return frame.join(refused, on="row_id", how="anti", maintain_order="left"), refused


def _describe_records(frame: pl.DataFrame, export: Export, context: Context) -> pl.DataFrame:
    frame = frame.with_columns(pl.lit(context.file_label).alias("file_label"), *survey_columns(context))
    for name, expression in export.prepare.items():
        frame = frame.with_columns(expression.alias(name))
    clocks = [*export.clock, None, None][:2]
    return frame.with_columns(
        pl.col(export.key).cast(pl.String).alias("source_id"),
        *(_clock(name).alias(f"clock_{place}") for place, name in enumerate(clocks)),
        _updated_at(export).alias("source_updated_at"),
        (pl.lit(value=False) if export.deleted is None else export.deleted.fill_null(value=False)).alias("is_deleted"),
        (pl.lit(value=False) if export.test is None else export.test(context).fill_null(value=False)).alias("is_test"),
        pl.lit(export.source).alias("source_system"),
        pl.lit(export.name).alias("source_entity"),
    ).with_columns(pl.concat_str(pl.lit(f"{export.id}:"), "source_id").alias("record"))


def survey_columns(context: Context) -> list[pl.Expr]:
    """What the settings declare of the survey, for mappings to read."""
    declared = context.survey
    return [
        *(
            pl.lit(None if declared is None else getattr(declared, name), dtype=pl.String).alias(f"survey.{name}")
            for name in ("audience", "metric", "scale")
        ),
        pl.lit(None if declared is None else declared.is_inverted, dtype=pl.Boolean).alias("survey.is_inverted"),
        *(
            pl.lit(None if declared is None else getattr(declared, name), dtype=pl.Float64).alias(f"survey.{name}")
            for name in ("scale_min", "scale_max")
        ),
    ]


def _clock(name: str | None) -> pl.Expr:
    return pl.lit(None, dtype=pl.Int64) if name is None else pl.col(name).cast(pl.Int64)


def _updated_at(export: Export) -> pl.Expr:
    return pl.col(export.clock[0]) if export.clock else pl.lit(None, dtype=pl.Datetime("us"))


def _rows_of(mapping: TableMap, frame: pl.DataFrame, held: Mapping[int, Held]) -> tuple[pl.DataFrame, pl.DataFrame]:
    table = tables()[mapping.table]
    # One plan, so that only what the expressions read is joined and filtered; the records lie in memory already.
    shaped = [_shape(rows, with_items(rows, frame, held), table, frame.columns) for rows in mapping.rows]
    good, bad, _ = split(pl.concat(shaped).collect(engine="in-memory"), table)
    return good, _explain(bad, mapping.table)


def _without_copies(rows: pl.DataFrame, table: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of one record that say the same (a phone given twice) count once. Also: `row_id, copies_<table>`."""
    is_alone = rows.select((pl.col("_record").diff() > 0).all()).item()  # a row a record, so none says the same as another
    is_first = pl.struct("_record", *tables()[table].lake_key).is_first_distinct()
    kept = None if is_alone else rows.select(is_first).to_series()
    if kept is None or kept.all():
        return rows, pl.DataFrame(schema={"row_id": pl.String, f"copies_{table}": pl.Int64})
    repeated = rows.filter(~kept).group_by("row_id").agg(pl.len().cast(pl.Int64).alias(f"copies_{table}"))
    return rows.filter(kept), repeated


def _shape(rows: Rows, frame: pl.LazyFrame, table: Table, described: Sequence[str]) -> pl.LazyFrame:
    chosen = frame if rows.when is None else frame.filter(rows.when)
    schema = table.lake_schema
    return chosen.select(
        *_PRIVATE,
        *(
            (rows.columns[name] if name in rows.columns else _default(name, described, dtype)).cast(dtype).alias(name)
            for name, dtype in schema.items()
        ),
    )


def _default(name: str, columns: Sequence[str], dtype: pl.DataType) -> pl.Expr:
    common = ("source_system", "source_entity", "source_id", "source_updated_at", "is_deleted", "is_test", "dq_flags", "row_id")
    return pl.col(name) if name in common and name in columns else pl.lit(None, dtype=dtype)


def _explain(bad: pl.DataFrame, table: str) -> pl.DataFrame:
    if bad.is_empty():
        return pl.DataFrame(schema=QUARANTINE)
    scalar = [name for name, dtype in bad.schema.items() if not dtype.is_nested()]
    reasons = (
        bad.with_row_index("place")
        .explode("reasons")
        .with_columns(
            pl.col("reasons").struct.field("rule"),
            pl.col("reasons").struct.field("column"),
            pl.col("reasons").struct.field("severity"),
        )
    )
    value = pl.coalesce(
        *(pl.when(pl.col("column") == name).then(pl.col(name).cast(pl.String)) for name in scalar), pl.lit(None, dtype=pl.String)
    )
    return reasons.select(
        "row_id",
        pl.col("_record").alias("record_number"),
        pl.col("_line").alias("line"),
        pl.lit(table).alias("table"),
        pl.col("place").cast(pl.Int64),
        "rule",
        "severity",
        "column",
        value.alias("value"),
    )


def _records(
    frame: pl.DataFrame,
    batch: pl.DataFrame,
    content: pl.DataFrame,
    export: Export,
    copies: Sequence[pl.DataFrame],
    held: Mapping[int, Held],
) -> pl.DataFrame:
    told = content.with_columns(*(contained(mapping, batch, held) for mapping in export.tables))
    records = frame.select("_record", "row_id", "source_id", "clock_0", "clock_1", "is_deleted", "is_test")
    if records.height == batch.height:  # no record was lost, so they stand side by side
        records = pl.concat([records, told.drop("_record")], how="horizontal")
    else:
        records = records.join(told, on="_record", how="left", maintain_order="left")
    records = records.rename({"_record": "record_number"})
    for repeated in copies:
        records = records.join(repeated, on="row_id", how="left", maintain_order="left")
    return records.with_columns(pl.col("^copies_.*$").fill_null(0))
