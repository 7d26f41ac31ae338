"""What is written beside the data of a version: features, scorecard, card, Croissant file; each where its module is there."""

from __future__ import annotations

import json
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from cx_pipeline.ai.facts import Facts, FileFact
from cx_pipeline.warehouse import durable

SCORECARD, CARD, CROISSANT = "scorecard.json", "README.md", "croissant.json"


def write_features(published: Path, folder: Path, as_of: datetime) -> tuple[FileFact, ...]:
    """Write the feature tables as of a cut-off; what there is to tell of them."""
    features = _room("features")
    if features is None:
        return ()
    features.write(published, folder, as_of)
    told: tuple[FileFact, ...] = tuple(features.file_facts(folder))
    return told


def write_papers(facts: Facts, folder: Path, published: Path) -> None:
    """Write scorecard (of the facts and of the published file), card and Croissant file."""
    made: dict[str, object] = {}
    if (scorecard := _room("scorecard")) is not None:
        made = scorecard.make(facts, published)
        _write(folder / SCORECARD, json.dumps(made, indent=2, default=str))
    if (card := _room("card")) is not None:
        _write(folder / CARD, card.render(facts, made))
    if (croissant := _room("croissant")) is not None:
        _write(folder / CROISSANT, json.dumps(croissant.make(facts), indent=2, default=str))


def _room(name: str) -> ModuleType | None:
    full = f"cx_pipeline.ai.{name}"
    return import_module(full) if find_spec(full) is not None else None


def _write(path: Path, text: str) -> None:
    path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    durable.sync(path)
