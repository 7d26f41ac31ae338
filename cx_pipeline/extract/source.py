"""Random access to the decompressed bytes of one document.

Bytes are read by position into owned buffers, never memory-mapped: a file that shrinks while it is read must end in an error,
not in a signal that kills the run.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from cx_pipeline.extract.refusal import FileRefused

CHUNK = 1 << 20


@dataclass(frozen=True)
class Source:
    """A span of an open file.

    Attributes:
        fd: descriptor, owned by whoever opened it.
        offset: where the document begins.
        size: bytes of the document.
    """

    fd: int
    offset: int
    size: int

    def read(self, position: int, count: int) -> bytes:
        """Up to `count` bytes from `position`; fewer only at the end of the document.

        Raises:
            FileRefused: `file.changed` when the file is shorter than it was.
        """
        wanted = max(0, min(count, self.size - position))
        parts: list[bytes] = []
        at = self.offset + position
        while wanted > 0:
            part = os.pread(self.fd, wanted, at)
            if not part:
                raise FileRefused("file.changed", "the file became shorter while it was read")
            parts.append(part)
            at += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def chunks(self, start: int = 0, end: int | None = None, size: int = CHUNK) -> Iterator[bytes]:
        """The bytes from `start` to `end` in pieces of `size`."""
        stop = self.size if end is None else min(end, self.size)
        for position in range(start, stop, size):
            yield self.read(position, min(size, stop - position))

    def skip(self, count: int) -> Source:
        """The same document without its first `count` bytes."""
        return Source(self.fd, self.offset + count, max(0, self.size - count))

    def passing(self, start: int = 0, end: int | None = None, size: int = CHUNK) -> Iterator[memoryview]:
        """Like `chunks`, but every piece is gone when the next one is asked for: one buffer serves all.

        Raises:
            FileRefused: `file.changed`.
        """
        stop = self.size if end is None else min(end, self.size)
        buffer = memoryview(bytearray(max(0, min(size, stop - start))))
        while start < stop:
            count = os.preadv(self.fd, [buffer[: stop - start]], self.offset + start)
            if count == 0:
                raise FileRefused("file.changed", "the file became shorter while it was read")
            yield buffer[:count]
            start += count

    def digest(self, start: int = 0, end: int | None = None) -> str:
        """SHA-256 of the bytes from `start` to `end`, in bounded memory."""
        state = hashlib.sha256()
        for piece in self.passing(start, end):
            state.update(piece)
        return state.hexdigest()
