"""Independent jobs on all processors, their answers in the order in which they were asked for.

Threads are enough: Polars and DuckDB let go of the interpreter while they work.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Answer = TypeVar("Answer")
_MOST = 4  # each job under way holds a batch of its own, and the engines below are parallel themselves


def workers() -> int:
    """How many jobs are under way at once: a processor each, and four at most."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(available or 1, _MOST)


def side_by_side(jobs: Iterable[Callable[[], Answer]], waiting: int | None = None) -> Generator[Answer, None, None]:
    """Do jobs that do not know of each other, and give their answers in order.

    The first error comes out where its answer would have; jobs not yet begun are then left undone, and those under way are
    waited for. Whoever stops earlier closes the generator for the same.

    Args:
        jobs: drawn as they are needed.
        waiting: how many may be drawn and not yet answered, so that memory stays bounded; None: all of them.
    """
    drawn: deque[Future[Answer]] = deque()
    source = iter(jobs)
    pool = ThreadPoolExecutor(max_workers=workers(), thread_name_prefix="side-by-side")
    try:
        for job in source:
            drawn.append(pool.submit(job))
            if waiting is not None and len(drawn) >= waiting:
                break
        while drawn:
            answer = drawn.popleft().result()
            following = next(source, None)
            if following is not None:
                drawn.append(pool.submit(following))
            yield answer
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
