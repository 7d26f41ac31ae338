"""The slow path: what a record that is not as it should be costs, and where the next good one begins.

Every decision looks at the bytes around the damage alone, never at where a block happens to end: when it would need bytes
that are not there yet it raises `NeedMore`, and the reader comes again with more of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from cx_pipeline.extract.delimited_record import Form, Record, RecordReader
from cx_pipeline.extract.dialect import Dialect, Ends

LOOK_AHEAD = 1 << 20
_MOST_LINES = 64
COUNT, QUOTE, TRUNCATED = "csv.field_count", "csv.quote", "csv.truncated"
RECORD_BYTES, CELL_BYTES, INVALID_BYTES = "limit.record_bytes", "limit.cell_bytes", "encoding.invalid_bytes"


class NeedMore(Exception):
    """The data ends before the question is answered."""


@dataclass(frozen=True)
class Look:
    """Known data around a position.

    Attributes:
        data: bytes, with two readable ones at `end`.
        end: how many of them are known.
        at_eof: the document ends at `end`.
        is_all: no more may be asked for, as the record limit is reached.
    """

    data: bytes
    end: int
    at_eof: bool
    is_all: bool

    @property
    def is_final(self) -> bool:
        return self.at_eof or self.is_all

    @property
    def ends_with_line(self) -> bool:
        return self.end > 0 and self.data[self.end - 1] in b"\r\n"


@dataclass(frozen=True)
class Verdict:
    """The fate of the bytes from a position up to `next`.

    Attributes:
        next: where to go on; beyond the look's end when `is_too_long`.
        rule: why they are damaged; empty for good records and blank lines.
        detail: expected and found.
        records: good records, none for a blank line.
        is_too_long: the record goes on beyond the look; the caller must skip its rest.
        quote_open: it does so inside quotes.
    """

    next: int
    rule: str = ""
    detail: str = ""
    records: tuple[Record, ...] = ()
    is_too_long: bool = False
    quote_open: bool = False


class Repair:
    """Judges single records of a file whose records have `width` fields."""

    def __init__(self, dialect: Dialect, width: int) -> None:
        self._dialect, self._width = dialect, width
        self._reader = RecordReader(dialect, most_fields=2 * width + 16)

    def judge(self, look: Look, position: int) -> Verdict:
        """What the record at `position` is, and where the next one begins.

        Raises:
            NeedMore: the look ends too early.
        """
        record = self._reader.read(look.data, position, look.end, look.at_eof)
        if record.is_blank:
            return Verdict(record.next)
        if record.form is Form.WHOLE:
            if len(record.starts) == self._width:
                if self._has_torn_cell(look, record):
                    return Verdict(record.next, QUOTE, "a quoted cell begins within another one")
                return Verdict(record.next, records=(record,))
            return self._wrong_count(look, position, record)
        if record.form is Form.OPEN:
            return self._open(look, position, record)
        following = self._resync(look, position)
        too_long = following == look.end and not look.at_eof
        return Verdict(following, QUOTE, "text after a closing quote", is_too_long=too_long)

    def _has_torn_cell(self, look: Look, record: Record) -> bool:
        """Does a cell hold the start of a quoted cell, as in `late"It came, broken"`, that goes on behind a delimiter?"""
        quote, data = self._dialect.quote, look.data
        if not quote or not self._dialect.delimiter:
            return False
        for start, end in zip(record.starts[:-1], record.ends[:-1], strict=True):
            is_enclosed = start > 0 and data[start - 1 : start] == quote
            match = None if is_enclosed else self._dialect.fused_quote.search(data, start, end)
            if match is None:
                continue
            rest = self._dialect.quoted_field.match(data, match.start() + 1, record.next)
            if rest is not None and rest.end() > end and self._closes_field(data, rest.end()):
                return True
        return False

    def _closes_field(self, data: bytes, after: int) -> bool:
        return data[after] in b"\r\n" or data.startswith(self._dialect.delimiter, after)

    def _wrong_count(self, look: Look, position: int, record: Record) -> Verdict:
        detail = f"expected {self._width} fields, found {len(record.starts)}"
        line = self._dialect.next_line(look.data, position, look.end)
        if line >= record.next:
            if record.cut and len(record.starts) < self._width:
                return Verdict(record.next, TRUNCATED, detail)
            pieces = self._pieces(look, position, record.next)
            return Verdict(record.next, records=pieces) if pieces else Verdict(record.next, COUNT, detail)
        if self._is_unclosed(look, position, line, record.next):
            return Verdict(line, QUOTE, "quote not closed")
        return Verdict(record.next, COUNT, detail)

    def _pieces(self, look: Look, position: int, end: int) -> tuple[Record, ...]:
        """Records of one line that lone carriage returns separate; none unless all of them are good."""
        if self._dialect.ends is Ends.ANY or look.data.find(b"\r", position, end - 2) < 0:
            return ()
        either = Dialect(self._dialect.delimiter, self._dialect.quote, self._dialect.backslash, Ends.ANY)
        reader = RecordReader(either, most_fields=self._width)
        text = look.data[position:end]
        pieces: list[Record] = []
        at = 0
        while at < len(text):
            record = reader.read(text + b"\n\n", at, len(text), at_eof=True)
            if record.form is not Form.WHOLE or len(record.starts) != self._width:
                return ()
            at = record.next
            pieces.append(record.moved(position))
        return tuple(pieces)

    def _open(self, look: Look, position: int, record: Record) -> Verdict:
        if not look.is_final:
            raise NeedMore
        line = self._dialect.next_line(look.data, position, look.end)
        if record.quote_open and line < look.end and self._is_unclosed(look, position, line, look.end):
            return Verdict(line, QUOTE, "quote not closed")
        if not look.at_eof:
            return Verdict(look.end, RECORD_BYTES, "record longer than the limit", is_too_long=True, quote_open=record.quote_open)
        is_one_line = line >= look.end
        if is_one_line and look.ends_with_line and self._fields_of_line(look, position, line) == self._width:
            return Verdict(look.end, QUOTE, "quote not closed")
        return Verdict(look.end, TRUNCATED, f"the file ends inside field {len(record.starts) + 1} of {self._width}")

    def _fields_of_line(self, look: Look, start: int, end: int) -> int:
        """How many fields a physical line has when quotes mean nothing."""
        return look.data.count(self._dialect.delimiter, start, end) + 1 if self._dialect.delimiter else 1

    def _is_unclosed(self, look: Look, position: int, line: int, end: int) -> bool:
        """Are the lines from `line` to `end` records of their own, swallowed by a quote that was never closed?

        The other reading is one record with line breaks in a cell; its inner lines are rarely good records.
        """
        good = bad = 0
        at = line
        while at < end and good + bad < _MOST_LINES:
            record = self._candidate(look, at)
            if record is not None:
                good, at = good + 1, record.next
            else:
                bad, at = bad + 1, self._dialect.next_line(look.data, at, look.end)
        needed = bad if self._fields_of_line(look, position, line) == self._width else 2 * bad
        return good > needed

    def _candidate(self, look: Look, position: int) -> Record | None:
        """The good record at `position`, if there is one."""
        end = min(look.end, position + LOOK_AHEAD)
        at_eof = look.at_eof and end == look.end
        record = self._reader.read(look.data, position, end, at_eof)
        if record.form is Form.OPEN and end == look.end and not look.is_final:
            raise NeedMore
        if record.form is not Form.WHOLE or len(record.starts) != self._width or record.is_blank:
            return None
        return record

    def _resync(self, look: Look, position: int) -> int:
        """The first line after `position` at which a record may begin."""
        at = self._dialect.next_line(look.data, position, look.end)
        # a damaged line with all its delimiters is a record by itself, unless the next one closes its quote
        is_alone = self._fields_of_line(look, position, at) == self._width
        while at < look.end:
            following = self._dialect.next_line(look.data, at, look.end)
            if following >= look.end and not look.is_final:  # the line may go on
                raise NeedMore
            record = self._candidate(look, at)
            if record is not None:
                if not record.stray_close:
                    return at
            elif self._fields_of_line(look, at, following) == self._width or (
                is_alone and look.data.count(self._dialect.quote, at, following) % 2 == 0
            ):
                return at
            at, is_alone = following, False
        if not look.is_final:
            raise NeedMore
        return look.end
