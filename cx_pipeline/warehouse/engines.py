"""What the engine that builds a file may hold before it spills, and on how many threads it works."""

from __future__ import annotations

import os
from collections.abc import Mapping

_MOST_THREADS = 4
_LEAST_MB, _THREAD_MB = 750, 250

Engine = dict[str, str | int]

WRITING: Engine = {"memory_limit": "700MB", "threads": 2}
"""Writes tables while others work on all processors. One thread needs a third of the memory of two to sort what it writes, but
then others wait for it: a build at a million interactions takes a sixth longer."""


def counting() -> Engine:
    """Answers queries over whole tables, alone; with less memory it would mostly write and read what it spilled."""
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    return {"memory_limit": f"{max(_LEAST_MB, _THREAD_MB * threads)}MB", "threads": threads}


def with_more_memory(engine: Mapping[str, str | int], times: int) -> Engine:
    """An engine with so many times the memory that its settings name in megabytes."""
    megabytes = int(str(engine["memory_limit"]).removesuffix("MB"))
    return {**engine, "memory_limit": f"{megabytes * times}MB"}
