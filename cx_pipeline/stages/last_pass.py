"""The last pass of the build: every column of words and texts, of every table, without an identifier of any known person."""

from __future__ import annotations

import polars as pl

from cx_pipeline.privacy.searched import Searched, bare
from cx_pipeline.privacy.sweep import sweep
from cx_pipeline.quality.leaks import is_id_column
from cx_pipeline.stages.texts import MASKED, TOKENISED


def last_pass(rows: pl.DataFrame, known: Searched | None) -> pl.DataFrame:
    """Rows with tags in place of what is left of known people.

    Args:
        rows: as they are about to be published; ids and keys stay, lists and structs too.
        known: identifiers of all known people, and what was searched for them; None where nobody is known.
    """
    if known is None or not len(known.needles):
        return rows
    columns = [name for name, dtype in rows.schema.items() if dtype == pl.String and not is_id_column(name)]
    # But for what its tags hold, a tokenised text says what its masked twin does: it is looked at where that one was hit.
    twin = TOKENISED if {MASKED, TOKENISED} <= set(columns) else None
    made = _swept(rows, [name for name in columns if name != twin], known)
    hit = made[MASKED].ne_missing(rows[MASKED]).arg_true() if twin is not None else pl.Series([], dtype=pl.UInt32)
    if twin is None or hit.is_empty():
        return made
    return made.with_columns(rows[twin].scatter(hit, _swept(rows[hit].select(twin), [twin], known)[twin]))


def _swept(rows: pl.DataFrame, columns: list[str], known: Searched) -> pl.DataFrame:
    distinct = pl.concat(
        [pl.Series("text", [], dtype=pl.String), *(rows[name].alias("text").drop_nulls().unique() for name in columns)]
    )
    texts = distinct.unique(maintain_order=True)
    said = bare(texts)
    places = known.doubtful(said)
    doubtful = texts.gather(places)
    swept = sweep(doubtful, known.needles)
    known.add(said.filter(~pl.int_range(texts.len(), eager=True).is_in(places.gather(swept.hit).implode())))
    changed = (doubtful != swept.texts).arg_true()
    if changed.is_empty():
        return rows
    old, new = doubtful.gather(changed), swept.texts.gather(changed)
    return rows.with_columns(pl.col(name).replace(old, new) for name in columns)
