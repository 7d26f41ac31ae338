# ruff: noqa: RUF001 - look-alike characters are the subject here
"""What shows only once its neighbours are gone: texts are looked at again with tags in place, until nothing more is found.

Without this a text that is redacted twice could change twice: digits glued to an address are part of no number, and begin one
when the address has become a tag. Only texts that still hold an @, letters glued to a tag, or digits so near to a tag that what
stands between them counts are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

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


class Settled(NamedTuple):
    """What all looks found.

    Attributes:
        findings: in order.
        unsettled: rows in which one more look would have found more still.
    """

    findings: pl.DataFrame
    unsettled: pl.Series


def settled(texts: pl.Series, ordered: pl.DataFrame, look: Look, kept: Collection[str]) -> Settled:
    """Findings, with those that further looks bring.

    Args:
        texts: as they are read.
        ordered: findings of the first look, in order.
        look: how to look again.
        kept: entities that stay in the texts.
    """
    moving = ~pl.col("entity").is_in(sorted(kept))
    nothing = pl.Series("row", [], dtype=pl.UInt32)
    for looks in range(_LOOKS + 1):
        gone = ordered.filter(moving).with_columns(pl.concat_str(pl.lit("["), "entity", pl.lit("]")).alias("_tag"))
        rows = gone["row"].unique().sort()
        if rows.is_empty():
            break
        seen = replaced(texts, gone, "_tag").gather(rows)
        marked = seen.str.replace_all(TAG, _GONE)
        again = (marked.str.contains(_GLUED) | (marked.str.contains(_DIGITS) & marked.str.contains(_NEAR))).arg_true()
        rows, seen = rows.gather(again), seen.gather(again)
        more = without_tags(look(rows, seen), rows, gone)
        if more.is_empty():
            break
        following = in_order(pl.concat([ordered, more.select(ordered.columns)]), _NO_TAGS, texts)
        changed = following.join(ordered, on=["row", "start", "end"], how="anti")["row"].unique().sort()
        if changed.is_empty():
            break
        if looks == _LOOKS:
            return Settled(ordered, changed)
        ordered = following
        moving &= pl.col("row").is_in(more["row"].unique().implode())  # another look at what is as it was finds nothing more
    return Settled(ordered, nothing)


def without_tags(more: pl.DataFrame, rows: pl.Series, gone: pl.DataFrame) -> pl.DataFrame:
    """Findings in texts with tags, with places counted in the texts without: every tag in front moves them.

    Args:
        more: findings, `row` an index of `rows`.
        rows: the texts that were looked at.
        gone: row, start, end and `_tag` of what the tags stand for; by row and start.
    """
    if more.is_empty():
        return more
    grown = (pl.col("_tag").str.len_chars().cast(pl.Int64) - (pl.col("end") - pl.col("start"))).cum_sum().over("row")
    shifts = gone.select("row", (pl.col("end") + grown).alias("_behind"), grown.alias("_shift")).sort(
        "_behind", maintain_order=True
    )
    found = more.with_columns(rows.gather(more["row"]).alias("row"))
    # What is gone without a tag stands between two characters: it moves what begins behind it, and no end before it.
    for side, at in (("start", pl.col("start")), ("end", pl.col("end") - 1)):
        moved = found.with_columns(at.alias("_at")).sort("_at", maintain_order=True)
        joined = moved.join_asof(shifts, left_on="_at", right_on="_behind", by="row", strategy="backward", check_sortedness=False)
        found = joined.with_columns(pl.col(side) - pl.col("_shift").fill_null(0)).drop("_at", "_shift", "_behind", strict=False)
    return found
