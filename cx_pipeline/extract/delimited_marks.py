"""Where the structural bytes of a block stand: delimiters, line ends and quotes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cx_pipeline.extract.dialect import CR, LF, Dialect, Ends
from cx_pipeline.extract.text_views import Flags, Ints

Bytes = npt.NDArray[np.uint8]

_CACHE_BLOCK = 256 * 1024
_BACKSLASH = 92


@dataclass(frozen=True)
class Marks:
    """Structural bytes in the order of the block.

    Attributes:
        positions: offset of each.
        is_quote: which are quotes.
        is_end: which end a line, inside quotes or not.
        lines: offsets of the line ends alone.
        slashes: offsets of backslashes, where they escape.
    """

    positions: Ints
    is_quote: Flags
    is_end: Flags
    lines: Ints
    slashes: Ints


def find_marks(block: Bytes, end: int, dialect: Dialect) -> Marks:
    """Scan `block[:end]`; the byte after a carriage return and the rest of a delimiter must be readable behind `end`."""
    found = list(_find(block, end, dialect))
    positions = np.concatenate(found) if found else np.empty(0, dtype=np.int64)
    if len(dialect.delimiter) > 1:
        positions = _whole_delimiters(block, positions, dialect.delimiter)
    slashes = np.flatnonzero(block[:end] == _BACKSLASH) if dialect.backslash else np.empty(0, dtype=np.int64)
    if len(slashes) and len(positions):
        # a quote after an odd run of backslashes is text
        positions = positions[(block[positions] != dialect.quote_byte) | ~odd_run_before(slashes, positions)]
    kinds = block[positions]
    is_quote = kinds == dialect.quote_byte
    is_end = (kinds == LF) | (kinds == CR) if dialect.ends is Ends.ANY else kinds == LF
    return Marks(positions, is_quote, is_end, positions[is_end], slashes)


def _find(block: Bytes, end: int, dialect: Dialect) -> Iterator[Ints]:
    """The marks of one stretch after another, each small enough to stay in the cache; two buffers serve all."""
    size = min(_CACHE_BLOCK, end)
    masks, others = np.empty(size, dtype=np.bool_), np.empty(size, dtype=np.bool_)
    more = [*dialect.delimiter[:1], *dialect.quote]
    for start in range(0, end, _CACHE_BLOCK):
        part = block[start : min(start + _CACHE_BLOCK, end)]
        mask, other = masks[: len(part)], others[: len(part)]
        np.equal(part, LF, out=mask)
        for byte in more:
            np.equal(part, byte, out=other)
            np.logical_or(mask, other, out=mask)
        if dialect.ends is Ends.ANY:
            mask |= (part == CR) & (block[start + 1 : start + len(part) + 1] != LF)
        found = np.flatnonzero(mask)
        found += start
        yield found


def _whole_delimiters(block: Bytes, positions: Ints, delimiter: bytes) -> Ints:
    """Leave out first bytes of a delimiter of several bytes that its other bytes do not follow, and delimiters inside another."""
    other = block[positions] != delimiter[0]
    whole = np.ones(len(positions), dtype=np.bool_)
    for distance, byte in enumerate(delimiter[1:], start=1):
        whole &= block[positions + distance] == byte
    positions, other = positions[other | whole], other[other | whole]
    if len(set(delimiter)) > 1 or not len(positions):
        return _apart(positions, other, len(delimiter))
    begins = np.ones(len(positions), dtype=np.bool_)  # of a run of one byte, every second (third, …) place begins a delimiter
    begins[1:] = (np.diff(positions) != 1) | other[1:] | other[:-1]
    places = np.arange(len(positions))
    since = places - np.maximum.accumulate(np.where(begins, places, 0))
    result: Ints = positions[since % len(delimiter) == 0]
    return result


def _apart(positions: Ints, other: Flags, length: int) -> Ints:
    """Without the few delimiters that begin inside the one before, as in `|~|~|`."""
    marks = positions[~other]
    if not (np.diff(marks) < length).any():
        return positions
    inside, end = set(), -1
    for mark in marks.tolist():
        if mark < end:
            inside.add(mark)
        else:
            end = mark + length
    return positions[~np.isin(positions, sorted(inside))]


def odd_run_before(slashes: Ints, positions: Ints) -> Flags:
    """For each position: does an odd number of adjacent backslashes stand directly before it?"""
    first = np.ones(len(slashes), dtype=np.bool_)
    first[1:] = np.diff(slashes) != 1
    run_start = slashes[first][np.cumsum(first) - 1]
    nearest = np.searchsorted(slashes, positions) - 1
    near = np.maximum(nearest, 0)
    directly = (nearest >= 0) & (slashes[near] == positions - 1)
    result: Flags = directly & (((positions - run_start[near]) & 1) == 1)
    return result
