"""The small world, published once; every test works on a copy of its own."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.erasure.certificate import Certificate
from cx_pipeline.erasure.forget import forget
from cx_pipeline.erasure.subject import Selector
from tests.erasure.published import described, members, tables
from tests.erasure.world import write_world
from tests.stages.pipeline import Pipeline


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `raw` and `data`, published as run1. To be copied only."""
    base = tmp_path_factory.mktemp("world")
    write_world(base / "raw")
    Pipeline(base / "raw", base / "data").publish("run1")
    return base


@pytest.fixture
def world(first_night: Path, tmp_path: Path) -> Pipeline:
    shutil.copytree(first_night, tmp_path / "world")
    return Pipeline(tmp_path / "world" / "raw", tmp_path / "world" / "data")


@dataclass(frozen=True)
class Forgotten:
    """The world after the person of two tools was forgotten; to be looked at only."""

    world: Pipeline
    made: Certificate
    before: dict[str, pl.DataFrame]
    registry: pl.DataFrame
    catalogue: pl.DataFrame


@pytest.fixture(scope="session")
def forgotten(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Forgotten:
    base = tmp_path_factory.mktemp("forgotten") / "world"
    shutil.copytree(first_night, base)
    world = Pipeline(base / "raw", base / "data")
    before, registry, catalogue = tables(world), members(world), described(world)
    made = forget(Selector(email="Ann.Hale@hale-mail.io"), world.settings, world.layout)
    return Forgotten(world, made[0], before, registry, catalogue)
