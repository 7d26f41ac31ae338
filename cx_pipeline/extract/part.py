"""What the readers of the formats share: the parts they hand over and what they count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from cx_pipeline.extract.rejects import Reject


class Part(NamedTuple):
    """Some records: the good ones as frames in file order, the damaged ones, the bytes they took."""

    frames: list[pl.DataFrame]
    rejects: list[Reject]
    size: int


@dataclass
class Tally:
    """Running numbers over the documents of one file."""

    record: int = 0
    damaged: int = 0
    is_truncated: bool = False


@dataclass
class Document:
    """One document, ready to be read once.

    Attributes:
        format: csv, json_array, ndjson, json_pages, json_objects, parquet or empty.
        encoding, dialect, header_rows, preamble_rows: see `FileFacts`.
        columns: stored names in order of first sight; grows while JSON is read.
        renamed: names as written and as stored.
        labels: stored columns and what the file calls them at length.
        ignored: what was not read, as text; filled while it is read.
        read: the parts of the document, its records counted on from a tally.
        entry: what its name in a zip says of its records, where the export reads that.
    """

    format: str
    encoding: str = "utf-8"
    dialect: str = ""
    header_rows: int = 0
    preamble_rows: int = 0
    columns: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    labels: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    read: Callable[[Tally], Iterator[Part]] = lambda _: iter(())
    entry: str | None = None
