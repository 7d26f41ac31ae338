"""Spans of a block that should hold JSON objects, as good rows and rejects in file order."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl

from cx_pipeline.extract import json_extract, rejects
from cx_pipeline.extract.delimited_marks import Bytes
from cx_pipeline.extract.json_check import Checker, is_cut, is_json, is_too_deep, objects_in
from cx_pipeline.extract.json_extract import Block
from cx_pipeline.extract.json_marks import JsonMarks, elements, find_marks
from cx_pipeline.extract.json_names import Names
from cx_pipeline.extract.part import Part, Tally
from cx_pipeline.extract.rejects import Reject
from cx_pipeline.extract.text_views import Flags, Ints
from cx_pipeline.extract.utf8 import is_valid
from cx_pipeline.settings.reading import Limits

PAD = bytes(16)
INVALID, NOT_OBJECT, TRUNCATED, TOO_DEEP = "json.invalid", "json.not_an_object", "json.truncated", "json.too_deep"
INVALID_BYTES, RECORD_BYTES, CELL_BYTES = "encoding.invalid_bytes", "limit.record_bytes", "limit.cell_bytes"
_MOST_CELLS = 16_000_000
_ROWS_AT_ONCE = 1000
DETAILS = {
    INVALID: "not valid JSON",
    NOT_OBJECT: "expected an object",
    TRUNCATED: "the file ends inside a record",
    TOO_DEEP: "nested too deep",
    INVALID_BYTES: "bytes that are no UTF-8",
    RECORD_BYTES: "record longer than the limit",
    CELL_BYTES: "cell longer than the limit",
}


@dataclass
class Context:
    """What the readers of one document share."""

    names: Names
    limits: Limits
    tally: Tally
    checker: Checker
    is_valid_utf8: bool


@dataclass
class Items:
    """What a block holds, in order: spans that should be objects.

    Attributes:
        starts, ends: offsets of each.
        valid: which are valid objects.
        rules: why an item is damaged, where that is known without looking at its text.
    """

    starts: Ints
    ends: Ints
    valid: Flags
    rules: dict[int, str] = field(default_factory=dict)


class Rows:
    """The good and damaged records of one block.

    Args:
        context: of the document.
        data: the block, followed by `PAD`.
        size: bytes of the block.
        first_line: physical line it begins on.
        at_eof: the document ends with it.
    """

    def __init__(self, context: Context, data: bytes, size: int, first_line: int, at_eof: bool = False) -> None:
        self._context, self._data, self._size, self._at_eof = context, data, size, at_eof
        self._lines = np.flatnonzero(np.frombuffer(data, dtype=np.uint8, count=size) == 10)
        self._first_line = first_line
        self._rejects: list[Reject] = []
        self._frames: list[pl.DataFrame] = []
        self._is_valid_utf8 = context.is_valid_utf8

    def part(self, size: int) -> Part:
        """What was found, in file order, having consumed `size` bytes."""
        self._rejects.sort(key=lambda reject: reject.record)
        return Part(_in_order(self._frames), self._rejects, size)

    def settle(self, block: Bytes, marks: JsonMarks, items: Items) -> None:
        """Number all items and take over the valid ones; look closer at the others and save what can be saved.

        Args:
            block, marks: what `items.starts` refer to.
            items: see `Items`.
        """
        saved: dict[int, list[bytes]] = {}
        counts = np.ones(len(items.starts), dtype=np.int64)
        for index in np.flatnonzero(~items.valid).tolist():
            objects = self._objects(items, index)
            if objects is not None:
                saved[index], counts[index] = objects, len(objects)
        numbers = self._context.tally.record + np.cumsum(counts) - counts + 1
        self._context.tally.record += int(counts.sum())
        good = np.flatnonzero(items.valid)
        if len(good):
            spans = items.starts[good], items.ends[good]
            frames = json_extract.frames(Block(self._data, block, marks), spans, self._context.names)
            self._add(frames, numbers[good], *spans)
        if saved:
            self._add_saved(saved, items, numbers)
        for index in np.flatnonzero(~items.valid).tolist():
            if index not in saved:
                rule = items.rules.get(index) or self._rule(items, index)
                self._reject(int(numbers[index]), int(items.starts[index]), int(items.ends[index]), rule)

    def _objects(self, items: Items, index: int) -> list[bytes] | None:
        if items.rules.get(index):
            return None
        return objects_in(self._data[items.starts[index] : items.ends[index]])

    def _rule(self, items: Items, index: int) -> str:
        text = self._data[items.starts[index] : items.ends[index]]
        if self._at_eof and items.ends[index] == self._size and text.startswith(b"{") and is_cut(text):
            return TRUNCATED
        if not self._is_valid_utf8 and not is_valid(text):
            return INVALID_BYTES
        if is_too_deep(text):
            return TOO_DEEP
        return INVALID if text.startswith(b"{") or not is_json(text) else NOT_OBJECT

    def _add_saved(self, saved: dict[int, list[bytes]], items: Items, numbers: Ints) -> None:
        joined = b"\n".join(text for objects in saved.values() for text in objects)
        block = np.frombuffer(joined, dtype=np.uint8)
        marks = find_marks(block)
        frames = json_extract.frames(Block(joined + PAD, block, marks), elements(marks)[0], self._context.names)
        order = [numbers[index] + offset for index, objects in saved.items() for offset in range(len(objects))]
        places = np.array([(items.starts[index], items.ends[index]) for index, objects in saved.items() for _ in objects])
        self._add(frames, np.array(order), places[:, 0], places[:, 1])

    def _add(self, frames: list[pl.DataFrame], numbers: Ints, starts: Ints, ends: Ints) -> None:
        lines, first = self.line_of(starts), 0
        longest = self._context.limits.max_cell_bytes
        for frame in frames:
            rows = slice(first, first + frame.height)
            first += frame.height
            columns = [pl.Series("_record", numbers[rows]), pl.Series("_line", lines[rows]), *frame.get_columns()]
            numbered = pl.DataFrame(columns)
            if frame.width and int((ends[rows] - starts[rows]).max()) > longest:
                too_long = frame.select(pl.any_horizontal(pl.all().str.len_bytes() > longest).fill_null(False)).to_series()
                for row in (np.flatnonzero(too_long.to_numpy()) + rows.start).tolist():
                    self._reject(int(numbers[row]), int(starts[row]), int(ends[row]), CELL_BYTES)
                numbered = numbered.filter(~too_long)
            self._frames.append(numbered)

    def line_of(self, positions: Ints) -> Ints:
        """Physical lines of offsets."""
        return np.searchsorted(self._lines, positions) + self._first_line

    def reject(self, start: int, end: int, rule: str, digest: str = "") -> None:
        """Count a damaged record that comes next in the file."""
        self._context.tally.record += 1
        self._reject(self._context.tally.record, start, end, rule, digest)

    def _reject(self, number: int, start: int, end: int, rule: str, digest: str = "") -> None:
        raw = self._data[start:end]
        first, last = self.line_of(np.array([start, max(start, end - 1)])).tolist()
        self._context.tally.damaged += 1
        self._context.tally.is_truncated |= rule == TRUNCATED
        readable = rejects.readable(raw, self._context.limits.max_cell_bytes)
        self._rejects.append(Reject(number, first, last, rule, DETAILS[rule], readable, digest or rejects.digest(raw)))


def _in_order(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """The rows of the frames by record number, in new frames where records of one lie between those of another."""
    frames = sorted((frame for frame in frames if frame.height), key=lambda frame: int(frame["_record"][0]))
    if all(before["_record"][-1] < after["_record"][0] for before, after in pairwise(frames)):
        return frames
    columns = {name for frame in frames for name in frame.columns}
    if len(columns) * sum(frame.height for frame in frames) <= _MOST_CELLS:
        return [pl.concat(frames, how="diagonal").sort("_record")]
    edges = np.sort(np.concatenate([frame["_record"].to_numpy() for frame in frames]))[::_ROWS_AT_ONCE]
    pieces = []
    for low, high in pairwise([*edges.tolist(), np.iinfo(np.int64).max]):
        inside = [frame.filter(pl.col("_record").is_between(low, high, closed="left")) for frame in frames]
        pieces.append(pl.concat([_filled(frame) for frame in inside if frame.height], how="diagonal").sort("_record"))
    return pieces


def _filled(frame: pl.DataFrame) -> pl.DataFrame:
    """Without the columns that are null throughout."""
    return frame.select(column for column in frame.get_columns() if column.null_count() < frame.height)
