"""`python -m cx_pipeline.commands.train_identity`: the stored matching model, counted on an invented population."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from cx_pipeline.commands import console
from cx_pipeline.identity import model
from cx_pipeline.identity.model import Model, save_model
from cx_pipeline.identity.profiles import complete, profiles
from cx_pipeline.identity.training import Weights, train
from cx_pipeline.synth.population import population

STORED = Path(model.__file__).with_name("model.json")
PEOPLE, SEED = 60_000, 20_261


def trained(people: int, seed: int, start: Weights | None = None) -> Model:
    """The model of an invented population; the same arguments give the same one.

    Args:
        people: how many are invented.
        seed: of the population and of the pairs that are drawn.
        start: what the population tells nothing of.
    """
    made = population(people, seed)
    known = complete(made.people)
    owner = known.select("record_id").join(made.truth, on="record_id", how="left", maintain_order="left")["person"]
    told = f"{people} invented people, {known.height} records, with their truth"
    return train(profiles(known), owner, version=f"population-{people}-{seed}", told=told, start=start, seed=seed)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(prog="python -m cx_pipeline.commands.train_identity", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many are invented")
    parser.add_argument("--seed", type=int, default=SEED, help="the same seed gives the same bytes")
    parser.add_argument("--out", type=Path, default=STORED, help="the model that comes with the package when not given")
    given = parser.parse_args(arguments)
    made = trained(given.people, given.seed, _stored_weights())
    save_model(made, given.out)
    console.out.print(f"{given.out.name}: {made.fitted_on}, {made.pairs_a_record:.2f} pairs a record", markup=False)


def _stored_weights() -> Weights:
    """Of the stored model, also where it was fitted for other comparisons than there are now."""
    weights: dict[str, dict[str, list[float]]] = json.loads(STORED.read_text(encoding="utf-8"))["weights"]
    return {name: {level: (m, u) for level, (m, u) in levels.items()} for name, levels in weights.items()}


if __name__ == "__main__":
    main()
