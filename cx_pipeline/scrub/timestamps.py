"""Times of every export as naive UTC microseconds.

A format is declared or inferred for a whole column (`time_inference`), never for a cell. Wall-clock times are read in the
zone of the rule: where clocks were put back and a time came twice, the earlier one is taken; where clocks were put forward
and the time never was, the offset before the change holds (02:30 becomes 03:30), as PEP 495 and RFC 5545 have it.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

import polars as pl

from cx_pipeline.errors import ConfigError
from cx_pipeline.scrub.rule import Kind, Rule, Severity
from cx_pipeline.scrub.time_formats import FORMATS, TimeFormat
from cx_pipeline.zones import zone_names

UTC_MICROSECONDS = pl.Datetime("us")


def to_utc(wall: pl.Expr, zone: str) -> pl.Expr:
    """Wall-clock times of a zone as naive UTC."""
    if zone == "UTC":
        return wall
    direct = _in_zone(wall, zone)
    # A day and an hour earlier is before any gap (the longest, Samoa 2011, took a day).
    shifted = _in_zone(wall - pl.duration(hours=25), zone) + pl.duration(hours=25)
    return pl.coalesce(direct, shifted)


def _in_zone(wall: pl.Expr, zone: str) -> pl.Expr:
    return (
        wall.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
    )


@cache
def parse(time_format: TimeFormat | str, zone: str = "UTC") -> Rule:
    """Read one format; what does not fit it, or is no day of the calendar, becomes null and is flagged `invalid`.

    Args:
        time_format: a format or its id, see `time_formats.FORMATS`.
        zone: IANA zone of times without an offset.

    Raises:
        ConfigError: the format or the zone is unknown.
    """
    chosen = FORMATS.get(time_format) if isinstance(time_format, str) else time_format
    if chosen is None:
        raise ConfigError("unknown time format", where=str(time_format), expected=", ".join(FORMATS))
    if zone not in zone_names():
        raise ConfigError("unknown time zone", where=zone, expected="an IANA name, such as Europe/Berlin")
    return Rule(
        id=f"timestamps.parse[{chosen.id},{zone}]",
        version=1,
        title=f"Reads {chosen.title} as UTC; times without an offset are {zone}.",
        reads="time",
        guards="every duration and every order of events",
        transform=lambda column: chosen.read(column, lambda wall: to_utc(wall, zone)),
        kind=Kind.PARSE,
        severity=Severity.WARNING,
        flag="invalid",
        target=UTC_MICROSECONDS,
    )


def in_range(first_year: int = 1970, last_year: int = 2100) -> Rule:
    """Null times outside of the years given (both included) and flag them `out_of_range`; comes after `parse`."""
    first, end = datetime(first_year, 1, 1), datetime(last_year + 1, 1, 1)
    return Rule(
        id=f"timestamps.in_range[{first_year},{last_year}]",
        version=1,
        title=f"Nulls times before {first_year} or after {last_year}.",
        reads="time",
        guards="durations and charts: one wrong year outweighs all others",
        transform=lambda column: pl.when(
            (column >= pl.lit(first, UTC_MICROSECONDS)) & (column < pl.lit(end, UTC_MICROSECONDS))
        ).then(column),
        kind=Kind.NULL,
        severity=Severity.WARNING,
        flag="out_of_range",
    )


_OPEN = r"^\s*(?:9999-12-31|31[./-]12[./-]9999|12[/-]31[/-]9999|99991231)(?:[T ].*)?\s*$"

OPEN_END = Rule(
    id="timestamps.open_end",
    version=1,
    title="Reads 9999-12-31 as 'no end yet': null, and not an error.",
    reads="time",
    guards="durations of what has not ended",
    transform=lambda column: pl.when(~column.str.contains(_OPEN)).then(column),
    kind=Kind.NULL,
    touches=_OPEN,
)


def timestamp(
    time_format: TimeFormat | str = "iso", zone: str = "UTC", years: tuple[int, int] = (1970, 2100)
) -> tuple[Rule, ...]:
    """The standard chain of a time column: open ends, the format, the range."""
    return (OPEN_END, parse(time_format, zone), in_range(*years))


STANDARD: tuple[Rule, ...] = (OPEN_END, *(parse(known) for known in FORMATS.values()), in_range())
