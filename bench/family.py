"""What a process and those below it hold together, looked at again and again while they run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

_EVERY_S = 0.1
_PROC = Path("/proc")


class Family:
    """Watches a process and all below it as long as the block lasts.

    Of the process all that is resident counts, of those below it what is in no file: libraries that they share count once.
    A system that has no `/proc` tells nothing.

    Attributes:
        peak_bytes: most that was held together at any look; what came and went between two looks is not in it.
    """

    def __init__(self, process: int) -> None:
        self.peak_bytes = 0
        self._process = process
        self._is_over = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="family", daemon=True)

    def __enter__(self) -> Self:
        self._watching.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._is_over.set()
        self._watching.join()

    def _watch(self) -> None:
        while not self._is_over.wait(_EVERY_S):
            held = _held(self._process, "VmRSS") + sum(_held(below, "RssAnon") for below in _below(self._process))
            self.peak_bytes = max(self.peak_bytes, held)


def _below(process: int) -> Iterator[int]:
    for children in (_PROC / str(process) / "task").glob("*/children"):
        try:
            found = [int(child) for child in children.read_text(encoding="ascii").split()]
        except OSError:
            continue  # the thread, or the process, is gone
        for child in found:
            yield child
            yield from _below(child)


def _held(process: int, kind: str) -> int:
    """Bytes of one kind, as `proc_pid_status(5)` names them; none of a process that is gone."""
    try:
        status = (_PROC / str(process) / "status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    told = next((line for line in status.splitlines() if line.startswith(f"{kind}:")), f"{kind}: 0 kB")
    return int(told.split()[1]) * 1024
