"""How this vendor writes values and names files."""

from __future__ import annotations

import polars as pl

STAMP = "%Y-%m-%dT%H:%M:%S.000+0000"
IMPOSSIBLE = "2022-02-30T10:00:00.000+0000"
OPEN_END = "9999-12-31T00:00:00.000+0000"
NONE = pl.lit(None, pl.String)
_COMPRESSION = ("", ".gz", ".zst", ".zip")


def stamp(seconds: pl.Expr) -> pl.Expr:
    """`2024-01-23T13:26:08.000+0000`."""
    return pl.from_epoch(seconds, "s").dt.strftime(STAMP)


def flag(condition: pl.Expr) -> pl.Expr:
    """Booleans of the data loader: 1, or blank for false."""
    return pl.when(condition).then(pl.lit("1"))


def part_name(entity: str, at: int) -> str:
    """`Case.csv`, `Case_002.csv.gz`, …"""
    return f"{entity}{f'_{at + 1:03}' if at else ''}.csv{_COMPRESSION[at % 4]}"


def members(numbers: pl.Series, population: int, place: int) -> pl.Series:
    """About three hundred records (a thirteenth of a small world's), spread over all; other places, other records."""
    return numbers % max(13, population // 300) == place
