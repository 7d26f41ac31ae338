"""One run at a time, and each begins with a clean house."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.layout import Layout
from cx_pipeline.stages.run import Run, begin, only_run
from tests.stages.pipeline import NOW

_HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from cx_pipeline.layout import Layout
from cx_pipeline.stages.run import Run, only_run
with only_run(Layout(Path(sys.argv[1])), Run("other", datetime.now(UTC))):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(layout.data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(EnvironmentProblem, match=rf"\(run other, process {other.pid} on .+, since 2") as caught,
            only_run(layout, Run("mine", NOW), patience_seconds=0.2),
        ):
            pytest.fail("two runs at once")
        assert caught.value.exit_code == 1
        other.kill()
    with only_run(layout, Run("mine", NOW)):  # the lock goes with the process that held it
        assert '"run_id": "mine"' in (layout.state / "run.lock").read_text()


def test_a_run_within_a_run_is_refused(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    with only_run(layout, Run("one", NOW)), pytest.raises(EnvironmentProblem), only_run(layout, Run("two", NOW), 0.2):
        pytest.fail("two runs at once")
    with only_run(layout, Run("three", NOW)):
        pass


def test_a_run_begins_by_sweeping_what_dead_ones_left(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "data")
    layout.prepare()
    left = [
        layout.lake_raw / "zendesk_users" / ".abc.77.tmp",
        layout.lake_scrubbed / "zendesk_users" / ".abc.77.old",
        layout.lake_clean / ".tables.77.tmp",
        layout.state / "manifest" / "2026-03-01" / ".entry.json.77.tmp",
        layout.state / "registry" / ".run0.members.tmp",
        layout.staging / "run0.duckdb",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"left")
    kept = layout.lake_raw / "zendesk_users" / "abc"
    kept.mkdir()
    with only_run(layout, Run("one", NOW)):
        begin(layout)
    assert not any(path.exists() for path in left)
    assert kept.is_dir()


def test_a_run_has_one_clock_in_utc() -> None:
    assert Run("one", NOW).now_utc == NOW.replace(tzinfo=None)
    assert Run("one", NOW.astimezone()).now_utc == NOW.replace(tzinfo=None)
