"""Spans of a byte buffer as text columns, without copying the text.

Arrow's string views are 16 bytes a value: length, then the text itself when it has at most 12 bytes, else its first 4 bytes,
the number of the data buffer and the offset in it. Building them with a few vectorised operations is cheaper than any
parser, and the reader knows the spans anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_INLINE = 12
_PAD = 16
_STRIP = 16_384
_LOW = np.array([(1 << (8 * min(n, 8))) - 1 for n in range(_INLINE + 1)], dtype=np.uint64)
_HIGH = np.array([(1 << (8 * max(n - 8, 0))) - 1 for n in range(_INLINE + 1)], dtype=np.uint64)


def views(data: bytes, starts: Ints, lengths: Ints, buffer_number: int = 0) -> npt.NDArray[np.uint64]:
    """Arrow string views, shape (n, 2), of `data[start:start + length]`; `data` needs 16 spare bytes after every start."""
    result = np.empty((len(starts), 2), dtype=np.uint64)
    if len(starts):
        _fill(result, _words(data), starts, lengths, buffer_number)
    return result


def _words(data: bytes) -> npt.NDArray[np.uint64]:
    """The eight bytes from every offset on."""
    return np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))


def _fill(result: npt.NDArray[np.uint64], words: npt.NDArray[np.uint64], starts: Ints, lengths: Ints, buffer_number: int) -> None:
    """Write the views of at least one value."""
    size, low = lengths.view(np.uint64), words[starts]
    if lengths.min() > _INLINE:
        short: Ints | slice = np.empty(0, dtype=np.int64)
    elif lengths.max() <= _INLINE:
        short = np.s_[:]
    else:
        short = np.flatnonzero(lengths <= _INLINE)
    if isinstance(short, slice) or len(short):
        width = lengths[short]
        first = low[short] & _LOW[width]
        last = words[starts[short] + 8] & _HIGH[width]
    if not isinstance(short, slice):
        np.left_shift(low, np.uint64(32), out=low)
        np.bitwise_or(low, size, out=result[:, 0])
        np.left_shift(starts.view(np.uint64), np.uint64(32), out=low)
        np.bitwise_or(low, np.uint64(buffer_number), out=result[:, 1])
    if isinstance(short, slice) or len(short):
        result[short, 0] = size[short] | (first << np.uint64(32))
        result[short, 1] = (first >> np.uint64(32)) | (last << np.uint64(32))


@dataclass(frozen=True)
class Rewritten:
    """Values whose text is not what stands in the data.

    Attributes:
        where: their numbers, counting row by row through the columns.
        texts: valid UTF-8, one after another.
        sizes: bytes of each.
    """

    where: Ints
    texts: bytes
    sizes: Ints

    @classmethod
    def each(cls, data: bytes, starts: Ints, ends: Ints, where: Ints, rewrite: Callable[[bytes], bytes]) -> Rewritten:
        """Rewrite the values `where` one by one; for the few that need it."""
        spans = zip(starts.ravel()[where].tolist(), ends.ravel()[where].tolist(), strict=True)
        texts = [rewrite(data[start:end]) for start, end in spans]
        return cls(where, b"".join(texts), np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))


def columns(
    data: bytes, starts: Ints, ends: Ints, rewritten: Sequence[Rewritten] = (), *, keep_empty: bool = False
) -> list[pl.Series]:
    """One text series a row of `starts` and `ends` (shape: columns x rows), sharing the memory of `data`.

    Args:
        data: valid UTF-8 within every span, followed by at least 16 spare bytes.
        starts: first byte of each value; below 0 for null.
        ends: byte after each value; for null the same as its start.
        rewritten: values that say something else; none of them null.
        keep_empty: an empty span is an empty text; otherwise it is null.
    """
    width, height = starts.shape
    packed = np.empty((width * height, 2), dtype=np.uint64)
    words, step = _words(data), max(1, _STRIP // max(height, 1))
    masks: list[Any] = []
    for first in range(0, width if height else 0, step):  # some columns at a time, so that what is in work stays in the cache
        strip = slice(first, first + step)
        begin = np.ascontiguousarray(starts[strip]).ravel()
        lengths = (ends[strip] - starts[strip]).ravel()
        if lengths.min() > 0:  # a null has no length
            masks.extend([None] * (len(lengths) // height))
        else:
            valid = (begin >= 0) if keep_empty else (lengths > 0) & (begin >= 0)
            begin, lengths = np.where(valid, begin, 0), np.where(valid, lengths, 0)
            rows = valid.reshape(-1, height)
            masks.extend(None if flags.all() else pa.py_buffer(np.packbits(flags, bitorder="little")) for flags in rows)
        _fill(packed[first * height : (first + step) * height], words, begin, lengths, 0)
    buffers: list[Any] = [pa.py_buffer(data)]
    for texts in rewritten:
        extra = texts.texts + bytes(_PAD)
        packed[texts.where] = views(extra, np.cumsum(texts.sizes) - texts.sizes, texts.sizes, len(buffers))
        buffers.append(pa.py_buffer(extra))
    block = pa.py_buffer(packed)
    result = []
    for number in range(width):
        mask = masks[number] if height else None
        part = block.slice(number * height * 16, height * 16)
        series = pl.from_arrow(pa.Array.from_buffers(pa.string_view(), height, [mask, part, *buffers]))
        assert isinstance(series, pl.Series)
        result.append(series)
    return result
