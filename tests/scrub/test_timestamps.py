from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.errors import ConfigError
from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.time_formats import FORMATS
from cx_pipeline.scrub.timestamps import parse, timestamp, to_utc


def read(value: str, format_id: str, zone: str = "UTC") -> str | None:
    result = apply_rules(pl.Series("t", [value]), timestamp(format_id, zone)).values
    assert result.dtype == pl.Datetime("us")
    found = result.to_list()[0]
    return None if found is None else found.isoformat()


@pytest.mark.parametrize(
    ("format_id", "raw", "expected"),
    [
        ("iso", "2014-01-01T00:00:00Z", "2014-01-01T00:00:00"),
        ("iso", "2024-01-23T13:26:08.000+0000", "2024-01-23T13:26:08"),
        ("iso", "2024-01-23T13:26:08.123456789Z", "2024-01-23T13:26:08.123456"),
        ("iso", "2024-01-23T13:26:08.5", "2024-01-23T13:26:08.500000"),
        ("iso", "2025-12-06 10:37:33 -0500", "2025-12-06T15:37:33"),
        ("iso", "2017-11-15T08:10:34-08:00", "2017-11-15T16:10:34"),
        ("iso", "2024-01-01T12:00+05:30", "2024-01-01T06:30:00"),
        ("iso", "2020-12-30 3:15:52", "2020-12-30T03:15:52"),
        ("iso", "2024-02-29", "2024-02-29T00:00:00"),
        ("iso", " 2024-02-29 ", "2024-02-29T00:00:00"),
        ("iso", "2024-01-01 10:00:00 UTC", "2024-01-01T10:00:00"),
        ("iso", "2024-01-01T24:00:00Z", "2024-01-02T00:00:00"),
        ("iso", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00"),
        ("mdy_slash", "2/24/2015 11:35", "2015-02-24T11:35:00"),
        ("mdy_slash", "02/24/2015 11:35:10 PM", "2015-02-24T23:35:10"),
        ("mdy_slash", "12/01/2020 12:00:00 AM", "2020-12-01T00:00:00"),
        ("mdy_slash", "12/01/2020 12:30 pm", "2020-12-01T12:30:00"),
        ("dmy_slash", "24/02/2015", "2015-02-24T00:00:00"),
        ("dmy_dash", "24-02-2015 11:35", "2015-02-24T11:35:00"),
        ("dmy_dot", "24.02.2015 11:35:07", "2015-02-24T11:35:07"),
        ("ymd_slash", "2015/02/24", "2015-02-24T00:00:00"),
        ("mdy_short", "9/24/19", "2019-09-24T00:00:00"),
        ("mdy_short", "9/24/70", "1970-09-24T00:00:00"),
        ("dmy_short", "24/9/19", "2019-09-24T00:00:00"),
        ("rfc2822", "Fri, 18 Oct 2019 17:00:00 +0000", "2019-10-18T17:00:00"),
        ("rfc2822", "Fri, 18 Oct 2019 17:00:00 -0700 (PDT)", "2019-10-19T00:00:00"),
        ("rfc2822", "18 Oct 2019 17:00:00 EST", "2019-10-18T22:00:00"),
        ("dmy_name", "01/Apr/2020 8:33 PM", "2020-04-01T20:33:00"),
        ("dmy_name_short", "01/Apr/20 8:33 AM", "2020-04-01T08:33:00"),
        ("dmy_name_short", "1-Apr-20", "2020-04-01T00:00:00"),
        ("twitter", "Tue Oct 31 22:10:47 +0000 2017", "2017-10-31T22:10:47"),
        ("compact", "20150224", "2015-02-24T00:00:00"),
        ("compact", "20150224T113500Z", "2015-02-24T11:35:00"),
        ("epoch_s", "1546300800", "2019-01-01T00:00:00"),
        ("epoch_s", "1546300800.25", "2019-01-01T00:00:00.250000"),
        ("epoch_s", "1546300800.0", "2019-01-01T00:00:00"),
        ("epoch_ms", "1546300800123", "2019-01-01T00:00:00.123000"),
        ("epoch_ms", "1546300800123.0", "2019-01-01T00:00:00.123000"),
        ("epoch_us", "1546300800123456", "2019-01-01T00:00:00.123456"),
        ("epoch_ns", "1546300800123456789", "2019-01-01T00:00:00.123456"),
        ("excel_serial", "45384.34789", "2024-04-02T08:20:57.696000"),
        ("excel_serial", "45384", "2024-04-02T00:00:00"),
    ],
)
def test_formats(format_id: str, raw: str, expected: str) -> None:
    assert read(raw, format_id) == expected


@pytest.mark.parametrize(
    ("format_id", "raw"),
    [
        *(
            ("iso", raw)
            for raw in (
                "2022-02-30 17:23:13.000000 UTC",
                "2023-02-29",
                "2024-13-01",
                "2024-00-10",
                "2024-01-00",
                "2024-01-01T25:00:00Z",
            )
        ),
        *(
            ("iso", raw)
            for raw in (
                "2024-01-01T10:60:00Z",
                "2024-01-01T24:00:01Z",
                "2024-01-01T10:00:00+99:00",
                "yesterday",
                "",
                "1546300800",
                "24-01-01",
            )
        ),
        *(("mdy_slash", raw) for raw in ("13/01/2020", "1/1/2020 16:00 PM", "1/1/2020 0:30 AM", "2020-01-01")),
        *(
            ("dmy_slash", "01/13/2020"),
            ("rfc2822", "Fri, 31 Feb 2019 17:00:00 +0000"),
            ("rfc2822", "Fri, 18 Foo 2019 17:00:00 +0000"),
        ),
        *(
            ("epoch_s", "x"),
            ("epoch_s", "99999999999999999"),
            ("epoch_ms", "9223372036854775807"),
            ("excel_serial", "-1"),
            ("compact", "20150230"),
        ),
    ],
)
def test_what_is_no_time_is_null_and_flagged(format_id: str, raw: str) -> None:
    result = apply_rules(pl.Series("t", [raw, None]), timestamp(format_id))
    assert result.values.to_list() == [None, None]
    assert {name: mask.to_list() for name, mask in result.flags.items()} == {"t_invalid": [True, False]}


@pytest.mark.parametrize("raw", ["9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31 00:00:00", "12/31/9999", "31.12.9999"])
def test_the_end_of_time_means_open_and_is_no_error(raw: str) -> None:
    result = apply_rules(pl.Series("t", [raw]), timestamp("iso"))
    assert result.values.to_list() == [None]
    assert result.flags == {}


def test_years_out_of_range_have_their_own_flag() -> None:
    values = pl.Series("t", ["1969-12-31", "1970-01-01", "2100-12-31T23:59:59Z", "2101-01-01"])
    result = apply_rules(values, timestamp("iso"))
    assert result.values.is_null().to_list() == [True, False, False, True]
    assert result.flags["t_out_of_range"].to_list() == [True, False, False, True]
    assert apply_rules(values, timestamp("iso", years=(1900, 2200))).values.null_count() == 0


@pytest.mark.parametrize(
    ("zone", "raw", "expected"),
    [
        ("Europe/Berlin", "2024-07-01 12:00:00", "2024-07-01T10:00:00"),
        ("Europe/Berlin", "2024-07-01T12:00:00Z", "2024-07-01T12:00:00"),
        ("America/New_York", "2024-11-03 01:30:00", "2024-11-03T05:30:00"),  # twice: the first
        ("America/New_York", "2024-03-10 02:30:00", "2024-03-10T07:30:00"),  # never: as 03:30
        ("Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30T22:00:00"),  # a whole day that never was
        ("Asia/Kolkata", "2024-01-01 05:30:00", "2024-01-01T00:00:00"),
    ],
)
def test_zones(zone: str, raw: str, expected: str) -> None:
    assert read(raw, "iso", zone) == expected


_MOMENT = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2099, 12, 30))


