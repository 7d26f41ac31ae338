"""One world for the whole room: the one that is checked in as the sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from cx_pipeline.synth import Truth, generate

CUSTOMERS, NIGHTS, SEED = 300, 2, 7


@pytest.fixture(scope="session")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return generate(CUSTOMERS, NIGHTS, SEED, tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def world(truth: Truth) -> Path:
    """The folder of deliveries."""
    return truth.folder.parent
