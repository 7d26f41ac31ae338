"""Working time as periods in UTC, so that SQL can count business time over clock changes, holidays and new schedules.

Each period knows how much working time of its schedule lies before it. The working time between two instants is then the
difference of two numbers, each found by one look-up: the period that began last, `open_ms_before` + the part of it gone by. The
marts look up the day instead, by equality, which is much cheaper than to look for the last of something.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import polars as pl

from cx_pipeline.marts.declared import declared
from cx_pipeline.settings import Settings
from cx_pipeline.settings.marts import WEEKDAYS, Schedule

FIRST_DAY = date(2000, 1, 1)
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "schedule": pl.String,
    "opens_at": pl.Datetime("us"),
    "closes_at": pl.Datetime("us"),
}


def periods(schedules: Sequence[Schedule], timezone: str, last: date, first: date = FIRST_DAY) -> pl.DataFrame:
    """`schedule, opens_at, closes_at, open_ms, open_ms_before`: every period of work, in UTC.

    Args:
        schedules: of any names; of one name, each holds from its `valid_from` until the next begins.
        timezone: of schedules that name none.
        last: last local day.
        first: first local day.
    """
    rows: list[tuple[str, datetime, datetime]] = []
    for name in sorted({schedule.name for schedule in schedules}):
        versions = sorted((item for item in schedules if item.name == name), key=lambda item: item.valid_from)
        for number, version in enumerate(versions):
            until = versions[number + 1].valid_from - timedelta(days=1) if number + 1 < len(versions) else last
            rows += _of_version(version, ZoneInfo(version.timezone or timezone), max(first, version.valid_from), min(last, until))
    length = (pl.col("closes_at") - pl.col("opens_at")).dt.total_milliseconds()
    return (
        pl.DataFrame(rows, schema=_SCHEMA, orient="row")
        .sort("schedule", "opens_at")
        .with_columns(length.alias("open_ms"))
        .with_columns((pl.col("open_ms").cum_sum().over("schedule") - pl.col("open_ms")).alias("open_ms_before"))
    )


def days(made: pl.DataFrame) -> pl.DataFrame:
    """`schedule, day, open_ms_before, periods`: a row a UTC day from a schedule's first period to its last, none left out.

    Args:
        made: as `periods` makes it.
    """
    opens = made.select("schedule", "opens_at", "closes_at", day=pl.col("opens_at").dt.date())
    # A period that lasts beyond midnight is one of both days.
    overnight = opens.filter(pl.col("closes_at").dt.date() > pl.col("day")).with_columns(day=pl.col("closes_at").dt.date())
    midnight = pl.col("day").cast(pl.Datetime("us"))
    pieces = pl.concat([opens, overnight]).select(
        "schedule",
        "day",
        opens_ms=pl.max_horizontal("opens_at", midnight).dt.epoch("ms"),
        closes_ms=pl.min_horizontal("closes_at", midnight + pl.duration(days=1)).dt.epoch("ms"),
    )
    # A period that ends at midnight has no part in the day that begins then.
    known = (
        pieces.filter(pl.col("opens_ms") < pl.col("closes_ms"))
        .sort("schedule", "day", "opens_ms")
        .group_by("schedule", "day", maintain_order=True)
        .agg(pl.struct("opens_ms", "closes_ms").alias("periods"), open_ms=(pl.col("closes_ms") - pl.col("opens_ms")).sum())
    )
    every = (
        made.group_by("schedule")
        .agg(pl.date_ranges(pl.col("opens_at").min().dt.date(), pl.col("closes_at").max().dt.date()).first().alias("day"))
        .explode("day")
    )
    empty = pl.lit([], known.schema["periods"])
    return (
        every.join(known, on=["schedule", "day"], how="left")
        .sort("schedule", "day")
        .with_columns(pl.col("periods").fill_null(empty), pl.col("open_ms").fill_null(0))
        .select(
            "schedule",
            "day",
            (pl.col("open_ms").cum_sum().over("schedule") - pl.col("open_ms")).alias("open_ms_before"),
            "periods",
        )
    )


def _of_version(schedule: Schedule, zone: ZoneInfo, first: date, last: date) -> Iterator[tuple[str, datetime, datetime]]:
    free = set(schedule.closed)
    if schedule.country is not None and first <= last:
        years = range(first.year, last.year + 1)
        free |= set(holidays.country_holidays(schedule.country, subdiv=schedule.subdivision, years=years))
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day in free:
            continue
        for span in sorted(schedule.hours.get(WEEKDAYS[day.weekday()], ())):
            opens, closes = _instant(day, span[:5], zone), _instant(day, span[6:], zone)
            if opens < closes:  # an hour that the clocks skip has no length
                yield schedule.name, opens, closes


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time of day; 24:00 is the next day's midnight."""
    hour, minute = int(clock[:2]), int(clock[3:])
    if hour == 24:
        day, hour = day + timedelta(days=1), 0
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC).replace(tzinfo=None)


def _rows(settings: Settings, last: datetime) -> pl.DataFrame:
    """Whole years, so that the table does not change with every night."""
    return periods(settings.marts.schedules, settings.timezone, date(last.year + 1, 12, 31))


def _days(settings: Settings, last: datetime) -> pl.DataFrame:
    return days(_rows(settings, last))


TABLE = declared(
    "business_hours",
    "One row: a period of work of a schedule. Working time between two instants: for each, open_ms_before of the period that "
    "began last plus what of it has gone by; then the difference.",
    ("schedule", "opens_at"),
    _rows,
    {
        "schedule": ("VARCHAR", "Name of the schedule in the settings."),
        "opens_at": ("TIMESTAMP", "When work begins. Unit: UTC."),
        "closes_at": ("TIMESTAMP", "When it ends. Unit: UTC."),
        "open_ms": ("BIGINT", "Its length. Unit: ms."),
        "open_ms_before": ("BIGINT", "Working time of the schedule before it. Unit: ms."),
    },
)
DAYS = declared(
    "business_days",
    "One row: a day (UTC) of a schedule, with or without work. Working time until an instant: open_ms_before of its day, plus "
    "what has gone by of the day's periods; between two instants: the difference.",
    ("schedule", "day"),
    _days,
    {
        "schedule": ("VARCHAR", "Name of the schedule in the settings."),
        "day": ("DATE", "The day in UTC."),
        "open_ms_before": ("BIGINT", "Working time of the schedule before the day. Unit: ms."),
        "periods": ("STRUCT(opens_ms BIGINT, closes_ms BIGINT)[]", "Its periods of work, in order. Unit: ms since 1970 UTC."),
    },
)
