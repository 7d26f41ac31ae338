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
_LOW = np.array([(1 << (8 * min(n, 8))) - 1 for n in range(_INLINE + 1)], dtype=np.uint64)
_HIGH = np.array([(1 << (8 * max(n - 8, 0))) - 1 for n in range(_INLINE + 1)], dtype=np.uint64)


def views(data: bytes, starts: Ints, lengths: Ints, buffer_number: int = 0) -> npt.NDArray[np.uint64]:
    """Arrow string views, shape (n, 2), of `data[start:start + length]`; `data` needs 16 spare bytes after every start."""
    count = len(starts)
    result = np.empty((count, 2), dtype=np.uint64)
    if count == 0:
        return result
    words: npt.NDArray[np.uint64] = np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    size = lengths.astype(np.uint64)
    low = words[starts]
    short = np.flatnonzero(lengths <= _INLINE)
    result[:, 0] = size | (low << np.uint64(32))
    result[:, 1] = (starts.astype(np.uint64) << np.uint64(32)) | np.uint64(buffer_number)
    if len(short):
        width = lengths[short]
        first = low[short] & _LOW[width]
        last = words[starts[short] + 8] & _HIGH[width]
        result[short, 0] = size[short] | (first << np.uint64(32))
        result[short, 1] = (first >> np.uint64(32)) | (last << np.uint64(32))
    return result


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
        ends: byte after each value.
        rewritten: values that say something else; none of them null.
        keep_empty: an empty span is an empty text; otherwise it is null.
    """
    width, height = starts.shape
    flat_starts = np.ascontiguousarray(starts).ravel()
    lengths = np.ascontiguousarray(ends).ravel() - flat_starts
    valid = (flat_starts >= 0) if keep_empty else (lengths > 0) & (flat_starts >= 0)
    if not valid.all():
        flat_starts = np.where(valid, flat_starts, 0)
        lengths = np.where(valid, lengths, 0)
    packed = views(data, flat_starts, lengths)
    buffers: list[Any] = [pa.py_buffer(data)]
    for texts in rewritten:
        extra = texts.texts + bytes(_PAD)
        packed[texts.where] = views(extra, np.cumsum(texts.sizes) - texts.sizes, texts.sizes, len(buffers))
        buffers.append(pa.py_buffer(extra))
    block = pa.py_buffer(packed)
    result = []
    for number in range(width):
        rows = slice(number * height, (number + 1) * height)
        mask = None if valid[rows].all() else pa.py_buffer(np.packbits(valid[rows], bitorder="little"))
        part = block.slice(number * height * 16, height * 16)
        series = pl.from_arrow(pa.Array.from_buffers(pa.string_view(), height, [mask, part, *buffers]))
        assert isinstance(series, pl.Series)
        result.append(series)
    return result
