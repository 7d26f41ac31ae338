"""The ways exports write a time: each a regular expression over the whole trimmed text, and how to read what it caught.

Calendar formats name their parts (`year`, `month`, …) and share one reader that checks the calendar and computes in whole
microseconds, so no format can disagree with another about what a day is. Fractions beyond microseconds are cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from cx_pipeline.scrub.rule import Transform

MICROSECONDS = 1_000_000
_TIME = pl.Datetime("us")
_PARTS = ("year", "month", "day", "hour", "minute", "second", "fraction", "meridiem", "zone")


@dataclass(frozen=True)
class TimeFormat:
    """One way to write a time.

    Attributes:
        id: stable name, used in settings and rule ids.
        title: plain words with an example.
        regex: matches the whole trimmed text; Rust syntax.
        read: text and a zone converter (wall clock to UTC) to naive UTC `Datetime("us")`; null where the text does not fit.
        family: formats of one family can match the same text and only the values of a whole column tell them apart.
        magnitudes: for plain numbers, the half-open range that a column of this format lies in (1973 to 2100).
    """

    id: str
    title: str
    regex: str
    read: Callable[[pl.Expr, Transform], pl.Expr]
    family: str = ""
    magnitudes: tuple[float, float] | None = None


_MONTHS = {
    name: number
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)
}
_NAMED_ZONES = {
    name: hours
    for hours, names in {
        0: ("Z", "UTC", "GMT", "UT"),
        -4: ("EDT",),
        -5: ("EST", "CDT"),
        -6: ("CST", "MDT"),
        -7: ("MST", "PDT"),
        -8: ("PST",),
    }.items()
    for name in names
}

_ZONE = r"(?:\s?(?<zone>Z|z|UTC|GMT|UT|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2}))?"
_FRACTION = r"(?:[.,](?<fraction>[0-9]{1,9}))?"
_CLOCK = (
    rf"(?<hour>[0-9]{{1,2}}):(?<minute>[0-9]{{2}})(?::(?<second>[0-9]{{2}}){_FRACTION})?(?:\s?(?<meridiem>[AaPp]\.?[Mm]\.?))?"
)
_YEAR, _SHORT_YEAR = r"(?<year>[0-9]{4})", r"(?<year>[0-9]{2})"
_MONTH, _DAY = r"(?<month>[0-9]{1,2})", r"(?<day>[0-9]{1,2})"
_MONTH_NAME = r"(?<month>[A-Za-z]{3})[a-z]*\.?"
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?\s+)?"


def _year(regex: str) -> pl.Expr:
    """Two-digit years as POSIX reads them: 69 to 99 are 19.., 00 to 68 are 20.."""
    year = pl.col("year")
    if _SHORT_YEAR not in regex:
        return year
    return year + pl.when(year >= 69).then(1900).otherwise(2000)


def _month(regex: str) -> pl.Expr:
    """The month's number, from its number or the first three letters of its English name."""
    if _MONTH_NAME in regex:
        return pl.col("month").str.to_lowercase().replace_strict(_MONTHS, default=None, return_dtype=pl.Int64)
    return pl.col("month").cast(pl.Int64, strict=False)


