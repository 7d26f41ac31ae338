"""What two texts have in common: every run of three words of each, as numbers.

Words are letters and digits in lower case; a character of a script that is written without spaces counts as a word. A text of
fewer than three words is one run of all of them.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

LENGTH = 3
_BETWEEN = r"[^\p{L}\p{M}\p{N} ]+"
_ALONE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_SEED = 20_240_229
_AT_ONCE = 20_000  # texts of one thread, and their characters; the words of so many take some 50 MB
_CHARACTERS = 6_000_000
# Steele and Vigna, "Computationally easy, spectrally good multipliers" (2021): odd numbers that spread bits well.
_MULTIPLIERS = (0xF1357AEA2E62A9C5, 0xD1342543DE82EF95, 0xAF251AF3B0F025B5)

Numbers = npt.NDArray[np.uint64]


class Shingles(NamedTuple):
    """The runs of texts, one text after the other.

    Attributes:
        values: of all texts; one that a text repeats may be there more than once.
        offsets: where each text begins; one more than there are texts.
    """

    values: Numbers
    offsets: Numbers

    @property
    def sizes(self) -> Numbers:
        return np.diff(self.offsets)

    def of(self, rows: npt.NDArray[np.int64]) -> pl.DataFrame:
        """`row, value` of some texts, in the order named; values as often as they stand there."""
        starts, sizes = self.offsets[rows].astype(np.int64), self.sizes[rows].astype(np.int64)
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return pl.DataFrame({"row": np.repeat(rows, sizes), "value": self.values[np.repeat(starts, sizes) + within]})


def words(texts: pl.Series) -> pl.Series:
    """The words of each text, in order, with empty ones between them where more than a space is."""
    spaced = texts.fill_null("").str.to_lowercase().str.replace_all(_BETWEEN, " ")
    is_ascii = bool((spaced.str.len_bytes() == spaced.str.len_chars()).all())
    return (spaced if is_ascii else spaced.str.replace_all(_ALONE, " ${0} ")).str.split(" ")


def shingles(texts: pl.Series) -> Shingles:
    """The runs of three words of each text; none of a text without words."""
    long = int(texts.str.len_bytes().mean() or 1)  # type: ignore[arg-type]
    at_once = max(1, min(_AT_ONCE, _CHARACTERS // max(long, 1)))
    pieces = [texts.slice(start, at_once) for start in range(0, len(texts), at_once)]
    if len(pieces) < 2:
        return _shingles(texts)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(_shingles, pieces))
    return _joined(made)


def _joined(made: list[Shingles]) -> Shingles:
    """All pieces as one; each is let go as soon as it was taken over."""
    ends = np.cumsum([len(part.values) for part in made], dtype=np.uint64)
    offsets = [part.offsets[1:] + end - np.uint64(len(part.values)) for part, end in zip(made, ends, strict=True)]
    values = np.empty(int(ends[-1]), np.uint64)
    for end in reversed(ends):
        part = made.pop()
        values[int(end) - len(part.values) : int(end)] = part.values
    return Shingles(values, np.concatenate([np.zeros(1, np.uint64), *offsets]))


def _shingles(texts: pl.Series) -> Shingles:
    count = len(texts)
    listed = pl.DataFrame({"row": np.arange(count, dtype=np.int64), "word": words(texts)})
    each = listed.lazy().explode("word", empty_as_null=False).filter(pl.col("word") != "")
    flat = each.select("row", pl.col("word").hash(_SEED)).collect()
    rows, hashed = flat["row"].to_numpy(), flat["word"].to_numpy()
    sizes = np.bincount(rows, minlength=count)
    long = _runs(rows, hashed)
    short = _whole(hashed, sizes)
    return _ordered(np.concatenate([long[0], short[0]]), np.concatenate([long[1], short[1]]), count)


def _runs(rows: npt.NDArray[np.int64], hashed: Numbers) -> tuple[npt.NDArray[np.int64], Numbers]:
    inside = rows[: 1 - LENGTH] == rows[LENGTH - 1 :]
    parts = [hashed[at : len(hashed) - LENGTH + 1 + at][inside] for at in range(LENGTH)] if len(rows) >= LENGTH else []
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    return rows[: 1 - LENGTH][inside], _mixed(parts)


def _whole(hashed: Numbers, sizes: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Numbers]:
    """Texts of one or two words: one run, which no longer text has."""
    few = np.flatnonzero((sizes > 0) & (sizes < LENGTH))
    starts = (np.cumsum(sizes) - sizes)[few]
    ends = starts + sizes[few] - 1
    return few, _mixed([hashed[starts], hashed[ends], sizes[few].astype(np.uint64)])


def _mixed(parts: list[Numbers]) -> Numbers:
    mixed = np.zeros(len(parts[0]), np.uint64)
    for part, multiplier in zip(parts, _MULTIPLIERS, strict=True):
        mixed = (mixed ^ part) * np.uint64(multiplier)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def _ordered(rows: npt.NDArray[np.int64], values: Numbers, count: int) -> Shingles:
    order = np.argsort(rows, kind="stable")
    offsets = np.zeros(count + 1, np.uint64)
    offsets[1:] = np.cumsum(np.bincount(rows, minlength=count))
    return Shingles(values[order], offsets)
