"""One delimited record read byte by byte, the way the format defines it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import accumulate

from cx_pipeline.extract.dialect import CR, LF, Dialect, Ends


class Form(Enum):
    """How reading a record ended."""

    WHOLE = "whole"  # well formed up to its line end
    MISPLACED = "misplaced"  # text after a closing quote
    OPEN = "open"  # the data ended inside the record
    RUNAWAY = "runaway"  # far more fields than a record has


@dataclass
class Record:
    """A record as far as it could be read.

    Attributes:
        form: see `Form`.
        next: where the record after it begins.
        starts, ends: its cells, enclosing quotes and line end left out.
        escapes: cells that hold doubled or escaped quotes.
        stray_close: a cell that does not begin with a quote ends with one: perhaps the end of an older record.
        cut: no line end follows; the record is the last of the file.
        quote_open: the data ended inside quotes.
        has_quotes: a cell is enclosed in quotes.
    """

    form: Form = Form.WHOLE
    next: int = 0
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    escapes: list[bool] = field(default_factory=list)
    stray_close: bool = False
    cut: bool = False
    quote_open: bool = False
    has_quotes: bool = False

    @property
    def is_blank(self) -> bool:
        return self.form is Form.WHOLE and len(self.starts) == 1 and self.starts[0] == self.ends[0] and not self.has_quotes

    def moved(self, distance: int) -> Record:
        """The same record in data that begins `distance` bytes earlier."""
        starts, ends = [start + distance for start in self.starts], [end + distance for end in self.ends]
        return replace(self, next=self.next + distance, starts=starts, ends=ends)


class RecordReader:
    """Reads single records of one dialect.

    `data` must have two readable bytes at `end`: what follows, or line feeds where nothing does.
    """

    def __init__(self, dialect: Dialect, most_fields: int) -> None:
        self._dialect, self._most_fields = dialect, most_fields
        self._any_end = dialect.ends is Ends.ANY
        self._delimiter = dialect.delimiter

    def read(self, data: bytes, position: int, end: int, at_eof: bool) -> Record:
        """The record that begins at `position`; `end` is where the known data ends."""
        if (plain := self._plain(data, position, end)) is not None:
            return plain
        record, at = Record(), position
        while True:
            if len(record.starts) > self._most_fields:
                record.form, record.next = Form.RUNAWAY, at
                return record
            after = self._field(record, data, at, end)
            if after < 0 or (after >= end and not at_eof):
                record.quote_open |= after > 0 and data[after - 1] == self._dialect.quote_byte
                record.form, record.next = Form.OPEN, end
                return record
            if self._delimiter and after < end and data.startswith(self._delimiter, after):
                at = after + len(self._delimiter)
                if at <= end:
                    continue
                record.form, record.next = Form.OPEN, end
                return record
            return self._finish(record, data, after, end, at_eof)

    def _plain(self, data: bytes, position: int, end: int) -> Record | None:
        """The record of a line without a quote, which is split rather than read; None where it is no such line."""
        dialect, mark = self._dialect, self._delimiter
        line_end = data.find(b"\n", position, end)
        if line_end < 0 or not mark or self._any_end or (dialect.quote and data.find(dialect.quote, position, line_end) >= 0):
            return None
        sizes = [len(cell) for cell in data[position:line_end].split(mark)]
        if len(sizes) > self._most_fields:
            return None
        starts = list(accumulate((size + len(mark) for size in sizes[:-1]), initial=position))
        ends = [start + size for start, size in zip(starts, sizes, strict=True)]
        record = Record(Form.WHOLE, line_end + 1, starts, ends, [False] * len(starts))
        if self._ends_with_cr(record, data, LF):
            record.ends[-1] -= 1
        return record

    def _field(self, record: Record, data: bytes, at: int, end: int) -> int:
        """Add the field at `at`; the offset after it, or -1 when its closing quote is missing."""
        dialect = self._dialect
        if dialect.quote and at < end and data[at] == dialect.quote_byte:
            match = dialect.quoted_field.match(data, at, end)
            if match is None:
                record.quote_open = True
                return -1
            start, stop, after = at + 1, match.end() - 1, match.end()
            record.has_quotes = True
            marks = dialect.quote if not dialect.backslash else b"\\"
            escaped = data.find(marks, start, stop) >= 0 or data.find(dialect.quote, start, stop) >= 0
        else:
            match = dialect.plain_field.match(data, at, end)
            assert match is not None  # the pattern accepts nothing as well
            start, stop, after, escaped = at, match.end(), match.end(), False
            if dialect.quote and stop > start:
                tail = stop - 1 if data[stop - 1] != CR else stop - 2
                record.stray_close |= tail >= start and data[tail] == dialect.quote_byte
        record.starts.append(start)
        record.ends.append(stop)
        record.escapes.append(escaped)
        return after

    def _finish(self, record: Record, data: bytes, after: int, end: int, at_eof: bool) -> Record:
        """What follows the last field decides: a line end, or text that may not stand there."""
        record.cut = after >= end
        first, second = data[after], data[after + 1]
        if first == LF or (first == CR and self._any_end and second != LF):
            record.next = min(after + 1, end)
        elif first == CR and second == LF:
            if after + 2 > end and not at_eof:
                record.form, record.next = Form.OPEN, end
                return record
            record.next = min(after + 2, end)
        else:
            record.form, record.next = Form.MISPLACED, after
            return record
        if self._ends_with_cr(record, data, first):
            record.ends[-1] -= 1
        return record

    def _ends_with_cr(self, record: Record, data: bytes, first: int) -> bool:
        start, stop = record.starts[-1], record.ends[-1]
        return first == LF and stop > start and data[stop] == LF and data[stop - 1] == CR
