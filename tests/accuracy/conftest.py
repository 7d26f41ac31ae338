"""The sample is driven through the pipeline once, whichever of the workers asks first."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.accuracy.sample import MARTS, SAMPLE
from tests.faults.drive import drive


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the published sample. Nobody writes to it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    data = shared / "published_sample"
    with (shared / "published_sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (data / "clean" / "cx.duckdb").exists():
            drive(SAMPLE, data, "sample", marts=MARTS)
    return data
