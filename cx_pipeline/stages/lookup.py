"""Rows by a number that stands for their key, found without looking at all the others.

A join builds a table of its larger side each time; where a small batch asks a large table again and again, one sort and a
binary search a question cost less, and what is held is a number a row beside the values themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.side_by_side import side_by_side, workers
from cx_pipeline.sorted_keys import met

_BIGGEST = 2**64 - 1
_PIECE = 250_000  # rows that are put in order at once


@dataclass(frozen=True)
class Lookup:
    """`keys`, sorted, and the rows they stand for, in the same order."""

    keys: npt.NDArray[np.uint64]
    rows: pl.DataFrame

    @classmethod
    def of(cls, rows: pl.DataFrame, key: str) -> Lookup:
        """Rows, by a column of unsigned 64-bit numbers; a row without a key is not found."""
        ordered = rows.filter(pl.col(key).is_not_null()).sort(key, maintain_order=True)
        return cls(ordered[key].to_numpy(), ordered.drop(key))

    @classmethod
    def of_parts(cls, parts: Iterable[Callable[[], pl.DataFrame]], key: str) -> Lookup:
        """The same of many frames, each row once: beside what is held in the end there is little more than what is given.

        Args:
            parts: make frames of one schema, side by side; at least one; with the keys, which are hashes, evenly spread.
            key: as for `of`.
        """

        def run(part: Callable[[], pl.DataFrame]) -> pl.DataFrame:
            return part().filter(pl.col(key).is_not_null()).unique().sort(key)

        runs = list(side_by_side((partial(run, part) for part in parts), waiting=workers() + 1))
        keys = [run[key].to_numpy() for run in runs]
        count = -(-sum(run.height for run in runs) // _PIECE) or 1
        pieces, begins = [], [0] * len(runs)
        for number in range(1, count + 1):
            last = np.uint64(_BIGGEST * number // count)
            ends = [int(np.searchsorted(own, last, "right")) for own in keys]
            piece = pl.concat([run[begin:end] for run, begin, end in zip(runs, begins, ends, strict=True)])
            pieces.append(piece.unique().sort(piece.columns))
            begins = ends
        ordered = pl.concat(pieces, rechunk=True)
        return cls(ordered[key].to_numpy(), ordered.drop(key))

    def find(self, asked: pl.DataFrame, key: str) -> pl.DataFrame:
        """What is known under the keys of a frame: its other columns beside those of each row found, in its order."""
        there = asked.filter(pl.col(key).is_not_null())
        wanted = there[key].to_numpy()
        asking, places = met(self.keys, wanted)
        return there.drop(key)[asking].hstack(self.rows[places])
