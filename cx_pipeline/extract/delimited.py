"""Delimited text to records: the fast path over whole blocks, the slow path around damage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cx_pipeline.extract import rejects
from cx_pipeline.extract.delimited_block import Block, Pieces, Table, blanks
from cx_pipeline.extract.delimited_record import Record
from cx_pipeline.extract.delimited_remarks import DETAIL, REMARK, is_remark
from cx_pipeline.extract.delimited_repair import (
    CELL_BYTES,
    COUNT,
    INVALID_BYTES,
    QUOTE,
    RECORD_BYTES,
    TRUNCATED,
    NeedMore,
    Repair,
    Verdict,
)
from cx_pipeline.extract.delimited_scan import Cells, Scan, Scanner, cells_of
from cx_pipeline.extract.delimited_seek import Seek
from cx_pipeline.extract.delimited_tables import REPEATED_HEADER, SECOND_TABLE, FirstTable
from cx_pipeline.extract.dialect import Ends
from cx_pipeline.extract.part import Part, Tally
from cx_pipeline.extract.read_ahead import read_ahead
from cx_pipeline.extract.rejects import Reject
from cx_pipeline.extract.source import Source
from cx_pipeline.extract.text_views import Flags, Ints
from cx_pipeline.extract.utf8 import cut_at_end
from cx_pipeline.settings.reading import Limits

BLOCK = 4 << 20
_FIRST_SLICE = 512
Wrong = dict[int, tuple[str, str]]
"""Numbers of records of a scan to rule and detail."""
_AGAIN = "the header of the file is there again"


class _Found(NamedTuple):
    """What a block of `size` bytes holds."""

    pieces: Pieces
    rejects: list[Reject]
    data: bytes
    size: int


class DelimitedReader:
    """Reads the records of one delimited document.

    Args:
        source: valid or damaged UTF-8 after the header, without byte order mark.
        table: dialect and columns.
        limits: sizes a record and a cell may have.
        tally: numbers that go on from document to document.
        first_line: physical line the source begins on.
        block: bytes scanned at once; results do not depend on it.
    """

    def __init__(
        self, source: Source, table: Table, limits: Limits, tally: Tally, *, first_line: int = 1, block: int = BLOCK
    ) -> None:
        self._source, self._table, self._limits, self._tally = source, table, limits, tally
        self._dialect, self._width = table.dialect, len(table.columns)
        self._line, self._size = first_line, block
        self._seek = Seek(source, table.dialect, block)
        self._repair = Repair(table.dialect, self._width)
        self._pieces = Pieces()
        self._rejects: list[Reject] = []
        self._first = table.first or FirstTable(table.dialect)
        self._is_over = self._after_blank = False

    def __iter__(self) -> Iterator[Part]:
        """Parts in file order; one block is scanned while the cells of another are put together."""
        for found in read_ahead(self._scan()):
            yield Part(found.pieces.frames(found.data, self._table), found.rejects, found.size)

    def _scan(self) -> Iterator[_Found]:
        base = 0
        while base < self._source.size:
            self._pieces, self._rejects = Pieces(), []
            block = Block(self._source, base, self._size, self._table, self._line)
            done = self._keep_back(block, 0) if self._is_over else self._read_block(block)
            if done == 0:
                block, done = self._long_line(block) if self._is_over else self._read_long(base)
            yield _Found(self._pieces, self._rejects, block.data, done)
            self._line += int(np.searchsorted(block.marks.lines, min(done, block.end)))
            base += done

    def _read_block(self, block: Block) -> int:
        """Resolve as many records as the block holds; the offset of the first one that it does not."""
        scanner = Scanner(block.bytes, block.marks, self._dialect)
        positions = block.marks.positions
        position, first, width = 0, 0, len(positions)
        while position < block.end:
            scan = scanner.scan(position, first, first + width)
            position, is_trouble = self._take(block, scan)
            if self._is_over:
                return self._keep_back(block, position)
            if not is_trouble and (first + width < len(positions)):
                width *= 4
            elif not is_trouble and (not block.at_eof or position >= block.end):
                break
            else:
                try:
                    verdict = self._repair.judge(block.look(is_all=False), position)
                except NeedMore:
                    break
                if self._begins_table(block, position, verdict):
                    return self._keep_back(block, position)
                self._apply(block, position, verdict)
                position, width = verdict.next, _FIRST_SLICE
            first = int(np.searchsorted(positions, position))
        return position

    def _read_long(self, base: int) -> tuple[Block, int]:
        """Resolve the one record at `base` with as much look-ahead as it needs, up to the record limit."""
        most = self._limits.max_record_bytes
        size = self._size
        while True:
            size = min(4 * size, most + 1)
            block = Block(self._source, base, size, self._table, self._line)
            try:
                verdict = self._repair.judge(block.look(is_all=size > most), 0)
            except NeedMore:
                continue
            if verdict.is_too_long:
                return block, self._skip_rest(block, verdict)
            if self._begins_table(block, 0, verdict):
                return block, self._keep_back(block, 0)
            self._apply(block, 0, verdict)
            return block, verdict.next

    def _begins_table(self, block: Block, position: int, verdict: Verdict) -> bool:
        """Does another table begin with what the slow path found?"""
        is_blank = not verdict.rule and not verdict.records
        if not is_blank and verdict.rule in ("", COUNT) and len(verdict.records) < 2:
            record = block.data[position : min(verdict.next, block.end)]
            suspect = bool(verdict.rule) or self._after_blank
            is_header = self._first.is_header(record)
            self._is_over = suspect and not is_header and self._first.begins(record, after_blank=self._after_blank)
        self._after_blank = is_blank
        return self._is_over

    def _keep_back(self, block: Block, position: int) -> int:
        """Keep back the lines of another table as far as the block holds them whole; the offset of the first one it does not."""
        lines = block.marks.lines
        ends = (lines[np.searchsorted(lines, position) :] + 1).tolist()
        if block.at_eof and (not ends or ends[-1] < block.end):
            ends.append(block.end)
        for end in ends:
            if block.data[position:end].strip(b"\r\n"):
                self._damage(block, position, end, SECOND_TABLE, "behind the table of the file another one begins")
            position = end
        return position

    def _long_line(self, block: Block) -> tuple[Block, int]:
        """Keep back a line of another table that is longer than a block."""
        end, _ = self._seek.line_end(block.base)
        self._tally.record += 1
        self._tally.damaged += 1
        raw = rejects.readable(block.data[: block.end], self._limits.max_cell_bytes)
        found = self._tally.record, self._line, self._line, SECOND_TABLE, "behind the table of the file another one begins"
        self._rejects.append(Reject(*found, raw, self._source.digest(block.base, end)))
        self._line += 1
        return block, end - block.base

    def _skip_rest(self, block: Block, verdict: Verdict) -> int:
        """Count a record that is longer than the limit as damaged and go to the line after it."""
        known = block.data[: block.end]
        last_line = self._line + self._dialect.count_lines(block.data, 0, block.end)
        at = block.base + block.end
        if verdict.quote_open:
            at -= len(known) - len(known.rstrip(self._dialect.quote))
            at, lines = self._seek.closing_quote(at)
            last_line += lines
        at, lines = self._seek.line_end(at)
        self._tally.record += 1
        self._tally.damaged += 1
        raw = rejects.readable(known, self._limits.max_cell_bytes)
        digest = self._source.digest(block.base, at)
        self._rejects.append(Reject(self._tally.record, self._line, last_line, verdict.rule, verdict.detail, raw, digest))
        self._line = last_line + lines - self._dialect.count_lines(block.data, 0, block.end)
        return at - block.base

    def _apply(self, block: Block, position: int, verdict: Verdict) -> None:
        """Take over what the slow path found between `position` and the verdict's end."""
        text = block.data[position : min(verdict.next, block.end)]
        if len(verdict.records) < 2 and self._first.is_header(text):
            self._damage(block, position, verdict.next, REPEATED_HEADER, _AGAIN)
            return
        if verdict.rule in (COUNT, QUOTE, TRUNCATED) and is_remark(text):
            self._damage(block, position, verdict.next, REMARK, DETAIL)
        elif verdict.rule:
            self._damage(block, position, verdict.next, verdict.rule, verdict.detail)
        for record in verdict.records:
            self._take_one(block, position, record)
            position = record.next

    def _take_one(self, block: Block, position: int, record: Record) -> None:
        cells = Cells(np.array([record.starts]), np.array([record.ends]), np.flatnonzero(record.escapes))
        rule, detail = self._flaw(block, position, record.next, int((cells.ends - cells.starts).max()))
        if rule:
            self._damage(block, position, record.next, rule, detail)
            return
        self._tally.record += 1
        number, line = np.array([self._tally.record]), block.line_of(np.array([position]))
        self._pieces.add(cells, number, line)

    def _flaw(self, block: Block, start: int, end: int, longest: int) -> tuple[str, str]:
        """What may still be wrong with a record whose structure is right."""
        invalid = int(np.searchsorted(block.invalid, end) - np.searchsorted(block.invalid, start))
        if invalid:
            is_last = block.at_eof and end >= block.end
            if is_last and invalid == cut_at_end(block.data[max(0, block.end - 3) : block.end]):
                return TRUNCATED, "the file ends inside a character"
            return INVALID_BYTES, "bytes that are no UTF-8"
        if end - start > self._limits.max_record_bytes:
            return RECORD_BYTES, "record longer than the limit"
        if longest > self._limits.max_cell_bytes:
            return CELL_BYTES, "cell longer than the limit"
        return "", ""

    def _take(self, block: Block, scan: Scan) -> tuple[int, bool]:
        """Take over scanned records up to the first one that needs a closer look; where that is, and whether it is."""
        starts, ends, fields = scan.starts, scan.ends, scan.fields
        right = fields == self._width
        if self._width == 1:
            right &= ~blanks(block.bytes, starts, ends)
        if right.all() and not (len(starts) and (block.headers or self._after_blank)):
            chosen = np.arange(len(starts))
            self._take_good(block, scan, chosen, chosen)
            self._after_blank &= not len(chosen)
            return scan.stop, scan.trouble
        is_blank = (fields == 1) & blanks(block.bytes, starts, ends)
        headers = self._headers_again(block, scan)
        right &= ~headers
        table = self._another_table(block, scan, right | headers, is_blank)
        if table >= 0:
            before = scan.head(table)
            position, is_trouble = self._take_before(block, before, right[:table], is_blank[:table], headers[:table])
            self._is_over = not is_trouble
            return position, is_trouble
        return self._take_before(block, scan, right, is_blank, headers)

    def _headers_again(self, block: Block, scan: Scan) -> Flags:
        """Which records are the header once more."""
        found: Flags = np.isin(scan.starts, block.headers)
        for index in np.flatnonzero(found).tolist():
            found[index] = self._first.is_header(block.data[int(scan.starts[index]) : int(scan.ends[index])])
        return found

    def _another_table(self, block: Block, scan: Scan, right: Flags, is_blank: Flags) -> int:
        """The number of the record with which another table begins, or -1."""
        if not self._first.is_known:
            return -1
        follows_blank = np.concatenate([[self._after_blank], is_blank[:-1]]).astype(np.bool_)
        for index in np.flatnonzero((~right | follows_blank) & ~is_blank).tolist():
            record = block.data[int(scan.starts[index]) : int(scan.ends[index])]
            if not self._first.is_header(record) and self._first.begins(record, after_blank=bool(follows_blank[index])):
                return index
        return -1

    def _take_before(self, block: Block, scan: Scan, right: Flags, is_blank: Flags, headers: Flags) -> tuple[int, bool]:
        """Take over records of which none begins another table, up to the first one that needs a closer look."""
        starts, ends = scan.starts, scan.ends
        odd = np.flatnonzero(~right & ~is_blank)
        closer = odd[self._needs_closer_look(block, starts[odd], ends[odd])]
        count = int(closer[0]) if len(closer) else len(starts)
        stop = int(starts[count]) if len(closer) else scan.stop
        is_record = ~is_blank[:count]
        order = np.cumsum(is_record) - 1
        good = np.flatnonzero(right[:count] & is_record)
        bad = np.flatnonzero(~right[:count] & is_record)
        wrong = {index: self._wrong(block, scan, index, is_header=bool(headers[index])) for index in bad.tolist()}
        self._take_good(block, scan, good, order, wrong)
        if count:
            self._after_blank = bool(is_blank[count - 1])
        return stop, scan.trouble or len(closer) > 0

    def _wrong(self, block: Block, scan: Scan, index: int, *, is_header: bool) -> tuple[str, str]:
        """Why a whole record of one line is no good one."""
        if is_header:
            return REPEATED_HEADER, _AGAIN
        if is_remark(block.data[int(scan.starts[index]) : int(scan.ends[index])]):
            return REMARK, DETAIL
        return COUNT, f"expected {self._width} fields, found {int(scan.fields[index])}"

    def _needs_closer_look(self, block: Block, starts: Ints, ends: Ints) -> Flags:
        """Wrong records of several lines, with lone carriage returns, or at the very end of the file."""
        lines = block.marks.lines
        several = np.searchsorted(lines, starts) != np.searchsorted(lines, ends)
        returns = np.array([block.data.find(b"\r", start, end - 1) >= 0 for start, end in zip(starts, ends, strict=True)])
        cut = ends >= block.end
        result: Flags = several | cut | returns.astype(np.bool_)
        return result

    def _take_good(self, block: Block, scan: Scan, good: Ints, order: Ints, wrong: Wrong | None = None) -> None:
        """Add the records `good`; those with a flaw and those in `wrong` become rejects, in file order."""
        base = self._tally.record + 1
        flawed: Wrong = dict(wrong or {})
        total = int(order[-1]) + 1 if len(order) else 0
        if len(good):
            cells = cells_of(block.bytes, scan, good, self._width, self._dialect.delimiter)
            for row in self._suspects(block, scan, good).tolist():
                index, longest = int(good[row]), int((cells.ends[row] - cells.starts[row]).max())
                rule, detail = self._flaw(block, int(scan.starts[index]), int(scan.ends[index]) + 1, longest)
                if rule:
                    flawed[index] = (rule, detail)
            if not flawed.keys().isdisjoint(good.tolist()):
                keep = np.array([index not in flawed for index in good.tolist()])
                good, cells = good[keep], cells.only(keep)
            self._pieces.add(cells, order[good] + base, self._lines(block, scan, good))
        for index in sorted(flawed):
            self._tally.record = base + int(order[index]) - 1
            self._damage(block, int(scan.starts[index]), int(scan.ends[index]) + 1, *flawed[index])
        self._tally.record = base + total - 1

    def _lines(self, block: Block, scan: Scan, chosen: Ints) -> Ints:
        """Physical lines that the chosen records start on."""
        lines = block.marks.lines
        first, after = np.searchsorted(lines, [scan.starts[0], scan.stop]).tolist()
        if after - first == len(scan.starts):  # every record is one line
            result: Ints = chosen + (first + block.first_line)
            return result
        return block.line_of(scan.starts[chosen])

    def _suspects(self, block: Block, scan: Scan, good: Ints) -> Ints:
        """Rows of `good` that may hold invalid bytes or be too long."""
        starts, ends = scan.starts[good], scan.ends[good] + 1
        suspect = ends - starts > min(self._limits.max_cell_bytes, self._limits.max_record_bytes)
        if len(block.invalid):
            suspect |= np.searchsorted(block.invalid, starts) != np.searchsorted(block.invalid, ends)
        return np.flatnonzero(suspect)

    def _damage(self, block: Block, start: int, end: int, rule: str, detail: str) -> None:
        self._tally.record += 1
        self._tally.damaged += 1
        self._tally.is_truncated |= rule == TRUNCATED
        end = min(end, block.end)
        damaged = block.data[start:end]
        line, after = block.line_of(np.array([start, end])).tolist()
        is_line = damaged.endswith((b"\n", b"\r") if self._dialect.ends is Ends.ANY else b"\n")
        line_end = max(line, after - is_line)
        raw = rejects.readable(damaged, self._limits.max_cell_bytes)
        self._rejects.append(Reject(self._tally.record, line, line_end, rule, detail, raw, rejects.digest(damaged)))
