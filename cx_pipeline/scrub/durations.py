"""Durations of every export as whole milliseconds."""

from __future__ import annotations

import polars as pl

from cx_pipeline.errors import ConfigError
from cx_pipeline.scrub.rule import Kind, Rule, Severity
from cx_pipeline.scrub.time_formats import days_since_1970

#: Milliseconds of one unit.
UNITS: dict[str, float] = {"us": 0.001, "ms": 1.0, "s": 1_000.0, "min": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}
#: Clocks of two parts are hours and minutes, and a plain number says nothing.
HOURS_AND_MINUTES = "h:mm"

_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
_CLOCK = (
    r"^(?<sign>-)?(?:(?<days>[0-9]{1,6})(?:d|\.| days?[,.]?) ?)?(?:(?<hours>[0-9]{1,6}):)?(?<minutes>[0-9]{1,6}):"
    r"(?<seconds>[0-5]?[0-9](?:[.,][0-9]{1,9})?)$"
)
_ISO = (
    r"^(?<sign>-)?P(?:(?<weeks>[0-9]+)W)?(?:(?<days>[0-9]+(?:\.[0-9]+)?)D)?"
    r"(?:T(?:(?<hours>[0-9]+(?:\.[0-9]+)?)H)?(?:(?<minutes>[0-9]+(?:\.[0-9]+)?)M)?(?:(?<seconds>[0-9]+(?:\.[0-9]+)?)S)?)?$"
)
_DATE = (
    r"^(?<year>19[7-9][0-9]|20[0-9]{2})-(?<month>[0-9]{2})-(?<day>[0-9]{2})"
    r"[T ](?<hours>[01][0-9]|2[0-3]):(?<minutes>[0-5][0-9]):(?<seconds>[0-5][0-9])Z?$"
)
_SHORT_CLOCK = r"^(?<sign>-)?(?<hours>[0-9]{1,6}):(?<minutes>[0-5][0-9])$"
_LIMIT_MS = 3.2e12  # a century; what is longer is no duration


def _parts(values: pl.Series, pattern: str) -> pl.DataFrame:
    parts = values.str.replace_all(",", ".", literal=True).str.extract_groups(pattern).struct.unnest()
    return parts.with_columns(pl.exclude("sign", "never").cast(pl.Float64, strict=False))


def _sum(parts: pl.DataFrame) -> pl.Series:
    """Milliseconds of the parts that are there; null where none is."""
    milliseconds = {"weeks": 604_800_000, "days": 86_400_000, "hours": 3_600_000, "minutes": 60_000, "seconds": 1_000}
    present = [name for name in milliseconds if name in parts.columns]
    total = pl.sum_horizontal(pl.col(name).fill_null(0) * milliseconds[name] for name in present)
    signed = pl.when(pl.col("sign") == "-").then(-total).otherwise(total)
    return parts.select(pl.when(pl.any_horizontal(pl.col(present).is_not_null())).then(signed)).to_series()


def _from_date(values: pl.Series) -> pl.Series:
    """ServiceNow writes a duration as the moment that long after 1970 began."""
    parts = _parts(values, _DATE).with_columns(pl.lit(None, dtype=pl.String).alias("sign"))
    days = days_since_1970(*(pl.col(name).cast(pl.Int64) for name in ("year", "month", "day")))
    return _sum(parts.with_columns(days.cast(pl.Float64).alias("days")))


def milliseconds_of(values: pl.Series, unit: str) -> pl.Series:
    """Read each text as a number of `unit`, a clock, an ISO 8601 period or a date after 1970; null where it is none."""
    text = values.str.strip_chars()
    if unit == HOURS_AND_MINUTES:
        found = _sum(_parts(text, _SHORT_CLOCK))
    else:
        number = pl.when(pl.col("text").str.contains(_NUMBER)).then(pl.col("text")).cast(pl.Float64, strict=False)
        found = text.to_frame("text").select(number * UNITS[unit]).to_series()
    rest = (found.is_null() & text.is_not_null()).arg_true()
    if not rest.is_empty():
        other = text.gather(rest)
        readings = pl.DataFrame(
            [
                reading.alias(str(index))
                for index, reading in enumerate((_sum(_parts(other, _CLOCK)), _sum(_parts(other, _ISO)), _from_date(other)))
            ]
        )
        found = found.scatter(rest, readings.select(pl.coalesce(pl.all())).to_series())
    plausible = found.to_frame("ms").select(pl.when(pl.col("ms").abs() < _LIMIT_MS).then(pl.col("ms").round())).to_series()
    return plausible.cast(pl.Int64).alias(values.name)


def parse_duration(unit: str) -> Rule:
    """Read durations as milliseconds; what is none becomes null and is flagged `invalid`.

    Args:
        unit: of plain numbers: us, ms, s, min, h or d. `01:02:03`, `02:03` (minutes and seconds), `PT1H2M3.5S` and
            ServiceNow's `1970-01-02 09:46:18` need none. With `h:mm`, `02:03` is hours and minutes, and plain numbers, of
            which nothing tells the unit, are none.

    Raises:
        ConfigError: the unit is unknown.
    """
    if unit not in UNITS and unit != HOURS_AND_MINUTES:
        raise ConfigError("unknown unit of time", where=unit, expected=", ".join((*UNITS, HOURS_AND_MINUTES)))
    meant = "two-part clocks are hours and minutes" if unit == HOURS_AND_MINUTES else f"plain numbers are {unit}"
    return Rule(
        id=f"durations.parse[{unit}]",
        version=1,
        title=f"Reads durations as milliseconds; {meant}.",
        reads="duration",
        guards="averages: minutes beside seconds are wrong by sixty",
        transform=lambda column: column.map_batches(
            lambda values: milliseconds_of(values, unit), return_dtype=pl.Int64, is_elementwise=True
        ),
        kind=Kind.PARSE,
        severity=Severity.WARNING,
        flag="invalid",
        target=pl.Int64(),
    )


NOT_NEGATIVE = Rule(
    id="durations.not_negative",
    version=1,
    title="Nulls negative durations.",
    reads="duration in milliseconds",
    guards="averages: clocks that disagree make negative times",
    transform=lambda column: pl.when(column >= 0).then(column),
    kind=Kind.NULL,
    severity=Severity.WARNING,
    flag="negative",
)


def duration(unit: str) -> tuple[Rule, ...]:
    """The standard chain of a duration column: the reading, then no negative ones."""
    return (parse_duration(unit), NOT_NEGATIVE)


STANDARD: tuple[Rule, ...] = (*(parse_duration(unit) for unit in (*UNITS, HOURS_AND_MINUTES)), NOT_NEGATIVE)
