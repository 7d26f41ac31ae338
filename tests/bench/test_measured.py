"""Time and memory of processes, and what is made of several rounds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.child import ROOT, ChildFailed, Measured, measure
from bench.night import Night, Plan
from bench.plan import _without
from bench.reader import compared
from bench.stopwatch import Lap, Stopwatch

_MIB = 1 << 20


def _from_a_small_process(code: str) -> dict[str, Any]:
    """What `measure` says of a process when, unlike these tests, the process that asks holds little itself."""
    asks = "import json, sys\nfrom dataclasses import asdict\nfrom bench.child import measure\n"
    script = asks + "print(json.dumps(asdict(measure(['-c', sys.argv[1]], tells='told' in sys.argv[1]))))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script, code], env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def test_a_process_is_measured_as_a_whole() -> None:
    taken = _from_a_small_process(f"import time; kept = b'x' * (150 * {_MIB}); time.sleep(0.2); print('{{\"told\": 1}}')")
    assert taken["told"] == {"told": 1}
    assert 0.2 < taken["seconds"] < 20
    assert 150 * _MIB < taken["peak_bytes"] < 200 * _MIB


def test_processes_below_it_count() -> None:
    below = f"import subprocess, sys; subprocess.run([sys.executable, '-c', 'kept = b\"x\" * (150 * {_MIB})'])"
    assert 150 * _MIB < _from_a_small_process(below)["peak_bytes"] < 200 * _MIB


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell what processes hold")
def test_what_is_held_at_once_is_added_up() -> None:
    held = f'kept = b"x" * (150 * {_MIB}); import time; time.sleep(1)'
    both = f"import subprocess, sys; kept = b'x' * (150 * {_MIB}); subprocess.run([sys.executable, '-c', '{held}'])"
    assert 300 * _MIB < _from_a_small_process(both)["peak_bytes"] < 360 * _MIB


def test_settings_of_whoever_measures_are_not_those_of_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX_DEFAULT_COUNTRY", "AT")
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    tells = (
        "import json, os; print(json.dumps({'asserts': __debug__, 'settings': [name for name in os.environ if 'CX_' in name]}))"
    )
    assert measure(["-c", tells]).told == {"asserts": True, "settings": []}


def test_a_failed_process_says_why() -> None:
    with pytest.raises(ChildFailed, match="ended with 3:\nno such thing"):
        measure(["-c", "import sys; print('no such thing', file=sys.stderr); sys.exit(3)"])


def test_a_lap_has_the_peak_of_its_stage_alone() -> None:
    told = measure(
        [
            "-c",
            (
                "import json\nfrom bench.stopwatch import Lap, Stopwatch\nwatch = Stopwatch()\n"
                f"with watch.lap('large'):\n    kept = b'x' * (200 * {_MIB})\n    del kept\n"
                "with watch.lap('small'):\n    pass\nprint(json.dumps(watch.told()))"
            ),
        ]
    ).told
    large, small = told["stages"]
    assert large["peak_bytes"] > 200 * _MIB
    if Path("/proc/self/clear_refs").exists():
        assert small["peak_bytes"] < 150 * _MIB
    assert told["peak_bytes"] == large["peak_bytes"]


def test_a_stopwatch_without_laps_tells_of_none() -> None:
    assert Stopwatch().told(records=7) == {"stages": [], "peak_bytes": 0, "records": 7}


def test_laps_of_one_stage_are_told_as_one() -> None:
    laps = [Lap("read", 1.0, 0.5, 7), Lap("write", 4.0, 4.0, 9), Lap("read", 2.0, 1.5, 8)]
    assert Stopwatch(laps).told()["stages"] == [
        {"stage": "read", "seconds": 3.0, "cpu_seconds": 2.0, "peak_bytes": 8},
        {"stage": "write", "seconds": 4.0, "cpu_seconds": 4.0, "peak_bytes": 9},
    ]


def test_another_interpreter_can_be_measured(tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.symlink_to(sys.executable)
    assert measure(["-c", "import json, sys; print(json.dumps({'as': sys.orig_argv[0]}))"], python=other).told == {
        "as": str(other)
    }


def test_the_closing_line_takes_medians_and_the_highest_peak() -> None:
    def taken(*rounds: tuple[float, int]) -> list[Measured]:
        return [Measured(seconds, seconds / 2, megabytes * 1_000_000, {}) for seconds, megabytes in rounds]

    night = Night(
        5000, 5003, 1, {"ours": taken((9.0, 900), (12.0, 100), (10.0, 300)), "floor": taken((2.5, 1), (2.0, 1), (99.0, 1))}
    )
    assert night.closing_line() == "5000 10.00 2.50 4.00 4.00 900"


@pytest.mark.parametrize(
    ("size", "given", "rounds"),
    [
        (999_999, {}, (1, 3)),
        (1_000_000, {}, (0, 1)),
        (1_000_000, {"repeat": 2, "warm_up": 1}, (1, 2)),
        (5, {"warm_up": 0}, (0, 3)),
    ],
)
def test_large_sizes_are_measured_once(size: int, given: dict[str, int], rounds: tuple[int, int]) -> None:
    assert Plan(seed=1, work=Path(), **given).rounds(size) == rounds  # type: ignore[arg-type]


def test_damaged_lines_are_left_out_of_a_twin() -> None:
    assert _without("a\r\nb\nc\r\nd".encode("utf-16-le"), [(2, 3)], "utf-16-le") == "a\r\nd".encode("utf-16-le")
    assert _without(b"\xef\xbb\xbfa\n\xff\nc\n", [(3, 3)], "utf-8-sig") == b"\xef\xbb\xbfa\n\xff\n"


def test_both_readers_land_the_same_file() -> None:
    one = compared(2_000, repeat=1, warm_up=0)
    assert 345 < one["file_bytes"] / 2_000 < 360
    assert one["speed"] == pytest.approx(one["polars_s"] / one["ours_s"])
    assert {subject: len(laps) for subject, laps in one["rounds"].items()} == {"polars": 1, "ours": 1}