@settings(max_examples=40, deadline=None)
@given(moments=st.lists(_MOMENT, min_size=1, max_size=30), offset=st.integers(-840, 840))
def test_what_python_writes_is_read_exactly(moments: list[datetime], offset: int) -> None:
    zone = timedelta(minutes=offset)
    sign, size = ("-" if offset < 0 else "+"), abs(offset)
    texts = [f"{(moment + zone).isoformat()}{sign}{size // 60:02d}:{size % 60:02d}" for moment in moments]
    assert apply_rules(pl.Series("t", texts), timestamp("iso")).values.to_list() == moments
    micros = [str((moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)) for moment in moments]
    assert apply_rules(pl.Series("t", micros), timestamp("epoch_us")).values.to_list() == moments


@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(
        st.from_regex(r"20[0-2][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.000)?(Z|\+0000)", fullmatch=True),
        min_size=1,
        max_size=30,
    )
)
def test_the_quick_way_reads_what_the_long_way_reads(texts: list[str]) -> None:
    padded = pl.Series("t", [text.replace("T", " ", 1) for text in texts])  # a space keeps it off the quick way
    quick = apply_rules(pl.Series("t", texts), timestamp("iso")).values
    assert quick.equals(apply_rules(padded, timestamp("iso")).values, null_equal=True)


@settings(max_examples=30, deadline=None)
@given(
    walls=st.lists(_MOMENT, min_size=1, max_size=20),
    zone=st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe"]),
)
def test_wall_clocks_are_read_as_python_reads_them(walls: list[datetime], zone: str) -> None:
    expected = [wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC).replace(tzinfo=None) for wall in walls]
    result = pl.DataFrame({"w": pl.Series(walls, dtype=pl.Datetime("us"))}).select(to_utc(pl.col("w"), zone)).to_series()
    assert result.to_list() == expected


@pytest.mark.parametrize("format_id", list(FORMATS))
def test_every_format_keeps_null_and_length(format_id: str) -> None:
    result = apply_rules(pl.Series("t", [None, "x", None], dtype=pl.String), timestamp(format_id)).values
    assert result.to_list() == [None, None, None]
    empty = pl.DataFrame({"t": []}, schema={"t": pl.String})
    assert empty.select(parse(format_id).transform(pl.col("t"))).schema == {"t": pl.Datetime("us")}


def test_unknown_formats_and_zones_are_refused() -> None:
    with pytest.raises(ConfigError, match="unknown time format"):
        parse("stardate")
    with pytest.raises(ConfigError, match="unknown time zone"):
        parse("iso", "Mars/Olympus")
