"""Where a pattern matches, for a whole column at once: matches are fenced off, the text is cut at the fences and counted."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.privacy.boundaries import asked

FENCE = "\x02"
"""Stands around matches while a text is cut; normalising takes it out of what comes in."""


def fenced(texts: pl.Series, pattern: str, replacement: str) -> pl.Series:
    """Texts with a fence at both sides of what was found."""
    return asked(texts, pattern, lambda some, which: some.str.replace_all(which, replacement))


def cut(rows: pl.Series, marked: pl.Series) -> pl.DataFrame:
    """What stands between the fences of each text.

    Args:
        rows: number of each text's row.
        marked: texts with fences in pairs.

    Returns:
        One row a match, in order: row, start and end (characters), value, before and after (the text up to the neighbouring
        match or the end of the text).
    """
    pieces = marked.str.split(FENCE)
    counts = pieces.list.len().to_numpy().astype(np.int64)
    flat = pieces.explode(empty_as_null=False)
    ends = np.cumsum(flat.str.len_chars().to_numpy(), dtype=np.int64)
    first = np.cumsum(counts) - counts
    within = np.arange(flat.len()) - np.repeat(first, counts)
    values = np.flatnonzero(within % 2 == 1)
    lines = np.searchsorted(first, values, side="right") - 1
    begin = np.where(first > 0, ends[first - 1], 0)[lines] if len(values) else np.zeros(0, dtype=np.int64)
    return pl.DataFrame(
        {
            "row": rows.gather(lines),
            "start": ends[values - 1] - begin,
            "end": ends[values] - begin,
            "value": flat.gather(values),
            "before": flat.gather(values - 1),
            "after": flat.gather(values + 1),
        },
        schema_overrides={"start": pl.Int64, "end": pl.Int64},
    )


_NOTHING = cut(pl.Series(dtype=pl.UInt32), pl.Series(dtype=pl.String))


def spans(rows: pl.Series, texts: pl.Series, pattern: str, replacement: str) -> pl.DataFrame:
    """Matches of a pattern as `cut` gives them; texts without one cost no more than the search."""
    marked = fenced(texts, pattern, replacement)
    hit = marked.str.contains(FENCE, literal=True).arg_true()
    return cut(rows.gather(hit), marked.gather(hit)) if not hit.is_empty() else _NOTHING
