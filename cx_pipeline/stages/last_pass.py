"""The last pass of the build: every column of words and texts, of every table, without an identifier of any known person."""

from __future__ import annotations

import polars as pl

from cx_pipeline.privacy.needles import Needles
from cx_pipeline.privacy.sweep import sweep
from cx_pipeline.quality.leaks import is_id_column


def last_pass(rows: pl.DataFrame, known: Needles | None) -> pl.DataFrame:
    """Rows with tags in place of what is left of known people.

    Args:
        rows: as they are about to be published; ids and keys stay, lists and structs too.
        known: identifiers of all known people; None where nobody is known.
    """
    if known is None or not len(known):
        return rows
    columns = [name for name, dtype in rows.schema.items() if dtype == pl.String and not is_id_column(name)]
    distinct = pl.concat(
        [pl.Series("text", [], dtype=pl.String), *(rows[name].alias("text").drop_nulls().unique() for name in columns)]
    )
    texts = distinct.unique(maintain_order=True)
    swept = sweep(texts, known).texts
    changed = (texts != swept).arg_true()
    if changed.is_empty():
        return rows
    old, new = texts.gather(changed), swept.gather(changed)
    return rows.with_columns(pl.col(name).replace(old, new) for name in columns)
