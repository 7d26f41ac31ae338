# ruff: noqa: RUF001 - look-alike characters are the subject here
"""What shows only once its neighbours are gone: texts are looked at again with tags in place, until nothing more is found.

Without this a text that is redacted twice could change twice: digits glued to an address are part of no number, and begin one
when the address has become a tag. Only texts that still hold an @, letters glued to a tag, or digits so near to a tag that what
stands between them counts are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import polars as pl

from cx_pipeline.privacy.entity import TAG
from cx_pipeline.privacy.masking import in_order, replaced

_LOOKS = 4
_GONE = "\x1f"
_BEFORE, _BEHIND = 60, 100  # characters: further away no word or number is asked for what it says of another
_NEAR = rf"[0-9][^{_GONE}]{{0,{_BEFORE}}}{_GONE}|{_GONE}[^{_GONE}]{{0,{_BEHIND}}}[0-9]"
_GLUED = rf"@|[\p{{L}}\p{{N}}_+.\-'’]{_GONE}|{_GONE}[\p{{L}}\p{{N}}_+\-'’]"
_DIGITS = r"(?:[0-9][^0-9]*){4}"
_NO_TAGS = pl.DataFrame(schema={"row": pl.UInt32, "start": pl.Int64, "end": pl.Int64})

Look = Callable[[pl.Series, pl.Series], pl.DataFrame]
"""Findings in some texts: their rows and the texts in, findings in order out, with rows as indices of what came in."""


def settled(texts: pl.Series, ordered: pl.DataFrame, look: Look, kept: Collection[str]) -> pl.DataFrame:
    """Findings, with those that further looks bring.

    Args:
        texts: as they are read.
        ordered: findings of the first look, in order.
        look: how to look again.
        kept: entities that stay in the texts.
    """
    moving = ~pl.col("entity").is_in(sorted(kept))
    for _ in range(_LOOKS):
        gone = ordered.filter(moving).with_columns(pl.concat_str(pl.lit("["), "entity", pl.lit("]")).alias("_tag"))
        rows = gone["row"].unique().sort()
        if rows.is_empty():
            break
        seen = replaced(texts, gone, "_tag").gather(rows)
        marked = seen.str.replace_all(TAG, _GONE)
        again = (marked.str.contains(_GLUED) | (marked.str.contains(_DIGITS) & marked.str.contains(_NEAR))).arg_true()
        rows, seen = rows.gather(again), seen.gather(again)
        more = _placed(look(rows, seen), rows, gone)
        if more.is_empty():
            break
        following = in_order(pl.concat([ordered, more.select(ordered.columns)]), _NO_TAGS, texts)
        if following.select("row", "start", "end").equals(ordered.select("row", "start", "end")):
            break
        ordered = following
        moving &= pl.col("row").is_in(more["row"].unique().implode())  # another look at what is as it was finds nothing more
    return ordered


def _placed(more: pl.DataFrame, rows: pl.Series, gone: pl.DataFrame) -> pl.DataFrame:
    """Findings in texts with tags, with places counted in the texts without: every tag in front moves them."""
    if more.is_empty():
        return more
    grown = (pl.col("_tag").str.len_chars().cast(pl.Int64) - (pl.col("end") - pl.col("start"))).cum_sum().over("row")
    shifts = gone.select("row", (pl.col("end") + grown).alias("_behind"), grown.alias("_shift")).sort("_behind")
    found = more.with_columns(rows.gather(more["row"]).alias("row")).sort("start")
    moved = found.join_asof(shifts, left_on="start", right_on="_behind", by="row", strategy="backward", check_sortedness=False)
    shift = pl.col("_shift").fill_null(0)
    return moved.with_columns(pl.col("start") - shift, pl.col("end") - shift)
