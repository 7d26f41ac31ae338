"""Many small Parquet files as one stream of rows.

To a stream each file is a batch of its own, and what is asked of a batch costs as much for twenty rows as for thousands. So small
files are read many at once, and so few that what is held stays bounded. Rows that repeat each other take next to no bytes, so a
file is small by both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, groupby
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow.parquet as pq
from polars.io.plugins import register_io_source

_ROW = "_row"


class _Size(NamedTuple):
    """Of a file, or of several together."""

    bytes: int
    rows: int


_SMALL, _TOGETHER = _Size(64 << 10, 20_000), _Size(512 << 10, 100_000)  # of a file, and about of those that are read at once


def scans(files: Sequence[Path], scan: Callable[[list[Path]], pl.LazyFrame]) -> list[pl.LazyFrame]:
    """The rows of files, in any order: of the large ones and of the small ones; none where there are no files.

    There is one source of small files at most, as the engine holds a thread for each, and some more for the files that it reads.

    Args:
        files: of one schema, as `scan` reads them; without a column `_row`.
        scan: makes a scan of some of them.
    """
    small = {path: size for path in files if (size := _small(path)) is not None}
    large = [path for path in files if path not in small]
    return [*([scan(large)] if large else []), *([_together(small, scan)] if small else [])]


def _small(path: Path) -> _Size | None:
    """The size of a file, if it is small."""
    told = path.stat()
    if told.st_size > _SMALL.bytes:
        return None
    rows = _rows(path, told.st_size, told.st_mtime_ns)
    return _Size(told.st_size, rows) if rows <= _SMALL.rows else None


@lru_cache(maxsize=1 << 16)
def _rows(path: Path, _size: int, _mtime_ns: int) -> int:
    """Rows of a file as it is now; each is asked for several times a night."""
    return int(pq.read_metadata(path).num_rows)


def _together(files: dict[Path, _Size], scan: Callable[[list[Path]], pl.LazyFrame]) -> pl.LazyFrame:
    """The rows of small files, so many files a batch."""

    def read(columns: list[str] | None, _test: pl.Expr | None, _rows: int | None, _size: int | None) -> Iterator[pl.DataFrame]:
        ends = accumulate(max(size.bytes / _TOGETHER.bytes, size.rows / _TOGETHER.rows) for size in files.values())
        for _, own in groupby(zip(ends, files, strict=True), lambda end: int(end[0])):
            rows = scan([path for _, path in own])
            yield (rows.select(columns) if columns else rows).collect().rechunk()  # without columns there would be no rows

    rows = register_io_source(read, schema=scan([next(iter(files))]).collect_schema())
    # What is asked of the rows must stay behind the source, which takes columns alone; nothing passes the number of a row.
    return rows.with_row_index(_ROW).filter(pl.col(_ROW) >= 0).drop(_ROW)
