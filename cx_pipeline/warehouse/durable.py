"""Steps on files that are on the disk, not only in its cache, before the next one begins."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cx_pipeline.disk import NO_HARD_LINKS, sync

__all__ = ["link_or_copy", "sha256", "sync", "try_exclusive", "write_text"]


def write_text(path: Path, text: str) -> None:
    """Replace a small file atomically: a reader or a crash sees the old text or the new, never a part."""
    aside = path.with_name(f"{path.name}.tmp")
    aside.write_text(text, encoding="utf-8")
    sync(aside)
    aside.replace(path)
    sync(path.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """Give the same bytes a second name; where the file system has no hard links, a copy. An older target gives way."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        shutil.copyfile(source, target)
        target.chmod(source.stat().st_mode & 0o777)
        sync(target)
    sync(target.parent)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def try_exclusive(folder: Path) -> Iterator[bool]:
    """Hold a folder for this process alone; yields False, without waiting, when another process holds it.

    The system drops the hold when the process dies.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
