"""Wall time, processor time and peak memory of the stages inside one process."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
_RESET_PEAK = "5"  # proc(5): the peak becomes what is held now


@dataclass(frozen=True)
class Lap:
    """One stage. `peak_bytes` is of the stage alone on Linux, and since the start of the process elsewhere."""

    stage: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass
class Stopwatch:
    """Collects laps; `told` is what a measured process prints. Laps of one stage are told as one."""

    laps: list[Lap] = field(default_factory=list)

    @contextmanager
    def lap(self, stage: str) -> Iterator[None]:
        _forget_peak()
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.laps.append(Lap(stage, time.perf_counter() - wall, time.process_time() - cpu, peak_bytes()))

    def told(self, **more: Any) -> dict[str, Any]:
        """The laps, the highest peak of them all, and whatever else there is to tell."""
        highest = max((lap.peak_bytes for lap in self.laps), default=0)
        return {"stages": [asdict(lap) for lap in _together(self.laps)], "peak_bytes": highest, **more}


def _together(laps: list[Lap]) -> list[Lap]:
    stages: dict[str, Lap] = {}
    for lap in laps:
        before = stages.get(lap.stage, Lap(lap.stage, 0.0, 0.0, 0))
        seconds, cpu_seconds = before.seconds + lap.seconds, before.cpu_seconds + lap.cpu_seconds
        stages[lap.stage] = Lap(lap.stage, seconds, cpu_seconds, max(before.peak_bytes, lap.peak_bytes))
    return list(stages.values())


def peak_bytes() -> int:
    """Most resident memory since the peak was last forgotten."""
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _forget_peak() -> None:
    if _CLEAR.exists() and os.access(_CLEAR, os.W_OK):
        _CLEAR.write_text(_RESET_PEAK, encoding="ascii")
