"""Other processes at the published file: readers never notice a publishing, writers are waited for and then refused."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb
import pytest

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.layout import Layout
from cx_pipeline.warehouse.publish import publish
from tests.warehouse.tickets import Build

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)

READER = """
    import json, sys, time
    import duckdb
    path, stop = sys.argv[1], sys.argv[2]
    import pathlib
    seen, opened, mixed = [], 0, 0
    print("ready", flush=True)
    while not pathlib.Path(stop).exists():
        with duckdb.connect(path, read_only=True) as connection:
            marks = connection.execute("SELECT DISTINCT run_id FROM tickets").fetchall()
            rows = connection.execute("SELECT count(*), sum(len(tags)) FROM tickets").fetchone()
            total = connection.execute("SELECT sum(tickets) FROM marts.tickets_per_day").fetchone()
        opened += 1
        number = int(marks[0][0].removeprefix("run"))
        mixed += len(marks) != 1 or rows != (100 + number, 2 * (100 + number)) or total[0] != 100 + number
        if not seen or seen[-1] != number:
            seen.append(number)
    print(json.dumps({"opened": opened, "mixed": mixed, "seen": seen}), flush=True)
"""
WRITER = """
    import sys, time
    import duckdb
    connection = duckdb.connect(sys.argv[1])
    print("ready", flush=True)
    sys.stdin.readline()
    connection.close()
"""


@contextmanager
def process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has printed its first line and is killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as started:
        try:
            assert started.stdout is not None
            assert started.stdout.readline() == "ready\n"
            yield started
        finally:
            started.kill()


def test_a_reader_that_opens_it_again_and_again_sees_whole_versions_only(layout: Layout, build: Build) -> None:
    publish(build("run0", rows=100), layout, now=NOW, keep=2)
    stop = layout.data / "stop"
    with process(READER, str(layout.published), str(stop)) as reader:
        for number in range(1, 26):
            publish(build(f"run{number}", rows=100 + number), layout, now=NOW, keep=2)
        stop.touch()
        assert reader.stdout is not None
        answer = json.loads(reader.stdout.readline())
        assert reader.wait(timeout=30) == 0
    assert answer["mixed"] == 0
    assert answer["opened"] >= 25
    assert answer["seen"] == sorted(set(answer["seen"]))
    assert len(answer["seen"]) >= 5


def test_a_writer_holds_publishing_up_until_it_goes(layout: Layout, build: Build) -> None:
    publish(build("run1"), layout, now=NOW, keep=2)
    built = build("run2")
    with process(WRITER, str(layout.published)) as writer:
        started = time.monotonic()
        with pytest.raises(EnvironmentProblem, match="open for writing"):
            publish(built, layout, now=NOW, keep=2, wait_seconds=0.3)
        assert time.monotonic() - started >= 0.3
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
        publish(built, layout, now=NOW, keep=2, wait_seconds=20)
    with duckdb.connect(str(layout.published), read_only=True) as connection:
        assert connection.execute("SELECT DISTINCT run_id FROM tickets").fetchall() == [("run2",)]
