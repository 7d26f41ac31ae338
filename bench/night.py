"""One size measured: the floor, our nightly run and perhaps peers in turn, on the same bytes."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench.child import Measured, compile_once, measure
from bench.peers.catalogue import PEERS, Peer
from bench.table import Row, rows_of
from bench.world import BenchWorld, prepared

_PIECE = 8 << 20  # bytes
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
        whole: also measure `cx-pipeline run`, which is ours with Dagster around it.
        peers: also measure other ways to do the work.
    """

    seed: int
    work: Path
    repeat: int | None = None
    warm_up: int | None = None
    whole: bool = False
    peers: bool = False

    def rounds(self, size: int) -> tuple[int, int]:
        """Warm-up rounds, and measured ones."""
        warm_up = int(size < _LARGE) if self.warm_up is None else self.warm_up
        return warm_up, (1 if size >= _LARGE else 3) if self.repeat is None else self.repeat


@dataclass(frozen=True)
class Night:
    """What was measured at one size: all measured rounds, by subject (`ours`, `floor`, perhaps `whole` and peers).

    `size` is what was asked for, `interactions` what the world holds, `skipped` why a peer was not measured, by its name.
    """

    size: int
    interactions: int
    raw_bytes: int
    rounds: dict[str, list[Measured]]
    skipped: dict[str, str] = field(default_factory=dict)

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

    def table(self) -> list[Row]:
        """A row a subject, what was skipped last."""
        medians = {subject: self.median(subject) for subject in self.rounds}
        return rows_of(self.size, medians, {subject: self.peak_mb(subject) for subject in self.rounds}, self.skipped)

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
            "table": [asdict(row) for row in self.table()],
            "skipped": self.skipped,
            "rounds": {subject: [asdict(measured) for measured in taken] for subject, taken in self.rounds.items()},
        }


def measured(size: int, plan: Plan) -> Night:
    """Make the world of this size if need be, and measure every subject in turn, round by round."""
    world = prepared(size, plan.seed, plan.work)
    compile_once(["bench.floor", "bench.ours", "checks.duckdb_source", "checks.data_docs"])
    subjects: dict[str, Callable[[BenchWorld, Path], Measured]] = {"floor": _floor, "ours": _ours}
    if plan.whole:
        subjects["whole"] = _whole
    lacking = {peer.name: reason for peer in PEERS if (reason := peer.lacks())} if plan.peers else {}
    with _scratch(plan.work) as samples:
        peers = [peer for peer in PEERS if peer.name not in lacking] if plan.peers else []
        subjects |= {peer.name: partial(_peer, peer, samples) for peer in peers}
        for peer in peers:
            compile_once([peer.module], peer.python)
        if peers:
            measure(["-m", "bench.peers.samples", str(world.folder), str(samples)], tells=False)
        rounds = _rounds(subjects, world, plan, size)
    nights = (path for path in world.raw.iterdir() if path.name != "truth")
    raw_bytes = sum(path.stat().st_size for night in nights for path in night.rglob("*") if path.is_file())
    return Night(size, world.interactions, raw_bytes, rounds, lacking)


def _rounds(
    subjects: Mapping[str, Callable[[BenchWorld, Path], Measured]], world: BenchWorld, plan: Plan, size: int
) -> dict[str, list[Measured]]:
    warm_up, repeat = plan.rounds(size)
    rounds: dict[str, list[Measured]] = {subject: [] for subject in subjects}
    for number in range(warm_up + repeat):
        for subject, take in subjects.items():
            _read_through(world.folder)
            with _scratch(plan.work) as scratch:
                taken = take(world, scratch)
            if number >= warm_up:
                rounds[subject].append(taken)
    return rounds


def _read_through(folder: Path) -> None:
    """Read all files once, so that no subject finds those it reads colder, or warmer, than the one before."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                while file.read(_PIECE):
                    pass


def _peer(peer: Peer, samples: Path, world: BenchWorld, scratch: Path) -> Measured:
    return peer.take(world, samples, scratch)


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
