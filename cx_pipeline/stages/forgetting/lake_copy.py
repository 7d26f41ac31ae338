"""The lake's copies of one content without its forgotten records: what landed, and what was scrubbed of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from cx_pipeline import faults
from cx_pipeline.extract import land
from cx_pipeline.layout import Layout
from cx_pipeline.stages.files import whole_file, write_text
from cx_pipeline.stages.forgetting.blanking import Blanks
from cx_pipeline.stages.manifest import Entry, place_of

_NUMBERS = ("_record", "record_number")
_NOT_A_REFERENCE = frozenset({"source_id", "row_id"})


def clear(layout: Layout, entry: Entry, numbers: Collection[int], keys: Collection[str], blanks: Blanks) -> int:
    """Take records out of the lake's copies of a content; how many values of other records were blanked.

    Every file is written anew beside the old one and takes its place in one step, so the same call again ends in the same state.

    Args:
        layout: of the data folder.
        entry: a delivery of the content.
        numbers: of the records that go.
        keys: of all records that are forgotten: what refers to them refers to nothing.
        blanks: values to be blanked in the others.
    """
    gone, refs = pl.Series(sorted(numbers), dtype=pl.Int64), pl.Series(sorted(keys), dtype=pl.String)
    folder = place_of(layout, entry)
    total = clear_landed(folder / "records", gone, blanks)
    faults.point("forgetting.after_landed")
    if numbers or total:
        for profile in folder.glob("profile-*.json"):  # tells of all records; it is made anew of those that are left
            profile.unlink()
    # What no landed text holds, no scrubbed one does.
    left = blanks if total else Blanks([], [])
    for scrubbed in _scrubbed(layout, entry):
        total += _clear_scrubbed(scrubbed, gone, refs, left)
    return total


def clear_landed(records: Path, gone: pl.Series, blanks: Blanks) -> int:
    """Take records out of a landed content; how many values of others were blanked."""
    total = 0
    for part in [*sorted(records.glob("part-*.parquet")), *records.glob(land.REJECTS)]:
        before = pl.read_parquet(part, glob=False)
        made, count = blanks.in_frame(before.filter(~pl.col("_record").is_in(gone.implode())), is_json=True)
        if count or made.height != before.height:
            replace_parquet(part, made)
        total += count
    return total


def clear_references(folder: Path, keys: Collection[str]) -> None:
    """Let nothing in a scrubbed content refer to records that are forgotten."""
    if keys:
        _clear_scrubbed(folder, pl.Series([], dtype=pl.Int64), pl.Series(sorted(keys), dtype=pl.String), Blanks([], []))


def _scrubbed(layout: Layout, entry: Entry) -> Iterator[Path]:
    place = layout.lake_scrubbed / f"{entry.source}_{entry.export}"
    yield from sorted(folder for folder in place.glob(f"{entry.content}-*") if folder.is_dir())


def _clear_scrubbed(folder: Path, gone: pl.Series, refs: pl.Series, blanks: Blanks) -> int:
    total = 0
    for part in sorted(folder.glob("*/part-*.parquet")):
        before = pl.read_parquet(part, glob=False)
        number = next((name for name in _NUMBERS if name in before.columns), None)
        kept = before if number is None else before.filter(~pl.col(number).is_in(gone.implode()))
        made, count = blanks.in_frame(without_references(kept, refs))
        if not made.equals(before):
            replace_parquet(part, made)
        total += count
    summary = folder / "summary.json"
    told = json.loads(summary.read_text(encoding="utf-8"))
    records = sum(
        pl.scan_parquet(part, glob=False).select(pl.len()).collect().item() for part in folder.glob("records/*.parquet")
    )
    if told["records_out"] != records:
        lost = told["records_out"] - records
        told |= {"records_out": records, "records_in": max(records, told["records_in"] - lost)}
        write_text(summary, json.dumps(told))
    return total


def without_references(rows: pl.DataFrame, refs: pl.Series) -> pl.DataFrame:
    """Rows whose references to forgotten records are null."""
    names = [
        name
        for name, dtype in rows.schema.items()
        if dtype == pl.String() and name not in _NOT_A_REFERENCE and (name.endswith("_id") or name == "customer_record")
    ]
    return rows.with_columns(pl.when(~pl.col(name).is_in(refs.implode())).then(name).alias(name) for name in names)


def replace_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Put a frame in a Parquet file's place, on disk when this returns; the old bytes are gone with the old file."""
    with whole_file(path, 0o600) as handle:
        frame.write_parquet(handle, compression="zstd", compression_level=1)
