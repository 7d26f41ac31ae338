"""Scrub: landed text records of one content become canonical rows, once for each state of the rules.

The result is filed under (content, state of what read it, fingerprint of rules, mapping, contracts and settings): what was
scrubbed before in the same way is not scrubbed again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline import faults
from cx_pipeline.extract import land
from cx_pipeline.layout import Layout
from cx_pipeline.scrub.engine import RuleCount
from cx_pipeline.settings import Settings
from cx_pipeline.side_by_side import side_by_side
from cx_pipeline.sources import catalogue
from cx_pipeline.sources.catalogue import label_of
from cx_pipeline.sources.export import Export
from cx_pipeline.stages.batch import QUARANTINE, Scrubbed, row_ids, row_prefix, scrub_batch
from cx_pipeline.stages.drift import drifted
from cx_pipeline.stages.files import whole_folder, write_text
from cx_pipeline.stages.fingerprint import fingerprint
from cx_pipeline.stages.manifest import Entry, Status, place_of
from cx_pipeline.stages.profile import context_of

_MOST_BYTES = 32 << 20
# A cell that becomes a row of its own takes about a kilobyte while it is scrubbed.
_MOST_CELLS, _MOST_ITEMS = 1_000_000, 250_000
COUNTS = {
    "rule": pl.String,
    "version": pl.Int64,
    "column": pl.String,
    "looked_at": pl.Int64,
    "changed": pl.Int64,
    "nulled": pl.Int64,
}


class Outcome(NamedTuple):
    """The scrubbed folder of one content and what to show of it."""

    folder: Path
    records_in: int
    records_out: int
    quarantined: int
    broken_rules: dict[str, int]


def scrubbed(layout: Layout, export: Export, entry: Entry, settings: Settings) -> Path:
    """Folder of what the content of a delivery became, under the present rules and settings."""
    named = "-" + hashlib.sha256(label_of(export, Path(entry.path).name).encode()).hexdigest()[:8]
    held = _held(layout, export, entry, settings)
    kept_out = f"-held-{hashlib.sha256(','.join(held).encode()).hexdigest()[:8]}" if held else ""
    state = hashlib.sha256(f"{fingerprint(export, settings)} {entry.landing}".encode()).hexdigest()[:16]
    name = f"{entry.content}-{state}{named if export.is_named_by_file else ''}{kept_out}"
    return layout.lake_scrubbed / f"{export.source}_{export.name}" / name


def _held(layout: Layout, export: Export, entry: Entry, settings: Settings) -> list[str]:
    """Columns whose values are kept out of this delivery; they depend on the delivery before."""
    return drifted("hold", entry, export, settings, layout) if "hold" in export.on_drift.values() else []


def scrub_contents(
    entries: Iterable[Entry], settings: Settings, layout: Layout, progress: Callable[[str], None] = lambda _: None
) -> dict[str, Outcome]:
    """Scrub every landed content among some deliveries that is not scrubbed yet; by content."""
    known = catalogue.exports()
    wanted: dict[Path, tuple[Entry, Export]] = {}  # not by content alone: `[]` may be the export of two kinds
    for entry in entries:
        export = known.get(f"{entry.source}.{entry.export}")
        if entry.status is Status.LANDED and export is not None:
            wanted.setdefault(scrubbed(layout, export, entry, settings), (entry, export))
    fresh = [(entry, export, target) for target, (entry, export) in wanted.items() if not target.is_dir()]

    def scrub(entry: Entry, export: Export, target: Path) -> None:
        progress(f"scrubbing {export.id} of {entry.date}")
        records = place_of(layout, entry) / "records"
        scrub_content(entry, export, settings, records, target, held=frozenset(_held(layout, export, entry, settings)))
        _forget_stale(target, entry.content)

    largest_first = sorted(fresh, key=lambda item: -item[0].decompressed_bytes)
    for _ in side_by_side((partial(scrub, *item) for item in largest_first), more_threads=1):
        pass
    return {entry.content: _outcome(target) for target, (entry, _) in wanted.items()}


def _forget_stale(target: Path, content: str) -> None:
    """What other rules or settings once made of the content: nothing reads it any more."""
    state = "-".join(target.name.split("-")[:2])
    for folder in target.parent.glob(f"{content}-*"):
        if not folder.name.startswith(state):
            shutil.rmtree(folder, ignore_errors=True)


def scrub_content(
    entry: Entry, export: Export, settings: Settings, source: Path, target: Path, held: frozenset[str] = frozenset()
) -> None:
    """Scrub one landed content. All code that makes scrubbed rows is run from here (see `fingerprint`).

    Args:
        entry: a delivery that holds the content.
        export: what its records are.
        settings: of the run.
        source: folder of the landed records.
        target: folder to be made; it is there whole or not at all.
        held: raw columns whose values are kept out.
    """
    context = context_of(export, source, settings, Path(entry.path).name, entry.facts.columns, entry.facts.labels)
    context = replace(context, held=held)
    totals: Counter[tuple[str, int, str, str]] = Counter()
    records_in = 0
    with whole_folder(target) as folder:
        writer = _Parts(folder)
        for part in sorted(source.glob("part-*.parquet")):
            whole = pl.read_parquet(part, glob=False)
            records_in += whole.height
            for batch in whole.iter_slices(_slice_rows(export, whole)) if whole.height else [whole]:
                made = scrub_batch(batch, export, entry.sha256, context)
                writer.add(made)
                faults.point("scrub.after_batch")
                _total(totals, made.counts)
        damaged = damaged_records(export, entry.sha256, source)
        writer.write("damaged", damaged)
        counts = [
            {
                "rule": rule,
                "version": version,
                "column": column,
                **{kind: totals[rule, version, column, kind] for kind in ("looked_at", "changed", "nulled")},
            }
            for rule, version, column in sorted({key[:3] for key in totals})
        ]
        pl.DataFrame(counts, schema=COUNTS).write_parquet(folder / "counts.parquet")
        faults.point("scrub.before_whole")
        write_text(
            folder / "summary.json", json.dumps({"records_in": records_in, "records_out": writer.records, "rules": writer.broken})
        )


def _slice_rows(export: Export, batch: pl.DataFrame) -> int:
    """How many records are handled at once: the wider they are and the more they say, the fewer."""
    cells = (_MOST_ITEMS if export.items else _MOST_CELLS) // max(1, batch.width)
    said = _MOST_BYTES * batch.height // max(1, int(batch.estimated_size()))
    return max(1, min(cells, said))


def damaged_records(export: Export, sha256: str, source: Path) -> pl.DataFrame:
    """Records that could not be read, as quarantine rows; their text stays in the owner-only raw layer."""
    return (
        land.scan_rejects(source)
        .select(
            row_ids(row_prefix(export.source, export.name, sha256), pl.col("_record")).alias("row_id"),
            pl.col("_record").alias("record_number"),
            pl.col("_line").alias("line"),
            pl.lit(None, dtype=pl.String).alias("table"),
            pl.lit(0, dtype=pl.Int64).alias("place"),
            "rule",
            pl.lit("error").alias("severity"),
            pl.lit(None, dtype=pl.String).alias("column"),
            pl.col("raw").alias("value"),
        )
        .cast(pl.Schema(QUARANTINE))
        .collect()
    )


class _Parts:
    """Writes what batches became, a Parquet part a table and batch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._part = 0
        self.records = 0
        self.broken: dict[str, int] = {}

    def add(self, made: Scrubbed) -> None:
        for name, rows in made.tables.items():
            self.write(name, rows)
        self.write("records", made.records)
        self.write("quarantine", made.quarantined)
        self.records += made.records.height
        for rule, rows in made.quarantined.group_by("rule").len().rows():
            self.broken[rule] = self.broken.get(rule, 0) + rows
        self._part += 1

    def write(self, name: str, frame: pl.DataFrame) -> None:
        folder = self._folder / name
        folder.mkdir(exist_ok=True, mode=0o700)
        # Parts are read whole, so least and greatest values would never be asked for.
        path = folder / f"part-{self._part:05}.parquet"
        frame.write_parquet(path, compression="zstd", compression_level=1, statistics=False)


def _total(totals: Counter[tuple[str, int, str, str]], counts: Iterable[RuleCount]) -> None:
    for count in counts:
        for kind in ("looked_at", "changed", "nulled"):
            totals[count.rule, count.version, count.column, kind] += getattr(count, kind)


def _outcome(folder: Path) -> Outcome:
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    records_in, records_out = summary["records_in"], summary["records_out"]
    return Outcome(folder, records_in, records_out, records_in - records_out, summary["rules"])
