"""`cx-pipeline ai`: cut the dataset for models, show its card, tell what changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from cx_pipeline.ai.papers import CARD
from cx_pipeline.ai.readiness import FACTORS
from cx_pipeline.ai.versions import CHANGES, versions
from cx_pipeline.commands import console
from cx_pipeline.errors import ConfigError
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.stages import ai_versions
from cx_pipeline.stages.ai_dataset import Dataset, build_dataset
from cx_pipeline.stages.ai_trend import Trend, trend
from cx_pipeline.stages.ai_versions import history, manifest, told_versions
from cx_pipeline.stages.run import Run, only_run


def build(settings: Settings, *, as_json: bool) -> int:
    """Cut the dataset from what is published now."""
    layout = Layout(settings.data_dir.absolute())
    now = datetime.now(UTC)
    with only_run(layout, Run(f"ai-{now:%Y%m%dT%H%M%S}", now)):
        made = build_dataset(settings, layout, Run(f"ai-{now:%Y%m%dT%H%M%S}", now))
    if as_json:
        console.emit(
            {
                "version": made.version,
                "is_new": made.is_new,
                "folder": str(made.folder),
                "files": {file.name: file.rows for file in made.facts.files},
                "examples": {split.name: split.examples for split in made.facts.splits},
                "changes": made.changes.to_dicts(),
            }
        )
        return 0
    _tell(made)
    return 0


def card(settings: Settings, version: str | None, *, as_json: bool) -> int:
    """Show the card of a version; of one without a card, what its manifest notes."""
    layout = Layout(settings.data_dir.absolute())
    name = _known(layout, version)
    path = layout.ai / name / CARD
    noted = manifest(layout, name)
    if as_json:
        console.emit(noted)
    elif path.exists():
        console.out.print(path.read_text(encoding="utf-8"), markup=False, highlight=False, soft_wrap=True)
    else:
        console.table(f"version {name}", ("what", "is"), [(key, value) for key, value in noted.items() if key not in _LONG])
    return 0


def diff(settings: Settings, before: str | None, after: str | None, *, as_json: bool) -> int:
    """Tell what changed, step by step from one version to another."""
    layout = Layout(settings.data_dir.absolute())
    told = told_versions(layout)
    if not told:
        raise ConfigError("there is no version of the dataset", next_step="cx-pipeline ai build")
    for name in (before, after):
        if name is not None and name not in told:
            raise ConfigError("there is no such version", where=name, expected=", ".join(told))
    last = told.index(after) if after else len(told) - 1
    first = told.index(before) + 1 if before else last
    steps = {name: changed for name in told[first : last + 1] if (changed := history(layout, name)) is not None}
    if as_json:
        console.emit(
            {name: {"changes": changed.to_dicts(), **ai_versions.figures(layout, name)} for name, changed in steps.items()}
        )
        return 0
    for name, changed in steps.items():
        _changes(f"version {name}", changed)
        shifted = [(item["file"], item["column"], item["index"]) for item in ai_versions.figures(layout, name).get("shifted", [])]
        if shifted:
            console.table(f"distributions that shifted by {name}", ("file", "column", "index"), shifted, ("index",))
    _readiness(trend(layout, until=after), told[first - 1 if first else 0 :])
    return 0


def _readiness(known: Trend, named: list[str]) -> None:
    """Readiness of the versions between which is told what changed, both ends included."""
    rows = [
        (version, *(_score(factors.get(factor)) for factor in FACTORS))
        for version, factors in zip(known.versions, known.factors, strict=True)
        if version in named
    ]
    if rows:
        console.table("readiness, from 0 to 1", ("version", *FACTORS), rows, FACTORS)


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.3f}"


_LONG = ("withheld", "changes", "checks", "sha256")


def _known(layout: Layout, version: str | None) -> str:
    found = versions(layout.ai)
    if not found:
        raise ConfigError("there is no version of the dataset", next_step="cx-pipeline ai build")
    if version is not None and version not in found:
        raise ConfigError("there is no such version", where=version, expected=", ".join(found))
    return version or found[0]


def _tell(made: Dataset) -> None:
    files = [(file.name, file.rows) for file in made.facts.files]
    console.table("dataset", ("file", "rows"), files, ("rows",))
    withheld = [(item.output, item.reason, item.count) for item in made.facts.withheld]
    console.table("left out", ("output", "reason", "conversations"), withheld, ("conversations",))
    _changes("changed", made.changes)
    word = "new version" if made.is_new else "nothing changed: still version"
    where = Path(str(made.folder))
    console.out.print(f"{word} {made.version}: {where}", markup=False, soft_wrap=True)


def _changes(title: str, changed: pl.DataFrame) -> None:
    console.table(title, tuple(CHANGES), changed.select(list(CHANGES)).rows(), ("records",))
