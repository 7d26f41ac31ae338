"""Fitting the matching model on records without labels.

u, the agreement of strangers, is counted among pairs taken at random, of which hardly any is one person. m, the agreement of a
person's own records, and the prior come by expectation maximisation (Dempster, Laird and Rubin 1977) over the pairs that
blocking offers: nearly every pair of one person is among them, so what those agree on is what such pairs agree on at large.
Starting from a model that is known to be sound, with some pairs' worth of trust in it, keeps levels that are rarely seen from
running away.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.identity.blocking import Candidates, Ints
from cx_pipeline.identity.comparisons import Comparison
from cx_pipeline.identity.model import Model
from cx_pipeline.identity.scoring import Scorer

Floats = npt.NDArray[np.float64]

RECORDS = 450
"""Fewer records than these cannot tell strangers' agreement; they are scored with the stored model."""
_STRANGERS = 2_000_000  # pairs
_PAIRS = 3_000_000  # pairs that m is fitted on
_TRUST = 20.0  # pairs of one person that the starting model counts for
_ROUNDS = 100
_SETTLED = 1e-5
_LEAST = 1e-9
_SEED = 20_261


def fit(profiles: pl.DataFrame, found: Candidates, start: Model, name: str) -> Model:
    """The model of these records.

    Args:
        profiles: as from `profiles.profiles`, at least `RECORDS` of them.
        found: pairs from blocking.
        start: the model to start from.
        name: version of the fit.
    """
    scorer = Scorer(profiles, start)
    try:
        strangers = scorer.patterns(*_random_pairs(profiles.height), only_supported=False)
        known = start.model_copy(update={"weights": _with_u(start, strangers, scorer.comparisons), "prior": None})
    finally:
        scorer.close()
    sample = _sample(found)
    scorer = Scorer(profiles, known)
    try:
        compared = scorer.patterns(*sample, only_supported=True)
    finally:
        scorer.close()
    scale = len(found.left) / max(len(sample[0]), 1)
    weights, matches = _maximised(compared, known, scorer.comparisons, profiles.height, scale)
    records = profiles.height
    return Model(
        version=name,
        fitted_on=f"{records} records, without labels",
        pairs_a_record=max(matches / records, _LEAST),
        prior=min(max(2 * matches / (records * (records - 1)), _LEAST), 0.5),
        weights=weights,
    )


def _random_pairs(size: int) -> tuple[Ints, Ints]:
    if size * (size - 1) // 2 <= _STRANGERS:
        left, right = np.triu_indices(size, k=1)
        return left.astype(np.int64), right.astype(np.int64)
    dice = np.random.default_rng(_SEED)
    one = dice.integers(0, size, _STRANGERS)
    other = (one + dice.integers(1, size, _STRANGERS)) % size
    codes = np.unique(np.minimum(one, other) * size + np.maximum(one, other))
    return codes // size, codes % size


def _sample(found: Candidates) -> tuple[Ints, Ints]:
    step = -(-len(found.left) // _PAIRS) or 1
    return found.left[::step], found.right[::step]


def _with_u(
    model: Model, strangers: pl.DataFrame, comparisons: tuple[Comparison, ...]
) -> dict[str, dict[str, tuple[float, float]]]:
    weights = dict(model.weights)
    for item in comparisons:
        level = strangers[f"level_{item.name}"].to_numpy()
        told = level >= 0
        counts = np.bincount(level[told], weights=strangers["count"].to_numpy()[told], minlength=len(item.names))[::-1]
        known = float(counts.sum())
        if known == 0:
            continue
        before = model.weights[item.name]
        # A level that no pair of strangers stood on is rare, not impossible.
        weights[item.name] = {
            name: (before[name][0], max((count or 0.5) / known, item.least_u(name)))
            for name, count in zip(item.names, counts.tolist(), strict=True)
        }
    return weights


def _maximised(
    patterns: pl.DataFrame, model: Model, comparisons: tuple[Comparison, ...], records: int, scale: float
) -> tuple[dict[str, dict[str, tuple[float, float]]], float]:
    """m by comparison and level, and how many pairs are one person."""
    count = patterns["count"].to_numpy() * scale
    levels = {item.name: patterns[f"level_{item.name}"].to_numpy() for item in comparisons}
    start = {item.name: _ladder(model, item, 0) for item in comparisons}
    strangers = {item.name: _ladder(model, item, 1) for item in comparisons}
    fitted = {name: values.copy() for name, values in start.items()}
    total = records * (records - 1) / 2
    matches = max(model.prior_of(records) * total, 1.0)
    for _ in range(_ROUNDS):
        bits = patterns["rarity"].to_numpy() + np.log2(matches / max(total - matches, 1.0))
        for name, level in levels.items():
            gain = np.log2(fitted[name] / strangers[name])
            bits = bits + np.where(level >= 0, gain[np.maximum(level, 0)], 0.0)
        share = count / (1 + np.exp2(-bits))
        before, matches = matches, max(float(share.sum()), 1.0)
        for name, level in levels.items():
            seen = np.bincount(level[level >= 0], weights=share[level >= 0], minlength=len(start[name]))
            fitted[name] = np.maximum((seen + _TRUST * start[name]) / (seen.sum() + _TRUST), _LEAST)
        if abs(matches - before) <= _SETTLED * before:
            break
    weights = dict(model.weights)
    for item in comparisons:
        ms, us = fitted[item.name][::-1], strangers[item.name][::-1]
        weights[item.name] = {name: (float(m), float(u)) for name, m, u in zip(item.names, ms, us, strict=True)}
    return weights, matches


def _ladder(model: Model, comparison: Comparison, place: int) -> Floats:
    """m (place 0) or u (place 1) of the levels, from the last one, numbered 0, upwards."""
    values = [model.weights[comparison.name][name][place] for name in reversed(comparison.names)]
    return np.maximum(np.array(values, dtype=np.float64), _LEAST)
