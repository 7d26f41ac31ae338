"""What is written beside the data of a version: features, scorecard, card, Croissant file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from cx_pipeline.ai import card, croissant, features
from cx_pipeline.ai.facts import Facts, FileFact
from cx_pipeline.warehouse import durable

SCORECARD, CARD, CROISSANT, DRIFT = "scorecard.json", "README.md", "croissant.json", "drift.json"


def write_features(
    published: Path, folder: Path, people: pl.Series, as_of: datetime, scores: Path | None = None
) -> tuple[FileFact, ...]:
    """Write the feature tables, to score as of a moment and to train 90 days before; what there is to tell of them."""
    features.write(published, folder, people, as_of, features.labelled_cut_off(published, as_of), scores=scores)
    return tuple(features.file_facts(folder))


def write_papers(facts: Facts, folder: Path, made: Mapping[str, Any]) -> None:
    """Write scorecard, drift report, card and Croissant file.

    Args:
        facts: of the version.
        folder: of the version.
        made: the scorecard, as from `scorecard.make`.
    """
    _write(folder / SCORECARD, json.dumps(made, indent=2, default=str))
    _write(folder / DRIFT, json.dumps(_drift(facts), indent=2))
    _write(folder / CARD, card.render(facts, made))
    _write(folder / CROISSANT, json.dumps(croissant.make(facts), indent=2, default=str))


def _drift(facts: Facts) -> dict[str, Any]:
    return {
        "version": facts.version,
        "measure": "population stability index; a shift is above 0.2 and above what chance explains 95 times in 100",
        "splits": [{**asdict(item), "is_shift": item.is_shift} for item in facts.drift],
        "previous_version": facts.previous_version,
        "since": [{**asdict(item), "is_shift": item.is_shift} for item in facts.since],
    }


def _write(path: Path, text: str) -> None:
    path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    durable.sync(path)