def days_since_1970(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Days of the proleptic Gregorian calendar; null for a day that is not in it.

    The sum is `days_from_civil` of Howard Hinnant, chrono-Compatible Low-Level Date Algorithms.
    """
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
    length = month.replace_strict(lengths, default=0, return_dtype=pl.Int64) + ((month == 2) & leap).cast(pl.Int64)
    shifted_year = year - (month <= 2).cast(pl.Int64)
    era = shifted_year // 400
    year_of_era = shifted_year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return pl.when((day >= 1) & (day <= length)).then(era * 146_097 + day_of_era - 719_468)


def _seconds_of_day() -> pl.Expr:
    """Seconds since midnight; null for an impossible clock. 24:00:00 is the next midnight, :60 the next minute."""
    hour, minute, second = pl.col("hour"), pl.col("minute"), pl.col("second")
    fits = (hour <= 23) | ((hour == 24) & (minute == 0) & (second == 0))
    return pl.when(fits & (minute <= 59) & (second <= 60)).then(hour * 3600 + minute * 60 + second)


def _full_hour() -> pl.Expr:
    """The hour on a 24-hour clock; null for an hour that a 12-hour clock does not have."""
    hour, half = pl.col("hour"), pl.col("meridiem").str.slice(0, 1).str.to_lowercase()
    twelve = pl.when((hour >= 1) & (hour <= 12)).then(hour % 12 + 12 * (half == "p").cast(pl.Int64))
    return pl.when(half.is_null()).then(hour).otherwise(twelve)


def _offset_seconds() -> pl.Expr:
    """Seconds east of Greenwich; null where the digits are no offset."""
    zone = pl.col("zone").str.to_uppercase()
    digits = zone.str.replace_all(r"[^0-9]", "")
    size = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 3600
    size = size + digits.str.slice(2, 2).cast(pl.Int64, strict=False).fill_null(0) * 60
    numeric = pl.when(size < 86_400).then(pl.when(zone.str.starts_with("-")).then(-size).otherwise(size))
    named = zone.replace_strict(_NAMED_ZONES, default=None, return_dtype=pl.Int64) * 3600
    return pl.coalesce(named, numeric)


def _calendar(format_id: str, title: str, regex: str, family: str = "") -> TimeFormat:
    """A format whose regular expression names the parts of a date and perhaps a time."""
    whole = rf"^{regex}$"
    absent = [part for part in _PARTS if f"(?<{part}>" not in regex]

    def parse(values: pl.Series, zoned: Transform) -> pl.Series:
        parts = values.str.strip_chars().str.extract_groups(whole).struct.unnest()
        parts = parts.with_columns(pl.lit(None, dtype=pl.String).alias(part) for part in absent)
        numbers = parts.with_columns(
            _month(regex).alias("month"),
            pl.col("year", "day").cast(pl.Int64, strict=False),
            pl.col("hour", "minute", "second").cast(pl.Int64, strict=False).fill_null(0),
            pl.col("fraction").str.slice(0, 6).str.pad_end(6, "0").cast(pl.Int64, strict=False).fill_null(0),
        ).with_columns(_year(regex).alias("year"), _full_hour().alias("hour"))
        seconds = days_since_1970(pl.col("year"), pl.col("month"), pl.col("day")) * 86_400 + _seconds_of_day()
        walls = numbers.select(wall=seconds * MICROSECONDS + pl.col("fraction"), zone=pl.col("zone"))
        return _resolve(walls, zoned)

    return TimeFormat(format_id, title, whole, _reader(parse), family)


def _resolve(walls: pl.DataFrame, zoned: Transform) -> pl.Series:
    """Wall clocks in microseconds and the zone they name, if any, as UTC."""
    named = walls["zone"].is_not_null()
    local = walls.lazy().select(zoned(pl.col("wall").cast(_TIME))).collect().to_series() if not named.all() else None
    if not named.any() and local is not None:
        return local
    exact = walls.select((pl.col("wall") - _offset_seconds() * MICROSECONDS).cast(_TIME)).to_series()
    return exact if local is None else exact.zip_with(named, local)


# What most tools write; read ten times faster than by parts, to the same result.
_PLAIN_UTC = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.000)?(?:Z|\+0000)$"


def _with_shortcut(iso: TimeFormat) -> TimeFormat:
    """The format with a quick way for values that are plain UTC to the second."""

    def parse(values: pl.Series, zoned: Transform) -> pl.Series:
        quick = values.str.slice(0, 19).str.strptime(_TIME, "%Y-%m-%dT%H:%M:%S", strict=False)
        others = (~values.str.contains(_PLAIN_UTC)).fill_null(value=False).arg_true()
        if others.is_empty():
            return quick
        slow = values.gather(others).to_frame("value").select(iso.read(pl.col("value"), zoned)).to_series()
        return quick.scatter(others, slow)

    return replace(iso, read=_reader(parse))


def _reader(parse: Callable[[pl.Series, Transform], pl.Series]) -> Callable[[pl.Expr, Transform], pl.Expr]:
    """A reader of series as one of expressions: the parts are cut out once and not once a use."""
    return lambda column, zoned: column.map_batches(
        lambda values: parse(values, zoned).alias(values.name), return_dtype=_TIME, is_elementwise=True
    )


_INTEGER = r"^(?<whole>-?[0-9]{1,19})(?:\.(?<part>[0-9]*))?$"
_LIMIT = 400_000_000_000  # seconds; some 12,000 years, far inside of 64 bits of microseconds


def _epoch(unit: str, per_second: int, title: str) -> TimeFormat:
    """Seconds, or a thousandth or less of them, since 1970, as whole or decimal number."""

    scale = MICROSECONDS // per_second
    places = max(len(str(scale)) - 1, 1)

    def parse(values: pl.Series, _zoned: Transform) -> pl.Series:
        parts = values.str.strip_chars().str.extract_groups(_INTEGER).struct.unnest()
        number = pl.col("whole").cast(pl.Int64, strict=False)
        near = pl.when((number // per_second).abs() < _LIMIT).then(number)
        if per_second > MICROSECONDS:
            return parts.select((near // (per_second // MICROSECONDS)).cast(_TIME)).to_series()
        fraction = pl.col("part").fill_null("").str.slice(0, places).str.pad_end(places, "0").cast(pl.Int64, strict=False)
        signed = pl.when(pl.col("whole").str.starts_with("-")).then(-fraction).otherwise(fraction)
        return parts.select((near * scale + (signed if scale > 1 else 0)).cast(_TIME)).to_series()

    return TimeFormat(
        f"epoch_{unit}", title, _INTEGER, _reader(parse), "number", (1e8 * per_second, 4_133_980_800.0 * per_second)
    )


def _excel_serial() -> TimeFormat:
    """Days since 1899-12-30, as spreadsheets count from March 1900 on, to the millisecond they can hold."""
    regex = r"^[0-9]{1,6}(?:\.[0-9]*)?$"

    def read(column: pl.Expr, zoned: Transform) -> pl.Expr:
        text = column.str.strip_chars()
        days = pl.when(text.str.contains(regex)).then(text).cast(pl.Float64, strict=False)
        milliseconds = ((days - 25_569) * 86_400_000).round().cast(pl.Int64, strict=False)
        return zoned((milliseconds * 1000).cast(pl.Datetime("us")))

    return TimeFormat("excel_serial", "a spreadsheet's day number, 45384.34789", regex, read, "number", (25_569, 73_051))


def _dated(format_id: str, title: str, date: str, family: str = "") -> TimeFormat:
    """A date in figures, perhaps with a time behind it."""
    return _calendar(format_id, title, rf"{date}(?:,?[Tt ]\s?{_CLOCK})?{_ZONE}", family)


_KNOWN = (
    _with_shortcut(_dated("iso", "ISO 8601, 2024-01-23T13:26:08.000+0000", rf"{_YEAR}-{_MONTH}-{_DAY}")),
    _dated("mdy_slash", "month/day/year, 02/24/2015 11:35 PM", rf"{_MONTH}/{_DAY}/{_YEAR}", "slash"),
    _dated("dmy_slash", "day/month/year, 24/02/2015 11:35", rf"{_DAY}/{_MONTH}/{_YEAR}", "slash"),
    _dated("mdy_dash", "month-day-year, 02-24-2015 11:35", rf"{_MONTH}-{_DAY}-{_YEAR}", "dash"),
    _dated("dmy_dash", "day-month-year, 24-02-2015 11:35", rf"{_DAY}-{_MONTH}-{_YEAR}", "dash"),
    _dated("dmy_dot", "day.month.year, 24.02.2015 11:35", rf"{_DAY}[.]{_MONTH}[.]{_YEAR}"),
    _dated("ymd_slash", "year/month/day, 2015/02/24 11:35", rf"{_YEAR}/{_MONTH}/{_DAY}"),
    _dated("mdy_short", "month/day/two-digit year, 9/24/19", rf"{_MONTH}/{_DAY}/{_SHORT_YEAR}", "short_slash"),
    _dated("dmy_short", "day/month/two-digit year, 24/9/19", rf"{_DAY}/{_MONTH}/{_SHORT_YEAR}", "short_slash"),
    _dated("dmy_dot_short", "day.month.two-digit year, 24.9.19", rf"{_DAY}[.]{_MONTH}[.]{_SHORT_YEAR}"),
    _calendar(
        "rfc2822",
        "RFC 2822, Fri, 18 Oct 2019 17:00:00 +0000",
        rf"{_WEEKDAY}{_DAY}\s+{_MONTH_NAME}\s+{_YEAR}(?:\s+{_CLOCK})?"
        r"(?:\s?(?<zone>Z|UTC|GMT|UT|[ECMP][SD]T|[+-][0-9]{4}))?(?:\s*\([A-Za-z ]*\))?",
    ),
    _dated("dmy_name", "day/month's name/year, 01/Apr/2020 8:33 AM", rf"{_DAY}[/-]{_MONTH_NAME}[/-]{_YEAR}"),
    _dated("dmy_name_short", "day/month's name/two-digit year, 01/Apr/20 8:33 AM", rf"{_DAY}[/-]{_MONTH_NAME}[/-]{_SHORT_YEAR}"),
    _calendar(
        "twitter",
        "Twitter's, Tue Oct 31 22:10:47 +0000 2017",
        rf"(?:[A-Z][a-z]{{2}}\s+){_MONTH_NAME}\s+{_DAY}\s+{_CLOCK}(?:\s+(?<zone>[+-][0-9]{{4}}|UTC|GMT))?\s+{_YEAR}",
    ),
    _calendar(
        "compact",
        "digits only, 20150224 or 20150224T113500Z",
        r"(?<year>[0-9]{4})(?<month>[0-9]{2})(?<day>[0-9]{2})"
        rf"(?:[T ]?(?<hour>[0-9]{{2}})(?<minute>[0-9]{{2}})(?<second>[0-9]{{2}}){_FRACTION})?{_ZONE}",
    ),
    _epoch("s", 1, "seconds since 1970, 1546300800"),
    _epoch("ms", 1000, "milliseconds since 1970, 1546300800123"),
    _epoch("us", MICROSECONDS, "microseconds since 1970, 1546300800123456"),
    _epoch("ns", 1000 * MICROSECONDS, "nanoseconds since 1970, 1546300800123456789"),
    _excel_serial(),
)

#: Every format by its id; where two fit a column equally well, the earlier wins unless they are of one family.
FORMATS: dict[str, TimeFormat] = {known.id: known for known in _KNOWN}
