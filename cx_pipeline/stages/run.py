"""What one run is: its id, its frozen clock and the lock that makes it the only one."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.layout import Layout
from cx_pipeline.sources import catalogue
from cx_pipeline.stages import rotation
from cx_pipeline.stages.files import sweep
from cx_pipeline.stages.kept_texts import program
from cx_pipeline.stages.reading import reading_state
from cx_pipeline.stages.rights import secure
from cx_pipeline.warehouse.clean_up import clean_up


@dataclass(frozen=True)
class Run:
    """One run. `now` is the only clock that anything published may depend on.

    `accepts_impact`: somebody looked at what it changes for customer ids, and accepts it.
    """

    run_id: str
    now: datetime
    accepts_impact: bool = False

    @property
    def now_utc(self) -> datetime:
        """`now` as stored: UTC without a zone."""
        return self.now.astimezone(UTC).replace(tzinfo=None)


# A process that was just killed may take a moment to go, and its lock with it.
PATIENCE_SECONDS = 5.0


@contextmanager
def only_run(layout: Layout, run: Run, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the data folder for one run. The lock is the kernel's, so it goes with the process that held it.

    Raises:
        EnvironmentProblem: when another process still holds it after a moment, naming that process.
    """
    layout.prepare()
    path = layout.state / "run.lock"
    before = os.umask(0o077)  # what is written from here on is the owner's alone, unless it says otherwise
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(descriptor, time.monotonic() + patience_seconds):
            raise _held(descriptor)
        os.ftruncate(descriptor, 0)
        who = {"pid": os.getpid(), "host": socket.gethostname(), "run_id": run.run_id, "since": run.now.isoformat()}
        os.pwrite(descriptor, json.dumps(who).encode(), 0)
        yield
    finally:
        os.close(descriptor)
        os.umask(before)


def refuse_if_held(layout: Layout) -> None:
    """Ask whether another process holds the data folder, without waiting for it.

    Raises:
        EnvironmentProblem: one does.
    """
    path = layout.state / "run.lock"
    if not path.exists():
        return
    descriptor = os.open(path, os.O_RDWR)
    try:
        if not _locked(descriptor, time.monotonic() + PATIENCE_SECONDS):
            raise _held(descriptor)
    finally:
        os.close(descriptor)


def _held(descriptor: int) -> EnvironmentProblem:
    try:
        who = json.loads(os.read(descriptor, 4096))
        holder = f"run {who['run_id']}, process {who['pid']} on {who['host']}, since {who['since']}"
    except (ValueError, LookupError, TypeError):
        holder = "holder unknown"
    return EnvironmentProblem(
        "another run holds the data folder",
        where=holder,
        happened="nothing was read or written",
        next_step="wait for it, or stop that process; the lock goes with it",
    )


def _locked(descriptor: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.1)
        else:
            return True


def begin(layout: Layout) -> None:
    """Clear away what dead runs left, and end a change of key that was interrupted; the lock is held, so it is nobody's.

    What reads and redacts is named now, by the code that runs: an upgrade may put other files in its place while the night lasts.
    """
    program()
    for export in catalogue.exports().values():
        reading_state(export)
    rotation.resume(layout)
    sweep(layout.data / "lake")
    sweep(layout.state / "manifest")
    sweep(layout.state / "registry")
    sweep(layout.state / "forgotten")
    sweep(layout.ai)
    secure(layout)
    clean_up(layout)
