import polars as pl
import pytest

from cx_pipeline.scrub.time_inference import Verdict, infer


@pytest.mark.parametrize(
    ("values", "format_id"),
    [
        (["2014-01-01T00:00:00Z", "2014-01-02 10:00"], "iso"),
        (["2/24/2015 11:35", "1/2/2015 10:00"], "mdy_slash"),
        (["24/2/2015 11:35", "1/2/2015 10:00"], "dmy_slash"),
        (["24-02-2015 11:35"], "dmy_dash"),
        (["24.02.2015", "01.02.2015"], "dmy_dot"),
        (["9/24/19"], "mdy_short"),
        (["Fri, 18 Oct 2019 17:00:00 +0000"], "rfc2822"),
        (["01/Apr/20 8:33 AM", "29/May/20 11:33 PM"], "dmy_name_short"),
        (["01/Apr/2020 8:33 AM"], "dmy_name"),
        (["Tue Oct 31 22:10:47 +0000 2017"], "twitter"),
        (["20150224"], "compact"),
        (["1546300800", "1546300801.0"], "epoch_s"),
        (["1546300800123"], "epoch_ms"),
        (["1546300800123456"], "epoch_us"),
        (["1546300800123456789"], "epoch_ns"),
        (["45384.34789", "45385"], "excel_serial"),
        (["05/16/2021 01:00:00 AM", None], "mdy_slash"),
    ],
)
def test_a_column_in_one_format(values: list[str | None], format_id: str) -> None:
    inferred = infer(pl.Series(values))
    assert inferred.verdict is Verdict.DECIDED
    assert inferred.format is not None
    assert inferred.format.id == format_id
    assert inferred.share == 1.0


@pytest.mark.parametrize("values", [["1/2/2020", "3/4/2020"], ["01-02-2020"], ["1/2/20"]])
def test_day_and_month_that_cannot_be_told_apart(values: list[str]) -> None:
    inferred = infer(pl.Series(values))
    assert inferred.verdict is Verdict.AMBIGUOUS
    assert inferred.format is None
    assert len(inferred.candidates) == 2


def test_a_mixed_column_names_its_best_format_and_share() -> None:
    inferred = infer(pl.Series(["05/16/2021", "2021-04-13", "2021-04-14", "2021-04-14", "190980"]))
    assert inferred.verdict is Verdict.MIXED
    assert inferred.format is not None
    assert (inferred.format.id, inferred.share, inferred.distinct) == ("iso", 0.5, 4)


def test_both_orders_in_one_column_are_mixed() -> None:
    inferred = infer(pl.Series(["13/2/2020", "14/2/2020", "2/15/2020"]))
    assert inferred.verdict is Verdict.MIXED
    assert inferred.format is not None
    assert inferred.format.id == "dmy_slash"


@pytest.mark.parametrize("values", [[], [None], ["", " "], ["soon", "never"]])
def test_nothing_to_go_by(values: list[str | None]) -> None:
    assert infer(pl.Series(values, dtype=pl.String)).verdict is Verdict.UNKNOWN


def test_the_order_of_rows_makes_no_difference() -> None:
    values = pl.Series(["1/2/2020", "13/2/2020", "2/3/2020", "x"])
    assert infer(values) == infer(values.reverse())
