"""`cx-pipeline preview`: one file as the pipeline would read it, without taking it in."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from cx_pipeline.commands import console
from cx_pipeline.commands.cells import upright
from cx_pipeline.errors import ConfigError, DataError
from cx_pipeline.extract import land
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import FileFacts, open_file
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.settings import Settings
from cx_pipeline.sources import catalogue
from cx_pipeline.sources.export import Export
from cx_pipeline.stages.batch import Scrubbed, scrub_batch
from cx_pipeline.stages.profile import context_of
from cx_pipeline.stages.reading import reading

_SHOWN_COLUMNS = 8
_SHOWN_ROWS = 4  # of a table, side by side
_SHOWN_DAMAGED = 20
_OWN = ("_record", "_line")


def preview(
    path: Path,
    settings: Settings,
    *,
    export_id: str | None,
    rows: int,
    out: Path | None,
    rejects: Path | None,
    show_values: bool,
    as_json: bool,
) -> int:
    """Show what dialect was found, the first records and the damaged ones; write them where asked. Returns the exit code.

    Raises:
        ConfigError: when the file is not there or the export is unknown.
        DataError: when the file cannot be read at all.
    """
    if not path.is_file():
        raise ConfigError(
            "this is a folder" if path.is_dir() else "there is no such file", where=shown(str(path)), expected="a file"
        )
    export = catalogue.get(export_id) if export_id is not None else None
    options = reading(export, settings) if export is not None else ReadOptions(batch_rows=settings.batch_rows)
    with TemporaryDirectory(prefix="cx-pipeline-preview-") as folder:  # owner-only; memory stays flat however long the file is
        landed = Path(folder) / "landed"
        with open_file(path, options, settings.limits) as reader:
            facts = land.write(reader, landed)
        good, damaged = land.scan(landed, facts.columns), _rejects_form(land.scan_rejects(landed))
        if out is not None:
            good.drop(_OWN).sink_parquet(out)
        if rejects is not None:
            damaged.sink_parquet(rejects)
        if as_json:
            console.emit(_facts(facts))
            return 0
        _tell(path, facts)
        first = good.head(rows).collect()
        if export is None:
            _show(first, show_values=show_values)
        else:
            _ask_for_columns(facts, export)
            context = context_of(export, landed, settings, path.name, facts.columns, facts.labels)
            _show_mapped(scrub_batch(first, export, facts.sha256, context), show_values=show_values)
        _show_damaged(damaged.head(_SHOWN_DAMAGED).collect(), facts.damaged)
    return 0


def _rejects_form(damaged: pl.LazyFrame) -> pl.LazyFrame:
    return damaged.select(
        pl.col("_record").alias("record"),
        pl.col("_line").alias("line"),
        pl.col("_line_end").alias("line_end"),
        pl.col("rule").alias("reason"),
        "detail",
        "raw",
    )


def _facts(facts: FileFacts) -> dict[str, object]:
    return {
        "format": facts.format,
        "encoding": facts.encoding,
        "dialect": facts.dialect,
        "header_rows": facts.header_rows,
        "columns": list(facts.columns),
        "renamed": [list(pair) for pair in facts.renamed],
        "not_read": list(facts.ignored),
        "records": facts.records,
        "damaged": facts.damaged,
        "is_truncated": facts.is_truncated,
        "sha256": facts.sha256,
    }


def _tell(path: Path, facts: FileFacts) -> None:
    told = _facts(facts) | {"renamed": [f"{before} to {after}" for before, after in facts.renamed]}
    rows = [(name, ", ".join(map(str, value)) if isinstance(value, list) else value) for name, value in told.items()]
    console.table(shown(path.name), ("", "found"), [row for row in rows if row[1] not in ("", None)])


def _show(frame: pl.DataFrame, *, show_values: bool) -> None:
    names = [name for name in frame.columns if name not in _OWN][:_SHOWN_COLUMNS]
    more = len(frame.columns) - len(names) - len(_OWN)
    title = (
        "first records" + (f", {more} more columns" if more > 0 else "") + ("" if show_values else ", shapes in place of values")
    )
    cells = ((row[0], row[1], *(_cell(value, show_values) for value in row[2:])) for row in frame.select(*_OWN, *names).rows())
    if frame.height:
        console.table(title, ("record", "line", *names), cells, ("record", "line"))


def _cell(value: object, show_values: bool) -> object:
    return value if show_values or value is None else console.masked(str(value))


def _ask_for_columns(facts: FileFacts, export: Export) -> None:
    missing = export.missing(facts.columns)
    if missing:
        raise DataError(
            f"the file is no {export.id}",
            where=f"missing: {', '.join(missing)}",
            happened="nothing was taken in; in a run the file would be quarantined whole",
            next_step="cx-pipeline sources",
        )


def _show_mapped(made: Scrubbed, *, show_values: bool) -> None:
    for name, rows in made.tables.items():
        if rows.is_empty():
            continue
        first = rows.head(_SHOWN_ROWS)
        names, said = upright(name, first, show_values=show_values)
        title = f"{name} ({rows.height} rows{f', the first {first.height}' if first.height < rows.height else ''})"
        records = [str(number) for number in range(1, first.height + 1)]
        console.table(title, ("column", *records), ((column, *values) for column, values in zip(names, said, strict=True)))
    if made.quarantined.height:
        columns = ("record_number", "line", "table", "rule", "column")
        console.table("quarantined", columns, made.quarantined.select(columns).rows())


def _show_damaged(damaged: pl.DataFrame, in_all: int) -> None:
    if damaged.is_empty():
        return
    columns = ("record", "line", "reason", "detail")
    console.table(f"damaged ({in_all})", columns, damaged.select(columns).rows(), ("record", "line"))
