from __future__ import annotations

import numpy as np
import phonenumbers
import polars as pl
import pytest

from cx_pipeline.synth import phones
from cx_pipeline.synth.locales import COUNTRIES

PLACES = np.concatenate([np.arange(40), np.arange(40, 400_000, 6_007)])


@pytest.mark.parametrize("country", COUNTRIES)
def test_numbers_are_valid_there_and_never_twice(country: str) -> None:
    numbers = phones.e164(country, PLACES).to_list()
    parsed = [phonenumbers.parse(number) for number in numbers]
    assert all(phonenumbers.is_valid_number(number) for number in parsed)
    assert {phonenumbers.region_code_for_number(number) for number in parsed} == {country}
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("country", COUNTRIES)
def test_national_form_reads_back_as_the_number(country: str) -> None:
    numbers = phones.e164(country, PLACES)
    home = pl.select(phones.national(pl.lit(numbers), pl.lit(country))).to_series().to_list()
    back = [phonenumbers.format_number(phonenumbers.parse(text, country), phonenumbers.PhoneNumberFormat.E164) for text in home]
    assert back == numbers.to_list()


def test_small_worlds_use_numbers_reserved_for_fiction() -> None:
    assert all("55501" in number for number in phones.e164("US", np.arange(4_000)).to_list())
    assert all("496" in number or "794" in number for number in phones.e164("GB", np.arange(4_000)).to_list())
