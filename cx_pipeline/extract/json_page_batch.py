"""Many API pages at once: those of a block that are complete, valid, and have nothing but objects under the records' key.

A block is scanned once. What is wrong with one page says nothing of the next, so after a closer look at it the pages behind
are taken from the same scan, as long as one of them begins where that look ended.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from cx_pipeline.extract import text_views
from cx_pipeline.extract.delimited_marks import Bytes
from cx_pipeline.extract.json_check import MOST_DEPTH
from cx_pipeline.extract.json_extract import Members, members_of
from cx_pipeline.extract.json_marks import COMMA, JsonMarks, Spans, elements, find_marks
from cx_pipeline.extract.json_rows import PAD, Context, Items, Rows
from cx_pipeline.extract.part import Part
from cx_pipeline.extract.text_views import Flags, Ints
from cx_pipeline.extract.utf8 import invalid_positions, is_valid

_BRACE, _SQUARE = 123, 91
_BETWEEN = b" \t\r\n,\0"
_RECORD_DEPTH = 2  # brackets around a record: the page's and the array's


class Taken(NamedTuple):
    """The records of whole pages, and where the first of them begins, counted from the first page."""

    part: Part
    first_record: int


class _Arrays(NamedTuple):
    """One array of records a page."""

    starts: Ints
    ends: Ints
    others: Flags


@dataclass(frozen=True)
class _Run:
    """Pages one after another that are valid JSON: their text, and everything else relative to where it begins."""

    data: bytes
    marks: JsonMarks
    pages: Spans


class PageBlock:
    """The pages of a block.

    Args:
        context: of the document.
        data: begins with a page.
        key: under which the records are.
        lengths: of the other arrays; added to.
    """

    def __init__(self, context: Context, data: bytes, key: str, lengths: dict[str, int]) -> None:
        self._context, self._data, self._key, self._lengths = context, data, key, lengths
        padded = data + PAD
        block: Bytes = np.frombuffer(padded, dtype=np.uint8, count=len(data))
        self._marks = find_marks(block)
        self._pages, depth = elements(self._marks)
        self._sound = _are_sound(context, padded, block, self._marks, self._pages, depth)

    def begins_at(self, position: int) -> bool:
        """Whether a whole page begins there."""
        starts = self._pages[0]
        at = int(np.searchsorted(starts, position))
        return at < len(starts) and int(starts[at]) == position

    def take(self, position: int, line: int) -> Taken | None:
        """Read the pages from `position` on up to the first one that needs a closer look; None when that is the first.

        Args:
            position: where a page begins.
            line: physical line there.
        """
        at = int(np.searchsorted(self._pages[0], position))
        count = _leading(self._sound[at:])
        return _take(self._context, self._run(at, count), line, self._key, self._lengths) if count else None

    def _run(self, at: int, count: int) -> _Run:
        starts, ends = self._pages[0][at : at + count], self._pages[1][at : at + count]
        begin, end = int(starts[0]), int(ends[-1])
        marks = self._marks
        inside = slice(*np.searchsorted(marks.positions, [begin, end]))
        slashes = marks.slashes[slice(*np.searchsorted(marks.slashes, [begin, end]))]
        own = JsonMarks(
            marks.positions[inside] - begin, marks.kinds[inside], marks.depth[inside], slashes - begin, in_string=False
        )
        return _Run(self._data[begin:end], own, (starts - begin, ends - begin))


def _take(context: Context, run: _Run, line: int, key: str, lengths: dict[str, int]) -> Taken | None:
    """The records of the pages up to the first that has anything but objects under the key; None when that is the first."""
    data, marks, pages = run.data, run.marks, run.pages
    padded = data + PAD
    block: Bytes = np.frombuffer(padded, dtype=np.uint8, count=len(data))
    members = members_of(block, marks, pages)
    arrays, count = _record_arrays(padded, block, members, key, len(pages[0]))
    records, count = _records(context, data, marks, arrays, count)
    if count == 0:
        return None
    rows = Rows(context, padded, len(data), line)
    shifted = replace(marks, depth=marks.depth - _RECORD_DEPTH)
    rows.settle(block, shifted, Items(*records, np.ones(len(records[0]), dtype=np.bool_)))
    _count_others(padded, marks, members, arrays.others & (members.owner < count), lengths)
    first = int(records[0][0]) if len(records[0]) else 0
    return Taken(rows.part(int(pages[1][count - 1])), first)


def _leading(flags: Flags) -> int:
    """How many are true before the first that is not."""
    return len(flags) if flags.all() else int(np.argmin(flags))


def _are_sound(context: Context, padded: bytes, block: Bytes, marks: JsonMarks, pages: Spans, depth: Ints) -> Flags:
    begins, finishes = pages
    if not len(begins):
        return np.zeros(0, dtype=np.bool_)
    below = marks.positions[marks.depth < 0]
    sound: Flags = (block[begins] == _BRACE) & (depth <= MOST_DEPTH) & (finishes <= (below[0] if len(below) else len(block)))
    previous = np.concatenate([[0], finishes[:-1]])
    for index in np.flatnonzero(begins - previous > 0).tolist():
        sound[index] &= not padded[previous[index] : begins[index]].strip(_BETWEEN)
    sound &= context.checker.valid(padded, begins, finishes)
    if not context.is_valid_utf8 and not is_valid(padded[: len(block)]):
        wrong = invalid_positions(block)
        sound &= np.searchsorted(wrong, begins) == np.searchsorted(wrong, finishes)
    return sound


def _record_arrays(padded: bytes, block: Bytes, members: Members, key: str, count: int) -> tuple[_Arrays, int]:
    """The arrays under `key`, and how many pages have exactly one."""
    is_array = members.is_nested & (block[members.starts] == _SQUARE)
    none = np.zeros(0, dtype=np.int64)
    if not len(is_array):
        return _Arrays(none, none, is_array), 0
    names = text_views.columns(padded, members.key_starts[None], members.key_ends[None], keep_empty=True)[0]
    written = [json.dumps(key)[1:-1], json.dumps(key, ensure_ascii=False)[1:-1]]
    is_wanted = is_array & names.is_in(written).to_numpy()
    each = np.bincount(members.owner[is_wanted], minlength=count) == 1
    count = min(count, _leading(each))
    wanted = is_wanted & (members.owner < count)
    return _Arrays(members.starts[wanted], members.ends[wanted], is_array & ~is_wanted), count


def _records(context: Context, data: bytes, marks: JsonMarks, arrays: _Arrays, count: int) -> tuple[Spans, int]:
    """Objects in the arrays, and how many pages have nothing else there and none that is too long."""
    none = np.zeros(0, dtype=np.int64)
    if count == 0:
        return (none, none), 0
    positions = marks.positions
    inner = _RECORD_DEPTH + 1
    begins = _inside(positions[(marks.kinds == _BRACE) & (marks.depth == inner)], arrays)
    finishes = _inside(positions[marks.closes & (marks.depth == _RECORD_DEPTH)] + 1, arrays)
    commas = positions[(marks.kinds == COMMA) & (marks.depth == _RECORD_DEPTH)]
    objects = np.searchsorted(begins, arrays.ends) - np.searchsorted(begins, arrays.starts)
    closings = np.searchsorted(finishes, arrays.ends) - np.searchsorted(finishes, arrays.starts)
    separators = np.searchsorted(commas, arrays.ends) - np.searchsorted(commas, arrays.starts)
    plain = (objects == closings) & (objects == separators + 1)
    for index in np.flatnonzero((closings == 0) & (separators == 0)).tolist():
        plain[index] = not data[arrays.starts[index] + 1 : arrays.ends[index] - 1].strip()
    count = _leading(plain)
    end = arrays.ends[count - 1] if count else 0
    begins, finishes = begins[begins < end], finishes[finishes < end]
    too_long = np.flatnonzero(finishes - begins > context.limits.max_record_bytes)
    if len(too_long):
        count = int(np.searchsorted(arrays.starts, begins[too_long[0]])) - 1
        end = arrays.ends[count - 1] if count else 0
        begins, finishes = begins[begins < end], finishes[finishes < end]
    return (begins, finishes), count


def _inside(positions: Ints, arrays: _Arrays) -> Ints:
    index = np.searchsorted(arrays.starts, positions, side="right") - 1
    return positions[(index >= 0) & (positions < arrays.ends[np.maximum(index, 0)])]


def _count_others(padded: bytes, marks: JsonMarks, members: Members, others: Flags, lengths: dict[str, int]) -> None:
    commas = marks.positions[(marks.kinds == COMMA) & (marks.depth == _RECORD_DEPTH)]
    for index in np.flatnonzero(others).tolist():
        start, end = int(members.starts[index]), int(members.ends[index])
        key = str(json.loads(padded[members.key_starts[index] - 1 : members.key_ends[index] + 1]))
        is_empty = not padded[start + 1 : end - 1].strip()
        length = 0 if is_empty else int(np.searchsorted(commas, end) - np.searchsorted(commas, start)) + 1
        lengths[key] = lengths.get(key, 0) + length
