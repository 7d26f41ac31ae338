"""Lines of the ledger: what came into each stage from a delivery, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.layout import Layout
from cx_pipeline.quality.book import FATES, Line
from cx_pipeline.stages.batch import PREFIX_CHARS, row_prefix
from cx_pipeline.stages.content_counts import Counts
from cx_pipeline.stages.contents import Content
from cx_pipeline.stages.fates import Fates
from cx_pipeline.stages.forgetting import book
from cx_pipeline.stages.manifest import Entry, Status
from cx_pipeline.stages.retention import left_in_parts


def ledger_lines(
    entries: list[Entry],
    chosen: Mapping[tuple[str, str, str], Entry],
    contents: list[Content],
    counts: Mapping[str, Counts],
    fates: Fates,
    broken: pl.DataFrame,
    clean: Path,
    layout: Layout,
) -> list[Line]:
    """All lines of a run.

    Args:
        entries: all retained deliveries.
        chosen: of each content the delivery that stands for it.
        contents: what was scrubbed of them.
        counts: of their rows, by delivery.
        fates: of the records of all contents.
        broken: quarantine rows of all contents with `delivery_id` and `stage`.
        clean: folder of the clean tables.
    """
    lines = []
    for entry in entries:
        records = entry.facts.records
        if not records and not entry.has_records:
            continue
        name = f"{entry.source}.{entry.export}"
        if entry.status in (Status.EXCLUDED, Status.EXPIRED):
            lines.append(Line(entry.delivery_id, "extract", name, records, filtered=records))
        elif chosen[entry.source, entry.export, entry.sha256] is not entry:
            lines.append(Line(entry.delivery_id, "extract", name, records, duplicate=records))
        elif entry.status is Status.QUARANTINED:
            gone = book.numbers(layout, entry).len()
            lines.append(Line(entry.delivery_id, "extract", name, records, quarantined=records - gone, filtered=gone))
    made = {name: _rows_by_content(clean / f"{name}.parquet") for name in _mapped(contents)}
    broken_of = broken.partition_by("delivery_id", as_dict=True, maintain_order=False)
    for content in contents:
        delivery = content.entry.delivery_id
        own_broken = broken_of.get((delivery,), broken.clear())
        lines += _record_lines(content, counts[delivery], fates, own_broken, layout)
        lines += _map_lines(content, counts[delivery], fates, own_broken, made)
    return lines


def _mapped(contents: list[Content]) -> list[str]:
    return sorted(
        {mapping.table for content in contents for mapping in content.export.tables if not tables()[mapping.table].internal}
    )


def _record_lines(content: Content, counts: Counts, fates: Fates, broken: pl.DataFrame, layout: Layout) -> list[Line]:
    """Lines of the records of one content; `counts` and `broken` are its own."""
    entry, export = content.entry, content.export
    refused = 0
    if not broken.is_empty():
        refused = broken.filter(pl.col("table").is_null() & (pl.col("stage") == "scrub"))["row_id"].n_unique()
    gave_way = {fate: fates.counts.get((entry.delivery_id, fate), 0) for fate in FATES if fate != "published"}
    return [
        Line(
            entry.delivery_id,
            "extract",
            export.id,
            entry.facts.records,
            counts.landed,
            quarantined=counts.damaged,
            filtered=book.numbers(layout, entry).len(),
        ),
        Line(entry.delivery_id, "scrub", export.id, counts.landed, counts.scrubbed, quarantined=refused),
        Line(entry.delivery_id, "dedupe", export.id, counts.scrubbed, counts.published, **gave_way),
    ]


def _map_lines(
    content: Content, counts: Counts, fates: Fates, broken: pl.DataFrame, made: dict[str, dict[str, int]]
) -> list[Line]:
    """Lines of the rows its records give; `counts` and `broken` are its own."""
    if not counts.held:
        return []
    names = [mapping.table for mapping in content.export.tables if mapping.table in made]
    logs = [name for name in names if tables()[name].is_log]
    lines = _lines_of([name for name in names if name not in logs], content, counts.held, fates, broken, made, is_log=False)
    told = _lines_of(logs, content, counts.held_in_logs, fates, broken, made, is_log=True)
    return lines + [_log_line(line, counts.in_logs.get(line.table_name, 0)) for line in told]


def _log_line(line: Line, told: int) -> Line:
    """What several versions of a record told is one row: the others are copies of it."""
    return replace(line, duplicate=line.duplicate + told - line.published - line.filtered)


def _lines_of(
    names: list[str],
    content: Content,
    held: Mapping[str, int],
    fates: Fates,
    broken: pl.DataFrame,
    made: dict[str, dict[str, int]],
    *,
    is_log: bool,
) -> list[Line]:
    """Lines of some tables, made of some records."""
    if not names:
        return []
    entry = content.entry
    refused = (
        {}
        if broken.is_empty()
        else dict(
            broken.join(fates.left_out(content, is_log=is_log).to_frame(), on="record_number", how="anti")
            .filter(pl.col("table").is_not_null())
            .group_by("table")
            .agg(pl.struct("row_id", "place").n_unique())
            .rows()
        )
    )
    prefix = row_prefix(entry.source, entry.export, entry.sha256)
    out = fates.left_out(content, is_log=is_log).alias("_record").to_frame().lazy()
    return [
        Line(
            entry.delivery_id,
            "map",
            name,
            held[f"contains_{name}"],
            made[name].get(prefix, 0),
            quarantined=refused.get(name, 0),
            duplicate=held[f"copies_{name}"],
            filtered=left_in_parts(name, content.parts(name), out, fates.limits),
        )
        for name in names
    ]


def _rows_by_content(parquet: Path) -> dict[str, int]:
    return dict(
        pl.scan_parquet(parquet, glob=False)
        .group_by(pl.col("row_id").str.slice(0, PREFIX_CHARS).alias("prefix"))
        .len()
        .collect()
        .rows()
    )
