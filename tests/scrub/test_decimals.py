from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.errors import ConfigError
from cx_pipeline.scrub.decimals import infer_locale, parse_decimal
from cx_pipeline.scrub.engine import apply_rules


def read(value: str, locale: str) -> Decimal | None:
    found: list[Decimal | None] = apply_rules(pl.Series("d", [value]), [parse_decimal(locale)]).values.to_list()
    return found[0]


@pytest.mark.parametrize(
    ("raw", "locale", "expected"),
    [
        ("1,234.56", "en", "1234.56"),
        ("1.234,56", "de", "1234.56"),
        ("1 234,56", "fr", "1234.56"),
        ("1\u00a0234,56", "fr", "1234.56"),
        ("1\u202f234,56 €", "fr", "1234.56"),
        ("1'234.50", "ch", "1234.5"),
        ("1’234.50", "ch", "1234.5"),  # noqa: RUF001
        ("1,23,456.00", "in", "123456"),
        ("(12.50)", "en", "-12.5"),
        ("($12.50)", "en", "-12.5"),
        ("12.50-", "en", "-12.5"),
        ("-12.5", "en", "-12.5"),
        ("- 12.5", "en", "-12.5"),
        ("\u221212.5", "en", "-12.5"),
        ("$1,000", "en", "1000"),
        ("-$5", "en", "-5"),
        ("$-5", "en", "-5"),
        ("USD 5.25", "en", "5.25"),
        ("5,25 EUR", "de", "5.25"),
        ("5.25 kr", "en", "5.25"),
        (".5", "en", "0.5"),
        ("5.", "en", "5"),
        ("00012", "en", "12"),
        ("0", "en", "0"),
        ("99999999999999.9999", "en", "99999999999999.9999"),
    ],
)
def test_numbers(raw: str, locale: str, expected: str) -> None:
    assert read(raw, locale) == Decimal(expected)


@pytest.mark.parametrize(
    ("raw", "locale"),
    [
        *(
            ("12%", "en"),
            ("abc", "en"),
            ("1.234,56", "en"),
            ("1,234.56", "de"),
            ("1,23,4", "en"),
            ("12,34.5", "en"),
            ("1e5", "en"),
            ("", "en"),
        ),
        *(("100000000000000", "en"), ("1.2.3", "en"), ("--5", "en"), ("(-5)", "en"), ("NaN", "en"), ("inf", "en"), ("$", "en")),
    ],
)
def test_what_is_no_number_is_null_and_flagged(raw: str, locale: str) -> None:
    result = apply_rules(pl.Series("d", [raw, "1"]), [parse_decimal(locale)])
    assert result.values.to_list() == [None, Decimal(1)]
    assert result.flags["d_invalid"].to_list() == [True, False]


@pytest.mark.parametrize(
    ("values", "locale", "ambiguous"),
    [
        (["1,234.56", "5"], "en", False),
        (["1.234,56", "5"], "de", False),
        (["12.50", "1,234"], "en", False),
        (["12,50", "1.234"], "de", False),
        (["1'234.50"], "ch", False),
        (["5", "12"], "en", False),
        (["1,234"], None, True),
        (["1.234", "2.345"], None, True),
        (["x"], None, False),
        ([], None, False),
    ],
)
def test_the_notation_of_a_column(values: list[str], locale: str | None, ambiguous: bool) -> None:
    inferred = infer_locale(pl.Series(values, dtype=pl.String))
    assert (inferred.locale, inferred.is_ambiguous) == (locale, ambiguous)


def test_an_ambiguous_column_gives_only_what_needs_no_notation() -> None:
    result = apply_rules(pl.Series("d", ["1,234", "7", None]), [parse_decimal("auto")])
    assert result.values.to_list() == [None, Decimal(7), None]
    assert result.flags["d_invalid"].to_list() == [True, False, False]


def test_a_column_decides_for_all_its_cells() -> None:
    assert apply_rules(pl.Series("d", ["1,234", "0.5"]), [parse_decimal("auto")]).values.to_list() == [
        Decimal(1234),
        Decimal("0.5"),
    ]


@settings(max_examples=40, deadline=None)
@given(numbers=st.lists(st.decimals(min_value=-(10**13), max_value=10**13, places=4, allow_nan=False), min_size=1, max_size=30))
def test_what_python_writes_is_read_exactly(numbers: list[Decimal]) -> None:
    english = pl.Series("d", [f"{number:,}" for number in numbers])
    assert apply_rules(english, [parse_decimal("en")]).values.to_list() == numbers
    german = english.str.replace_all(",", "_").str.replace_all(".", ",", literal=True).str.replace_all("_", ".")
    assert apply_rules(german, [parse_decimal("de")]).values.to_list() == numbers


def test_an_unknown_notation_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown number notation"):
        parse_decimal("xx")
