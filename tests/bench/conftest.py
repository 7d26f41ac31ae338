"""One small measurement that the tests look at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.child import ROOT

SIZE = 1_500


@dataclass(frozen=True)
class Bench:
    """`lines` is what `python -m bench` printed, `kept` the JSON it wrote, `world` the folder that it measured on."""

    lines: list[str]
    kept: Mapping[str, Any]
    world: Path


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    base = tmp_path_factory.mktemp("bench")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "bench",
            str(SIZE),
            "--peers",
            "--repeat",
            "1",
            "--warm-up",
            "0",
            "--work",
            base / "work",
            "--results",
            base,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    (results,) = base.glob("night-*.json")
    (world,) = (base / "work").iterdir()
    return Bench(done.stdout.splitlines(), json.loads(results.read_text(encoding="utf-8")), world)
