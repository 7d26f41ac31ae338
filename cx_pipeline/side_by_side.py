"""Independent jobs on all processors, their answers in the order in which they were asked for.

Threads are enough: Polars and DuckDB let go of the interpreter while they work.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Answer = TypeVar("Answer")
_MOST = 4  # each job under way holds a batch of its own, and the engines below are parallel themselves
_KEPT = 64  # answers that wait for one before them


def workers() -> int:
    """How many jobs are under way at once: a processor each, and four at most."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(available or 1, _MOST)


def side_by_side(
    jobs: Iterable[Callable[[], Answer]], waiting: int | None = None, *, more_threads: int = 0
) -> Generator[Answer, None, None]:
    """Do jobs that do not know of each other, and give their answers in order.

    The first error comes out where its answer would have; jobs not yet begun are then left undone, and those under way are
    waited for. Whoever stops earlier closes the generator for the same.

    Args:
        jobs: drawn as they are needed.
        waiting: how many may be drawn and not yet done, so that what jobs hold stays bounded, and answers that nobody has taken
            are few; None: all of them.
        more_threads: beside one a processor; for jobs that hold little, and often stand still for each other.
    """
    drawn: deque[Future[Answer]] = deque()
    source = iter(jobs)
    pool = ThreadPoolExecutor(max_workers=workers() + more_threads, thread_name_prefix="side-by-side")
    try:
        while True:
            while waiting is None or (len(drawn) < max(waiting, _KEPT) and len(_undone(drawn)) < waiting):
                job = next(source, None)
                if job is None:
                    break
                drawn.append(pool.submit(job))
            if not drawn:
                return
            if waiting is None or drawn[0].done():
                yield drawn.popleft().result()
            else:
                wait(_undone(drawn), return_when=FIRST_COMPLETED)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _undone(drawn: Iterable[Future[Answer]]) -> list[Future[Answer]]:
    return [job for job in drawn if not job.done()]
