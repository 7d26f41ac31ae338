"""The stored model is counted on an invented population, and is worth it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.commands.train_identity import main, trained
from cx_pipeline.identity.comparisons import COMPARISONS
from cx_pipeline.identity.evaluation import evaluate
from cx_pipeline.identity.model import load_model, save_model
from cx_pipeline.identity.profiles import complete, profiles
from cx_pipeline.identity.resolution import resolve
from cx_pipeline.identity.training import train
from cx_pipeline.settings.identity import Identity
from cx_pipeline.synth.population import population


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", "3"), ("two", "3"), ("other", "4")):
        main(["--people", "120", "--seed", seed, "--out", str(tmp_path / name)])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert (tmp_path / "one").read_bytes() != (tmp_path / "other").read_bytes()
    model = load_model(tmp_path / "one")
    for item in COMPARISONS:
        told = model.weights[item.name].values()
        assert sum(m for m, _ in told) == pytest.approx(1.0, abs=0.02 if item.name == "rest" else 1e-9), item.name
        assert min(min(pair) for pair in told) > 0
    assert model.weights["email"]["same"][0] > 100 * model.weights["email"]["same"][1]


def test_shares_are_counted_and_what_nobody_tells_of_stays() -> None:
    people = pl.DataFrame(
        {
            "record_id": ["1", "2", "3", "4"],
            "given_name": ["ada", "ada", "bela", "cleo"],
            "email": ["ada@quenloria.com", "ada@quenloria.com", "bela@ostravelle.com", None],
        }
    )
    before = {"phone": {"same": (0.6, 0.1), "slip": (0.3, 0.2), "else": (0.1, 0.7)}, "given": {"gone": (1.0, 1.0)}}
    model = train(profiles(complete(people)), pl.Series(["a", "a", "b", "b"]), version="v", told="four", start=before, seed=1)
    assert model.pairs_a_record == 2 / 4
    # Own pairs: 1-2 agree, 3-4 differ on the name, and one of 3 and 4 has no address. Strangers: 1-3, 1-4, 2-3, 2-4.
    missed = 0.5
    m_email = {"same": 1.0, "mailbox": missed, "slip": missed, "domain": missed, "else": missed}
    assert {name: m for name, (m, _) in model.weights["email"].items()} == pytest.approx(
        {name: count / 3 for name, count in m_email.items()}
    )
    assert model.weights["email"]["else"][1] == pytest.approx(2 / (2 + 4 * missed))
    assert model.weights["phone"] == before["phone"]
    assert set(model.weights["given"]) == {*COMPARISONS[0].names}
    assert len(set(model.weights["place"].values())) == 1, "what nothing is known of weighs nothing"


def test_many_records_of_one_person_do_not_speak_for_all() -> None:
    shapes = [("ada", 60), *((f"name{number}", 2) for number in range(30))]
    rows = [(given if place else "zoe", given) for given, times in shapes for place in range(times)]
    crowd = pl.DataFrame(rows, schema=["given_name", "who"], orient="row").with_row_index("record_id")
    model = train(profiles(complete(crowd)), crowd["who"], version="v", told="crowd", seed=1)
    # Everybody's first record bears another name: all 30 pairs of pairs differ, whatever ada's 1,770 pairs say.
    assert model.weights["given"]["same"][0] < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("shared", [0.02, 0.3])
def test_it_is_about_as_right_as_a_fit_on_the_very_records(shared: float, tmp_path: Path) -> None:
    save_model(trained(1_500, 1), tmp_path / "own.json")
    made = population(1_500, 77, shared_mailboxes=shared)
    truth = made.truth.sort("record_id")["person"]
    scores = [
        evaluate(resolve(made.people, limits).membership.sort("record_id")["customer_id"], truth)
        for limits in (Identity(model=tmp_path / "own.json"), Identity())
    ]
    assert scores[0].pairs.f1 > scores[1].pairs.f1 - 0.01
    assert scores[0].pairs.f1 > 0.95
