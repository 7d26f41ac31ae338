"""The public face: one delivered file as batches of all-text records.

with open_file(path) as reader:
    for batch in reader:
        ...                     # batch.good, batch.rejects
    reader.facts.records        # complete once the iteration has ended
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline.extract import container, rejects
from cx_pipeline.extract.document import open_document
from cx_pipeline.extract.options import ENTRY, ReadOptions
from cx_pipeline.extract.part import Document, Part, Tally
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.extract.rejects import Reject
from cx_pipeline.extract.source import Source
from cx_pipeline.settings.reading import MIB, Limits

__all__ = ["FileFacts", "RawBatch", "ReadOptions", "Reader", "facts_of", "open_file"]

_BATCH_BYTES = 128 * MIB
_BATCH_CELLS = 16_000_000


@dataclass
class FileFacts:
    """What is known of a file; complete once its records have been read.

    Attributes:
        sha256: of the decompressed bytes as delivered, of the entries of a zip in the order of their names; where the name of a
            file or an entry tells of its records, of that, too.
        bytes: their number.
        format: csv, json_array, ndjson, json_pages, json_objects, parquet or empty.
        encoding: such as utf-8, utf-8-sig, utf-16-le, cp1252.
        dialect: readable, such as `delimiter=; quote=" ends=CRLF`; empty for JSON and Parquet.
        header_rows: rows before the first record that hold names and labels.
        preamble_rows: rows before the header that are no part of the table, such as a title; they were left out.
        columns: stored names in file order (JSON: order of first sight). A last column that has no name counts only when a
            record has a value in it: otherwise it is nothing but a delimiter at the end of every line.
        renamed: names that changed, as written in the first row and as stored: duplicate, empty and reserved ones, and those
            that the export's header reader took from another row.
        labels: columns as stored, and what the header calls them at length, where it does.
        records: good and damaged.
        damaged: the damaged ones.
        is_truncated: the file ends inside a record.
        ignored: arrays of an API page that were not read, with their lengths.
    """

    sha256: str = ""
    bytes: int = 0
    format: str = "empty"
    encoding: str = "utf-8"
    dialect: str = ""
    header_rows: int = 0
    preamble_rows: int = 0
    columns: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    records: int = 0
    damaged: int = 0
    is_truncated: bool = False
    ignored: tuple[str, ...] = ()


class RawBatch(NamedTuple):
    """Records in file order.

    Attributes:
        good: `_record` (number in the file from 1, damaged ones counted), `_line` (physical line it starts on), then
            the columns as text. An empty cell is null, quoted or not. Batches of JSON may lack columns that others have.
        rejects: `_record`, `_line`, `_line_end`, `rule`, `detail`, `raw`, `digest`; see `rejects.Reject`.
    """

    good: pl.DataFrame
    rejects: pl.DataFrame


@dataclass
class _Buffer:
    """Parts on their way to a batch of `rows` records; fewer where they are large, wide or mostly damaged."""

    rows: int
    frames: list[pl.DataFrame] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    height: int = 0
    size: int = 0

    def add(self, part: Part) -> Iterator[RawBatch]:
        """Take a part; batches that are full come out."""
        self.rejects.extend(part.rejects)
        self.size += part.size
        for frame in part.frames:
            self._keep(frame)
            while self.height >= self.rows:
                yield self._take(self.rows)
            if self.size >= _BATCH_BYTES or self.height * len(self.columns) >= _BATCH_CELLS:
                yield self._take(self.height)
        if len(self.rejects) >= self.rows:
            yield self._take(self.height)

    def _keep(self, frame: pl.DataFrame) -> None:
        if frame.height:
            self.frames.append(frame)
            self.columns.update(frame.columns)
            self.height += frame.height

    def rest(self) -> Iterator[RawBatch]:
        if self.height or self.rejects:
            yield self._take(self.height)

    def _take(self, rows: int) -> RawBatch:
        good = pl.concat(self.frames, how="diagonal") if self.frames else _no_records()
        head, tail = good.head(rows), good.slice(rows)
        self.frames, self.columns, self.size, self.height = [], set(), 0, 0
        damaged, self.rejects = rejects.frame(self.rejects), []
        self._keep(tail)
        return RawBatch(head, damaged)


def _no_records() -> pl.DataFrame:
    return pl.DataFrame(schema={"_record": pl.Int64(), "_line": pl.Int64()})


def _with_entry(part: Part, entry: str) -> Part:
    return part._replace(frames=[frame.with_columns(pl.lit(entry).alias(ENTRY)) for frame in part.frames])


class Reader:
    """Iterates once over the records of a file. Made by `open_file`."""

    def __init__(
        self, documents: tuple[Document, ...], options: ReadOptions, facts: FileFacts, digest: _Digest, unchanged: _Unchanged
    ) -> None:
        self.facts = facts
        self._documents, self._options, self._digest, self._unchanged = documents, options, digest, unchanged
        self._tally = Tally()

    def __iter__(self) -> Iterator[RawBatch]:
        buffer = _Buffer(self._options.batch_rows)
        for document in self._documents:
            for part in document.read(self._tally):
                yield from buffer.add(part if document.entry is None else _with_entry(part, document.entry))
        yield from buffer.rest()
        self._complete()

    def _complete(self) -> None:
        facts, tally = self.facts, self._tally
        self._unchanged.check()
        facts.sha256 = self._digest.result()
        facts.records, facts.damaged, facts.is_truncated = tally.record, tally.damaged, tally.is_truncated
        told = [ENTRY] if any(document.entry is not None for document in self._documents) else []
        facts.columns = tuple(dict.fromkeys([*told, *(name for document in self._documents for name in document.columns)]))
        facts.renamed = tuple(dict.fromkeys(pair for document in self._documents for pair in document.renamed))
        facts.labels = tuple(dict.fromkeys(pair for document in self._documents for pair in document.labels))
        facts.ignored = tuple(text for document in self._documents for text in document.ignored)


class _Digest:
    """SHA-256 of what is delivered, computed beside the reading; `content` makes it of that of the bytes."""

    def __init__(self, source: Source | None, known: str | None, content: Callable[[str], str]) -> None:
        self._known, self._content = known or "", content
        self._error: FileRefused | None = None
        self._thread: threading.Thread | None = None
        if known is None and source is not None:
            self._thread = threading.Thread(target=self._run, args=(source,), name="sha256", daemon=True)
            self._thread.start()

    def _run(self, source: Source) -> None:
        try:
            self._known = source.digest()
        except FileRefused as error:
            self._error = error

    def result(self) -> str:
        self.wait()
        if self._error is not None:
            raise self._error
        return self._content(self._known)

    def wait(self) -> None:
        if self._thread is not None:
            self._thread.join()


class _Unchanged:
    """Refuses a file that somebody wrote to while it was read."""

    def __init__(self, path: Path) -> None:
        self._path, self._before = path, self._look(path)

    @staticmethod
    def _look(path: Path) -> tuple[int, int, int]:
        seen = os.stat(path)  # noqa: PTH116 - one call for all three
        return seen.st_ino, seen.st_size, seen.st_mtime_ns

    def check(self) -> None:
        if self._look(self._path) != self._before:
            raise FileRefused("file.changed", "the file changed while it was read", next_step="deliver it again when it is whole")


@contextmanager
def open_file(path: Path, options: ReadOptions | None = None, limits: Limits | None = None) -> Iterator[Reader]:
    """Open a delivered file for one iteration over its records.

    Args:
        path: a regular file, plain, .gz, .zst or .zip.
        options: how to read it.
        limits: what a hostile file may cost.

    Raises:
        FileRefused: the file as a whole cannot be read; its `rule` says why. Damaged records never raise.
    """
    options, limits = options or ReadOptions(), limits or Limits()
    with ExitStack() as stack:
        unchanged = _Unchanged(path)
        contents = container.unpack(path, limits, stack, options.temporary)
        first = contents.documents[0][0] if contents.documents else None
        digest = _Digest(first, contents.sha256, partial(contents.content, options.entry))
        stack.callback(digest.wait)
        documents = tuple(open_document(source, hint, options, limits, stack) for source, hint in contents.documents)
        for document, word in zip(documents, contents.told(options.entry), strict=False):
            document.entry = word
        documents = tuple(document for document in documents if document.format != "empty")
        kinds = sorted({document.format for document in documents})
        if len(kinds) > 1:
            raise FileRefused("container.mixed", "the entries of the zip differ in format", expected="one format")
        facts = FileFacts(bytes=contents.size)
        for document in documents[:1]:
            facts.format, facts.encoding, facts.dialect = document.format, document.encoding, document.dialect
            facts.header_rows, facts.preamble_rows = document.header_rows, document.preamble_rows
            facts.columns = tuple(document.columns)
        yield Reader(documents, options, facts, digest, unchanged)


def facts_of(path: Path, options: ReadOptions, limits: Limits) -> FileFacts:
    """Read a delivered file for what is known of it alone; arguments and errors are those of `open_file`."""
    with open_file(path, options, limits) as reader:
        for _ in reader:
            pass
        return reader.facts
