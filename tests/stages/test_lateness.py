"""What comes after its night, and what should have come."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cx_pipeline.settings.reading import Limits
from cx_pipeline.stages.intake import take_in
from cx_pipeline.stages.lateness import Overdue, late_files, overdue
from cx_pipeline.stages.manifest import Status
from tests.stages.pipeline import Pipeline

Deliver = Callable[[str, bytes], Path]
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TODAY, YESTERDAY = NOON.date(), NOON.date() - timedelta(days=1)


def users(number: int) -> bytes:
    return f'{{"id":{number},"updated_at":"2026-03-01T10:00:00Z"}}\n'.encode()


def put(deliver: Deliver, day: date, name: str = "users.ndjson", age: timedelta = timedelta(hours=1), number: int = 1) -> Path:
    path = deliver(f"{day}/zendesk/{name}", users(number))
    touched = (NOON - age).timestamp()
    os.utime(path, (touched, touched))
    return path


@pytest.mark.parametrize(
    ("day", "age", "ran_today", "is_late"),
    [
        (YESTERDAY, timedelta(hours=1), False, True),
        (YESTERDAY, timedelta(seconds=30), False, False),
        (TODAY, timedelta(hours=1), False, False),
        (TODAY, timedelta(hours=1), True, True),
        (TODAY + timedelta(days=1), timedelta(hours=1), True, False),
    ],
    ids=["yesterday's", "still being written", "today's run is to come", "today's run has passed", "tomorrow's"],
)
def test_a_file_is_late_when_its_run_has_passed(
    pipeline: Pipeline, deliver: Deliver, day: date, age: timedelta, ran_today: bool, is_late: bool
) -> None:
    put(deliver, day, age=age)
    found = late_files(pipeline.settings, pipeline.layout, NOON, ran_today)
    assert (found.files, found.dates) == ((1, (day,)) if is_late else (0, ()))


def test_what_was_taken_in_is_not_late_until_it_changes(pipeline: Pipeline, deliver: Deliver) -> None:
    put(deliver, YESTERDAY)
    before = late_files(pipeline.settings, pipeline.layout, NOON, ran_today=False)
    take_in(pipeline.settings, pipeline.layout, [YESTERDAY])
    assert late_files(pipeline.settings, pipeline.layout, NOON, ran_today=False).files == 0
    put(deliver, YESTERDAY, age=timedelta(minutes=30), number=2)
    after = late_files(pipeline.settings, pipeline.layout, NOON, ran_today=False)
    assert (after.files, after.digest != before.digest) == (1, True)


def test_files_that_are_to_be_read_again_are_asked_for_again(pipeline: Pipeline, deliver: Deliver) -> None:
    """The orchestrator asks once for each digest: without another one, a raised limit would reach no file of a past date."""
    put(deliver, YESTERDAY)
    pipeline.given["limits"] = Limits(max_columns=1)
    assert [entry.status for entry in take_in(pipeline.settings, pipeline.layout, [YESTERDAY])] == [Status.UNREADABLE]
    assert late_files(pipeline.settings, pipeline.layout, NOON, ran_today=False).files == 0
    asked = []
    for columns in (4_000, 3_000):
        pipeline.given["limits"] = Limits(max_columns=columns)
        found = late_files(pipeline.settings, pipeline.layout, NOON, ran_today=False)
        assert found.dates == (YESTERDAY,)
        asked.append(found.digest)
    assert len(set(asked)) == 2


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([1, 2, 3], []),
        ([1, 2], []),
        ([26, 27, 28, 1, 2], [Overdue("zendesk.users", date(2026, 3, 2), date(2026, 3, 3))]),
        ([11, 18, 25], []),
    ],
    ids=["came yesterday", "no rhythm yet", "daily and missing", "weekly and due today"],
)
def test_an_export_is_overdue_by_its_own_rhythm(
    pipeline: Pipeline, deliver: Deliver, days: list[int], expected: list[Overdue]
) -> None:
    dates = [date(2026, 2 if day > 10 else 3, day) for day in days]
    for number, day in enumerate(dates):
        put(deliver, day, number=number)
    take_in(pipeline.settings, pipeline.layout, dates)
    assert overdue(pipeline.settings, pipeline.layout, TODAY) == expected
