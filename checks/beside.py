"""Great Expectations in a process of its own, beside what else the audit looks at.

It takes seconds to import and as long again to ask its questions, and keeps to one core; nothing of it stays in the process
that goes on after the audit. The process is begun some time before it is needed and ends with the run.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from cx_pipeline.errors import EnvironmentProblem

if TYPE_CHECKING:
    from checks.audit import SuiteResult

Suites = Callable[[], "list[SuiteResult]"]
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Beside:
    """One process for the suites, from `begin` to `close`."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def begin(self) -> None:
        """Let it import what it needs; to be called when it soon has something to do."""
        if self._pool is None:
            # Never forked: a copy of a process with threads may wait for ever for what a thread held.
            self._pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_obey, initargs=(os.getpid(),))
            self._pool.submit(_load)

    def audit(self, path: Path, reports_dir: Path, run_id: str) -> Suites:
        """Begin to audit all published tables of a staged file; what is returned waits for the results.

        Raises:
            EnvironmentProblem: the file cannot be opened, or the process was ended; when waited for.
        """
        self.begin()
        assert self._pool is not None
        found: Future[list[SuiteResult]]
        try:
            found = self._pool.submit(_audit, path, reports_dir, run_id)
        except BrokenProcessPool as ended:  # while it imported
            found = Future()
            found.set_exception(ended)

        def wait() -> list[SuiteResult]:
            try:
                return found.result()
            except BrokenProcessPool:
                raise EnvironmentProblem(
                    "the process that runs Great Expectations was ended",
                    happened="nothing was published",
                    next_step="see whether the machine ran out of memory, and run again",
                ) from None

        return wait

    def close(self) -> None:
        """Let the process go."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def _obey(parent: int) -> None:
    """End with the run, whatever ends it, and leave it to the run what an interrupt from the keyboard means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    gc.set_threshold(*gc.get_threshold()[:2], 1_000)  # what is loaded stays, and is not looked through for garbage


def _load() -> None:
    from checks.audit import load  # noqa: PLC0415  # in the other process only

    load()


def _audit(path: Path, reports_dir: Path, run_id: str) -> list[SuiteResult]:
    from checks.audit import run_suites  # noqa: PLC0415
    from cx_pipeline.contracts.catalogue import tables  # noqa: PLC0415

    return run_suites(path, [table for table in tables().values() if not table.internal], reports_dir, run_id)


__all__ = ["Beside", "Suites"]
