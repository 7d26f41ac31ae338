"""One JSON object a line. A line break inside a string is not allowed in JSON, so damage never reaches the next line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cx_pipeline.extract.delimited_marks import Bytes
from cx_pipeline.extract.json_check import MOST_DEPTH
from cx_pipeline.extract.json_marks import elements, find_marks
from cx_pipeline.extract.json_rows import NOT_OBJECT, PAD, RECORD_BYTES, TOO_DEEP, Context, Items, Rows
from cx_pipeline.extract.part import Part
from cx_pipeline.extract.source import Source
from cx_pipeline.extract.utf8 import invalid_positions, is_valid

_BRACE = 123
_BLANK = b" \t\r\n,\0"
_IS_BLANK = np.isin(np.arange(256), np.frombuffer(_BLANK, dtype=np.uint8))


def read_lines(source: Source, context: Context, block: int) -> Iterator[Part]:
    """The records of newline-delimited JSON, in file order."""
    position, line, size = 0, 1, block
    while position < source.size:
        data = source.read(position, size)
        at_eof = position + len(data) >= source.size
        known = len(data) if at_eof else data.rfind(b"\n") + 1
        if known == 0 and size <= context.limits.max_record_bytes:
            size = min(4 * size, context.limits.max_record_bytes + 1)
            continue
        if known == 0:
            part, known = _too_long(source, context, position, data, line)
            yield part
            line += 1
        else:
            yield _read(data[:known], context, line, at_eof).part(known)
            line += data.count(b"\n", 0, known)
        position, size = position + known, block


def _too_long(source: Source, context: Context, position: int, data: bytes, line: int) -> tuple[Part, int]:
    end = position
    for chunk in source.chunks(position):
        found = chunk.find(b"\n")
        end += found + 1 if found >= 0 else len(chunk)
        if found >= 0:
            break
    rows = Rows(context, data + PAD, len(data), line)
    rows.reject(0, len(data), RECORD_BYTES, digest=source.digest(position, end))
    return rows.part(end - position), end - position


def _read(data: bytes, context: Context, first_line: int, at_eof: bool) -> Rows:
    padded = data + PAD
    block = np.frombuffer(padded, dtype=np.uint8, count=len(data))
    rows = Rows(context, padded, len(data), first_line, at_eof)
    items = _lines(data, block)
    if not len(items.starts):
        return rows
    is_json = context.checker.valid(padded, items.starts, items.ends)
    is_object = block[items.starts] == _BRACE
    items.rules = dict.fromkeys(np.flatnonzero(is_json & ~is_object).tolist(), NOT_OBJECT)
    items.valid = is_json & is_object
    items.valid &= items.ends - items.starts <= context.limits.max_record_bytes
    if not context.is_valid_utf8 and not is_valid(data):
        wrong = invalid_positions(block)
        items.valid &= np.searchsorted(wrong, items.starts) == np.searchsorted(wrong, items.ends)
    visible = block if items.valid.all() else _hide(block, items)
    marks = find_marks(visible)
    (begins, _), depth = elements(marks)
    deep = np.isin(items.starts, begins[depth > MOST_DEPTH])
    items.valid &= ~deep
    for index in np.flatnonzero(~items.valid).tolist():
        if deep[index]:
            items.rules[index] = TOO_DEEP
        elif items.ends[index] - items.starts[index] > context.limits.max_record_bytes:
            items.rules[index] = RECORD_BYTES
    rows.settle(visible, marks, items)
    return rows


def _lines(data: bytes, block: Bytes) -> Items:
    """Lines that are not blank, white space and a byte order mark around them left out."""
    ends = np.flatnonzero(block == 10)
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1])
    odd = np.flatnonzero((ends > starts) & (_IS_BLANK[block[starts]] | _IS_BLANK[block[ends - 1]]))
    for index in odd.tolist():
        line = data[starts[index] : ends[index]]
        starts[index] += len(line) - len(line.lstrip(_BLANK))
        ends[index] = max(starts[index], ends[index] - (len(line) - len(line.rstrip(_BLANK))))
    filled = ends > starts
    return Items(starts[filled], ends[filled], np.ones(int(filled.sum()), dtype=np.bool_))


def _hide(block: Bytes, items: Items) -> Bytes:
    """The block with damaged lines blanked, so that their quotes and brackets do not count."""
    copy = block.copy()
    for index in np.flatnonzero(~items.valid).tolist():
        copy[items.starts[index] : items.ends[index]] = 32
    return copy
