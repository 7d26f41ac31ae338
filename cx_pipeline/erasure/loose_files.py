"""Files of any kind without a person: clean tables, reports, journals, logs, files that no export reads."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai.versions import Number
from cx_pipeline.erasure import databases
from cx_pipeline.erasure.handles import Handles, without
from cx_pipeline.erasure.places import is_file
from cx_pipeline.layout import Layout
from cx_pipeline.marts import sentiment
from cx_pipeline.settings import Settings
from cx_pipeline.stages import kept_texts, searched_texts
from cx_pipeline.stages.files import whole_file
from cx_pipeline.stages.forgetting import raw_files
from cx_pipeline.stages.forgetting.lake_copy import replace_parquet
from cx_pipeline.stages.forgetting.raw_files import CannotRewriteError
from cx_pipeline.stages.manifest import Entry, Manifest
from cx_pipeline.stages.raw_paths import files_of

_LINES = (".ndjson", ".jsonl", ".csv", ".tsv")


def clear_clean_layer(layout: Layout, known: Handles) -> int:
    """The canonical tables of the lake; rows that left and values blanked. The next run makes scores and redacted texts anew."""
    total = 0
    for path in sorted((layout.lake_clean / "tables").glob("*.parquet")):
        total += _parquet(path, known, is_canonical=not path.name.startswith("quality."))
    for path in (layout.lake_clean / "scores").glob("*.parquet"):
        path.unlink()
    for folder in (kept_texts.FOLDER, searched_texts.FOLDER):
        shutil.rmtree(layout.lake_clean / folder, ignore_errors=True)
    (layout.state / sentiment.STORE).unlink(missing_ok=True)
    return total


def clear_others(layout: Layout, settings: Settings, known: Handles) -> dict[str, int]:
    """Everything else below the data folder, and delivered files that were never taken in; place to what left."""
    counts = dict.fromkeys(("ai", "reports", "state", "raw"), 0)
    for place, folder in (("ai", layout.ai), ("reports", layout.reports), ("state", layout.state)):
        for path in _files(folder):
            if (place == "state" and _is_kept(path, layout)) or (place == "ai" and _is_of_a_version(path, layout)):
                continue
            counts[place] += _file(path, known, settings)
    entries = Manifest(layout.state / "manifest").entries()
    taken = {path for entry in entries if entry.has_records for path in _found(entry, settings)}
    for path in _files(settings.raw):
        if path not in taken:
            counts["raw"] += _bytes(path, known, settings)
    return counts


def _found(entry: Entry, settings: Settings) -> list[Path]:
    """The files of a delivery; what may not be looked at was refused already, by name."""
    try:
        return files_of(settings.raw, entry.path)
    except OSError:
        return []


def _is_kept(path: Path, layout: Layout) -> bool:
    """Files of the state that hold no value of a person's by their nature, or are seen to elsewhere."""
    first = path.relative_to(layout.state).parts[0]
    return first in {"registry", "forgotten", "forgetting", "suppressed", "audit.ndjson", "audit.head", "token.key", "run.lock"}


def _is_of_a_version(path: Path, layout: Layout) -> bool:
    """Versions of the dataset are cut anew, and not written to: their papers and checksums tell of every byte."""
    return Number.of(path.relative_to(layout.ai).parts[0]) is not None


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if is_file(path))


def _file(path: Path, known: Handles, settings: Settings) -> int:
    if path.suffix == ".parquet":
        return _parquet(path, known, is_canonical=False)
    if path.suffix == ".duckdb":
        return _database(path, known, settings)
    if path.suffix in _LINES:
        return _lines(path, known) + _bytes(path, known, settings)
    return _bytes(path, known, settings)


def _parquet(path: Path, known: Handles, *, is_canonical: bool) -> int:
    try:
        before = pl.read_parquet(path, glob=False)
    except pl.exceptions.PolarsError:
        return 0  # damaged: the search for residue reads its bytes
    made, count = without(before, known, is_canonical=is_canonical)
    if not made.equals(before):
        mode = path.stat().st_mode & 0o777
        replace_parquet(path, made)
        path.chmod(mode)
    return count


def _database(path: Path, known: Handles, settings: Settings) -> int:
    fresh = path.with_name(f".{path.name}.fresh")
    try:
        removed = databases.clear(path, fresh, known, settings.storage_version)
        mode = path.stat().st_mode & 0o777
        fresh.chmod(mode)
        fresh.replace(path)
    except duckdb.Error:
        return 0
    finally:
        fresh.unlink(missing_ok=True)
    return removed


def _lines(path: Path, known: Handles) -> int:
    """Lines that hold an id, a record key or a row id of the person leave."""
    marks = [handle.encode() for handle in known.all]
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not any(_holds(line, mark) for mark in marks)] if marks else lines
    if len(kept) != len(lines):
        with whole_file(path) as handle:
            handle.writelines(kept)
    return len(lines) - len(kept)


def _holds(line: bytes, mark: bytes) -> bool:
    """Whether a handle stands in a line by itself, not as the beginning of a longer one."""
    at = line.find(mark)
    while at >= 0:
        before, after = line[at - 1 : at], line[at + len(mark) : at + len(mark) + 1]
        if not (before.isalnum() or before == b"_") and not (after.isalnum() or after in (b"-", b"_")):
            return True
        at = line.find(mark, at + 1)
    return False


def _bytes(path: Path, known: Handles, settings: Settings) -> int:
    """Identifiers in a file of any other kind are blanked; one that cannot be opened is left to the search for residue."""
    if path.suffix in (".db", ".sqlite") or path.name.endswith(("-wal", "-shm", "-journal")):
        return 0  # a live database of Dagster's: never written from outside
    try:
        return raw_files.blank(path, known.blanks, settings.limits)
    except CannotRewriteError:
        return 0
