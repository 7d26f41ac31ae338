"""A model fitted without labels finds the agreement that was put into the records."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from cx_pipeline.identity.blocking import Candidates, candidates
from cx_pipeline.identity.comparisons import COMPARISONS
from cx_pipeline.identity.fitting import _maximised, _random_pairs, _with_u, fit
from cx_pipeline.identity.model import Model, stored_model
from tests.identity.persons import Row, compared, crowd

GIVEN = next(item for item in COMPARISONS if item.name == "given")
BIRTH = next(item for item in COMPARISONS if item.name == "birth")
PHONE = next(item for item in COMPARISONS if item.name == "phone")
ITEMS = (GIVEN, BIRTH, PHONE)


def shares(item_levels: int, last: float) -> npt.NDArray[np.float64]:
    """A distribution over levels, the last one of the ladder first, that gives `last` to it and ever more upwards."""
    rising = np.arange(1, item_levels, dtype=np.float64)
    return np.concatenate([[last], (1 - last) * rising / rising.sum()])


@pytest.fixture(scope="module")
def simulated() -> tuple[pl.DataFrame, dict[str, npt.NDArray[np.float64]], dict[str, npt.NDArray[np.float64]]]:
    """40,000 pairs of one person among a million of two, each level drawn by itself; and what it was drawn with."""
    dice = np.random.default_rng(3)
    m = {item.name: shares(len(item.names), 0.1) for item in ITEMS}
    u = {item.name: shares(len(item.names), 0.9) for item in ITEMS}
    drawn = {
        f"level_{name}": np.concatenate(
            [dice.choice(len(m[name]), 40_000, p=m[name]), dice.choice(len(u[name]), 1_000_000, p=u[name])]
        )
        for name in m
    }
    drawn["level_phone"][dice.random(1_040_000) < 0.3] = -1
    patterns = pl.DataFrame(drawn).group_by(pl.all()).agg(pl.len().alias("count")).with_columns(rarity=pl.lit(0.0))
    return patterns.sort(pl.all()), m, u


def known_u(u: dict[str, npt.NDArray[np.float64]]) -> Model:
    weights = dict(stored_model().weights)
    for item in ITEMS:
        told = zip(item.names, u[item.name][::-1].tolist(), strict=True)
        weights[item.name] = {name: (stored_model().weights[item.name][name][0], value) for name, value in told}
    return stored_model().model_copy(update={"weights": weights, "prior": 1e-3})


def test_expectation_maximisation_recovers_m_and_the_number_of_matches(
    simulated: tuple[pl.DataFrame, dict[str, npt.NDArray[np.float64]], dict[str, npt.NDArray[np.float64]]],
) -> None:
    patterns, m, u = simulated
    records = 1_443  # 1,040,403 pairs
    weights, matches = _maximised(patterns, known_u(u), ITEMS, records, 1.0)
    assert matches == pytest.approx(40_000, rel=0.02)
    for item in ITEMS:
        found = [weights[item.name][name][0] for name in item.names]
        assert found == pytest.approx(m[item.name][::-1].tolist(), abs=0.02), item.name
        assert [weights[item.name][name][1] for name in item.names] == pytest.approx(u[item.name][::-1].tolist())
        assert sum(found) == pytest.approx(1, abs=1e-3)


def test_strangers_agreement_is_counted(
    simulated: tuple[pl.DataFrame, dict[str, npt.NDArray[np.float64]], dict[str, npt.NDArray[np.float64]]],
) -> None:
    patterns, m, u = simulated
    weights = _with_u(stored_model(), patterns, ITEMS)
    for item in ITEMS:
        expected = (m[item.name] * 40_000 + u[item.name] * 1_000_000) / 1_040_000
        assert [weights[item.name][name][1] for name in item.names] == pytest.approx(expected[::-1].tolist(), abs=0.005)
        assert [weights[item.name][name][0] for name in item.names] == [
            stored_model().weights[item.name][name][0] for name in item.names
        ]


def test_what_no_pair_tells_of_stays_as_it_was() -> None:
    patterns = pl.DataFrame({"level_phone": [-1], "count": [900], "rarity": [0.0]})
    weights = _with_u(stored_model(), patterns, (PHONE,))
    assert weights["phone"] == stored_model().weights["phone"]


def test_a_level_that_no_stranger_stood_on_is_rare_not_impossible() -> None:
    patterns = pl.DataFrame({"level_phone": [0], "count": [1_000], "rarity": [0.0]})
    found = {name: u for name, (_, u) in _with_u(stored_model(), patterns, (PHONE,))["phone"].items()}
    assert found["else"] == 1.0
    assert found["same"] == found["slip"] == 0.5 / 1_000


def test_random_pairs_are_all_pairs_of_few_and_the_same_ones_of_many() -> None:
    left, right = _random_pairs(5)
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(a, b) for a in range(5) for b in range(a + 1, 5)]
    left, right = _random_pairs(10_000)
    again = _random_pairs(10_000)
    assert (left == again[0]).all()
    assert (right == again[1]).all()
    assert (left < right).all()
    assert right.max() < 10_000
    assert 1_900_000 < len(left) <= 2_000_000
    assert (np.diff(left * 10_000 + right) > 0).all()


def population() -> pl.DataFrame:
    """400 people, a quarter of them twice: the second time without a phone, half of these with another home."""
    rows: list[Row] = list(crowd(400))
    moved = {"street": "1 new road", "city": "elsewhere", "postcode": "99999"}
    twice = [
        {**row, "record_id": f"again{place:03}", "phone": None, **(moved if place % 2 else {})}
        for place, row in enumerate(rows[:100])
    ]
    return compared(*rows, *twice)


@pytest.fixture(scope="module")
def fitted() -> tuple[pl.DataFrame, Candidates, Model]:
    told = population()
    found = candidates(told)
    return told, found, fit(told, found, stored_model(), "own")


def test_a_fit_finds_how_many_are_one_person_and_what_they_agree_on(fitted: tuple[pl.DataFrame, Candidates, Model]) -> None:
    _, _, model = fitted
    assert model.version == "own"
    assert "500 records" in model.fitted_on
    assert model.pairs_a_record == pytest.approx(100 / 500, rel=0.1)
    assert model.prior == pytest.approx(100 / (500 * 499 / 2), rel=0.1)
    assert model.weights["birth"]["same"][0] > 0.8
    assert model.weights["place"]["home"][0] == pytest.approx(0.5, abs=0.15)
    assert model.weights["place"]["else"][0] > model.weights["birth"]["else"][0]
    for comparison in COMPARISONS:
        assert set(model.weights[comparison.name]) == set(comparison.names)
        assert all(0 < weight <= 1 for both in model.weights[comparison.name].values() for weight in both)


def test_what_the_records_do_not_tell_of_keeps_its_weights(fitted: tuple[pl.DataFrame, Candidates, Model]) -> None:
    assert fitted[2].weights["ids"] == stored_model().weights["ids"]
    assert fitted[2].weights["rest"] == stored_model().weights["rest"]


def test_a_fit_is_the_same_every_time(fitted: tuple[pl.DataFrame, Candidates, Model]) -> None:
    told, found, model = fitted
    assert fit(told, found, stored_model(), "own") == model
