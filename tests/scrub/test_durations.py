import polars as pl
import pytest

from cx_pipeline.errors import ConfigError
from cx_pipeline.scrub.durations import duration, parse_duration
from cx_pipeline.scrub.engine import apply_rules


@pytest.mark.parametrize(
    ("raw", "unit", "milliseconds"),
    [
        ("90", "s", 90_000),
        ("1.5", "min", 90_000),
        ("1.5", "h", 5_400_000),
        ("2", "d", 172_800_000),
        ("1500", "us", 2),
        ("987", "ms", 987),
        ("12.0", "s", 12_000),
        (" 7 ", "s", 7_000),
        ("01:02:03", "s", 3_723_000),
        ("02:03", "s", 123_000),
        ("100:00:00", "s", 360_000_000),
        ("00:00:01.500", "s", 1_500),
        ("2 days, 01:00:00", "s", 176_400_000),
        ("PT1H2M3.5S", "s", 3_723_500),
        ("P1DT1S", "min", 86_401_000),
        ("P2W", "s", 1_209_600_000),
        ("1970-01-02 09:46:18", "s", 121_578_000),
        ("1970-01-01 00:00:00", "s", 0),
        ("1970-02-01T00:00:01Z", "s", 2_678_401_000),
        ("0", "min", 0),
        ("1:30", "h:mm", 5_400_000),
        (" 100:05 ", "h:mm", 360_300_000),
        ("00:01:30", "h:mm", 90_000),
        ("PT1M", "h:mm", 60_000),
    ],
)
def test_durations(raw: str, unit: str, milliseconds: int) -> None:
    assert apply_rules(pl.Series("d", [raw]), duration(unit)).values.to_list() == [milliseconds]


def test_negative_and_unreadable_durations_are_null_with_different_flags() -> None:
    result = apply_rules(pl.Series("d", ["-5", "x", "5", None, "P", "-00:10", "inf", "1e99", "01:99:99"]), duration("s"))
    assert result.values.to_list() == [None, None, 5_000, None, None, None, None, None, None]
    assert result.flags["d_negative"].to_list() == [True, False, False, False, False, True, False, False, False]
    assert result.flags["d_invalid"].to_list() == [False, True, False, False, True, False, True, True, True]
    assert result.values.dtype == pl.Int64()


def test_beside_hours_and_minutes_a_plain_number_says_nothing() -> None:
    result = apply_rules(pl.Series("d", ["90", "1.5", "1:60", "-0:30", "0:30"]), duration("h:mm"))
    assert result.values.to_list() == [None, None, None, None, 1_800_000]
    assert result.flags["d_invalid"].to_list() == [True, True, True, False, False]
    assert result.flags["d_negative"].to_list() == [False, False, False, True, False]


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown unit"):
        parse_duration("fortnight")
