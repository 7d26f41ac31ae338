"""Members of JSON objects as text columns: every value as it is written, strings without quotes and escapes.

Numbers keep their text, so ids of any length and amounts with trailing zeros stay exact. What is nested becomes JSON text without
white space. Where an object has a key twice, the last value counts, as most JSON parsers have it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.extract import text_views
from cx_pipeline.extract.delimited_marks import Bytes
from cx_pipeline.extract.json_escapes import unescape
from cx_pipeline.extract.json_marks import COLON, COMMA, QUOTE, JsonMarks, Spans
from cx_pipeline.extract.json_names import Names
from cx_pipeline.extract.text_views import Flags, Ints

_MOST_CELLS = 4_000_000
_SPARSE = 20
_SPARSE_ROWS = 100
_MOST_BLANKS = 256
_BLANKS = np.zeros(256, dtype=np.bool_)
_BLANKS[[9, 10, 13, 32]] = True
_SPACE = b" \t\r\n"
_NULL = np.frombuffer(b"null", dtype="<u4")[0]


@dataclass(frozen=True)
class Members:
    """Members of objects, in file order: which object, where its key and its value stand, and what the value is."""

    owner: Ints
    key_starts: Ints
    key_ends: Ints
    starts: Ints
    ends: Ints
    is_string: Flags
    is_nested: Flags

    def slice(self, low: int, high: int, first: int) -> Members:
        """Members `low` to `high`, owners counted from `first`."""
        part = slice(low, high)
        return Members(
            self.owner[part] - first,
            self.key_starts[part],
            self.key_ends[part],
            self.starts[part],
            self.ends[part],
            self.is_string[part],
            self.is_nested[part],
        )


@dataclass(frozen=True)
class Block:
    """A block of JSON text: its bytes followed by at least 16 spare ones, the same as numbers, and its structure."""

    data: bytes
    bytes: Bytes
    marks: JsonMarks


def frames(block: Block, spans: Spans, names: Names) -> list[pl.DataFrame]:
    """One row an object, one text column a key; several frames where one would be too wide and too high.

    Args:
        block: text and structure.
        spans: starts and ends of valid JSON objects at depth 0, ascending.
        names: stored names of keys; grows.
    """
    height = len(spans[0])
    members = members_of(block.bytes, block.marks, spans)
    columns, column_of = _columns(block.data, members, names)
    if not columns:
        return [pl.DataFrame(height=height)]
    blanks = _blanks(block.bytes, block.marks)
    rows = max(1, _MOST_CELLS // len(columns))
    if len(members.owner) * _SPARSE < height * len(columns):
        rows = min(rows, _SPARSE_ROWS)
    found = []
    for first in range(0, height, rows):
        last = min(first + rows, height)
        low, high = np.searchsorted(members.owner, [first, last]).tolist()
        part = members.slice(low, high, first)
        # keys that do not occur here are left out: objects with ever new keys would fill the memory with nulls
        present, place = np.unique(column_of[low:high], return_inverse=True)
        found.append(_table(block, blanks, part, last - first, [columns[number] for number in present], place))
    return found


def members_of(block: Bytes, marks: JsonMarks, spans: Spans) -> Members:
    """The members of valid JSON objects at depth 0."""
    positions, kinds, depth = marks.positions, marks.kinds, marks.depth
    separates = (kinds == COMMA) | (kinds == COLON)
    level = np.flatnonzero((separates & (depth == 1)) | (marks.closes & (depth == 0)))
    is_colon = kinds[level] == COLON
    is_colon[-1:] = False
    colon = level[is_colon]
    after = level[np.flatnonzero(is_colon) + 1]
    starts, ends = spans
    owner = np.searchsorted(starts, positions[colon], side="right") - 1
    mine = (owner >= 0) & (positions[colon] < ends[owner])
    colon, after, owner = colon[mine], after[mine], owner[mine]
    first = kinds[colon + 1]
    begins_value = colon + 1 < after
    is_string = begins_value & (first == QUOTE)
    is_nested = begins_value & ~is_string
    value_starts = np.where(begins_value, positions[colon + 1] + is_string, positions[colon] + 1)
    value_ends = np.where(begins_value, positions[after - 1] + is_nested, positions[after])
    is_scalar = ~begins_value
    value_starts[is_scalar], value_ends[is_scalar] = _strip(block, value_starts[is_scalar], value_ends[is_scalar])
    return Members(owner, positions[colon - 2] + 1, positions[colon - 1], value_starts, value_ends, is_string, is_nested)


def _strip(block: Bytes, starts: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Leave out white space around numbers and words."""
    starts, ends = starts.copy(), ends.copy()
    for position, step, shift in ((starts, 1, 0), (ends, -1, -1)):
        rows = np.flatnonzero(_BLANKS[block[position + shift]])
        for _ in range(_MOST_BLANKS):
            if not len(rows):
                break
            position[rows] += step
            rows = rows[_BLANKS[block[position[rows] + shift]]]
        for row in rows.tolist():
            text = block[starts[row] : ends[row]].tobytes()
            left = len(text.lstrip(_SPACE)) if step > 0 else len(text.rstrip(_SPACE))
            position[row] += step * (len(text) - left)
    return starts, ends


