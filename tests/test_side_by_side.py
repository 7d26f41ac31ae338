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
    drawn, done = 0, 0

    def job() -> None:
        nonlocal done
        time.sleep(0.002)
        done += 1

    def jobs() -> Iterator[Callable[[], None]]:
        nonlocal drawn
        for _ in range(20):
            assert drawn - done < 3
            drawn += 1
            yield job

    assert len(list(side_by_side(jobs(), waiting=3))) == 20


@pytest.mark.skipif(workers() < 2, reason="takes two processors")
def test_others_go_on_while_the_first_is_slow() -> None:
    others = threading.Semaphore(0)

    def first() -> int:
        for _ in range(9):
            assert others.acquire(timeout=10)
        return -1

    def other(number: int) -> int:
        others.release()
        return number

    jobs: list[Callable[[], int]] = [first, *(partial(other, number) for number in range(9))]
    assert list(side_by_side(jobs, waiting=2)) == [-1, *range(9)]


def test_few_answers_wait_for_one_before_them() -> None:
    begun = threading.Event()
    drawn = 0

    def jobs() -> Iterator[Callable[[], bool]]:
        nonlocal drawn
        yield partial(begun.wait, 10)
        for _ in range(500):
            drawn += 1
            begun.set() if drawn == 40 else None
            yield partial(bool, 1)

    answers = side_by_side(jobs(), waiting=2)
    assert next(answers)
    assert drawn < 100
    answers.close()


@pytest.mark.skipif(workers() < 2, reason="takes two processors")
def test_two_jobs_run_at_once() -> None:
    both = threading.Barrier(2, timeout=10)
    assert len(list(side_by_side([both.wait, both.wait]))) == 2


def test_more_threads_than_processors() -> None:
    all_of_them = threading.Barrier(workers() + 2, timeout=10)
    assert len(list(side_by_side([all_of_them.wait] * (workers() + 2), more_threads=2))) == workers() + 2
