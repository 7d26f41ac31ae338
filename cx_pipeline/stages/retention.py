"""Retention: how long rows and files stay, by the settings. Nothing leaves unless they say so.

Rows of a table leave what is published when the table's own time is out of its days; files leave the disk when the date they
were delivered, published or written on is. The ledger says `filtered`, by the policy `retention.<table>` or `retention.lake`.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.errors import ConfigError
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.stages.contents import Content
from cx_pipeline.stages.journal import WARNING
from cx_pipeline.stages.manifest import Manifest, Status, landed
from cx_pipeline.stages.raw_paths import files_of
from cx_pipeline.stages.run import Run
from cx_pipeline.warehouse import versions

POLICY = "retention"
LAKE = f"{POLICY}.lake"
Cutoffs = Mapping[str, datetime]


def cutoffs(settings: Settings, run: Run) -> Cutoffs:
    """By table with a limit, the moment (UTC) before which its rows are out of time.

    Raises:
        ConfigError: a table that there is not, or whose rows have no time of their own.
    """
    fit = [name for name, table in tables().items() if table.time is not None and not table.derived and not table.internal]
    wrong = sorted({name for name, _ in settings.retention.tables} - set(fit))
    if wrong:
        raise ConfigError(
            f"retention.tables names what has no rows with a time: {', '.join(wrong)}",
            expected=f"tables among {', '.join(fit)}",
            happened="nothing was published",
        )
    return {name: run.now_utc - timedelta(days=days) for name, days in settings.retention.tables}


def is_out(table: str, limits: Cutoffs) -> pl.Expr:
    """Whether a row in lake form is out of time; a row that has no time never is."""
    if table not in limits:
        return pl.lit(value=False)
    time = tables()[table].time
    assert time is not None  # the settings refuse others
    return (pl.col(tables()[table].column(time).lake_name) < limits[table]).fill_null(value=False)


def records_out(content: Content, limits: Cutoffs) -> tuple[str, pl.Series]:
    """Policy, and numbers of the records of a content all of whose rows of the export's own table are out of time."""
    table = content.export.tables[0].table if content.export.tables else ""
    parts = content.parts(table) if table in limits else []
    if not parts:
        return "", pl.Series("record_number", [], dtype=pl.Int64)
    rows = pl.scan_parquet(parts, glob=False).group_by("_record").agg(is_out(table, limits).all().alias("out")).filter("out")
    return f"{POLICY}.{table}", rows.select(pl.col("_record").alias("record_number")).collect().to_series().sort()


def expire(settings: Settings, layout: Layout, run: Run) -> list[str]:
    """Remove what the settings no longer keep of files; says what was removed, in counts.

    Called while the run lock is held. The manifest says of an expired delivery how many records it had.
    """
    kept, today = settings.retention, run.now_utc.date()
    said = []
    if kept.lake_days is not None:
        said.append(f"{_expire_lake(layout, today - timedelta(days=kept.lake_days))} deliveries left the lake")
    if kept.raw_days is not None:
        said += _expire_raw(settings, layout, today - timedelta(days=kept.raw_days))
    if kept.versions_days is not None:
        said.append(f"{_expire_versions(layout, run.now - timedelta(days=kept.versions_days))} versions were removed")
    if kept.reports_days is not None:
        said.append(f"{_expire_reports(layout, run.now - timedelta(days=kept.reports_days))} reports were removed")
    return [text for text in said if not text.startswith("0 ")]


def _expire_lake(layout: Layout, first: date) -> int:
    book = Manifest(layout.state / "manifest")
    entries = [entry for entry in book.entries() if entry.has_records]
    old = [entry for entry in entries if entry.date < first]
    stays = {(entry.source, entry.export, entry.content) for entry in entries if entry.date >= first}
    for entry in old:
        # Said first: a crash in between leaves files that the next night removes, never records that nothing accounts for.
        book.put(entry.model_copy(update={"status": Status.EXPIRED, "rule": LAKE, "reason": "older than the lake is kept"}))
    gone = {(entry.source, entry.export, entry.content) for entry in book.entries() if entry.status is Status.EXPIRED} - stays
    for source, export, content in gone:
        _remove([landed(layout, source, export, content), *(layout.lake_scrubbed / f"{source}_{export}").glob(f"{content}-*")])
    return len(old)


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _expire_raw(settings: Settings, layout: Layout, first: date) -> list[str]:
    """Delivered files that were looked at; one that waits to be taken in stays. Those that may not be removed stop no run."""
    removed, refused = 0, Counter[str]()
    for entry in Manifest(layout.state / "manifest").entries():
        if entry.date < first and entry.status is not Status.GROWING:
            try:
                for path in files_of(settings.raw, entry.path):
                    path.unlink()
                    removed += 1
            except OSError as error:
                refused[error.strerror or type(error).__name__] += 1
    left = [f"{WARNING}{count} delivered files that are kept no longer stay: {reason}" for reason, count in refused.items()]
    return [f"{removed} delivered files were removed", *left]


def _expire_versions(layout: Layout, since: datetime) -> int:
    """Versions last published before; the published one always stays."""
    old = [item.name for item in versions.versions(layout) if not item.is_published and (item.published_at or since) < since]
    for name in old:
        versions.remove(layout, name)
    return len(old)


def _expire_reports(layout: Layout, since: datetime) -> int:
    """Reports written before; certificates of erasure are proofs, and stay."""
    proofs = layout.reports / "forget"
    old = [
        path
        for path in layout.reports.rglob("*")
        if path.is_file() and proofs not in path.parents and datetime.fromtimestamp(path.stat().st_mtime, UTC) < since
    ]
    for path in old:
        path.unlink()
    return len(old)


def left_in_parts(table: str, parts: list[Path], left_out: pl.LazyFrame, limits: Cutoffs) -> int:
    """How many rows of records that count are out of time, of one table of one content."""
    if table not in limits or not parts:
        return 0
    rows = pl.scan_parquet(parts, glob=False).join(left_out, on="_record", how="anti").filter(is_out(table, limits))
    return int(rows.select(pl.len()).collect().item())


def without(numbers: pl.Series, others: Collection[pl.Series]) -> pl.Series:
    """Numbers that none of the others hold."""
    return numbers.filter(~numbers.is_in(pl.concat(others).implode())) if others else numbers
