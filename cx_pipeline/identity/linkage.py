"""Clusters that hold together: average linkage over scored pairs, in place of every chain of links.

Connected components let one wrong link join two people. Here two clusters join only when their records agree on average, pairs
that were never worth comparing counting against it; so a bridge between two dense groups does not carry. Reciprocal nearest
neighbours are joined in rounds, which for average linkage gives what joining the best pair first would give (Bruynooghe 1977),
in whole-array steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.identity.blocking import Ints

Floats = npt.NDArray[np.float64]

UNCOMPARED = -3.0
"""Weight of a pair that blocking did not offer, or that scored even less."""
_STRONGEST = 12.0  # weights beyond count no more, so that one perfect pair cannot outvote many poor ones
_NEVER = -1e9


class Guards(NamedTuple):
    """What no cluster may be.

    Attributes:
        apart: `left, right`: nodes that are never one person.
        sources: `node, source`: nodes that hold a record of a source without duplicates, sources numbered from 0.
        largest: records of a cluster at most.
    """

    apart: pl.DataFrame
    sources: pl.DataFrame
    largest: int


class Joined(NamedTuple):
    """Clusters: `label`, of each node its smallest fellow; `weakest`, of each node the average weight of the poorest joint of its
    cluster, infinite where nothing was joined."""

    label: Ints
    weakest: Floats


def join(nodes: int, sizes: Ints, edges: pl.DataFrame, guards: Guards, *, at_least: float) -> Joined:
    """Cluster nodes.

    Args:
        nodes: how many there are, numbered from 0.
        sizes: records that each stands for.
        edges: `left, right, weight`, each pair once; `weight` is the sum over the compared pairs of records of the two, each
            counted from `UNCOMPARED`.
        guards: what is refused; `apart` in nodes.
        at_least: average weight of two clusters that join.

    Returns:
        The cluster of each node. The order of edges does not matter.
    """
    label = np.arange(nodes, dtype=np.int64)
    size = sizes.astype(np.float64)
    weakest = np.full(nodes, np.inf)
    sources = _Sources(nodes, guards.sources)
    table = pl.concat(
        [
            edges.select(*_ends(), "weight"),
            guards.apart.select(*_ends(), pl.lit(_NEVER).alias("weight")),
        ]
    )
    while True:
        table = table.group_by("left", "right").agg(pl.col("weight").sum())
        one, other = table["left"].to_numpy(), table["right"].to_numpy()
        linkage = table["weight"].to_numpy() / (size[one] * size[other]) + UNCOMPARED
        keep = (linkage >= at_least) & (size[one] + size[other] <= guards.largest)
        keep &= ~sources.meet(one, other)
        if not keep.any():
            return Joined(label, weakest[label])
        kept, gone, joint = _reciprocal(nodes, one[keep], other[keep], linkage[keep])
        moved = np.arange(nodes, dtype=np.int64)
        moved[gone] = kept
        size[kept] += size[gone]
        weakest[kept] = np.minimum(np.minimum(weakest[kept], weakest[gone]), joint)
        sources.join(kept, gone)
        label = moved[label]
        table = (
            table.with_columns(pl.Series("left", moved[one]), pl.Series("right", moved[other]))
            .filter(pl.col("left") != pl.col("right"))
            .select(*_ends(), "weight")
        )


def clipped(weight: pl.Expr) -> pl.Expr:
    return weight.clip(-_STRONGEST, _STRONGEST)


def _ends() -> list[pl.Expr]:
    return [pl.min_horizontal("left", "right").alias("left"), pl.max_horizontal("left", "right").alias("right")]


def _reciprocal(nodes: int, one: Ints, other: Ints, linkage: Floats) -> tuple[Ints, Ints, Floats]:
    """Pairs that are each other's best, and their weight; of equal ones the smallest pair counts."""
    here, there = np.concatenate([one, other]), np.concatenate([other, one])
    low, high = np.minimum(here, there), np.maximum(here, there)
    # Sums of the same numbers in another order differ in their last bits; that must not choose.
    best_first = np.lexsort((high, low, -np.round(np.concatenate([linkage, linkage]), 6), here))
    here, there, weight = here[best_first], there[best_first], np.concatenate([linkage, linkage])[best_first]
    first = np.concatenate([[True], here[1:] != here[:-1]])
    best = np.full(nodes, -1, dtype=np.int64)
    best[here[first]] = there[first]
    bond = np.zeros(nodes)
    bond[here[first]] = weight[first]
    chosen = np.flatnonzero(best >= 0)
    mutual = chosen[(best[best[chosen]] == chosen) & (chosen < best[chosen])]
    return mutual, best[mutual], bond[mutual]


class _Sources:
    """Which sources without duplicates each cluster already has a record of."""

    def __init__(self, nodes: int, held: pl.DataFrame) -> None:
        node, source = held["node"].to_numpy(), held["source"].to_numpy()
        self._held = np.zeros((nodes, int(source.max(initial=-1)) // 64 + 1), dtype=np.uint64)
        np.bitwise_or.at(self._held, (node, source // 64), np.uint64(1) << (source % 64).astype(np.uint64))

    def meet(self, one: Ints, other: Ints) -> npt.NDArray[np.bool_]:
        return np.asarray((self._held[one] & self._held[other]).any(axis=1))

    def join(self, kept: Ints, gone: Ints) -> None:
        self._held[kept] |= self._held[gone]
