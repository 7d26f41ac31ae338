"""Whole files through the reader and the scrub, as a run would take them."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.extract import land
from cx_pipeline.extract.reader import open_file
from cx_pipeline.settings import Settings, load
from cx_pipeline.sources.catalogue import get
from cx_pipeline.stages.batch import Scrubbed, scrub_batch
from cx_pipeline.stages.profile import context_of
from cx_pipeline.stages.reading import reading
from tests.sources.scrubbing import assert_balanced


def fixture_file(*parts: str) -> Path:
    """A shared file that is read in place; the test is skipped where there is none."""
    root = Path(__file__).resolve().parents[2]
    found = Path(os.environ.get("CX_SHARED_FIXTURES", root.parent / "shared" / "fixtures")).joinpath(*parts)
    if not found.is_file():
        pytest.skip("the shared fixtures are not there")
    return found


def read(export_id: str, path: Path, folder: Path, settings: Settings | None = None) -> Scrubbed:
    """What the records of a file become."""
    export, chosen = get(export_id), settings or load()
    with open_file(path, reading(export, chosen), chosen.limits) as reader:
        facts = land.write(reader, folder / "landed")
    context = context_of(export, folder / "landed", chosen, path.name, facts.columns, facts.labels)
    batch: pl.DataFrame = land.scan(folder / "landed", facts.columns).collect()
    made = scrub_batch(batch, export, facts.sha256, context)
    assert_balanced(export_id, made)
    return made
