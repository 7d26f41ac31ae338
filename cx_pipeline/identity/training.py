"""Counting the matching model where the truth is known: m among pairs of one person, u among pairs of two.

Nothing is estimated: each probability is the share of pairs that stand on a level (Fellegi and Sunter 1969). Of a person with
many records only so many pairs count, so that a few people do not speak for all.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.identity.blocking import Ints
from cx_pipeline.identity.comparisons import COMPARISONS, Comparison
from cx_pipeline.identity.model import Model
from cx_pipeline.identity.scoring import Scorer

Counts = dict[str, npt.NDArray[np.float64]]
Weights = dict[str, dict[str, tuple[float, float]]]

_PAIRS_A_PERSON = 10
_FARTHEST = 40  # records of one person, in a mixed order, between two that are paired
_STRANGERS = 8_000_000  # pairs
_AT_ONCE = 2_000_000  # pairs
_UNSEEN = 0.5  # pairs; a level that nobody stood on is rare, not impossible


def train(
    profiles: pl.DataFrame, person: pl.Series, *, version: str, told: str, start: Weights | None = None, seed: int
) -> Model:
    """The model that holds among records whose truth is known.

    Args:
        profiles: as from `profiles.profiles`.
        person: of each of them, in the same order, whose it is.
        version: names the fit.
        told: what it was fitted on, in words.
        start: m and u of what these records tell nothing of; without them such a comparison weighs nothing.
        seed: of the pairs that are drawn; the same one gives the same model.
    """
    dice = np.random.default_rng(seed)
    who = person.rank("dense").to_numpy().astype(np.int64)
    known = {item.name: _known(item, start) for item in COMPARISONS}
    blank = Model(version=version, fitted_on=told, pairs_a_record=1.0, weights=known)
    scorer = Scorer(profiles, blank)
    try:
        same = _counted(scorer, *_own_pairs(who, dice))
        strange = _counted(scorer, *_strangers(who, dice))
    finally:
        scorer.close()
    weights = {
        item.name: _shares(item, same[item.name], strange[item.name])
        for item in scorer.comparisons
        if same[item.name].sum() and strange[item.name].sum()
    }
    sizes = np.bincount(who).astype(np.float64)
    pairs = float((sizes * (sizes - 1) / 2).sum())
    return blank.model_copy(update={"weights": known | weights, "pairs_a_record": max(pairs, 1.0) / len(who)})


def _known(item: Comparison, start: Weights | None) -> dict[str, tuple[float, float]]:
    before = (start or {}).get(item.name, {})
    if set(before) == set(item.names):
        return before
    even = 1 / len(item.names)
    return dict.fromkeys(item.names, (even, even))


def _own_pairs(who: Ints, dice: np.random.Generator) -> tuple[Ints, Ints]:
    """Pairs of one person, of each person a few at most, drawn at random."""
    mixed = dice.permutation(len(who))
    order = mixed[np.argsort(who[mixed], kind="stable")]
    sorted_who = who[order]
    left, right = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for apart in range(1, min(_FARTHEST, len(who) - 1) + 1):
        same = np.flatnonzero(sorted_who[apart:] == sorted_who[:-apart])
        left.append(order[same])
        right.append(order[same + apart])
    pairs = pl.DataFrame({"left": np.concatenate(left), "right": np.concatenate(right)})
    shuffled = pairs[dice.permutation(pairs.height)]
    person = pl.Series("person", who[shuffled["left"].to_numpy()])
    few = shuffled.with_columns(person).filter(pl.int_range(pl.len()).over("person") < _PAIRS_A_PERSON)
    return few["left"].to_numpy(), few["right"].to_numpy()


def _strangers(who: Ints, dice: np.random.Generator) -> tuple[Ints, Ints]:
    """Pairs of two people: all of them where there are few records, else drawn at random."""
    size = len(who)
    if size * (size - 1) // 2 <= _STRANGERS:
        left, right = (side.astype(np.int64) for side in np.triu_indices(size, k=1))
    else:
        left = dice.integers(0, size, _STRANGERS)
        right = (left + dice.integers(1, size, _STRANGERS)) % size
    apart = who[left] != who[right]
    return left[apart], right[apart]


def _counted(scorer: Scorer, left: Ints, right: Ints) -> Counts:
    """How many pairs stand on each level of each comparison, the best level first."""
    counts = {item.name: np.zeros(len(item.names)) for item in scorer.comparisons}
    for begin in range(0, len(left), _AT_ONCE):
        patterns = scorer.patterns(left[begin : begin + _AT_ONCE], right[begin : begin + _AT_ONCE], only_supported=False)
        times = patterns["count"].to_numpy()
        for item in scorer.comparisons:
            level = patterns[f"level_{item.name}"].to_numpy()
            is_told = level >= 0
            found = np.bincount(level[is_told], weights=times[is_told], minlength=len(item.names))
            counts[item.name] += found[::-1]
    return counts


def _shares(item: Comparison, *counts: npt.NDArray[np.float64]) -> dict[str, tuple[float, float]]:
    m, u = (np.maximum(found, _UNSEEN) / np.maximum(found, _UNSEEN).sum() for found in counts)
    return {name: (float(one), max(float(other), item.least_u(name))) for name, one, other in zip(item.names, m, u, strict=True)}
