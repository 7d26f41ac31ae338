"""Texts that are nearly the same: candidates by MinHash and banding, each verified by the true Jaccard similarity.

Of two texts with similarity s, 24 bands of 5 rows each find a fraction 1 - (1 - s^5)^24: 0.99993 at 0.8, 0.16 at 0.37.
Broder, "On the resemblance and containment of documents" (1997); Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets",
chapter 3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from rensa import RMinHash, RMinHashLSH
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cx_pipeline.ai.shingles import Shingles, shingles

THRESHOLD = 0.8
BANDS, ROWS = 24, 5
_SEED = 7
_CROWD = 64
"""A bucket of more texts than this is compared along its order, not each with each."""
_REACH = 16
_BANDS_AT_ONCE = 8
_PAIRS_AT_ONCE = 200_000
_PLACE = np.uint64(46)
"""Bits of a run that are compared; the other 18 count the pairs of a batch. One pair in 10^10 has two runs mixed up."""
PAIRS = {"left": pl.UInt32, "right": pl.UInt32, "jaccard": pl.Float64}
Rows = npt.NDArray[np.int64]


class Near(NamedTuple):
    """`pairs`: rows of `PAIRS`, left before right. `kin`: texts that a crowded bucket holds, as pairs that are not verified."""

    pairs: pl.DataFrame
    kin: pl.DataFrame


def near_pairs(texts: pl.Series, threshold: float = THRESHOLD) -> Near:
    """Pairs of texts whose sets of word runs overlap by `threshold` or more.

    Args:
        texts: distinct ones: equal texts are found cheaper by themselves. A text without words is like none.
        threshold: intersection over union, from 0.7 on; below that banding finds too little.
    """
    runs = shingles(texts)
    rows = _suspects(runs)
    if len(rows) < 2:
        nothing = pl.DataFrame(schema=PAIRS)
        return Near(nothing, nothing.select("left", "right"))
    candidates, kin = _candidates(_bands(runs, rows), rows)
    return Near(_verified(candidates, runs, threshold), kin)


def components(count: int, pairs: pl.DataFrame) -> pl.Series:
    """For each of `count` items the smallest item that it hangs together with by `left, right` pairs."""
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    graph = coo_matrix((np.ones(len(left), bool), (left, right)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    smallest = np.full(label.max(initial=-1) + 1, count, np.int64)
    np.minimum.at(smallest, label, np.arange(count))
    return pl.Series("component", smallest[label], dtype=pl.UInt32)


def _suspects(runs: Shingles) -> Rows:
    """Texts that share a band with another one; the others need no further look."""
    there = np.flatnonzero(runs.sizes > 0).astype(np.int64)
    if not len(there):
        return there
    matrix = _digests(runs, there)
    flags = RMinHashLSH(THRESHOLD, BANDS * ROWS, BANDS).query_duplicate_flags_matrix_one_shot(matrix)
    suspects: Rows = there[np.asarray(flags, bool)]
    return suspects


def _digests(runs: Shingles, rows: Rows) -> object:
    if len(rows) == len(runs.sizes):
        values, offsets = runs.values, runs.offsets
    else:
        values = runs.of(rows)["value"].to_numpy()
        offsets = np.zeros(len(rows) + 1, np.uint64)
        offsets[1:] = np.cumsum(runs.sizes[rows])
    return RMinHash.digest_matrix_from_flat_token_hashes(values, offsets, BANDS * ROWS, _SEED)


def _bands(runs: Shingles, rows: Rows) -> npt.NDArray[np.uint64]:
    """One number a text and band."""
    digests = np.array(_digests(runs, rows).to_rows(), dtype=np.uint64)  # type: ignore[attr-defined]
    banded = digests.reshape(len(rows), BANDS, ROWS)
    keys = np.zeros((len(rows), BANDS), np.uint64)
    for row in range(ROWS):
        keys = (keys ^ banded[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(31)
    return (keys ^ np.arange(BANDS, dtype=np.uint64)) * np.uint64(0xD1342543DE82EF95)


def _candidates(keys: npt.NDArray[np.uint64], rows: Rows) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs that share a bucket, some bands at a time; and the chains of the crowds."""
    found, chains = [], []
    for band in range(0, BANDS, _BANDS_AT_ONCE):
        some = keys[:, band : band + _BANDS_AT_ONCE]
        row = np.repeat(rows.astype(np.uint32), some.shape[1])
        shared = pl.DataFrame({"key": some.ravel(), "row": row}).filter(pl.col("key").is_duplicated()).sort("key", "row")
        crowded = pl.len().over("key") > _CROWD
        few, crowd = shared.filter(~crowded), shared.filter(crowded)
        each = few.join(few, on="key").filter(pl.col("row") < pl.col("row_right"))
        first = crowd.select(pl.col("row").first().over("key").alias("left"), pl.col("row").alias("right"))
        chains.append(first.filter(pl.col("left") < pl.col("right")))
        along = [
            crowd.select(pl.col("row").alias("left"), pl.col("row").shift(-step).over("key").alias("right")).drop_nulls()
            for step in range(1, _REACH + 1)
        ]
        found.append(pl.concat([each.select(left="row", right="row_right"), *along, chains[-1]]).unique())
    return pl.concat(found).unique().sort("left", "right"), pl.concat(chains).unique().sort("left", "right")


def _verified(candidates: pl.DataFrame, runs: Shingles, threshold: float) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=PAIRS)]
    for batch in candidates.iter_slices(_PAIRS_AT_ONCE):
        left, right = (_members(runs, batch[side].to_numpy().astype(np.int64)) for side in ("left", "right"))
        both = np.concatenate([left, right])
        both.sort()
        shared = _counted(both[1:][both[1:] == both[:-1]], batch.height)
        union = _counted(left, batch.height) + _counted(right, batch.height) - shared
        judged = batch.with_columns(pl.Series("jaccard", shared / union, dtype=pl.Float64))
        parts.append(judged.filter(pl.col("jaccard") >= threshold))
    return pl.concat(parts)


def _members(runs: Shingles, rows: Rows) -> npt.NDArray[np.uint64]:
    """The set of runs of one text of each pair, as one number each: the pair, then as much of the run as there is room for."""
    of = runs.of(rows)
    place = np.repeat(np.arange(len(rows), dtype=np.uint64), runs.sizes[rows].astype(np.int64))
    members = (place << _PLACE) | (of["value"].to_numpy() >> np.uint64(64 - int(_PLACE)))
    members.sort()
    is_first: npt.NDArray[np.bool_] = np.append(True, members[1:] != members[:-1])
    distinct: npt.NDArray[np.uint64] = members[is_first]
    return distinct


def _counted(members: npt.NDArray[np.uint64], pairs: int) -> npt.NDArray[np.int64]:
    return np.bincount((members >> _PLACE).astype(np.int64), minlength=pairs)
