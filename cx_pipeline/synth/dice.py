"""Draws that depend on nothing but a seed, a label and a number.

Every figure of a synthetic world is a hash of who it belongs to, never the next value of a stream: the same on every
machine and every version of every library, in any order and in any batch. Integer arithmetic only, for the same reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _mix(bits: Bits) -> Bits:
    """The finaliser of splitmix64: every bit of the answer hangs on every bit of the question."""
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX_1
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX_2
    return bits ^ (bits >> np.uint64(31))


@dataclass(frozen=True)
class Dice:
    """All randomness of a world. Keys are arrays of entity numbers; answers have their length."""

    seed: int

    def bits(self, label: str, keys: Ints) -> Bits:
        """64 uniform bits a key, independent between labels."""
        digest = hashlib.blake2b(f"{self.seed}/{label}".encode(), digest_size=8).digest()
        return _mix(_mix(keys.astype(np.uint64) * _GOLDEN + np.uint64(int.from_bytes(digest, "little"))))

    def below(self, label: str, keys: Ints, bound: int | Ints) -> Ints:
        """Whole numbers in [0, bound), bound being one number or one a key."""
        top = self.bits(label, keys) >> np.uint64(33)
        return ((top * np.asarray(bound, dtype=np.uint64)) >> np.uint64(31)).astype(np.int64)

    def chance(self, label: str, keys: Ints, rate: float) -> Bools:
        """True for a share of `rate` of the keys, to a millionth."""
        return self.below(label, keys, 1_000_000) < round(rate * 1_000_000)

    def weighted(self, label: str, keys: Ints, weights: Sequence[int]) -> Ints:
        """Positions in `weights`, each as often as its weight says."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(edges, self.below(label, keys, int(edges[-1])), side="right").astype(np.int64)

    def spread(self, label: str, keys: Ints, quantiles: Sequence[int]) -> Ints:
        """Whole numbers from a distribution given by equally spaced quantiles, straight between them."""
        table = np.asarray(quantiles, dtype=np.int64)
        place = self.below(label, keys, (len(table) - 1) * 1024)
        low, part = place // 1024, place % 1024
        return table[low] + (table[low + 1] - table[low]) * part // 1024
