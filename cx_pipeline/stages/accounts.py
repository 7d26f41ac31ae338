"""The proof of a run as tables: the ledger, and beside it fates, quarantine, deliveries, counts of the rules, anomalies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from cx_pipeline import __version__
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.quality.book import ledger
from cx_pipeline.sources import catalogue
from cx_pipeline.stages.batch import QUARANTINE, row_ids, row_prefix
from cx_pipeline.stages.content_counts import Counts, count_contents
from cx_pipeline.stages.contents import DELIVERY, Content, by_delivery
from cx_pipeline.stages.drift import with_drift
from cx_pipeline.stages.fates import Fates
from cx_pipeline.stages.forgetting import book
from cx_pipeline.stages.intake import unknown_columns
from cx_pipeline.stages.ledger_lines import ledger_lines
from cx_pipeline.stages.manifest import Entry, Status, firsts
from cx_pipeline.stages.run import Run
from cx_pipeline.stages.scrub import COUNTS

_BYTE_COPY = "byte-identical to a file delivered before"


def all_tables(
    entries: list[Entry],
    contents: list[Content],
    fates: Fates,
    clean: Path,
    run: Run,
    layout: Layout,
    key_version: int,
) -> dict[str, pl.DataFrame | pl.LazyFrame]:
    """Every table of the `quality` schema that is known before the audit, by name.

    Args:
        entries: all retained deliveries.
        contents: what was scrubbed of them.
        fates: of the records of all contents.
        clean: folder of the clean tables.
        key_version: of the key that makes tokens.
    """
    broken = _broken(contents)
    chosen = firsts(entries)
    counts = count_contents(contents, fates, layout)
    return {
        "runs": _runs(run, key_version),
        "deliveries": _deliveries(entries, chosen, counts),
        "ledger": ledger(ledger_lines(entries, chosen, contents, counts, fates, broken, clean, layout), run.run_id),
        "row_fates": _row_fates(entries, chosen, fates, broken, layout),
        "quarantine": _quarantine(entries, broken),
        "scrub_counts": _scrub_counts(contents),
        "anomalies": with_drift(_anomalies(entries), entries, catalogue.exports(), layout),
    }


def _broken(contents: list[Content]) -> pl.DataFrame:
    parts = [pl.LazyFrame(schema={**QUARANTINE, "delivery_id": pl.String, "stage": pl.String})]
    for name, stage in (("damaged", "extract"), ("quarantine", "scrub")):
        files = {part: content.entry.delivery_id for content in contents for part in content.parts(name)}
        if files:
            told = by_delivery(files).rename({DELIVERY: "delivery_id"})
            parts.append(told.select(*QUARANTINE, "delivery_id", pl.lit(stage).alias("stage")))
    rows = pl.concat(parts).collect()
    return rows.with_columns(pl.when(pl.col("table").is_null()).then("stage").otherwise(pl.lit("map")).alias("stage"))


def _row_fates(
    entries: list[Entry], chosen: Mapping[tuple[str, str, str], Entry], fates: Fates, broken: pl.DataFrame, layout: Layout
) -> pl.LazyFrame:
    refused = (
        broken.filter(pl.col("table").is_null())
        .group_by("row_id", "delivery_id")
        .agg(pl.col("record_number").first(), pl.col("rule").unique().sort().str.join(", ").alias("reason"))
        .select(
            "row_id",
            "delivery_id",
            "record_number",
            pl.lit("quarantined").alias("fate"),
            "reason",
            pl.lit(None, dtype=pl.String).alias("gave_way_to"),
        )
    )
    told = {entry.delivery_id: book.numbers(layout, entry) for entry in chosen.values() if entry.status is not Status.EXCLUDED}
    gone = {delivery: numbers for delivery, numbers in told.items() if not numbers.is_empty()}
    forgotten = [_forgotten(entry, gone[entry.delivery_id]) for entry in chosen.values() if entry.delivery_id in gone]
    whole = [_whole_file(entry, chosen, gone) for entry in entries if _is_out_whole(entry, chosen)]
    gave_way = [pl.scan_parquet(fates.parts, glob=False)] if fates.parts else []
    return pl.concat([refused.lazy(), *gave_way, *whole, *forgotten])


def _is_out_whole(entry: Entry, chosen: Mapping[tuple[str, str, str], Entry]) -> bool:
    if entry.status in (Status.EXCLUDED, Status.EXPIRED, Status.QUARANTINED):
        return True
    return entry.status is Status.LANDED and chosen[entry.source, entry.export, entry.sha256] is not entry


def _forgotten(entry: Entry, numbers: pl.Series) -> pl.LazyFrame:
    """Records that are gone as the person they were about asked to be forgotten."""
    return (
        numbers.to_frame()
        .lazy()
        .select(
            row_ids(row_prefix(entry.source, entry.export, entry.sha256), pl.col("record_number")).alias("row_id"),
            pl.lit(entry.delivery_id).alias("delivery_id"),
            "record_number",
            pl.lit("filtered").alias("fate"),
            pl.lit(book.POLICY).alias("reason"),
            pl.lit(None, dtype=pl.String).alias("gave_way_to"),
        )
    )


def _whole_file(entry: Entry, chosen: Mapping[tuple[str, str, str], Entry], gone: Mapping[str, pl.Series]) -> pl.LazyFrame:
    first = chosen.get((entry.source, entry.export, entry.sha256), entry)
    if entry.status in (Status.EXCLUDED, Status.EXPIRED):
        fate, reason = "filtered", entry.rule
    elif first is not entry:
        fate, reason = "duplicate", _BYTE_COPY
    else:
        fate, reason = "quarantined", entry.rule
    ids = row_ids(row_prefix(entry.source, entry.export, entry.sha256), pl.col("record_number"))
    numbers = pl.int_range(1, entry.facts.records + 1, dtype=pl.Int64).alias("record_number")
    told = gone.get(entry.delivery_id, pl.Series([], dtype=pl.Int64)) if fate == "quarantined" else pl.Series([], dtype=pl.Int64)
    return (
        pl.LazyFrame()
        .select(numbers)
        .filter(~pl.col("record_number").is_in(told.implode()))
        .select(
            ids.alias("row_id"),
            pl.lit(entry.delivery_id).alias("delivery_id"),
            "record_number",
            pl.lit(fate).alias("fate"),
            pl.lit(reason).alias("reason"),
            (ids if fate == "duplicate" else pl.lit(None, dtype=pl.String)).alias("gave_way_to"),
        )
    )


def _quarantine(entries: list[Entry], broken: pl.DataFrame) -> pl.DataFrame:
    paths = pl.DataFrame(
        [(entry.delivery_id, entry.source, entry.export, shown(entry.path)) for entry in entries],
        schema={"delivery_id": pl.String, "source_system": pl.String, "source_entity": pl.String, "raw_path": pl.String},
        orient="row",
    )
    whole = pl.DataFrame(
        [
            {"delivery_id": entry.delivery_id, "stage": "extract", "rule": entry.rule, "severity": "error", "place": 0}
            for entry in entries
            if entry.status in (Status.QUARANTINED, Status.UNREADABLE)
        ],
        schema={"delivery_id": pl.String, "stage": pl.String, "rule": pl.String, "severity": pl.String, "place": pl.Int64},
    )
    return (
        pl.concat([broken, whole], how="diagonal")
        .join(paths, on="delivery_id", how="left")
        .select(
            "delivery_id",
            "row_id",
            "record_number",
            "line",
            "source_system",
            "source_entity",
            "raw_path",
            "stage",
            pl.col("table").alias("table_name"),
            "rule",
            "severity",
            pl.col("column").alias("column_name"),
            pl.col("value").alias("value_digest"),
            pl.lit("open").alias("status"),
        )
        .sort("delivery_id", "record_number", "table_name", "rule", "column_name")
    )


def _deliveries(entries: list[Entry], chosen: Mapping[tuple[str, str, str], Entry], counts: Mapping[str, Counts]) -> pl.DataFrame:
    extra = unknown_columns([entry for entry in entries if entry.status is Status.LANDED], catalogue.exports())
    rows = []
    for entry in entries:
        first = entry if entry.status is Status.EXPIRED else chosen.get((entry.source, entry.export, entry.sha256), entry)
        start, end = counts[entry.delivery_id].window if entry.delivery_id in counts else (None, None)
        facts = entry.facts
        rows.append(
            (
                entry.delivery_id,
                entry.date,
                entry.source,
                entry.export,
                shown(entry.path),
                str(entry.status) if first is entry else "duplicate",
                entry.rule or None,
                entry.sha256 or None,
                entry.bytes,
                entry.decompressed_bytes,
                facts.format or None,
                facts.encoding or None,
                facts.dialect or None,
                facts.header_rows,
                facts.records,
                facts.damaged,
                facts.is_truncated,
                start,
                end,
                None if first is entry else first.delivery_id,
                [shown(name) for name in extra.get(entry.delivery_id, ())],
            )
        )
    return pl.DataFrame(rows, schema=DELIVERIES, orient="row")


DELIVERIES: dict[str, pl.DataType | type[pl.DataType]] = {
    "delivery_id": pl.String,
    "delivery_date": pl.Date,
    "source_system": pl.String,
    "source_entity": pl.String,
    "raw_path": pl.String,
    "status": pl.String,
    "rule": pl.String,
    "sha256": pl.String,
    "bytes": pl.Int64,
    "decompressed_bytes": pl.Int64,
    "format": pl.String,
    "encoding": pl.String,
    "dialect": pl.String,
    "header_rows": pl.Int64,
    "records": pl.Int64,
    "damaged": pl.Int64,
    "is_truncated": pl.Boolean,
    "window_start": pl.Datetime("us"),
    "window_end": pl.Datetime("us"),
    "duplicate_of": pl.String,
    "unknown_columns": pl.List(pl.String),
}


def _scrub_counts(contents: list[Content]) -> pl.DataFrame:
    files = {content.folder / "counts.parquet": content.entry.delivery_id for content in contents}
    told = [by_delivery(files).select(pl.col(DELIVERY).alias("delivery_id"), *COUNTS)] if files else []
    return (
        pl.concat([pl.LazyFrame(schema={"delivery_id": pl.String, **COUNTS}), *told])
        .rename({"column": "column_name"})
        .sort("delivery_id", "column_name", "rule")
        .collect()
    )


def _anomalies(entries: list[Entry]) -> pl.DataFrame:
    landed_entries = [entry for entry in entries if entry.status is Status.LANDED]
    unknown = unknown_columns(landed_entries, catalogue.exports())
    rows = [(delivery, "unknown_column", shown(name)) for delivery, names in unknown.items() for name in names]
    rows += [
        (entry.delivery_id, "renamed_column", shown(f"{old or '(empty)'} -> {new}"))
        for entry in landed_entries
        for old, new in entry.facts.renamed
    ]
    rows += [(entry.delivery_id, "not_read", shown(text)) for entry in landed_entries for text in entry.facts.ignored]
    return pl.DataFrame(rows, schema={"delivery_id": pl.String, "kind": pl.String, "detail": pl.String}, orient="row")


def _runs(run: Run, key_version: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"run_id": [run.run_id], "now": [run.now_utc], "version": [__version__], "key_version": [key_version]},
        schema={"run_id": pl.String, "now": pl.Datetime("us"), "version": pl.String, "key_version": pl.Int64},
    )
