"""Where the structure of JSON text stands: quotes, brackets, colons and commas that are no part of a string, and their depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cx_pipeline.extract.delimited_marks import Bytes, odd_run_before
from cx_pipeline.extract.text_views import Flags, Ints

QUOTE, COLON, COMMA = 34, 58, 44
_BACKSLASH = 92
_OPEN, _CLOSE = 123, 125  # with bit 5 set, also for square brackets
_CACHE_BLOCK = 256 * 1024


@dataclass(frozen=True)
class JsonMarks:
    """Structure of a block that begins outside of any string.

    Attributes:
        positions: offset of each mark.
        kinds: its byte.
        depth: brackets open after it.
        slashes: offsets of all backslashes.
        in_string: the block ends inside a string.
    """

    positions: Ints
    kinds: Bytes
    depth: Ints
    slashes: Ints
    in_string: bool

    @property
    def opens(self) -> Flags:
        result: Flags = (self.kinds | 32) == _OPEN
        return result

    @property
    def closes(self) -> Flags:
        result: Flags = (self.kinds | 32) == _CLOSE
        return result


def find_marks(block: Bytes) -> JsonMarks:
    """Scan a block that begins outside of strings, at depth 0."""
    parts = [_find(block, start) for start in range(0, len(block), _CACHE_BLOCK)]
    positions = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
    slashes = np.flatnonzero(block == _BACKSLASH)
    kinds = block[positions]
    is_quote = kinds == QUOTE
    escaped = _escaped(block, positions, slashes)
    is_quote[escaped] = False
    inside = np.bitwise_xor.accumulate(is_quote)
    in_string = bool(inside[-1]) if len(inside) else False
    keep = is_quote | ~inside
    keep[escaped] = False
    positions, kinds = positions[keep], kinds[keep]
    folded = kinds | 32
    step = (folded == _OPEN).astype(np.int8) - (folded == _CLOSE).astype(np.int8)
    return JsonMarks(positions, kinds, np.cumsum(step, dtype=np.int64), slashes, in_string)


def _escaped(block: Bytes, positions: Ints, slashes: Ints) -> Ints:
    """The marks that are quotes behind an odd number of backslashes."""
    after = slashes + 1
    after = after[after < len(block)]
    after = after[block[after] == QUOTE]
    result: Ints = np.searchsorted(positions, after[odd_run_before(slashes, after)] if len(after) else after)
    return result


def _find(block: Bytes, start: int) -> Ints:
    part = block[start : start + _CACHE_BLOCK]
    folded = part | 32
    mask = (folded == _OPEN) | (folded == _CLOSE)
    for byte in (QUOTE, COLON, COMMA):
        mask |= part == byte
    return np.flatnonzero(mask) + start


Spans = tuple[Ints, Ints]


def elements(marks: JsonMarks) -> tuple[Spans, npt.NDArray[np.int64]]:
    """Complete bracketed values at depth 0 as (starts, ends), and the greatest depth in each."""
    begins = np.flatnonzero(marks.opens & (marks.depth == 1))
    finishes = np.flatnonzero(marks.closes & (marks.depth == 0))
    count = min(len(begins), len(finishes))
    begins, finishes = begins[:count], finishes[:count]
    if count == 0:
        empty = np.empty(0, dtype=np.int64)
        return (empty, empty), empty
    bounds = np.stack([begins, finishes], axis=1).ravel()
    deepest = np.maximum.reduceat(marks.depth, bounds)[::2]
    return (marks.positions[begins], marks.positions[finishes] + 1), deepest
