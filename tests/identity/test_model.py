"""The stored model, and those that are not whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.errors import ConfigError
from cx_pipeline.identity.comparisons import COMPARISONS, RARITIES
from cx_pipeline.identity.model import Model, load_model, save_model, stored_model


def test_the_stored_model_knows_every_level() -> None:
    model = stored_model()
    for comparison in COMPARISONS:
        told = model.weights[comparison.name]
        assert set(told) == set(comparison.names)
        assert all(0 < weight < 1 for both in told.values() for weight in both)
    assert model.prior is None
    assert model.version


def test_the_last_level_of_every_comparison_speaks_against() -> None:
    for comparison in COMPARISONS:
        m, u = stored_model().weights[comparison.name]["else"]
        assert m < u, comparison.name


def test_the_first_level_of_every_comparison_speaks_for() -> None:
    for comparison in COMPARISONS:
        m, u = stored_model().weights[comparison.name][comparison.names[0]]
        assert m > u, comparison.name


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    save_model(stored_model(), tmp_path / "own.json")
    assert load_model(tmp_path / "own.json") == stored_model()


def written(folder: Path, **changed: Any) -> Path:
    path = folder / "own.json"
    path.write_text(json.dumps(stored_model().model_dump() | changed), encoding="utf-8")
    return path


def without(comparison: str, level: str | None = None) -> dict[str, Any]:
    weights: dict[str, Any] = {name: dict(levels) for name, levels in stored_model().weights.items()}
    if level is None:
        del weights[comparison]
    else:
        del weights[comparison][level]
    return weights


@pytest.mark.parametrize("comparison", [item.name for item in COMPARISONS])
def test_a_model_that_lacks_a_comparison_says_which(tmp_path: Path, comparison: str) -> None:
    with pytest.raises(ConfigError, match="fitted for other comparisons") as refused:
        load_model(written(tmp_path, weights=without(comparison)))
    assert comparison in str(refused.value)
    assert "own.json" in str(refused.value)
    assert "make train-identity" in str(refused.value)


@pytest.mark.parametrize(("comparison", "level"), [(item.name, name) for item in COMPARISONS for name in item.names])
def test_a_model_that_lacks_a_level_says_of_which_comparison(tmp_path: Path, comparison: str, level: str) -> None:
    with pytest.raises(ConfigError, match="fitted for other comparisons") as refused:
        load_model(written(tmp_path, weights=without(comparison, level)))
    assert f"{comparison}: " in str(refused.value)


def test_a_model_of_levels_that_are_no_more_is_refused(tmp_path: Path) -> None:
    weights = without("email") | {"email": {**stored_model().weights["email"], "guess": (0.5, 0.5)}}
    with pytest.raises(ConfigError, match="fitted for other comparisons"):
        load_model(written(tmp_path, weights=weights))


@pytest.mark.parametrize(
    "changed",
    [
        {"version": ""},
        {"pairs_a_record": 0},
        {"prior": 1.0},
        {"prior": -0.1},
        {"surplus": 1},
        {"weights": {"email": {"same": [1]}}},
    ],
)
def test_a_model_that_is_not_whole_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="not whole: 1 faults"):
        load_model(written(tmp_path, **changed))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "own.json").write_bytes(content)
    with pytest.raises(ConfigError, match="is not whole"):
        load_model(tmp_path / "own.json")


def test_a_model_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_model(tmp_path / "none.json")
    (tmp_path / "own.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_model(tmp_path / "own.json")


def test_the_prior_falls_with_the_number_of_records_and_is_bounded() -> None:
    model = Model(version="1", fitted_on="nothing", pairs_a_record=0.5, weights={})
    assert model.prior_of(1_000_001) == pytest.approx(1e-6)
    assert model.prior_of(0) == model.prior_of(1) == model.prior_of(2) == model.prior_of(100) == 1e-4
    assert model.model_copy(update={"prior": 0.02}).prior_of(1_000_001) == 0.02


def test_rarities_are_of_levels_that_there_are() -> None:
    levels = {(item.name, name) for item in COMPARISONS for name in item.names}
    assert {(name, level) for name, level, _ in RARITIES} <= levels
    assert len({item.name for item in COMPARISONS}) == len(COMPARISONS)
