"""A candidate of the dataset between two steps of a run: its facts as JSON, its rows as Parquet, in the journal of the run."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from cx_pipeline.ai.facts import CheckFact, Facts
from cx_pipeline.layout import OWNER_ONLY, Layout
from cx_pipeline.quality.score import Score
from cx_pipeline.stages import journal
from cx_pipeline.stages.ai_dataset import Candidate
from cx_pipeline.stages.files import write_text
from cx_pipeline.stages.run import Run

_FRAMES = ("records", "changes", "decisions", "withheld")
_PARTS: dict[str, TypeAdapter[object]] = {
    "before": TypeAdapter(str | None),
    "number": TypeAdapter(str | None),
    "folder": TypeAdapter(Path),
    "checks": TypeAdapter(tuple[CheckFact, ...]),
    "scores": TypeAdapter(tuple[Score, ...]),
    "facts": TypeAdapter(Facts),
}


def put_candidate(layout: Layout, run: Run, made: Candidate) -> None:
    """Keep what a later step of the run needs to know; the candidate counts once all of it lies there."""
    place = _place(layout, run)
    place.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    for name in _FRAMES:
        getattr(made, name).write_parquet(place / f"{name}.parquet")
    parts = (f'"{name}": {adapter.dump_json(getattr(made, name)).decode()}' for name, adapter in _PARTS.items())
    write_text(place / "candidate.json", f"{{{', '.join(parts)}}}\n")


def candidate(layout: Layout, run: Run) -> Candidate | None:
    """The candidate of a run, as long as its files lie there."""
    place = _place(layout, run)
    told = place / "candidate.json"
    if not told.exists():
        return None
    read = _TOLD.validate_json(told.read_bytes())
    made = {name: adapter.validate_python(read[name]) for name, adapter in _PARTS.items()}
    frames = {name: pl.read_parquet(place / f"{name}.parquet", glob=False) for name in _FRAMES}
    assert made.keys() | frames.keys() == {field.name for field in fields(Candidate)}
    found = Candidate(**made, **frames)  # type: ignore[arg-type]
    return found if found.folder.is_dir() else None


_TOLD: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def _place(layout: Layout, run: Run) -> Path:
    return journal.folder(layout, run.run_id) / "dataset"
