"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cx_pipeline.disk import sync


@contextmanager
def whole_file(path: Path, mode: int | None = None) -> Iterator[IO[bytes]]:
    """A file that is written aside, for its owner alone, and put in its place, on disk, only when the block ends well.

    Args:
        path: its place; what stands there gives way in one step.
        mode: its rights; None: those of the file that gives way.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        aside.chmod(path.stat().st_mode & 0o777 if mode is None else mode)
        aside.replace(path)
        sync(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Replace a small file, its owner's alone, in one step; on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with whole_file(path, 0o600) as handle:
        handle.write(text.encode())


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A folder that is filled aside, and moved to its place, all of it on disk, only when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    try:
        yield aside
        os.sync()  # at once, as a folder may hold a hundred small files; its name may get lost, and then it is made again
        if target.exists():
            old = target.with_name(f".{target.name}.{os.getpid()}.old")
            target.rename(old)
            aside.rename(target)
            shutil.rmtree(old)
        else:
            aside.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def scratch_folder(place: Path) -> Iterator[Path]:
    """An owner-only folder that is gone when the block ends; a killed run's is taken by `sweep`."""
    folder = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Path) -> int:
    """Remove what dead runs left behind below a folder; returns how many leftovers there were.

    Only called while the run lock is held, so whatever is unfinished belongs to nobody.
    """
    left = [path for path in folder.rglob(".*") if path.name.endswith((".tmp", ".old"))]
    for path in left:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(left)
