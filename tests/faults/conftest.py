"""A small world in two halves: the first night, and both nights."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cx_pipeline.synth import generate
from cx_pipeline.warehouse.content_hash import content_hashes

# A file of each kind is enough: what is killed is the run, not a vendor.
SOURCES = ("amazon_connect", "qualtrics", "salesforce", "zendesk")
HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Worlds:
    """`first` holds one night, `both` two; `hashes` are those of a run that nothing disturbed."""

    first: Path
    both: Path
    published_first: Path
    hashes_first: dict[str, str]
    hashes_both: dict[str, str]


def run_process(raw: Path, data: Path, fault: str | None = None) -> int:
    """Drive one run in a process of its own; returns its exit code, negative for a signal."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **({"CX_FAULT": fault} if fault is not None else {})}
    done = subprocess.run(
        [sys.executable, str(HERE / "drive.py"), str(raw), str(data)],
        env=environment,
        capture_output=True,
        check=False,
        timeout=180,
    )
    return done.returncode


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    base = tmp_path_factory.mktemp("worlds")
    both = base / "both"
    generate(customers=25, nights=2, seed=5, out=both, sources=SOURCES)
    first = base / "first"
    nights = sorted(path for path in both.iterdir() if path.name[:2] == "20")
    shutil.copytree(nights[0], first / nights[0].name)
    data = base / "data"
    assert run_process(first, data) == 0
    hashes_first = content_hashes(data / "clean" / "cx.duckdb")
    kept = base / "kept"
    shutil.copytree(data, kept)
    assert run_process(both, data) == 0
    return Worlds(first, both, kept, hashes_first, content_hashes(data / "clean" / "cx.duckdb"))


@pytest.fixture
def data_after_first(worlds: Worlds, tmp_path: Path) -> Path:
    """A data folder in which the first night is published."""
    return Path(shutil.copytree(worlds.published_first, tmp_path / "data"))


@pytest.fixture
def run() -> Callable[[Path, Path, str | None], int]:
    return run_process
