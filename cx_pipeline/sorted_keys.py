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


def placed(keys: npt.NDArray[np.generic], asked: npt.NDArray[np.generic]) -> Places:
    """The place of each that was asked for among sorted keys, the last of which is followed by that of what is none of them."""
    places = np.searchsorted(keys, asked)
    if len(keys):
        places[keys[np.minimum(places, len(keys) - 1)] != asked] = len(keys)
    return places


def among(keys: npt.NDArray[np.generic], asked: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Whether each of what was asked for is one of the sorted keys."""
    is_met: npt.NDArray[np.bool_] = placed(keys, asked) != len(keys)
    return is_met


@dataclass(frozen=True)
class SortedKeys:
    """Hashes of keys, in order, and the value of each. Of ten million keys two share a hash once in some 300,000 runs.

    Attributes:
        hashes: of the keys, in order.
        values: of the keys, in the order of the hashes; and a null at the end, for what is no key.
    """

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
        return cls(ordered["key"].to_numpy(), ordered["value"].extend_constant(None, 1).rechunk())

    # What is called below may be called for a handful of rows, many times: it asks Polars for nothing that is a query.

    def holds(self, asked: pl.Expr) -> pl.Expr:
        """Whether keys are among these; a null is not."""
        return _hashed(asked).map_batches(self._is_held, return_dtype=pl.Boolean, is_elementwise=True)

    def value(self, asked: pl.Expr) -> pl.Expr:
        """The value of each key; null where it has none."""
        return _hashed(asked).map_batches(self._value, return_dtype=self.values.dtype, is_elementwise=True)

    def _is_held(self, asked: pl.Series) -> pl.Series:
        return pl.Series(among(self.hashes, asked.to_numpy()))

    def _value(self, asked: pl.Series) -> pl.Series:
        return self.values[pl.Series(placed(self.hashes, asked.to_numpy()))]


def _hashed(asked: pl.Expr) -> pl.Expr:
    """Null has a hash of its own, which is as likely another key's as any other."""
    return asked.hash(seed=_SEED)