def _columns(data: bytes, members: Members, names: Names) -> tuple[list[str], Ints]:
    """Stored names of the keys that occur, and the number of the column of every member."""
    if not len(members.owner):
        return [], np.empty(0, dtype=np.int64)
    keys = text_views.columns(data, members.key_starts[None], members.key_ends[None], keep_empty=True)[0]
    first = int(np.searchsorted(members.owner, members.owner[0], side="right"))
    if _is_regular(keys, members.owner, first):
        groups: Iterable[tuple[str, Ints | slice]] = ((keys[at], slice(at, None, first)) for at in range(first))
    else:
        numbered = pl.DataFrame({"key": keys, "member": np.arange(len(keys))})
        grouped = numbered.group_by("key", maintain_order=True).agg("member")
        groups = zip(grouped["key"], (part.to_numpy() for part in grouped["member"]), strict=True)
    column_of = np.empty(len(members.owner), dtype=np.int64)
    columns: dict[str, int] = {}
    for key, where in groups:
        name = names.stored(str(json.loads(f'"{key}"')) if "\\" in key else key)
        column_of[where] = columns.setdefault(name, len(columns))
    return list(columns), column_of


def _is_regular(keys: pl.Series, owner: Ints, width: int) -> bool:
    """Do all objects have the same keys in the same order?"""
    if len(keys) % width or (owner[::width] != owner[width - 1 :: width]).any() or (np.diff(owner[::width]) != 1).any():
        return False
    key = pl.col("key")
    alike = [(key.gather_every(width, at) == key.get(at)).all() for at in range(width)]
    return bool(keys.to_frame("key").select(pl.all_horizontal(alike)).item())


def _table(block: Block, blanks: Ints, members: Members, height: int, columns: list[str], column_of: Ints) -> pl.DataFrame:
    """One frame of all its members; `column_of` says which column each belongs to."""
    place = column_of * height + members.owner
    begin, end = members.starts, members.ends
    starts, ends = np.full(len(columns) * height, -1, dtype=np.int64), np.full(len(columns) * height, -1, dtype=np.int64)
    is_null = ~members.is_string & ~members.is_nested & _is_null(block.bytes, begin, end)
    starts[place] = np.where(is_null, -1, begin)
    ends[place] = np.where(is_null, -1, end)
    # where a key comes twice, only the member that counts may be rewritten
    counts = starts[place] == begin
    rewritten = []
    strings = np.flatnonzero(members.is_string & counts)
    escaped = strings[_any_between(block.marks.slashes, begin[strings], end[strings])]
    if len(escaped):
        rewritten.append(_unescaped(block.data, begin[escaped], end[escaped], place[escaped]))
    nested = np.flatnonzero(members.is_nested & counts)
    spaced = nested[_any_between(blanks, begin[nested], end[nested])]
    if len(spaced):
        rewritten.append(_without(block.bytes, blanks, begin[spaced], end[spaced], place[spaced]))
    shape = (len(columns), height)
    series = text_views.columns(block.data, starts.reshape(shape), ends.reshape(shape), rewritten, keep_empty=True)
    return pl.DataFrame(dict(zip(columns, series, strict=True)))


def _any_between(positions: Ints, starts: Ints, ends: Ints) -> Flags:
    if not len(positions):
        return np.zeros(len(starts), dtype=np.bool_)
    result: Flags = np.searchsorted(positions, starts) != np.searchsorted(positions, ends)
    return result


def _is_null(block: Bytes, starts: Ints, ends: Ints) -> Flags:
    result: Flags = (ends - starts) == 4
    rows = np.flatnonzero(result)
    letters = block[starts[rows][:, None] + np.arange(4)]
    result[rows] = np.ascontiguousarray(letters).view("<u4").ravel() == _NULL
    return result


def _blanks(block: Bytes, marks: JsonMarks) -> Ints:
    """Offsets of white space in nested values, outside of strings; in valid JSON it always borders on punctuation."""
    inner = (marks.kinds != QUOTE) & ((marks.depth >= 2) | (marks.closes & (marks.depth == 1)))
    punctuation = marks.positions[inner]
    is_blank = np.zeros(len(block), dtype=np.bool_)
    for step in (1, -1):
        at = _blank_at(block, punctuation + step)
        for _ in range(_MOST_BLANKS):
            if not len(at):
                break
            is_blank[at] = True
            at = _blank_at(block, at + step)
        if len(at):
            return _all_blanks(block, marks)
    return np.flatnonzero(is_blank)


def _blank_at(block: Bytes, positions: Ints) -> Ints:
    positions = positions[(positions >= 0) & (positions < len(block))]
    return positions[_BLANKS[block[positions]]]


def _all_blanks(block: Bytes, marks: JsonMarks) -> Ints:
    """All white space outside of strings; for texts with long runs of it."""
    quotes = np.zeros(len(block), dtype=np.int8)
    quotes[marks.positions[marks.kinds == QUOTE]] = 1
    return np.flatnonzero(_BLANKS[block] & ((np.cumsum(quotes, dtype=np.int32) & 1) == 0))


def _without(block: Bytes, blanks: Ints, starts: Ints, ends: Ints, where: Ints) -> text_views.Rewritten:
    """The spans without their white space."""
    sizes = ends - starts
    removed = np.zeros(len(block), dtype=np.bool_)
    removed[blanks] = True
    offsets = np.arange(int(sizes.sum())) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    kept = offsets[~removed[offsets]]
    left = sizes - (np.searchsorted(blanks, ends) - np.searchsorted(blanks, starts))
    return text_views.Rewritten(where, block[kept].tobytes(), left)


def _unescaped(data: bytes, starts: Ints, ends: Ints, where: Ints) -> text_views.Rewritten:
    """The insides of strings without their escapes."""
    texts = b"".join([data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
    return text_views.Rewritten(where, *unescape(texts, ends - starts))
