"""The suites in a process of their own: the same answers, the same errors, and nothing that is left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.audit import run_suites
from checks.beside import Beside
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.errors import EnvironmentProblem
from tests.checks.shop import staged

PUBLISHED = [table for table in tables().values() if not table.internal]


@pytest.fixture(scope="module")
def beside() -> Iterator[Beside]:
    made = Beside()
    yield made
    made.close()


def _pids(beside: Beside) -> list[int]:
    assert beside._pool is not None
    return list(beside._pool._processes)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_says_what_the_suites_say(beside: Beside, tmp_path: Path) -> None:
    path = staged(tmp_path)
    found = beside.audit(path, tmp_path / "reports", "run1")()
    assert [suite.results for suite in found] == [suite.results for suite in run_suites(path, PUBLISHED, None, "run1")]
    assert (tmp_path / "reports" / "data_docs" / "run1" / "index.html").is_file()


def test_a_file_that_cannot_be_opened_is_told(beside: Beside, tmp_path: Path) -> None:
    waits = beside.audit(tmp_path / "none.duckdb", tmp_path / "reports", "run1")
    with pytest.raises(EnvironmentProblem, match=r"none\.duckdb"):
        waits()


def test_a_process_that_is_killed_stops_the_run_with_a_word(tmp_path: Path) -> None:
    beside = Beside()
    waits = beside.audit(staged(tmp_path), tmp_path / "reports", "run1")
    os.kill(_pids(beside)[0], signal.SIGKILL)
    with pytest.raises(EnvironmentProblem, match="was ended; nothing was published"):
        waits()
    beside.close()


def test_one_that_is_killed_before_it_is_asked_says_the_same(tmp_path: Path) -> None:
    beside = Beside()
    beside.begin()
    (pid,) = _pids(beside)
    os.kill(pid, signal.SIGKILL)
    waited = time.monotonic() + 30
    while _pids(beside) and time.monotonic() < waited:  # the pool forgets its processes once it knows
        time.sleep(0.1)
    waits = beside.audit(staged(tmp_path), tmp_path / "reports", "run1")
    with pytest.raises(EnvironmentProblem, match="was ended; nothing was published"):
        waits()
    beside.close()


def test_it_goes_when_it_is_let_go() -> None:
    beside = Beside()
    beside.begin()
    (pid,) = _pids(beside)
    beside.close()
    waited = time.monotonic() + 30
    while _is_alive(pid) and time.monotonic() < waited:
        time.sleep(0.1)
    assert not _is_alive(pid)
    beside.close()
