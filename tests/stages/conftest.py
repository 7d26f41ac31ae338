"""A data folder of a test's own, and files to deliver to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stages.pipeline import Pipeline


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    """An empty data folder and an empty folder of deliveries."""
    (tmp_path / "raw").mkdir()
    return Pipeline(tmp_path / "raw", tmp_path / "data")


@pytest.fixture
def deliver(pipeline: Pipeline) -> Callable[[str, bytes], Path]:
    """Put a file into the folder of deliveries: `deliver("2026-03-01/zendesk/users.ndjson", data)`."""

    def put(name: str, data: bytes) -> Path:
        path = pipeline.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    return put
