"""Jobs side by side: answers in order, errors in place, no more than asked for in hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from cx_pipeline.side_by_side import side_by_side, workers


def slow(number: int) -> int:
    time.sleep(0.01 * (3 - number % 4))
    return number


@pytest.mark.parametrize("waiting", [None, 1, 2, 50])
def test_answers_come_in_the_order_of_the_jobs(waiting: int | None) -> None:
    assert list(side_by_side((partial(slow, number) for number in range(9)), waiting)) == list(range(9))


def test_no_jobs_have_no_answers() -> None:
    assert list(side_by_side([])) == []


def test_an_error_comes_out_where_its_answer_would_and_ends_it() -> None:
    done: list[int] = []

    def job(number: int) -> int:
        if number == 2:
            raise ValueError("bad")
        done.append(number)
        return number

    answers = side_by_side((partial(job, number) for number in range(500)), waiting=2)
    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(ValueError, match="bad"):
        next(answers)
    assert len(done) < 500


def test_no_more_jobs_are_drawn_than_may_wait() -> None:
    drawn = 0

    def jobs() -> Iterator[Callable[[], int]]:
        nonlocal drawn
        for number in range(20):
            drawn += 1
            yield partial(int, number)

    answers = side_by_side(jobs(), waiting=3)
    for taken, _ in enumerate(answers, start=1):
        assert drawn <= taken + 3


@pytest.mark.skipif(workers() < 2, reason="takes two processors")
def test_two_jobs_run_at_once() -> None:
    both = threading.Barrier(2, timeout=10)
    assert len(list(side_by_side([both.wait, both.wait]))) == 2
