"""Records on their way into a file: their text, and what is known about each."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth.dirt import CELLS
from cx_pipeline.synth.unsaid import NOTES

COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "text": pl.String,  # as it stands in the file
    "key": pl.String,  # the vendor's id; null where the file no longer has a usable one
    "clock": pl.Int64,  # seconds of the record's own clock, which orders versions
    "deleted": pl.Boolean,
    "test": pl.Boolean,
    "content": pl.String,  # what it says, where the text depends on the dialect of the file; null: the text
    "damage": pl.String,  # why it cannot be read; null when it can
    **CELLS,
    "unsaid": NOTES,  # cells that say nothing; null like an empty list
}


def records(
    text: pl.Series,
    key: pl.Series,
    clock: pl.Series,
    *,
    deleted: pl.Series | None = None,
    test: pl.Series | None = None,
    damage: pl.Series | None = None,
    content: pl.Series | None = None,
    cells: pl.DataFrame | None = None,
    trap: pl.Series | None = None,
) -> pl.DataFrame:
    """A frame of `COLUMNS`.

    Args:
        deleted: tombstones; nobody when not given. `test` likewise.
        content: the same for the same record in files of all dialects; the text itself when not given.
        damage: the kind of damage, null for good records.
        cells: what `dirt.soil` did, and where `unsaid.note` was asked, what that found.
        trap: the trap of records whose cells were left alone.
    """
    none = pl.lit(None, pl.String)
    no = pl.lit(value=False)
    spoilt = [none.alias(name) if cells is None else cells[name] for name in CELLS]
    unsaid = pl.lit(None, NOTES) if cells is None or "unsaid" not in cells.columns else cells["unsaid"]
    frame = pl.select(
        *spoilt,
        unsaid=unsaid,
        text=text,
        key=key.cast(pl.String),
        clock=clock.cast(pl.Int64),
        deleted=no if deleted is None else deleted,
        test=no if test is None else test,
        content=none if content is None else content,
        damage=none if damage is None else damage,
    )
    return frame.with_columns(pl.coalesce("trap", none if trap is None else trap)).select(*COLUMNS)


def nothing() -> pl.DataFrame:
    """No record at all."""
    return pl.DataFrame(schema=COLUMNS)
