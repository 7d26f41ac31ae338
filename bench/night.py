"""One size measured: the floor and our nightly run in turn, on the same bytes."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.child import Measured, compile_once, measure
from bench.world import BenchWorld, prepared

_MEGABYTE = 1e6
_LARGE = 1_000_000
_CLI = "from cx_pipeline.cli import main; main()"


@dataclass(frozen=True)
class Plan:
    """What is measured how often.

    Attributes:
        seed: of the world.
        work: where worlds are kept and runs leave their data for as long as they take.
        repeat: measured rounds; when None 3, and 1 from a million interactions on.
        warm_up: rounds before them that do not count; when None 1, and 0 from a million on.
        whole: also measure `cx-pipeline run` with Dagster and Great Expectations.
    """

    seed: int
    work: Path
    repeat: int | None = None
    warm_up: int | None = None
    whole: bool = False

    def rounds(self, size: int) -> tuple[int, int]:
        """Warm-up rounds, and measured ones."""
        warm_up = int(size < _LARGE) if self.warm_up is None else self.warm_up
        return warm_up, (1 if size >= _LARGE else 3) if self.repeat is None else self.repeat


@dataclass(frozen=True)
class Night:
    """What was measured at one size: all measured rounds, by subject (`ours`, `floor`, perhaps `whole`).

    `size` is what was asked for, `interactions` what the world holds.
    """

    size: int
    interactions: int
    raw_bytes: int
    rounds: dict[str, list[Measured]]

    def median(self, subject: str) -> Measured:
        """The round of the median time (the slower of the two in the middle)."""
        times = [measured.seconds for measured in self.rounds[subject]]
        return self.rounds[subject][times.index(statistics.median_high(times))]

    def peak_mb(self, subject: str) -> float:
        """The highest of all rounds, in megabytes of 10^6 bytes."""
        return max(measured.peak_bytes for measured in self.rounds[subject]) / _MEGABYTE

    @property
    def ratio(self) -> float:
        return self.median("ours").seconds / self.median("floor").seconds

    @property
    def cpu_ratio(self) -> float:
        """As `ratio`, of the time that processors worked: other load on the machine changes it less."""
        return self.median("ours").cpu_seconds / self.median("floor").cpu_seconds

    def closing_line(self) -> str:
        """`size ours_s floor_s ratio cpu_ratio peak_mb`."""
        ours, floor = self.median("ours").seconds, self.median("floor").seconds
        return f"{self.size} {ours:.2f} {floor:.2f} {self.ratio:.2f} {self.cpu_ratio:.2f} {self.peak_mb('ours'):.0f}"

    def as_json(self) -> dict[str, Any]:
        ours, floor = self.median("ours"), self.median("floor")
        return {
            "size": self.size,
            "interactions": self.interactions,
            "raw_bytes": self.raw_bytes,
            "ours_s": ours.seconds,
            "floor_s": floor.seconds,
            "ratio": self.ratio,
            "cpu_ratio": self.cpu_ratio,
            "peak_mb": self.peak_mb("ours"),
            "floor_peak_mb": self.peak_mb("floor"),
            "rounds": {subject: [asdict(measured) for measured in taken] for subject, taken in self.rounds.items()},
        }


def measured(size: int, plan: Plan) -> Night:
    """Make the world of this size if need be, and measure every subject in turn, round by round."""
    world = prepared(size, plan.seed, plan.work)
    compile_once(["bench.floor", "bench.ours"])
    subjects: dict[str, Callable[[BenchWorld, Path], Measured]] = {"floor": _floor, "ours": _ours}
    if plan.whole:
        subjects["whole"] = _whole
    warm_up, repeat = plan.rounds(size)
    rounds: dict[str, list[Measured]] = {subject: [] for subject in subjects}
    for number in range(warm_up + repeat):
        for subject, take in subjects.items():
            with _scratch(plan.work) as scratch:
                taken = take(world, scratch)
            if number >= warm_up:
                rounds[subject].append(taken)
    nights = (path for path in world.raw.iterdir() if path.name != "truth")
    raw_bytes = sum(path.stat().st_size for night in nights for path in night.rglob("*") if path.is_file())
    return Night(size, world.interactions, raw_bytes, rounds)


def _floor(world: BenchWorld, scratch: Path) -> Measured:
    return measure(["-m", "bench.floor", str(world.folder), str(scratch / "floor")])


def _ours(world: BenchWorld, scratch: Path) -> Measured:
    return measure(["-m", "bench.ours", str(world.raw), str(scratch / "data")])


def _whole(world: BenchWorld, scratch: Path) -> Measured:
    where = ["--raw-dir", str(world.raw), "--data-dir", str(scratch / "data")]
    return measure(["-c", _CLI, "run", "--all", "--json", *where])


@contextmanager
def _scratch(work: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=work))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
