"""Lines of the ledger: what came into each stage from a delivery, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.dedupe.versions import TOLD
from cx_pipeline.extract import land
from cx_pipeline.layout import Layout
from cx_pipeline.quality.book import FATES, Line
from cx_pipeline.stages.batch import PREFIX_CHARS, row_prefix
from cx_pipeline.stages.contents import Content
from cx_pipeline.stages.intake import landed
from cx_pipeline.stages.manifest import Entry, Status


def ledger_lines(
    entries: list[Entry],
    chosen: Mapping[tuple[str, str, str], Entry],
    contents: list[Content],
    fates: pl.DataFrame,
    broken: pl.DataFrame,
    clean: Path,
    layout: Layout,
) -> list[Line]:
    """All lines of a run.

    Args:
        entries: all retained deliveries.
        chosen: of each content the delivery that stands for it.
        contents: what was scrubbed of them.
        fates: as from `dedupe.versions.decide`, all exports.
        broken: quarantine rows of all contents with `delivery_id` and `stage`.
        clean: folder of the clean tables.
    """
    lines = []
    for entry in entries:
        records = entry.facts.records
        if not records and not entry.has_records:
            continue
        name = f"{entry.source}.{entry.export}"
        if entry.status is Status.EXCLUDED:
            lines.append(Line(entry.delivery_id, "extract", name, records, filtered=records))
        elif chosen[entry.source, entry.export, entry.sha256] is not entry:
            lines.append(Line(entry.delivery_id, "extract", name, records, duplicate=records))
        elif entry.status is Status.QUARANTINED:
            lines.append(Line(entry.delivery_id, "extract", name, records, quarantined=records))
    made = {name: _rows_by_content(clean / f"{name}.parquet") for name in _mapped(contents)}
    fates_of, broken_of = _by_delivery(fates), _by_delivery(broken)
    for content in contents:
        own_fates = fates_of.get((content.entry.delivery_id,), fates.clear())
        own_broken = broken_of.get((content.entry.delivery_id,), broken.clear())
        lines += _record_lines(content, own_fates, own_broken, layout)
        lines += _map_lines(content, own_fates, own_broken, made)
    return lines


def _by_delivery(frame: pl.DataFrame) -> dict[tuple[object, ...], pl.DataFrame]:
    return frame.partition_by("delivery_id", as_dict=True, maintain_order=False)


def _mapped(contents: list[Content]) -> list[str]:
    return sorted(
        {mapping.table for content in contents for mapping in content.export.tables if not tables()[mapping.table].internal}
    )


def _record_lines(content: Content, fates: pl.DataFrame, broken: pl.DataFrame, layout: Layout) -> list[Line]:
    """Lines of the records of one content; `fates` and `broken` are its own."""
    entry, export = content.entry, content.export
    source = landed(layout, entry.source, entry.export, entry.content) / "records"
    rows = land.scan(source, []).select(pl.len()).collect().item()
    scrubbed = pl.scan_parquet(content.parts("records")).select(pl.len()).collect().item() if content.parts("records") else 0
    refused = broken.filter(pl.col("table").is_null() & (pl.col("stage") == "scrub"))["row_id"].n_unique()
    fate = dict(fates.group_by("fate").len().rows())
    return [
        Line(
            entry.delivery_id,
            "extract",
            export.id,
            entry.facts.records,
            rows,
            quarantined=land.scan_rejects(source).select(pl.len()).collect().item(),
        ),
        Line(entry.delivery_id, "scrub", export.id, rows, scrubbed, quarantined=refused),
        Line(entry.delivery_id, "dedupe", export.id, scrubbed, **{name: fate.get(name, 0) for name in FATES}),
    ]


def _map_lines(content: Content, fates: pl.DataFrame, broken: pl.DataFrame, made: dict[str, dict[str, int]]) -> list[Line]:
    """Lines of the rows its records give; `fates` and `broken` are its own."""
    if not content.parts("records"):
        return []
    names = [mapping.table for mapping in content.export.tables if mapping.table in made]
    logs = [name for name in names if tables()[name].is_log]
    winners = fates.filter(pl.col("fate") == "published").select("row_id")
    told = fates.filter(pl.col("fate").is_in(TOLD)).select("row_id")
    lines = _lines_of([name for name in names if name not in logs], content, winners, broken, made)
    return lines + [_log_line(line, content, told) for line in _lines_of(logs, content, told, broken, made)]


def _log_line(line: Line, content: Content, told: pl.DataFrame) -> Line:
    """What several versions of a record told is one row: the others are copies of it."""
    parts = content.parts(line.table_name)
    rows = pl.scan_parquet(parts).join(told.lazy(), on="row_id", how="semi").select(pl.len()).collect().item() if parts else 0
    return replace(line, duplicate=line.duplicate + rows - line.published)


def _lines_of(
    names: list[str], content: Content, winners: pl.DataFrame, broken: pl.DataFrame, made: dict[str, dict[str, int]]
) -> list[Line]:
    """Lines of some tables, made of some records."""
    if not names:
        return []
    entry = content.entry
    held = (
        pl.scan_parquet(content.parts("records"))
        .join(winners.lazy(), on="row_id", how="semi")
        .select(pl.col("^(contains|copies)_.*$").sum())
        .collect()
        .row(0, named=True)
    )
    refused = dict(
        broken.join(winners, on="row_id", how="semi")
        .filter(pl.col("table").is_not_null())
        .group_by("table")
        .agg(pl.struct("row_id", "place").n_unique())
        .rows()
    )
    prefix = row_prefix(entry.source, entry.export, entry.sha256)
    return [
        Line(
            entry.delivery_id,
            "map",
            name,
            int(held[f"contains_{name}"]),
            made[name].get(prefix, 0),
            quarantined=refused.get(name, 0),
            duplicate=int(held[f"copies_{name}"]),
        )
        for name in names
    ]


def _rows_by_content(parquet: Path) -> dict[str, int]:
    return dict(
        pl.scan_parquet(parquet).group_by(pl.col("row_id").str.slice(0, PREFIX_CHARS).alias("prefix")).len().collect().rows()
    )
