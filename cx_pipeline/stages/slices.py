"""A clean table, so many rows at a time, so that what is made of it is bounded by what comes out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

_ROWS = 100_000


def slices(folder: Path, table: str, rows: int = _ROWS) -> Iterator[pl.LazyFrame]:
    """The rows of a table of a folder in their order; a table without rows is one slice without any."""
    scan = pl.scan_parquet(folder / f"{table}.parquet", glob=False)
    height = scan.select(pl.len()).collect().item()
    for start in range(0, max(height, 1), rows):
        yield scan.slice(start, rows)
