"""How many rows each content holds in each layer: one query an export, however many files its nights have delivered.

Everything is counted in the files themselves and not taken from what a stage says of its own result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.extract import land
from cx_pipeline.layout import Layout
from cx_pipeline.stages.contents import DELIVERY, Content, by_delivery
from cx_pipeline.stages.fates import Fates
from cx_pipeline.stages.manifest import place_of


class Counts(NamedTuple):
    """Rows of one content.

    Attributes:
        landed: records that could be read.
        damaged: records that could not.
        scrubbed: records that passed their contracts.
        published: those of them that count.
        held: `contains_<table>` and `copies_<table>`, summed over the records that count.
        held_in_logs: the same over the records that tell something a log keeps.
        in_logs: rows of each log's table that such records gave, by table.
        window: earliest and latest time that the records' own clock tells, UTC.
    """

    landed: int = 0
    damaged: int = 0
    scrubbed: int = 0
    published: int = 0
    held: Mapping[str, int] = {}
    held_in_logs: Mapping[str, int] = {}
    in_logs: Mapping[str, int] = {}
    window: tuple[datetime | None, datetime | None] = (None, None)


def count_contents(contents: Iterable[Content], fates: Fates, layout: Layout) -> dict[str, Counts]:
    """Rows of every content, by the delivery that stands for it."""
    by_export: dict[str, list[Content]] = {}
    for content in contents:
        by_export.setdefault(content.export.id, []).append(content)
    return {delivery: made for own in by_export.values() for delivery, made in _of_export(own, fates, layout).items()}


def _of_export(contents: Sequence[Content], fates: Fates, layout: Layout) -> dict[str, Counts]:
    folders = {content.entry.delivery_id: _records(content, layout) for content in contents}
    parts = {part: delivery for delivery, folder in folders.items() for part in sorted(folder.glob("part-*.parquet"))}
    rejects = {path: delivery for delivery, folder in folders.items() if (path := folder / land.REJECTS).exists()}
    readable, damaged = _rows(parts), _rows(rejects)
    told, in_logs = _told(contents, fates), _in_logs(contents, fates)
    return {
        delivery: told.get(delivery, Counts())._replace(
            landed=readable.get(delivery, 0),
            damaged=damaged.get(delivery, 0),
            in_logs={table: rows[delivery] for table, rows in in_logs.items() if delivery in rows},
        )
        for delivery in folders
    }


def _records(content: Content, layout: Layout) -> Path:
    entry = content.entry
    return place_of(layout, entry) / "records"


def _rows(files: Mapping[Path, str]) -> dict[str, int]:
    if not files:
        return {}
    return dict(by_delivery(files, {"_record": pl.Int64()}).group_by(DELIVERY).len().collect().rows())


def _told(contents: Sequence[Content], fates: Fates) -> dict[str, Counts]:
    files = {part: content.entry.delivery_id for content in contents for part in content.parts("records")}
    if not files:
        return {}
    records = by_delivery(files)
    for flag, is_log in (("_lost", False), ("_copy", True)):
        records = records.join(_left_out(contents, fates, is_log=is_log, flag=flag), on=[DELIVERY, "record_number"], how="left")
    counts, is_told = pl.col("_lost").is_null(), pl.col("_copy").is_null()
    names = [name for name in records.collect_schema().names() if name.startswith(("contains_", "copies_"))]
    clock = pl.col("clock_0").cast(pl.Datetime("us"))
    rows = records.group_by(DELIVERY).agg(
        pl.len().alias("scrubbed"),
        counts.sum().alias("published"),
        clock.min().alias("start"),
        clock.max().alias("end"),
        *(pl.col(name).filter(counts).sum().alias(name) for name in names),
        *(pl.col(name).filter(is_told).sum().alias(f"log.{name}") for name in names),
    )
    return {
        row[DELIVERY]: Counts(
            scrubbed=row["scrubbed"],
            published=row["published"],
            held={name: int(row[name]) for name in names},
            held_in_logs={name: int(row[f"log.{name}"]) for name in names},
            window=(row["start"], row["end"]),
        )
        for row in rows.collect().to_dicts()
    }


def _in_logs(contents: Sequence[Content], fates: Fates) -> dict[str, dict[str, int]]:
    """Rows that records which are no copies gave, by table of a log and delivery."""
    logs = {mapping.table for content in contents for mapping in content.export.tables if tables()[mapping.table].is_log}
    left_out = _left_out(contents, fates, is_log=True, flag="_copy").rename({"record_number": "_record"})
    counts = {}
    for table in sorted(logs):
        files = {part: content.entry.delivery_id for content in contents for part in content.parts(table)}
        if files:
            rows = by_delivery(files, {"_record": pl.Int64()}).join(left_out, on=[DELIVERY, "_record"], how="anti")
            counts[table] = dict(rows.group_by(DELIVERY).len().collect().rows())
    return counts


def _left_out(contents: Sequence[Content], fates: Fates, *, is_log: bool, flag: str) -> pl.LazyFrame:
    nothing = pl.LazyFrame(schema={DELIVERY: pl.String, "record_number": pl.Int64, flag: pl.Boolean})
    told = {content.entry.delivery_id: fates.left_out(content, is_log=is_log) for content in contents}
    parts = [
        numbers.to_frame().lazy().select(pl.lit(delivery).alias(DELIVERY), "record_number", pl.lit(value=True).alias(flag))
        for delivery, numbers in told.items()
        if numbers.len()
    ]
    return pl.concat([nothing, *parts])
