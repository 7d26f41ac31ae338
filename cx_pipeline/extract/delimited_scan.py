"""The fast path: many records of a block at once, exact up to the first one that needs a closer look.

Quotes alternate between opening and closing as long as every opening quote stands at the start of a field (or directly after a
closing one, which makes the two a doubled quote) and every closing quote at its end. Both are checked for each quote, so
the alternation is proven, not assumed: the scan stops at the first record in which a quote stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cx_pipeline.extract.delimited_marks import Bytes, Marks
from cx_pipeline.extract.dialect import CR, LF, Dialect, Ends
from cx_pipeline.extract.text_views import Flags, Ints


@dataclass(frozen=True)
class Scan:
    """Complete records from one position on.

    Attributes:
        starts, ends: first byte and byte after each record, line end left out.
        fields: number of fields of each.
        field_ends: offset of the delimiter or line end after every field of all records, in order.
        quoted: numbers of the fields, counted through all records, that are enclosed in quotes, ascending.
        escaped: numbers of those among them that hold doubled or escaped quotes.
        stop: where the next record begins.
        trouble: the record at `stop` has a quote where none may stand.
    """

    starts: Ints
    ends: Ints
    fields: Ints
    field_ends: Ints
    quoted: Ints
    escaped: Ints
    stop: int
    trouble: bool

    def head(self, count: int) -> Scan:
        """The records before the one numbered `count`, which is known to begin well."""
        fields = int(self.fields[:count].sum())
        quoted, escaped = (part[: np.searchsorted(part, fields)] for part in (self.quoted, self.escaped))
        ends, stop = self.field_ends[:fields], int(self.starts[count])
        return Scan(self.starts[:count], self.ends[:count], self.fields[:count], ends, quoted, escaped, stop, trouble=False)


@dataclass(frozen=True)
class Cells:
    """Where the cells of records stand, enclosing quotes and line ends left out.

    Attributes:
        starts, ends: shape (records, width).
        rewrite: numbers of the cells with escapes, counted record by record.
    """

    starts: Ints
    ends: Ints
    rewrite: Ints

    def only(self, rows: Flags) -> Cells:
        """The cells of some of the records."""
        is_rewritten = np.zeros(self.starts.shape, dtype=np.bool_)
        is_rewritten.ravel()[self.rewrite] = True
        return Cells(self.starts[rows], self.ends[rows], np.flatnonzero(is_rewritten[rows]))


def joined(parts: Sequence[Cells]) -> Cells:
    """Cells of records that follow one another."""
    if len(parts) == 1:
        return parts[0]
    sizes = np.cumsum([0, *(part.starts.size for part in parts)])
    return Cells(
        np.concatenate([part.starts for part in parts]),
        np.concatenate([part.ends for part in parts]),
        np.concatenate([part.rewrite + before for part, before in zip(parts, sizes[:-1], strict=True)]),
    )


_NONE = np.empty(0, dtype=np.int64)


class Scanner:
    """Scans slices of the marks of one block."""

    def __init__(self, block: Bytes, marks: Marks, dialect: Dialect) -> None:
        self._block, self._marks, self._dialect = block, marks, dialect
        self._opens = np.zeros(256, dtype=np.bool_)
        self._closes = np.zeros(256, dtype=np.bool_)
        self._opens[LF] = self._closes[LF] = True
        self._closes[[*dialect.quote]] = True
        if dialect.ends is Ends.ANY:
            self._opens[CR] = self._closes[CR] = True

    def scan(self, position: int, first: int, last: int) -> Scan:
        """Records that begin at `position` and end within the marks `first` to `last`."""
        marks = self._marks
        positions, is_quote, is_end = marks.positions[first:last], marks.is_quote[first:last], marks.is_end[first:last]
        wrong, quoted, escaped = -1, _NONE, _NONE
        at = np.flatnonzero(is_quote)
        if len(at):
            quotes = positions[at]
            wrong, is_second = self._check_quotes(quotes, position)
            fields = _fields_of(at)
            quoted, escaped = fields[~is_second], fields[is_second]
            # an even number of quotes before: outside; sums may run over, their last bit stays right
            keep = (np.cumsum(is_quote, dtype=np.int8) & 1) == 0
            keep &= ~is_quote
            positions, is_end = positions[keep], is_end[keep]
            if len(self._dialect.delimiter) > 1:  # where one of its bytes stands twice, a quote may only seem to follow it
                wrong = self._first_shifted(quotes[0::2][~is_second], quoted, positions, is_end, position, wrong)
        last_fields = np.flatnonzero(is_end)
        if wrong >= 0:
            last_fields = last_fields[: np.searchsorted(positions[last_fields], wrong)]
        count = int(last_fields[-1]) + 1 if len(last_fields) else 0
        positions = positions[:count]
        ends = positions[last_fields]
        starts = np.empty(len(ends), dtype=np.int64)
        starts[:1] = position
        starts[1:] = ends[:-1] + 1
        stop = int(ends[-1]) + 1 if len(ends) else position
        quoted, escaped = quoted[: np.searchsorted(quoted, count)], escaped[: np.searchsorted(escaped, count)]
        if len(marks.slashes) and len(quoted):
            inside = slice(*np.searchsorted(marks.slashes, [position, stop]).tolist())
            slashed = np.searchsorted(positions, marks.slashes[inside])
            escaped = np.union1d(escaped, np.intersect1d(slashed, quoted))
        return Scan(starts, ends, np.diff(last_fields, prepend=-1), positions, quoted, escaped, stop, wrong >= 0)

    def _check_quotes(self, quotes: Ints, position: int) -> tuple[int, Flags]:
        """Offset of the first quote that stands where none may (-1: none), and which opening ones are half of a doubled pair."""
        block = self._block
        opening, closing = quotes[0::2], quotes[1::2]
        before = block[opening - 1]
        after = block[closing + 1]
        is_second = np.zeros(len(opening), dtype=np.bool_)
        is_second[1:] = closing[: len(opening) - 1] == opening[1:] - 1
        opens = self._opens[before] | is_second | (opening == position)
        closes = self._closes[after] | ((after == CR) & (block[closing + 2] == LF))
        if delimiter := self._dialect.delimiter:
            length = len(delimiter)
            before_is, after_is = opening - length >= position, np.ones(len(closing), dtype=np.bool_)
            for place, byte in enumerate(delimiter):
                before_is &= block[opening - length + place] == byte
                after_is &= block[closing + 1 + place] == byte
            opens |= before_is
            closes |= after_is
        wrong = [int(part[0]) for part in (opening[~opens], closing[~closes]) if len(part)]
        return (min(wrong) if wrong else -1), is_second

    def _first_shifted(self, opening: Ints, fields: Ints, ends: Ints, is_end: Flags, position: int, wrong: int) -> int:
        """The first quote that opens no field after all, or `wrong` when that comes earlier."""
        starts = np.full(len(ends) + 1, position, dtype=np.int64)
        starts[1:] = ends + np.where(is_end, 1, len(self._dialect.delimiter))
        known = fields < len(starts)
        shifted = opening[known][starts[fields[known]] != opening[known]]
        return wrong if not len(shifted) else int(shifted[0]) if wrong < 0 else min(wrong, int(shifted[0]))


def _fields_of(quotes: Ints) -> Ints:
    """The number of the field that each opening quote stands in, from the places of all quotes among the marks.

    Every mark outside of quotes ends one field, so it is the number of marks before, less the quotes and what they enclose.
    """
    opening, closing = quotes[0::2], quotes[1::2]
    fields = opening - 2 * np.arange(len(opening))
    fields[1:] -= np.cumsum(closing[: len(opening) - 1] - opening[:-1] - 1)
    return fields


def cells_of(block: Bytes, scan: Scan, chosen: Ints, width: int, delimiter: bytes) -> Cells:
    """The cells of the chosen records, each of which has `width` fields."""
    starts, ends = np.empty_like(scan.field_ends), scan.field_ends.copy()
    starts[:1] = scan.starts[:1]
    np.add(scan.field_ends[:-1], len(delimiter) or 1, out=starts[1:])
    final = np.cumsum(scan.fields) - 1
    if len(delimiter) > 1:
        starts[final[:-1] + 1] = scan.starts[1:]
    line_ends = ends[final]
    line_ends -= (block[line_ends - 1] == CR) & (block[line_ends] == LF) & (line_ends > starts[final])
    ends[final] = line_ends
    starts[scan.quoted] += 1
    ends[scan.quoted] -= 1
    if len(chosen) == len(scan.starts):
        return Cells(starts.reshape(-1, width), ends.reshape(-1, width), np.unique(scan.escaped))
    fields = (final[chosen] - width + 1)[:, None] + np.arange(width)
    is_escaped = np.zeros(len(starts), dtype=np.bool_)
    is_escaped[scan.escaped] = True
    return Cells(starts[fields], ends[fields], np.flatnonzero(is_escaped[fields]))
