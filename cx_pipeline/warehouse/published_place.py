"""The one place analysts read: how a new file gets there, and who may not be writing to it meanwhile."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from cx_pipeline import faults
from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.layout import OWNER_ONLY, READABLE, Layout
from cx_pipeline.warehouse import durable
from cx_pipeline.warehouse.staging_area import logs_beside

WAIT_SECONDS = 10.0
_POLL_SECONDS = 0.1


@contextlib.contextmanager
def sole_publisher(layout: Layout) -> Iterator[None]:
    """Let one process at a time publish, roll back or clean up.

    Raises:
        EnvironmentProblem: another process is doing one of these.
    """
    for folder, mode in ((layout.clean, READABLE), (layout.versions, READABLE), (layout.staging, OWNER_ONLY)):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    with durable.try_exclusive(layout.versions) as mine:
        if not mine:
            raise EnvironmentProblem(
                "another process is publishing or rolling back",
                happened="the published file stays as it is",
                next_step="try again",
            )
        yield


@contextlib.contextmanager
def no_writer(layout: Layout, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Keep writers off the published path, and wait for one that is there, while the block replaces it.

    Whoever has the published file open for writing would, at the next write, leave a log beside the file that takes its
    place, and DuckDB would refuse that file or, worse, replay the log into it. Readers are not held up.

    Raises:
        EnvironmentProblem: a program still has the file open for writing after `wait_seconds`.
    """
    try:
        descriptor = os.open(layout.published, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield
        return
    try:
        _share(descriptor, layout.published, time.monotonic() + wait_seconds)
        yield
    finally:
        os.close(descriptor)


def remove_stale_logs(layout: Layout) -> list[str]:
    """Remove write-ahead logs beside the published path; returns their names.

    To be called under `no_writer`. Removed rather than refused, so that a night does not wait for a human: such a log can
    only hold edits made in place to the file that is about to be replaced, which no version is meant to contain, and the
    file without it is exactly the version that was published.
    """
    logs = logs_beside(layout.published)
    for path in logs:
        path.unlink()
    if logs:
        durable.sync(layout.clean)
    return [path.name for path in logs]


def replace(layout: Layout, file: Path) -> None:
    """Put a finished file into the published place; the file's own name is gone afterwards."""
    faults.point("publish.before_replace")
    file.replace(layout.published)
    faults.point("publish.after_replace")
    durable.sync(layout.clean)


def _share(descriptor: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            if time.monotonic() >= deadline:
                raise EnvironmentProblem(
                    "another program has the published file open for writing",
                    where=path.name,
                    happened="the published file stays as it is",
                    next_step="close that program, or open the file read-only in it, and run again",
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            return
