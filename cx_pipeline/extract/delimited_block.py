"""One block of a delimited document: what its records look like, where its marks stand, and the good cells found in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from cx_pipeline.extract import text_views
from cx_pipeline.extract.delimited_marks import Bytes, Marks, find_marks
from cx_pipeline.extract.delimited_repair import Look
from cx_pipeline.extract.delimited_scan import Cells, joined
from cx_pipeline.extract.delimited_tables import FirstTable
from cx_pipeline.extract.dialect import CR, LF, Dialect, Ends
from cx_pipeline.extract.source import Source
from cx_pipeline.extract.text_views import Flags, Ints
from cx_pipeline.extract.utf8 import cut_at_end, invalid_positions, is_valid

_PAD = b"\n\n" + bytes(16)


@dataclass(frozen=True)
class Table:
    """What the records of a delimited document look like.

    Attributes:
        dialect: how they are written.
        columns: stored names of the columns.
        is_valid: the whole document is known to be valid UTF-8.
        has_spare: the last column is left out of frames in which it has no value.
        first: what tells this table from another one behind it.
    """

    dialect: Dialect
    columns: tuple[str, ...]
    is_valid: bool = False
    has_spare: bool = False
    first: FirstTable | None = None


@dataclass
class Pieces:
    """Good cells of one block, gathered step by step."""

    cells: list[Cells] = field(default_factory=list)
    record: list[Ints] = field(default_factory=list)
    line: list[Ints] = field(default_factory=list)

    def add(self, cells: Cells, record: Ints, line: Ints) -> None:
        self.cells.append(cells)
        self.record.append(record)
        self.line.append(line)

    def frames(self, data: bytes, table: Table) -> list[pl.DataFrame]:
        if not self.cells:
            return []
        spans = joined(self.cells)
        rewritten = []
        if len(spans.rewrite):
            texts = text_views.Rewritten.each(data, spans.starts, spans.ends, spans.rewrite, table.dialect.unquote)
            rows, columns = np.divmod(spans.rewrite, len(table.columns))
            rewritten.append(replace(texts, where=columns * len(spans.starts) + rows))
        cells = text_views.columns(data, spans.starts.T, spans.ends.T, rewritten)
        numbers = {"_record": _whole(self.record), "_line": _whole(self.line)}
        frame = pl.DataFrame(numbers | dict(zip(table.columns, cells, strict=True)))
        is_spare = table.has_spare and cells[-1].null_count() == frame.height
        return [frame.drop(table.columns[-1]) if is_spare else frame]


def _whole(parts: list[Ints]) -> Ints:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


class Block:
    """One block of the document with everything known about it."""

    def __init__(self, source: Source, base: int, size: int, table: Table, first_line: int) -> None:
        dialect = table.dialect
        known = source.read(base, size + len(_PAD))
        self.base, self.end = base, min(size, len(known))
        self.at_eof = base + self.end >= source.size
        self.data = known if len(known) == size + len(_PAD) else known + _PAD
        self.first_line = first_line
        self.bytes: Bytes = np.frombuffer(self.data, dtype=np.uint8)
        self.dialect = dialect
        ends_open = self.at_eof and self.end > 0 and not self._ends_with_line()
        self.marks: Marks = find_marks(self.bytes, self.end + ends_open, dialect)
        self.headers = list(table.first.headers(self.data, self.end)) if table.first else []
        self.invalid = np.empty(0, dtype=np.int64)
        if not table.is_valid:
            self.invalid = _invalid(self.data, self.bytes, self.end, self.at_eof)

    def _ends_with_line(self) -> bool:
        last = self.data[self.end - 1]
        return last == LF or (last == CR and self.dialect.ends is Ends.ANY)

    def line_of(self, positions: Ints) -> Ints:
        return np.searchsorted(self.marks.lines, positions) + self.first_line

    def look(self, is_all: bool) -> Look:
        return Look(self.data, self.end, self.at_eof, is_all)


def _invalid(data: bytes, block: Bytes, end: int, at_eof: bool) -> Ints:
    whole = end if at_eof else end - cut_at_end(data[max(0, end - 3) : end])
    return np.empty(0, dtype=np.int64) if is_valid(data[:whole]) else invalid_positions(block[:whole])


def blanks(block: Bytes, starts: Ints, ends: Ints) -> Flags:
    length = ends - starts
    result: Flags = (length == 0) | ((length == 1) & (block[starts] == CR))
    return result
