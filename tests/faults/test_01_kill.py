"""Promise 1, all or nothing: `kill -9` at every named point leaves the old version or the new one, and the next run converges."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cx_pipeline.warehouse.content_hash import content_hashes

from .conftest import HERE, ROOT, Worlds, run_process

NAMED = re.findall(r'faults\.point\("([a-z_.]+)"\)', "".join(path.read_text() for path in (ROOT / "cx_pipeline").rglob("*.py")))
ELSEWHERE = ("rollback.", "rotation.", "forget.", "forgetting.")  # no run comes there; their own tests do
POINTS = sorted({point for point in NAMED if not point.startswith(ELSEWHERE)})
TEN = [
    "intake.before_landed",
    "intake.before_manifest@3",
    "scrub.after_batch@2",
    "scrub.before_whole",
    "clean.after_table@4",
    "release.after_registry",
    "staging.before_checkpoint",
    "release.after_checks",
    "publish.before_replace",
    "publish.after_replace",
]
QUICK = ("intake.before_manifest@3", "release.after_registry", "publish.after_replace")


def _quality_free(hashes: dict[str, str]) -> dict[str, str]:
    """Canonical tables; the quality tables name runs and are compared by the promises on the ledger."""
    return {name: value for name, value in hashes.items() if name.startswith("main.")}


def _hashes(data: Path) -> dict[str, str]:
    return _quality_free(content_hashes(data / "clean" / "cx.duckdb"))


def _assert_converges(worlds: Worlds, data: Path) -> None:
    old, new = _quality_free(worlds.hashes_first), _quality_free(worlds.hashes_both)
    assert _hashes(data) in (old, new)
    assert run_process(worlds.both, data) == 0
    assert _hashes(data) == new
    left = [path for path in data.rglob("*") if path.name.endswith((".tmp", ".old", ".wal", ".landing"))]
    assert left == []


def test_every_point_of_the_ten_exists() -> None:
    assert {name.partition("@")[0] for name in TEN} <= set(POINTS)


@pytest.mark.parametrize("point", [point if point in QUICK else pytest.param(point, marks=pytest.mark.slow) for point in TEN])
def test_killed_at_a_named_point(point: str, worlds: Worlds, data_after_first: Path) -> None:
    assert run_process(worlds.both, data_after_first, point) == -signal.SIGKILL
    _assert_converges(worlds, data_after_first)


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_named_point(point: str, worlds: Worlds, data_after_first: Path) -> None:
    assert run_process(worlds.both, data_after_first, point) in (-signal.SIGKILL, 0)
    _assert_converges(worlds, data_after_first)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100))
def test_killed_at_any_moment(seed: int, worlds: Worlds, data_after_first: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "drive.py"), str(worlds.both), str(data_after_first)],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(random.Random(seed).uniform(0.5, 8.0))
    process.kill()
    process.wait()
    _assert_converges(worlds, data_after_first)


@pytest.mark.slow
def test_readers_never_fail_and_never_see_a_mixture(worlds: Worlds, data_after_first: Path, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    published = data_after_first / "clean" / "cx.duckdb"
    reader = subprocess.Popen(
        [sys.executable, str(HERE / "reader.py"), str(published), str(stop)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert run_process(worlds.both, data_after_first, "publish.before_replace") == -signal.SIGKILL
        assert run_process(worlds.both, data_after_first) == 0
        assert run_process(worlds.both, data_after_first) == 0
    finally:
        stop.touch()
        seen, _ = reader.communicate(timeout=60)
    lines = [line.split() for line in seen.splitlines()]
    assert reader.returncode == 0, seen
    assert len({run_id for run_id, _, _ in lines}) >= 2  # the old version, and at least one new one
    assert all(rows == booked for _, rows, booked in lines)
