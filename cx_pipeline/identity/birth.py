"""Dates of birth in one form, whatever order they were written in."""

from __future__ import annotations

import polars as pl

_YEAR_FIRST = r"^\s*((?:1[5-9]|20)[0-9]{2})[^0-9]*([0-9]{1,2})[^0-9]+([0-9]{1,2})(?:[T ][0-9:.Z+ -]*)?\s*$"
_PACKED = r"^\s*((?:1[5-9]|20)[0-9]{2})([0-9]{2})([0-9]{2})\s*$"
_YEAR_LAST = r"^\s*([0-9]{1,2})[^0-9]+([0-9]{1,2})[^0-9]+((?:1[5-9]|20)[0-9]{2})\s*$"


def birth_digits(dates: pl.Series) -> pl.Series:
    """Dates as `YYYYMMDD`; null where no whole date can be read.

    Year first, with or without separators, or year last: there the column tells whether the day or the month leads (a first
    number above 12 anywhere means the day; a second one the month; otherwise the day, as in most of the world). Impossible days
    and months are kept as they are: a slip of the pen is still evidence.
    """
    frame = dates.alias("text").to_frame()
    packed = _parts(_PACKED, "packed")
    first = _parts(_YEAR_FIRST, "first")
    last = _parts(_YEAR_LAST, "last")
    read = frame.with_columns(*packed, *first, *last)
    month_leads = _month_leads(read)
    day, month = ("last2", "last1") if month_leads else ("last1", "last2")
    return read.select(
        pl.coalesce(
            _joined("packed1", "packed2", "packed3"),
            _joined("first1", "first2", "first3"),
            _joined("last3", month, day),
        )
    ).to_series()


def _parts(pattern: str, name: str) -> list[pl.Expr]:
    return [pl.col("text").str.extract(pattern, group).alias(f"{name}{group}") for group in (1, 2, 3)]


def _joined(year: str, month: str, day: str) -> pl.Expr:
    return pl.concat_str(pl.col(year), pl.col(month).str.zfill(2), pl.col(day).str.zfill(2))


def _month_leads(read: pl.DataFrame) -> bool:
    over = read.select(
        first=(pl.col("last1").cast(pl.Int32) > 12).sum(),
        second=(pl.col("last2").cast(pl.Int32) > 12).sum(),
    ).row(0)
    return bool(over[1] > over[0])
