"""Business time over clock changes, holidays and new schedules, against minutes counted one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cx_pipeline.marts.business_hours import periods
from cx_pipeline.settings.marts import WEEKDAYS, Marts, Schedule

BERLIN = Schedule(timezone="Europe/Berlin", country="DE", subdivision="BE")
NIGHT = Schedule(timezone="America/New_York", hours=dict.fromkeys(WEEKDAYS, ("00:00-03:30", "22:00-24:00")))
LONGER = BERLIN.model_copy(
    update={"valid_from": date(2026, 5, 4), "hours": {"mon": ("08:00-12:00", "13:00-20:00"), "sat": ("10:00-14:00",)}}
)
# Public holidays of Berlin in the first half of 2026, from its law on holidays, not from the library.
HOLIDAYS = {
    date(2026, 1, 1),
    date(2026, 3, 8),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 5, 14),
    date(2026, 5, 25),
}


def between(made: pl.DataFrame, start: datetime, end: datetime) -> int:
    """The look-up as the marts do it: ms of work."""

    def until(moment: datetime) -> int:
        begun = made.filter(pl.col("opens_at") <= moment)
        if begun.is_empty():
            return 0
        last = begun.row(-1, named=True)
        gone = (moment - last["opens_at"]) // timedelta(milliseconds=1)
        return int(last["open_ms_before"] + min(last["open_ms"], gone))

    return until(end) - until(start)


def by_minute(schedules: list[Schedule], start: datetime, end: datetime, closed: set[date]) -> int:
    """The same, minute by minute on the wall clock."""
    open_minutes, moment = 0, start
    while moment < end:
        for schedule in sorted(schedules, key=lambda item: item.valid_from, reverse=True):
            local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(schedule.timezone or "UTC"))
            if local.date() >= schedule.valid_from:
                clock = f"{local:%H:%M}"
                spans = schedule.hours.get(WEEKDAYS[local.weekday()], ())
                open_minutes += local.date() not in closed and any(span[:5] <= clock < span[6:] for span in spans)
                break
        moment += timedelta(minutes=1)
    return open_minutes * 60_000


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-27 15:00", "2026-03-30 08:00", 2.0),  # Friday 16:00 to Monday 10:00 in Berlin: the clocks went forward
        ("2026-04-02 14:00", "2026-04-07 08:00", 2.0),  # Good Friday and Easter Monday are closed
        ("2026-10-23 14:00", "2026-10-26 09:00", 2.0),  # Friday 16:00 to Monday 10:00: the clocks went back
        ("2026-01-05 06:00", "2026-01-05 07:30", 0.0),  # before work
        ("2026-01-05 10:00", "2026-01-05 10:00", 0.0),
    ],
)
def test_hours_known_by_hand(start: str, end: str, hours: float) -> None:
    made = periods([BERLIN], "UTC", date(2026, 12, 31))
    assert between(made, datetime.fromisoformat(start), datetime.fromisoformat(end)) == hours * 3_600_000


_MINUTES = st.integers(min_value=0, max_value=180 * 24 * 60)


@given(start=_MINUTES, length=st.integers(min_value=0, max_value=9 * 24 * 60))
def test_it_is_what_counting_minutes_gives(start: int, length: int) -> None:
    begin = datetime(2026, 1, 1) + timedelta(minutes=start)
    end = begin + timedelta(minutes=length)
    for schedules, closed in (([BERLIN, LONGER], HOLIDAYS), ([NIGHT], set[date]())):
        made = periods(schedules, "UTC", date(2026, 12, 31), date(2025, 12, 1))
        assert between(made, begin, end) == by_minute(schedules, begin, end, closed)


def test_a_day_of_a_clock_change_has_the_hours_it_has() -> None:
    made = periods([NIGHT], "UTC", date(2026, 12, 31))
    days = made.with_columns(pl.col("opens_at").dt.replace_time_zone("UTC").dt.convert_time_zone("America/New_York").dt.date())
    lengths = dict(days.group_by("opens_at").agg(pl.col("open_ms").sum()).iter_rows())
    hour = 3_600_000
    assert [lengths[date(2026, 3, 8)], lengths[date(2026, 3, 9)], lengths[date(2026, 11, 1)]] == [
        4.5 * hour,
        5.5 * hour,
        6.5 * hour,
    ]


def test_a_schedule_ends_when_the_next_of_its_name_begins() -> None:
    made = periods([LONGER, BERLIN], "UTC", date(2026, 5, 12))
    days = made.filter(pl.col("opens_at") >= datetime(2026, 4, 30))
    assert days["opens_at"].dt.date().to_list() == [
        date(2026, 4, 30),
        *[date(2026, 5, 4)] * 2,
        date(2026, 5, 9),
        *[date(2026, 5, 11)] * 2,
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": {"mon": ("17:00-09:00",)}},
        {"hours": {"mon": ("09:00-12:00", "11:00-13:00")}},
        {"hours": {"mon": ("9-17",)}},
        {"timezone": "Berlin"},
        {"country": "Berlin"},
        {"country": "DE", "subdivision": "TX"},
    ],
)
def test_what_makes_no_schedule_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Schedule.model_validate(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"schedules": [{"name": "night"}]},
        {"schedules": [{}, {}]},
        {"active_days": 30, "churned_days": 30},
        {"amber_share": 0.5, "red_share": 0.1},
    ],
)
def test_settings_that_contradict_themselves_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Marts.model_validate(wrong)
