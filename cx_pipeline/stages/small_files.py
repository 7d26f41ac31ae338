"""Many small Parquet files as one stream of rows.

To a stream each file is a batch of its own, and what is asked of a batch costs as much for twenty rows as for thousands. So small
files are read many at once, and so few that what is held stays bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

_SMALL, _TOGETHER = 64 << 10, 512 << 10  # bytes of a file, and about those of the files that are read at once
_ROW = "_row"


def scans(files: Sequence[Path], scan: Callable[[list[Path]], pl.LazyFrame]) -> list[pl.LazyFrame]:
    """The rows of files, in any order: of the large ones and of the small ones; none where there are no files.

    There is one source of small files at most, as the engine holds a thread for each, and some more for the files that it reads.

    Args:
        files: of one schema, as `scan` reads them; without a column `_row`.
        scan: makes a scan of some of them.
    """
    sizes = {path: path.stat().st_size for path in files}
    large = [path for path in files if sizes[path] > _SMALL]
    small = [path for path in files if sizes[path] <= _SMALL]
    return [*([scan(large)] if large else []), *([_together(small, sizes, scan)] if small else [])]


def _together(files: list[Path], sizes: Mapping[Path, int], scan: Callable[[list[Path]], pl.LazyFrame]) -> pl.LazyFrame:
    """The rows of small files, so many files a batch."""

    def read(columns: list[str] | None, _test: pl.Expr | None, _rows: int | None, _size: int | None) -> Iterator[pl.DataFrame]:
        ends = accumulate(sizes[path] for path in files)
        for _, own in groupby(zip(ends, files, strict=True), lambda end: end[0] // _TOGETHER):
            rows = scan([path for _, path in own])
            yield (rows.select(columns) if columns else rows).collect().rechunk()  # without columns there would be no rows

    rows = register_io_source(read, schema=scan(files[:1]).collect_schema())
    # What is asked of the rows must stay behind the source, which takes columns alone; nothing passes the number of a row.
    return rows.with_row_index(_ROW).filter(pl.col(_ROW) >= 0).drop(_ROW)
