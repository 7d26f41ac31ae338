"""Which bytes are valid UTF-8, by the block."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cx_pipeline.extract.text_views import Ints

Bytes = npt.NDArray[np.uint8]


def is_valid(data: bytes) -> bool:
    """True when all of `data` is valid UTF-8; no copy is made."""
    if data.isascii():
        return True
    offsets = pa.py_buffer(np.array([0, len(data)], dtype=np.int64))
    text = pa.Array.from_buffers(pa.large_utf8(), 1, [None, offsets, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def cut_at_end(data: bytes) -> int:
    """How many bytes of an unfinished character stand at the end: 0 to 3."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if back < needed and byte <= 0xF4 else 0
        if byte < 0x80:
            return 0
    return 0


def multibyte(block: Bytes) -> tuple[npt.NDArray[np.bool_], int]:
    """A mask of the bytes that belong to no valid character, and the number of valid characters of several bytes.

    Well-formed sequences as in table 3-7 of the Unicode standard.
    """
    count = len(block)
    padded = np.zeros(count + 3, dtype=np.uint8)
    padded[:count] = block
    first, second, third, fourth = (padded[shift : shift + count] for shift in range(4))

    def follows(byte: Bytes) -> npt.NDArray[np.bool_]:
        result: npt.NDArray[np.bool_] = (byte & 0xC0) == 0x80
        return result

    two = (first >= 0xC2) & (first <= 0xDF) & follows(second)
    three = (first >= 0xE0) & (first <= 0xEF) & follows(second) & follows(third)
    three &= ~((first == 0xE0) & (second < 0xA0)) & ~((first == 0xED) & (second > 0x9F))
    four = (first >= 0xF0) & (first <= 0xF4) & follows(second) & follows(third) & follows(fourth)
    four &= ~((first == 0xF0) & (second < 0x90)) & ~((first == 0xF4) & (second > 0x8F))
    good = block < 0x80
    for start, length in ((two, 2), (three, 3), (four, 4)):
        for shift in range(length):
            good[shift:] |= start[: count - shift]
    return ~good, int(two.sum() + three.sum() + four.sum())


def invalid_positions(block: Bytes) -> Ints:
    """Offsets of the bytes that belong to no valid character."""
    return np.flatnonzero(multibyte(block)[0])
