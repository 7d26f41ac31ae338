import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.errors import ConfigError
from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.phone import e164, extension_of, phone, to_e164


def scrub(value: str | None, country: str = "US") -> str | None:
    found: list[str | None] = apply_rules(pl.Series("phone", [value], dtype=pl.String), phone(country)).values.to_list()
    return found[0]


@pytest.mark.parametrize(
    ("raw", "country", "expected"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("212.555.0123", "US", "+12125550123"),
        ("1-212-555-0123", "US", "+12125550123"),
        ("+1 (212) 555-0123", "DE", "+12125550123"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", "US", "+442079460018"),
        ("0044 20 7946 0018", "US", "+442079460018"),
        ("442079460018", "US", "+442079460018"),
        ("030 901820", "DE", "+4930901820"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("+49 (0)30 901820", "US", "+4930901820"),
        ("06 6982", "IT", "+39066982"),
        ("12125550123.0", "US", "+12125550123"),
        ("4.42079460018E+11", "GB", "+442079460018"),
        ("'2125550123", "US", "+12125550123"),
        ('="2125550123"', "US", "+12125550123"),
        ("Tel.: 212-555-0123", "US", "+12125550123"),
        ("212-555-0123 ext. 45", "US", "+12125550123"),
        ("212-555-0123 x45", "US", "+12125550123"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("07700 900123", "GB", "+447700900123"),
        ("555-0199", "US", None),
        ("4.4207946E+11", "GB", None),
        ("447773240", "US", None),
        ("call me", "US", None),
        ("12", "US", None),
        ("+1 212 555 01234567", "US", None),
        ("+999 1234567", "US", None),
        ("5555555555", "US", None),
        ("N/A", "US", None),
        (None, "US", None),
    ],
)
def test_numbers(raw: str | None, country: str, expected: str | None) -> None:
    assert scrub(raw, country) == expected


def test_the_country_of_the_record_decides() -> None:
    frame = pl.DataFrame(
        {
            "phone": ["020 7946 0018", "030 901820", "212 555 0123", "212 555 0123", None],
            "land": ["United Kingdom", "Deutschland", None, "Atlantis", "US"],
        }
    )
    result = apply_rules(frame["phone"], phone("us", "land"), frame)
    assert result.values.to_list() == ["+442079460018", "+4930901820", "+12125550123", "+12125550123", None]
    assert to_e164("US", "land").siblings == ("land",)


def test_what_is_refused_is_flagged_and_extensions_are_too() -> None:
    result = apply_rules(pl.Series("phone", ["12", "212-555-0123 x4", "212-555-0123", None]), phone("US"))
    assert result.flags["phone_invalid"].to_list() == [True, False, False, False]
    assert result.flags["phone_extension_dropped"].to_list() == [False, True, False, False]


def test_extension_of() -> None:
    frame = pl.DataFrame({"x": ["212 555 0123 ext 45", "212 555 0123;ext=7", "212 555 0123", "030 1234 Durchwahl 12"]})
    assert frame.select(extension_of(pl.col("x"))).to_series().to_list() == ["45", "7", None, "12"]


_AMERICAN = st.from_regex(r"(\+?1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}", fullmatch=True)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(_AMERICAN, min_size=1, max_size=30))
def test_the_quick_way_for_north_america_says_what_the_library_says(texts: list[str]) -> None:
    expected = [phonenumbers.format_number(phonenumbers.parse(text, "US"), phonenumbers.PhoneNumberFormat.E164) for text in texts]
    assert e164(pl.Series(texts), None, "US").to_list() == expected


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(alphabet="+0123456789 ()-.x#eE'", max_size=18), min_size=1, max_size=30))
def test_numbers_read_once_are_read_the_same_again(texts: list[str]) -> None:
    once = apply_rules(pl.Series("phone", texts), phone("GB")).values
    again = apply_rules(once, phone("GB")).values
    assert again.equals(once, null_equal=True)


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown country"):
        to_e164("ZZ")
