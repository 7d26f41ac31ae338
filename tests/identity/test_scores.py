"""A night scores only what is new, and ends where scoring everything would end."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cx_pipeline.identity import resolve, scores
from cx_pipeline.identity.blocking import Ints
from cx_pipeline.identity.model import save_model, stored_model
from cx_pipeline.identity.resolution import Resolution
from cx_pipeline.identity.scores import SCORES, Scores, fingerprints, keyed, merged, noted, nothing, split
from cx_pipeline.identity.scoring import Scorer
from cx_pipeline.settings.identity import Identity
from tests.identity.persons import Row, compared, crowd, people

SIZE = 200


class Count:
    """Pairs given to the scorer."""

    pairs = 0


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    told, weights = Count(), Scorer.weights

    def counted(self: Scorer, left: Ints, right: Ints) -> pl.DataFrame:
        told.pairs += len(left)
        return weights(self, left, right)

    monkeypatch.setattr(Scorer, "weights", counted)
    return told


@pytest.fixture(scope="module")
def limits(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """One model for all nights: one that is fitted on the records changes with them."""
    path = tmp_path_factory.mktemp("model") / "own.json"
    save_model(stored_model(), path)
    return Identity(model=path)


def scattered(size: int) -> list[Row]:
    """People of many places and mailbox providers: of a value that many share, the rarity changes with every few records."""
    return [{**row, "city": None, "email": f"p{place}@own{place}.net"} for place, row in enumerate(crowd(size))]


def known() -> list[Row]:
    rows = scattered(SIZE)
    slips: list[Row] = [{**row, "record_id": f"slip{place}", "email": None, "phone": None} for place, row in enumerate(rows[:20])]
    return rows + slips


def same(one: Resolution, other: Resolution) -> bool:
    return (
        one.membership.equals(other.membership)
        and one.explanations.equals(other.explanations)
        and one.review.equals(other.review)
        and one.scores.version == other.scores.version
        and one.scores.pairs.sort("left", "right").equals(other.scores.pairs.sort("left", "right"))
    )


def test_a_night_without_news_scores_nothing(limits: Identity, count: Count) -> None:
    first = resolve(people(*known()), limits)
    assert count.pairs == first.blocking["pairs"].sum() > 20_000
    count.pairs = 0
    again = resolve(people(*known()), limits, first.registry, scores=first.scores)
    assert count.pairs == 0
    assert same(again, first)


@pytest.mark.parametrize("news", ["new", "changed", "gone"])
def test_a_night_with_some_news_equals_a_full_run_and_scores_only_them(limits: Identity, count: Count, news: str) -> None:
    rows = known()
    first = resolve(people(*rows), limits)
    if news == "new":
        tonight = [*rows, *({**row, "record_id": f"new{place}"} for place, row in enumerate(scattered(SIZE + 2)[SIZE:]))]
    elif news == "changed":
        tonight = [{**row, "phone": "+353865550123"} if place in {7, 91} else row for place, row in enumerate(rows)]
    else:
        tonight = rows[2:]
    count.pairs = 0
    full = resolve(people(*tonight), limits, first.registry)
    every = count.pairs
    count.pairs = 0
    some = resolve(people(*tonight), limits, first.registry, scores=first.scores)
    assert same(some, full)
    assert count.pairs == some.scores.pairs.join(first.scores.pairs, on=["left", "right"], how="anti").height
    assert count.pairs < every / 4
    if news == "new":
        assert count.pairs >= 2 * SIZE


def test_scores_serve_a_night_of_another_size(limits: Identity, count: Count) -> None:
    """How unlikely a pair is before anything is known of it depends on how many records there are; what is kept does not."""
    rows = known()
    few = resolve(people(*rows[: SIZE // 4], *rows[-20:]), limits)
    tonight = people(*rows)
    full = resolve(tonight, limits)
    count.pairs = 0
    some = resolve(tonight, limits, scores=few.scores)
    assert 0 < count.pairs < full.scores.pairs.height
    assert some.membership.equals(full.membership)
    assert same(some, full)


def test_a_pair_whose_sides_change_places_equals_a_full_run(limits: Identity) -> None:
    """A record that says what another says, and comes before it, stands for both from then on."""
    martha: Row = {"record_id": "u20", "full_name": "Martha Quenbie", "email": "quenby@b.org", "phone": "+14155550124"}
    marta: Row = {"record_id": "u25", "full_name": "Marta Quenby", "email": "quenby@a.com", "phone": "+14155550123"}
    tonight = people(martha, marta, {**marta, "record_id": "c1"})
    before = resolve(people(martha, marta), limits)
    assert same(resolve(tonight, limits, scores=before.scores), resolve(tonight, limits))


def test_scores_of_another_model_are_not_used(limits: Identity, count: Count, tmp_path: Path) -> None:
    rows = people(*known()[:30])
    first = resolve(rows, limits)
    m, u = stored_model().weights["birth"]["same"]
    weights = {**stored_model().weights, "birth": {**stored_model().weights["birth"], "same": (m / 2, u)}}
    save_model(stored_model().model_copy(update={"weights": weights}), tmp_path / "own.json")
    count.pairs = 0
    other = resolve(rows, Identity(model=tmp_path / "own.json"), scores=first.scores)
    assert other.scores.version != first.scores.version
    assert count.pairs == 30 * 29 // 2


def test_what_was_scored_is_told_from_what_was_not() -> None:
    prints = pl.Series([11, 22, 33, 44], dtype=pl.UInt64)
    left, right = np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3])
    before = Scores(
        "1",
        pl.DataFrame({"left": [11, 22], "right": [22, 44], "weight": [1.5, -2.25], "is_supported": [True, None]}, schema=SCORES),
    )
    parts = split(prints, left, right, before)
    assert parts.known.rows() == [(0, 1, 1.5, True), (1, 3, -2.25, None)]
    assert (parts.left.tolist(), parts.right.tolist()) == ([0, 2], [2, 3])
    every = split(prints, left, right, nothing("1"))
    assert every.known.is_empty()
    assert every.known.schema == parts.known.schema
    assert every.left.tolist() == left.tolist()


def test_scores_are_kept_under_what_was_compared_in_its_order() -> None:
    prints = pl.Series([44, 11], dtype=pl.UInt64)
    kept = merged("1", [noted(prints, pl.DataFrame({"left": [0], "right": [1], "weight": [0.5], "is_supported": [False]}))])
    assert kept.pairs.rows() == [(44, 11, 0.5, False)]
    assert dict(kept.pairs.schema) == SCORES
    assert keyed(prints, np.array([0]), np.array([1])).rows() == [(0, 1, 44, 11)]
    turned = split(prints, np.array([1]), np.array([0]), kept)
    assert (turned.known.height, turned.left.tolist()) == (0, [1]), "what was never compared in this order is scored"


def test_two_profiles_are_one_where_all_that_is_compared_is() -> None:
    row = crowd(1)[0]
    told = compared(row, {**row, "record_id": "b", "source": "other"}, {**row, "record_id": "c", "city": "elsewhere"})
    prints = fingerprints(told, {})
    assert prints[0] == prints[1] != prints[2]


def test_a_rarity_that_changed_is_another_profile() -> None:
    told = compared(crowd(1)[0])
    rare, common = ({"city": pl.DataFrame({"city": told["city"], "tf_city": [share]})} for share in (0.25, 0.5))
    assert fingerprints(told, rare)[0] != fingerprints(told, common)[0]


def test_scores_are_kept_in_place_of_those_before(tmp_path: Path) -> None:
    assert scores.load(tmp_path) is None
    for version in ("one", "two"):
        made = Scores(version, pl.DataFrame({"left": [1], "right": [2], "weight": [0.5], "is_supported": [True]}, schema=SCORES))
        scores.save(tmp_path / "kept", made)
        found = scores.load(tmp_path / "kept")
        assert found is not None
        assert found.version == version
        assert found.pairs.equals(made.pairs)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["two.parquet"]


def test_scores_in_another_form_are_not_used(tmp_path: Path) -> None:
    pl.DataFrame({"left": [1], "right": [2], "weight": [0.5]}).write_parquet(tmp_path / "one.parquet")
    assert scores.load(tmp_path) is None


def test_scores_that_cannot_be_read_are_made_anew(tmp_path: Path) -> None:
    scores.save(tmp_path, scores.nothing("v1"))
    [kept] = tmp_path.glob("*.parquet")
    assert scores.load(tmp_path) is not None
    for damaged in (b"", kept.read_bytes()[:-9]):
        kept.write_bytes(damaged)
        assert scores.load(tmp_path) is None


@pytest.mark.parametrize("other", ["splink", "duckdb"])
def test_scores_by_other_libraries_are_not_mixed(monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    with closing(Scorer(compared(*crowd(20)), stored_model())) as scorer:
        before = scorer.version
        if other == "splink":
            monkeypatch.setattr("cx_pipeline.identity.scoring.metadata.version", lambda _: "0")
        else:
            monkeypatch.setattr("cx_pipeline.identity.scoring.duckdb.__version__", "0")
        assert scorer.version != before
