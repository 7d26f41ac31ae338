"""What the state keeps of who is who, without a person: registries, decisions, and lists of pairs kept by hand."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl

from cx_pipeline.erasure.handles import Handles
from cx_pipeline.identity import decisions
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.stages.files import whole_file
from cx_pipeline.stages.forgetting.lake_copy import replace_parquet


def clear(layout: Layout, settings: Settings, known: Handles) -> dict[str, int]:
    """Take a person out of every registry, the decisions and the hand-kept lists; place to rows that left."""
    removed = {"registry": 0, "decisions": 0}
    gone = known.all
    for path in sorted((layout.state / "registry").glob("*.parquet")):
        before = pl.read_parquet(path, glob=False)
        tests = [pl.col(name).is_in(gone.implode()).fill_null(value=False) for name in _texts(before)]
        kept = before.filter(~pl.any_horizontal(tests)) if tests else before
        if kept.height != before.height:
            replace_parquet(path, kept)
            removed["registry"] += before.height - kept.height
    for listed in (decisions.file(layout), settings.identity.must_link, settings.identity.cannot_link):
        if listed is not None and listed.is_file():
            removed["decisions"] += _clear_pairs(listed, set(gone), known)
    return removed


def _texts(frame: pl.DataFrame) -> list[str]:
    return [name for name, dtype in frame.schema.items() if dtype == pl.String()]


def _clear_pairs(path: Path, gone: set[str], known: Handles) -> int:
    """Rows of a CSV that name a record of the person leave, and identifiers in notes are blanked."""
    data = path.read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    kept = [row for row in rows if not gone & {cell.strip() for cell in row}]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(kept)
    made, blanked = known.blanks.in_bytes(text.getvalue().encode())
    if len(kept) == len(rows) and not blanked:
        return 0
    with whole_file(path) as handle:
        handle.write(made)
    return len(rows) - len(kept) + blanked
