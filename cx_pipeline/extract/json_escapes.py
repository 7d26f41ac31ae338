"""Escapes in JSON strings as the characters they stand for, for all strings of a block at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cx_pipeline.extract.delimited_marks import Bytes
from cx_pipeline.extract.text_views import Ints

_BACKSLASH, _U = 92, 117
_SHORT = np.arange(256, dtype=np.uint8)
for _letter, _character in zip(b"bfnrt", b"\b\f\n\r\t", strict=True):
    _SHORT[_letter] = _character
_DIGITS = np.zeros(256, dtype=np.int64)
for _digit in b"0123456789abcdefABCDEF":
    _DIGITS[_digit] = int(chr(_digit), 16)
_HIGH, _LOW, _AFTER_SURROGATES = 0xD800, 0xDC00, 0xE000
_SIZES = np.array([0x80, 0x800, 0x10000])  # from here on a character takes two, three, four bytes of UTF-8
_LEADS = np.array([0, 0, 0xC0, 0xE0, 0xF0], dtype=np.int64)  # first byte of a character of so many bytes


class Unescaped(NamedTuple):
    """Texts one after another as UTF-8, and the bytes of each."""

    texts: bytes
    sizes: Ints


def unescape(texts: bytes, sizes: Ints) -> Unescaped:
    """The text of JSON strings without their quotes.

    Args:
        texts: insides of valid strings, one after another; halves of surrogate pairs always come as pairs.
        sizes: bytes of each.
    """
    block = np.frombuffer(texts, dtype=np.uint8).copy()
    keep = np.ones(len(block), dtype=np.bool_)
    starts = _escapes(block)
    is_unicode = block[starts + 1] == _U
    short = starts[~is_unicode]
    block[short] = _SHORT[block[short + 1]]
    keep[short + 1] = False
    _write_unicode(block, keep, starts[is_unicode])
    # Every removed byte belongs to the string it stands in.
    removed = np.concatenate([[0], np.flatnonzero(~keep)])
    ends = np.cumsum(sizes)
    before = np.searchsorted(removed[1:], np.concatenate([[0], ends]))
    return Unescaped(block[keep].tobytes(), sizes - np.diff(before))


def _escapes(block: Bytes) -> Ints:
    """Backslashes that begin an escape: every other one of a run, as one escapes the next."""
    slashes = np.flatnonzero(block == _BACKSLASH)
    follows = np.zeros(len(slashes), dtype=np.bool_)
    follows[1:] = np.diff(slashes) == 1
    if not follows.any():
        return slashes
    order = np.arange(len(slashes))
    first_of_run = np.maximum.accumulate(np.where(follows, 0, order))
    result: Ints = slashes[(order - first_of_run) % 2 == 0]
    return result


def _write_unicode(block: Bytes, keep: npt.NDArray[np.bool_], starts: Ints) -> None:
    """Write the characters of `\\uXXXX` escapes over the escapes, and mark what is left of them as not to keep."""
    if not len(starts):
        return
    digits = _DIGITS[block[starts[:, None] + np.arange(2, 6)]]
    codes = digits @ np.array([4096, 256, 16, 1])
    for offset in range(6):
        keep[starts + offset] = False
    is_low = (codes >= _LOW) & (codes < _AFTER_SURROGATES)
    high = np.flatnonzero((codes >= _HIGH) & (codes < _LOW))
    codes[high] = 0x10000 + ((codes[high] - _HIGH) << 10) + (codes[high + 1] - _LOW)
    starts, codes = starts[~is_low], codes[~is_low]
    size = 1 + np.searchsorted(_SIZES, codes, side="right")
    for number in range(1, 5):
        at, code = starts[size == number], codes[size == number]
        for place in range(number):
            bits = code >> (6 * (number - 1 - place))
            block[at + place] = bits if number == 1 else (_LEADS[number] | bits) if place == 0 else 0x80 | (bits & 0x3F)
            keep[at + place] = True
