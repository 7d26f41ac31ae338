"""The next item while this one is worked on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
_DEPTH = 2


class _End:
    """Stands for the end of the items."""


def read_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items in the same order, made by another thread, at most two before they are asked for.

    Errors come out where the item would have; closing the iterator stops the thread.
    """
    source, end = iter(items), _End()
    waiting: deque[Future[Item | _End]] = deque()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead")
    try:
        while True:
            while len(waiting) < _DEPTH:
                waiting.append(pool.submit(next, source, end))
            item = waiting.popleft().result()
            if isinstance(item, _End):
                return
            yield item
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
