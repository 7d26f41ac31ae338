"""A content that was scrubbed: the delivery that stands for it and where its rows lie."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import polars as pl
from polars.io.plugins import register_io_source

from cx_pipeline.sources.export import Export
from cx_pipeline.stages.manifest import Entry

_FILE, _ROW = "_file", "_row"
_SMALL, _TOGETHER = 64 << 10, 512 << 10  # bytes of a file, and of the files that are read at once
DELIVERY = "_delivery"
"""Column of `by_delivery`."""


class Content(NamedTuple):
    """A scrubbed content that counts, with the delivery that stands for it."""

    entry: Entry
    export: Export
    folder: Path

    def gives(self, table: str) -> bool:
        """Whether its export is mapped to a table; another's parts are not worth looking for."""
        return any(mapping.table == table for mapping in self.export.tables)

    def parts(self, name: str) -> list[Path]:
        """The Parquet files of one of its tables, in order; none where it has no such table."""
        try:
            # A glob takes five times as long, and this is asked of every content for every table.
            return sorted(path for path in (self.folder / name).iterdir() if path.suffix == ".parquet")
        except FileNotFoundError:
            return []


def rows_of(files: Sequence[Path], schema: pl.Schema) -> pl.LazyFrame:
    """The rows of Parquet files of one schema, in any order; there may be no files."""
    return pl.concat([pl.LazyFrame(schema=schema), *_read(files, partial(pl.scan_parquet, schema=schema, glob=False))])


def by_delivery(files: Mapping[Path, str], schema: Mapping[str, pl.DataType] | None = None) -> pl.LazyFrame:
    """The rows of Parquet files, with the delivery each file is of as `DELIVERY`.

    Args:
        files: each with its delivery; at least one.
        schema: columns to read; those that a file does not have are null. None: all, and every file has the same.
    """
    told = pl.LazyFrame({_FILE: [str(path) for path in files], DELIVERY: list(files.values())})
    scan = partial(
        pl.scan_parquet,
        glob=False,
        include_file_paths=_FILE,
        schema=schema,
        missing_columns="raise" if schema is None else "insert",
        extra_columns="raise" if schema is None else "ignore",
    )
    return pl.concat(_read(list(files), scan)).join(told, on=_FILE, how="left").drop(_FILE)


def _read(files: Sequence[Path], scan: Callable[[list[Path]], pl.LazyFrame]) -> list[pl.LazyFrame]:
    """Scans of files. The small ones are read many at once, as to a stream each file is a batch.

    There is one such source at most, as the engine holds a thread for each, and some more for the files that it reads.
    """
    sizes = {path: path.stat().st_size for path in files}
    large = [path for path in files if sizes[path] > _SMALL]
    small = [path for path in files if sizes[path] <= _SMALL]
    return [*([scan(large)] if large else []), *([_together(small, sizes, scan)] if small else [])]


def _together(files: list[Path], sizes: Mapping[Path, int], scan: Callable[[list[Path]], pl.LazyFrame]) -> pl.LazyFrame:
    """The rows of small files, so many files a batch."""

    def read(columns: list[str] | None, _test: pl.Expr | None, _rows: int | None, _size: int | None) -> Iterator[pl.DataFrame]:
        ends = itertools.accumulate(sizes[path] for path in files)
        for _, own in groupby(zip(ends, files, strict=True), lambda end: end[0] // _TOGETHER):
            rows = scan([path for _, path in own])
            yield (rows.select(columns) if columns else rows).collect().rechunk()  # without columns there would be no rows

    rows = register_io_source(read, schema=scan(files[:1]).collect_schema())
    # What is asked of the rows must stay behind the source, which takes columns alone; nothing passes the number of a row.
    return rows.with_row_index(_ROW).filter(pl.col(_ROW) >= 0).drop(_ROW)
