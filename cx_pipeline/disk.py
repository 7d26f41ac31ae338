"""What every room that writes to the disk itself must know of it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import IO

NO_HARD_LINKS = frozenset({errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS})
"""What systems say where a file cannot be given a second name."""


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of it: one call may write less than it is given, on a disk that is nearly full, and say so only by a number.

    Raises:
        OSError: the disk takes no more; a part may stand there.
    """
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def put_whole(file: IO[bytes], data: bytes) -> None:
    """The same to a file that buffers nothing.

    Raises:
        OSError: the disk takes no more; a part may stand there.
    """
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def sync(path: Path) -> None:
    """Force a file's bytes, or a folder's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
