"""Dates of birth, whatever order they were written in."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.identity.birth import birth_digits


def read(*dates: str | None) -> list[str | None]:
    return birth_digits(pl.Series(dates, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1984-03-17", "19840317"),
        ("1984/3/7", "19840307"),
        ("1984.03.17", "19840317"),
        ("19840317", "19840317"),
        (" 1984-03-17 ", "19840317"),
        ("1984-03-17T00:00:00Z", "19840317"),
        ("1984-03-17 00:00:00.000", "19840317"),
        ("2004-12-31", "20041231"),
        ("1599-01-01", "15990101"),
        # A slip of the pen is still evidence.
        ("1984-13-40", "19841340"),
        ("19849917", "19849917"),
    ],
)
def test_year_first(text: str, expected: str) -> None:
    assert read(text) == [expected]


@pytest.mark.parametrize(
    "text", ["", "n/a", "1984", "1984-03", "17 March 1984", "84-03-17", "2184-03-17", "17/03/84", "1984031", None]
)
def test_what_is_no_whole_date_is_not_known(text: str | None) -> None:
    assert read(text) == [None]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["17/03/1984", "04/05/1990"], ["19840317", "19900504"]),
        (["03/17/1984", "04/05/1990"], ["19840317", "19900405"]),
        (["04/05/1990"], ["19900504"]),
        (["4.5.1990"], ["19900504"]),
        (["17/03/1984", "03/17/1984", "04/05/1990"], ["19840317", "19841703", "19900504"]),
        (["17/03/1984", "03/17/1984", "03/18/1984", "04/05/1990"], ["19841703", "19840317", "19840318", "19900405"]),
        (["1984-03-17", "12/13/1990"], ["19840317", "19901213"]),
    ],
    ids=["the day leads", "the month leads", "unknown", "dots", "as many of each", "mostly the month", "one of each form"],
)
def test_year_last_takes_the_order_from_the_column(dates: list[str], expected: list[str]) -> None:
    assert read(*dates) == expected


def test_no_dates() -> None:
    assert read() == []
    assert birth_digits(pl.Series([None, None], dtype=pl.String)).dtype == pl.String


@given(
    st.lists(st.dates(date(1900, 1, 1), date(2099, 12, 31)), min_size=1, max_size=20), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"])
)
def test_a_column_with_one_telling_date_is_read_in_its_order(dates: list[date], form: str) -> None:
    telling = [*dates, date(1984, 3, 17)]
    assert read(*(day.strftime(form) for day in telling)) == [day.strftime("%Y%m%d") for day in telling]
