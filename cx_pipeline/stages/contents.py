"""A content that was scrubbed: the delivery that stands for it and where its rows lie."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline.sources.export import Export
from cx_pipeline.stages.manifest import Entry
from cx_pipeline.stages.small_files import scans

_FILE = "_file"
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
    return pl.concat(scans(list(files), scan)).join(told, on=_FILE, how="left").drop(_FILE)
