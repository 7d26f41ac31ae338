"""The folder a run builds its file in: who owns what there, and what a dead run left behind.

Each run has `<run_id>.duckdb`, a spill folder and a lock that the system drops when the process dies, however it dies.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from cx_pipeline.errors import EnvironmentProblem, InternalError
from cx_pipeline.layout import OWNER_ONLY, Layout
from cx_pipeline.warehouse.spills import is_in_use

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class Area:
    """What one run may make below the staging folder."""

    def __init__(self, staging: Path, run_id: str) -> None:
        if not _RUN_ID.fullmatch(run_id):
            raise InternalError("a run id names files: letters, digits, - and _ only, at most 100")
        self.folder = staging
        self.database = staging / f"{run_id}.duckdb"
        self.spill = staging / f"{run_id}.tmp"
        self._lock_path = staging / f"{run_id}.lock"
        self._lock: int | None = None

    def claim(self) -> None:
        """Make the folder owner-only, take the run's lock and remove what an earlier attempt of the same run left.

        Raises:
            EnvironmentProblem: another process builds the same run.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(OWNER_ONLY)
        self._lock = _try_lock(self._lock_path)
        if self._lock is None:
            raise EnvironmentProblem("another process is building this run", where=self.database.name)
        self.clear(keep_lock=True)

    def release(self) -> None:
        """Give the lock back; the finished file stays."""
        if self._lock is not None:
            self._lock_path.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def clear(self, *, keep_lock: bool = False) -> None:
        """Remove the run's file, logs and spill folder."""
        for path in (self.database, *logs_beside(self.database)):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.spill, ignore_errors=True)
        if not keep_lock:
            self._lock_path.unlink(missing_ok=True)


def logs_beside(database: Path) -> list[Path]:
    """Write-ahead logs that DuckDB would replay into this file: `.wal`, and its checkpoint and recovery forms."""
    if not database.parent.is_dir():
        return []
    return sorted(
        path for path in database.parent.iterdir() if path.name.startswith(f"{database.name}.") and ".wal" in path.suffixes
    )


def remove_orphans(layout: Layout, keep: Collection[str] = ()) -> list[str]:
    """Remove what dead runs left in the staging folder; returns the names removed.

    A run whose file is being written holds its lock and is left alone. A run whose file is finished but not yet published
    holds none: name it in `keep`.
    """
    if not layout.staging.is_dir():
        return []
    removed = []
    for path in sorted(layout.staging.iterdir()):
        run_id = path.name.split(".", 1)[0]
        if run_id in keep or is_in_use(path) or _is_alive(layout.staging / f"{run_id}.lock"):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        removed.append(path.name)
    return removed


def _try_lock(path: Path) -> int | None:
    """An open descriptor that holds the lock, or None when another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _is_alive(lock: Path) -> bool:
    if not lock.exists():
        return False
    descriptor = _try_lock(lock)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
