"""The fast path: many records of a block at once, exact up to the first one that needs a closer look.

Quotes alternate between opening and closing as long as every opening quote stands at the start of a field (or directly after a
closing one, which makes the two a doubled quote) and every closing quote at its end. Both are checked for each quote, so
the alternation is proven, not assumed: the scan stops at the first record in which a quote stands elsewhere.
"""

from __future__ import annotations

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
        escapes: offsets in cells with escapes: second quotes of doubled pairs, backslashes.
        stop: where the next record begins.
        trouble: the record at `stop` has a quote where none may stand.
    """

    starts: Ints
    ends: Ints
    fields: Ints
    field_ends: Ints
    escapes: Ints
    stop: int
    trouble: bool


class Scanner:
    """Scans slices of the marks of one block."""

    def __init__(self, block: Bytes, marks: Marks, dialect: Dialect) -> None:
        self._block, self._marks, self._dialect = block, marks, dialect
        self._opens = np.zeros(256, dtype=np.bool_)
        self._closes = np.zeros(256, dtype=np.bool_)
        for byte in (dialect.delimiter_byte, LF):
            self._opens[byte] = self._closes[byte] = byte >= 0
        self._closes[dialect.quote_byte] = bool(dialect.quote)
        if dialect.ends is Ends.ANY:
            self._opens[CR] = self._closes[CR] = True

    def scan(self, position: int, first: int, last: int) -> Scan:
        """Records that begin at `position` and end within the marks `first` to `last`."""
        marks = self._marks
        positions, is_quote, is_end = marks.positions[first:last], marks.is_quote[first:last], marks.is_end[first:last]
        wrong, doubled = -1, np.empty(0, dtype=np.int64)
        if is_quote.any():
            outside = (np.cumsum(is_quote) & 1) == 0
            wrong, doubled = self._check_quotes(positions[is_quote], position)
            keep = outside & ~is_quote
            positions, is_end = positions[keep], is_end[keep]
        last_fields = np.flatnonzero(is_end)
        if wrong >= 0:
            last_fields = last_fields[: np.searchsorted(positions[last_fields], wrong)]
        count = int(last_fields[-1]) + 1 if len(last_fields) else 0
        ends = positions[last_fields]
        starts = np.empty(len(ends), dtype=np.int64)
        starts[:1] = position
        starts[1:] = ends[:-1] + 1
        stop = int(ends[-1]) + 1 if len(ends) else position
        fields = np.diff(last_fields, prepend=-1)
        escapes = np.sort(np.concatenate([doubled, marks.slashes])) if len(marks.slashes) else doubled
        return Scan(starts, ends, fields, positions[:count], escapes, stop, wrong >= 0)

    def _check_quotes(self, quotes: Ints, position: int) -> tuple[int, Ints]:
        """Offset of the first quote that stands where none may (-1: none), and the doubled quotes."""
        block = self._block
        opening, closing = quotes[0::2], quotes[1::2]
        before = block[opening - 1]
        after = block[closing + 1]
        is_second = np.zeros(len(opening), dtype=np.bool_)
        is_second[1:] = closing[: len(opening) - 1] == opening[1:] - 1
        opens = self._opens[before] | is_second | (opening == position)
        closes = self._closes[after] | ((after == CR) & (block[closing + 2] == LF))
        wrong = [int(part[0]) for part in (opening[~opens], closing[~closes]) if len(part)]
        doubled = opening[is_second]
        return (min(wrong) if wrong else -1), doubled


def spans(scan: Scan, chosen: Ints, width: int) -> tuple[Ints, Ints]:
    """Field starts and ends, shape (records, width), of the chosen records, each of which has `width` fields."""
    last = np.cumsum(scan.fields)
    if len(chosen) == len(scan.starts):
        ends = scan.field_ends.reshape(-1, width)
    else:
        ends = scan.field_ends[(last[chosen] - width)[:, None] + np.arange(width)]
    starts = np.empty_like(ends)
    starts[:, 0] = scan.starts[chosen]
    starts[:, 1:] = ends[:, :-1] + 1
    return starts, ends


def trim(block: Bytes, starts: Ints, ends: Ints, escapes: Ints, dialect: Dialect) -> tuple[Ints, Ints, Flags]:
    """Leave out carriage returns before line ends and enclosing quotes; say which cells hold escapes."""
    ends = ends.copy()
    final = ends[:, -1]
    final -= (block[final - 1] == CR) & (block[final] == LF) & (final > starts[:, -1])
    rewrite = np.zeros(starts.shape, dtype=np.bool_)
    if not dialect.quote:
        return starts, ends, rewrite
    quoted = (block[starts] == dialect.quote_byte) & (ends > starts)
    if len(escapes):
        begins, finishes = starts[quoted], ends[quoted]
        rewrite[quoted] = np.searchsorted(escapes, begins) != np.searchsorted(escapes, finishes)
    return starts + quoted, ends - quoted, rewrite
