"""Keys that a stream of rows is held against, batch by batch.

A streaming join holds back rows by the million to see which of its sides is the smaller one, and copies what it keeps. Where the
keys are known, a sort of their hashes and a binary search a row give the same in the memory of a number a key.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

_SEED = 8
Places = npt.NDArray[np.intp]


def met(keys: npt.NDArray[np.generic], asked: npt.NDArray[np.generic]) -> tuple[Places, Places]:
    """Places of what was asked for, and of the sorted keys equal to it; a pair for each that is, in the order of both."""
    first = np.searchsorted(keys, asked, "left")
    times = np.searchsorted(keys, asked, "right") - first
    # Runs of places, one a question: each begins where its keys do and counts up.
    before = np.cumsum(times) - times
    return np.repeat(np.arange(len(asked)), times), np.arange(times.sum()) - np.repeat(before - first, times)


def among(keys: npt.NDArray[np.generic], asked: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Whether each of what was asked for is one of the sorted keys."""
    if not len(keys):
        return np.zeros(len(asked), dtype=np.bool_)
    is_met: npt.NDArray[np.bool_] = keys[np.minimum(np.searchsorted(keys, asked), len(keys) - 1)] == asked
    return is_met


@dataclass(frozen=True)
class SortedKeys:
    """Hashes of keys, in order, and the value of each. Of ten million keys two share a hash once in some 300,000 runs."""

    hashes: npt.NDArray[np.uint64]
    values: pl.Series

    @classmethod
    def of(cls, keys: pl.Series, values: pl.Series | None = None) -> SortedKeys:
        """Keys with their values, or by themselves.

        Args:
            keys: of any type, nulls stand for none; each once where there are values.
            values: as long as the keys.
        """
        told = pl.DataFrame({"key": keys.hash(seed=_SEED), "value": keys.is_not_null() if values is None else values})
        ordered = told.filter(keys.is_not_null()).sort("key")
        return cls(ordered["key"].to_numpy(), ordered["value"])

    def holds(self, asked: pl.Expr) -> pl.Expr:
        """Whether keys are among these; a null is not."""
        return self.value(asked).is_not_null()

    def value(self, asked: pl.Expr) -> pl.Expr:
        """The value of each key; null where it has none. The values are not null, or `holds` does not tell them from none."""
        hashed = pl.when(asked.is_not_null()).then(asked.hash(seed=_SEED))
        return hashed.map_batches(self._found, return_dtype=self.values.dtype, is_elementwise=True)

    def _found(self, asked: pl.Series) -> pl.Series:
        if not len(self.hashes):
            return pl.Series([None], dtype=self.values.dtype).new_from_index(0, asked.len())
        wanted = asked.fill_null(0).to_numpy()
        place = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        is_met = pl.Series(self.hashes[place] == wanted) & asked.is_not_null()
        return self.values.gather(pl.select(pl.when(is_met).then(pl.Series(place))).to_series())
