"""Objects one after another: the elements of an array, or objects back to back.

A block is split by the depth of its brackets. When an element is damaged, the place where the next one begins is looked for by
the signature of good elements: an opening brace and a first key that good elements have, behind a comma, a bracket or a line
start, and an object there that shares most of its keys with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from cx_pipeline.extract.delimited_marks import Bytes
from cx_pipeline.extract.json_check import MOST_DEPTH, is_cut, is_json, objects_in
from cx_pipeline.extract.json_marks import JsonMarks, elements, find_marks
from cx_pipeline.extract.json_rows import INVALID, NOT_OBJECT, PAD, RECORD_BYTES, TOO_DEEP, TRUNCATED, Context, Items, Rows
from cx_pipeline.extract.json_signature import Signature
from cx_pipeline.extract.part import Part
from cx_pipeline.extract.source import Source
from cx_pipeline.extract.text_views import Flags, Ints
from cx_pipeline.extract.utf8 import invalid_positions, is_valid

_BRACE, _SQUARE = 123, 93
_SPACE = b" \t\r\n\0"
_BETWEEN = b" \t\r\n,\0"
_IS_BETWEEN = np.isin(np.arange(256), np.frombuffer(_BETWEEN, dtype=np.uint8))
_VALUES = re.compile(rb'"(?:[^"\\]|\\.)*+"|[^,"\s\0][^,"\s\0]*+', re.DOTALL)
_FIRST = 128 * 1024
_SMALL = 16 * 1024
_LOOK_AHEAD = 1 << 20
_OVERLAP = 64 * 1024


class Elements:
    """Reads elements from `position` on, until a square bracket closes what they are in or the document ends.

    Args:
        source: of the document.
        context: shared by the readers of the document.
        signature: of good elements.
        block: bytes scanned at once.
        is_array: the elements are in an array; a closing bracket ends them.

    Attributes:
        position: where to go on after the iteration; behind the closing bracket.
        line: the physical line there.
    """

    def __init__(
        self, source: Source, context: Context, signature: Signature, block: int, *, position: int, line: int, is_array: bool
    ) -> None:
        self._source, self._context, self._signature, self._block = source, context, signature, block
        self._is_array = is_array
        self.position, self.line = position, line
        self._is_closed = False

    def __iter__(self) -> Iterator[Part]:
        size = min(_FIRST, self._block)
        most = self._context.limits.max_record_bytes
        while self.position < self._source.size and not self._is_closed:
            data = self._source.read(self.position, size)
            at_eof = self.position + len(data) >= self._source.size
            window = _Window(self._context, self._signature, data, self.line, at_eof, self._is_array, len(data) > most)
            done, is_dirty = window.read()
            if done == 0 and not at_eof and len(data) <= most:
                size = min(4 * size, most + 1)
                continue
            if done == 0:
                done = len(data) if at_eof else self._skip(self.position + len(data)) - self.position
                window.give_up(self._source.digest(self.position, self.position + done))
            yield window.rows.part(done)
            self._is_closed = window.is_closed
            chunks = self._source.chunks(self.position + len(data), self.position + done)
            self.line += data.count(b"\n", 0, done) + sum(chunk.count(b"\n") for chunk in chunks)
            self.position += done
            size = min(_SMALL, self._block) if is_dirty else min(4 * size, self._block)
        if self._is_array and not self._is_closed:
            self._context.tally.is_truncated = True

    def _skip(self, position: int) -> int:
        """Where the next element begins after one that is longer than the limit."""
        while position < self._source.size:
            data = self._source.read(position, _LOOK_AHEAD)
            found = self._signature.next_start(data, 0, len(data))
            if found >= 0:
                return position + found
            position += len(data) if len(data) < _LOOK_AHEAD else len(data) - _OVERLAP
        return self._source.size


class _Window:
    """The elements that begin in one block."""

    def __init__(
        self, context: Context, signature: Signature, data: bytes, line: int, at_eof: bool, is_array: bool, is_all: bool
    ) -> None:
        self._context, self._signature, self._data = context, signature, data
        self._at_eof, self._is_array, self._is_all = at_eof, is_array, is_all
        self._padded = data + PAD
        self._bytes: Bytes = np.frombuffer(self._padded, dtype=np.uint8, count=len(data))
        self.rows = Rows(context, self._padded, len(data), line, at_eof)
        self.is_closed = False

    def read(self) -> tuple[int, bool]:
        """Settle what is complete; how many bytes that is, and whether there was damage."""
        marks = find_marks(self._bytes)
        end, after = self._closing(marks)
        (begins, finishes), depth = elements(marks)
        inside = finishes <= end
        begins, finishes, depth = begins[inside], finishes[inside], depth[inside]
        self.is_closed = after > end and self._is_array and self._data[end] == _SQUARE
        items = self._elements(begins, finishes, depth)
        gaps, stop = self._gaps(begins, finishes, end)
        if after > end and not self.is_closed:
            gaps = _with_bracket(gaps, end)
        items = self._joined(_with_gaps(items, gaps)) if gaps else items
        restart = self._restart(items, end if after > end else stop)
        if restart >= 0:
            items, stop, self.is_closed = self._cut(items, restart), restart, False
        elif after > end:
            stop = after
        self.rows.settle(self._bytes, marks, items)
        return stop, restart >= 0 or not bool(items.valid.all())

    def give_up(self, digest: str) -> None:
        """Reject what begins here and has no end."""
        at_end = TRUNCATED if is_cut(self._data) else INVALID
        rule = at_end if self._at_eof else RECORD_BYTES
        self.rows.reject(0, len(self._data), rule, digest)

    def _closing(self, marks: JsonMarks) -> tuple[int, int]:
        """Where a bracket closes what the elements are in, and the offset after it; the end of the block twice if none does."""
        below = np.flatnonzero(marks.depth < 0)
        if not len(below):
            return len(self._data), len(self._data)
        position = int(marks.positions[below[0]])
        return position, position + 1

    def _elements(self, begins: Ints, finishes: Ints, depth: Ints) -> Items:
        valid = np.zeros(0, dtype=np.bool_)
        rules: dict[int, str] = {}
        if len(begins):
            valid = self._context.checker.valid(self._padded, begins, finishes)
            rules |= dict.fromkeys(np.flatnonzero(valid & (self._bytes[begins] != _BRACE)).tolist(), NOT_OBJECT)
            valid &= (self._bytes[begins] == _BRACE) & (depth <= MOST_DEPTH)
            valid &= finishes - begins <= self._context.limits.max_record_bytes
        if not self._context.is_valid_utf8 and not is_valid(self._data):
            wrong = invalid_positions(self._bytes)
            valid &= np.searchsorted(wrong, begins) == np.searchsorted(wrong, finishes)
        rules |= dict.fromkeys(np.flatnonzero(finishes - begins > self._context.limits.max_record_bytes).tolist(), RECORD_BYTES)
        rules |= dict.fromkeys(np.flatnonzero(depth > MOST_DEPTH).tolist(), TOO_DEEP)
        return Items(begins, finishes, valid, rules)

    def _gaps(self, begins: Ints, finishes: Ints, end: int) -> tuple[list[tuple[int, int]], int]:
        """Text between elements that is not white space or a comma, and where what is not complete begins."""
        is_ended = end < len(self._data)
        tail = end if is_ended else int(finishes[-1]) if len(finishes) else 0
        found: list[tuple[int, int]] = []
        starts = np.concatenate([[0], finishes])
        ends = np.append(begins, tail)
        for index in np.flatnonzero(self._is_filled(starts, ends)).tolist():
            start, stop = int(starts[index]), int(ends[index])
            if self._data[start:stop].strip(_BETWEEN):
                found.extend(_pieces(self._data, start, stop))
        return found, self._tail(tail, is_ended, found)

    def _is_filled(self, starts: Ints, ends: Ints) -> Flags:
        """Gaps that may hold more than a comma and white space."""
        first = np.minimum(starts, len(self._data) - 1)
        second = np.minimum(starts + 1, len(self._data) - 1)
        is_plain = _IS_BETWEEN[self._bytes[first]] & (_IS_BETWEEN[self._bytes[second]] | (ends - starts < 2))
        return (ends > starts) & ~(is_plain & (ends - starts <= 2))

    def _tail(self, tail: int, is_ended: bool, found: list[tuple[int, int]]) -> int:
        """How far the block is settled: text without brackets at its end may go on in the next one."""
        if is_ended:
            return tail
        rest = self._data[tail:]
        if not rest.strip(_BETWEEN):
            return len(self._data)
        opening = min((at for at in (rest.find(b"{"), rest.find(b"[")) if at >= 0), default=-1)
        if opening < 0 and not self._at_eof:
            return tail
        stop = tail + opening if opening >= 0 else len(self._data)
        text = self._data[tail:stop]
        if text.strip(_BETWEEN):
            if opening >= 0 and not self._at_eof and not text.rstrip(_SPACE).endswith(b","):
                return tail
            found.extend(_pieces(self._data, tail, stop))
        return stop

    def _joined(self, items: Items) -> Items:
        """Text outside of brackets and what follows or precedes it without a comma are one damaged item."""
        spans: list[tuple[int, int, bool, str]] = []
        for index, (start, end) in enumerate(zip(items.starts.tolist(), items.ends.tolist(), strict=True)):
            last = spans[-1] if spans else None
            is_damaged = not items.valid[index]
            touches = last is not None and not self._data[last[1] : start].strip(_SPACE)
            if last is not None and touches and (self._is_gap(last[0]) or (self._is_gap(start) and not last[2])):
                spans[-1] = (last[0], end, False, INVALID)
            else:
                spans.append((start, end, not is_damaged, items.rules.get(index, "")))
        starts, ends, valid, rules = zip(*spans, strict=True)
        named = {index: rule for index, rule in enumerate(rules) if rule}
        return Items(np.array(starts), np.array(ends), np.array(valid, dtype=np.bool_), named)

    def _is_gap(self, position: int) -> bool:
        return int(self._bytes[position]) not in {_BRACE, 91}

    def _restart(self, items: Items, stop: int) -> int:
        """Where an element begins inside of damaged text; -1 when none does."""
        begins = np.append(items.starts, stop)
        for index in np.flatnonzero(~items.valid).tolist():
            start, end = int(items.starts[index]), int(items.ends[index])
            text = self._data[start:end]
            if items.rules.get(index) in {TOO_DEEP, RECORD_BYTES} or objects_in(text) is not None:
                continue
            found = self._signature.next_start(self._data, start, max(end, int(begins[index + 1])))
            if found >= 0 and found != int(begins[index + 1]):
                return found
        tail = self._data[stop:]
        if tail[:1] not in {b"{", b"["} or (is_cut(tail) and not self._is_complete(tail)):
            return -1
        return self._signature.next_start(self._data, stop, len(self._data))

    def _is_complete(self, tail: bytes) -> bool:
        """No more of the element will come: the document ends the way whole ones do, or the record limit is reached."""
        return self._is_all or (self._at_eof and tail.rstrip(_SPACE).endswith((b"}", b"]")))

    def _cut(self, items: Items, restart: int) -> Items:
        """The items before a restart; what is left between the last of them and the restart is one damaged item."""
        before = items.ends <= restart
        kept = Items(items.starts[before], items.ends[before], items.valid[before])
        kept.rules = {index: rule for index, rule in items.rules.items() if index < len(kept.starts)}
        begin = int(kept.ends[-1]) if len(kept.ends) else 0
        left = self._data[begin:restart]
        if not left.strip(_BETWEEN):
            return kept
        begin += len(left) - len(left.lstrip(_BETWEEN))
        finish = restart - (len(left) - len(left.rstrip(_BETWEEN)))
        kept.rules[len(kept.starts)] = INVALID
        kept.starts = np.append(kept.starts, begin)
        kept.ends = np.append(kept.ends, finish)
        kept.valid = np.append(kept.valid, False)
        return kept


def _pieces(data: bytes, start: int, stop: int) -> list[tuple[int, int]]:
    """The values in a text without brackets, or the whole text where it is not a list of values."""
    text = data[start:stop]
    found = [(start + match.start(), start + match.end()) for match in _VALUES.finditer(text)]
    if all(is_json(data[begin:end]) for begin, end in found):
        return found
    begin = start + len(text) - len(text.lstrip(_BETWEEN))
    return [(begin, begin + len(text.strip(_BETWEEN)))]


def _with_bracket(gaps: list[tuple[int, int]], position: int) -> list[tuple[int, int]]:
    """A bracket that closes nothing belongs to the text before it, or is damage by itself."""
    if gaps and gaps[-1][1] == position:
        return [*gaps[:-1], (gaps[-1][0], position + 1)]
    return [*gaps, (position, position + 1)]


def _with_gaps(items: Items, gaps: list[tuple[int, int]]) -> Items:
    starts = np.concatenate([items.starts, [start for start, _ in gaps]])
    ends = np.concatenate([items.ends, [end for _, end in gaps]])
    valid = np.concatenate([items.valid, np.zeros(len(gaps), dtype=np.bool_)])
    order = np.argsort(starts, kind="stable")
    place = {int(old): new for new, old in enumerate(order)}
    return Items(starts[order], ends[order], valid[order], {place[index]: rule for index, rule in items.rules.items()})
