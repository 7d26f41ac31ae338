"""The matching model: how often records of one person, and of two, agree on each level.

m is the probability of a level among pairs of one person, u among pairs of two (Fellegi and Sunter 1969). Both are kept as plain
numbers by the names of comparisons and levels, not as a tool's own settings, so a model outlives the version and the SQL
dialect it was fitted with.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cx_pipeline.errors import ConfigError
from cx_pipeline.identity.comparisons import COMPARISONS

_STORED = "model.json"


class Model(BaseModel):
    """Weights of evidence.

    Attributes:
        version: names the fit; scores of two versions are not mixed.
        fitted_on: what it was fitted on, in words.
        pairs_a_record: pairs of one person, divided by records; what the prior is taken from.
        prior: probability that two records taken at random are one person, where that was fitted on the very records.
        weights: m and u by comparison and level.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(min_length=1)
    fitted_on: str
    pairs_a_record: float = Field(gt=0)
    prior: float | None = Field(default=None, gt=0, lt=1)
    weights: dict[str, dict[str, tuple[float, float]]]

    def prior_of(self, records: int) -> float:
        """The probability that two of so many records taken at random are one person.

        Among few records the share that a large population has stays the bound: two people do not become one because nobody else
        is in the file.
        """
        if self.prior is not None:
            return self.prior
        return min(2 * self.pairs_a_record / max(records - 1, 1), _LARGEST_PRIOR)


_LARGEST_PRIOR = 1e-4


@cache
def stored_model() -> Model:
    """The model that comes with the package, fitted on an invented population whose truth is known."""
    return _parsed(resources.files("cx_pipeline.identity").joinpath(_STORED).read_text(encoding="utf-8"), _STORED)


def load_model(path: Path) -> Model:
    """A model fitted on one's own data.

    Raises:
        ConfigError: when the file cannot be read or lacks a comparison or level.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "the identity model cannot be read", where=path.name, expected="a file that `save_model` wrote"
        ) from error
    return _parsed(text, path.name)


def save_model(model: Model, path: Path) -> None:
    rounded = model.model_dump()
    path.write_text(json.dumps(rounded, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _parsed(text: str, where: str) -> Model:
    try:
        model = Model.model_validate_json(text)
    except ValidationError as error:
        raise ConfigError(
            f"the identity model is not whole: {error.error_count()} faults",
            where=where,
            expected="a file that `save_model` wrote",
        ) from None
    for comparison in COMPARISONS:
        if set(comparison.names) != set(model.weights.get(comparison.name, {})):
            raise ConfigError(
                "the identity model was fitted for other comparisons",
                where=where,
                expected=f"{comparison.name}: {', '.join(comparison.names)}",
                next_step="fit it anew: make train-identity",
            )
    return model
