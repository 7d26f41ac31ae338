"""A column by what it is brings its rules."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.sources.columns import phone_number
from cx_pipeline.sources.export import Context


@pytest.mark.parametrize(("home", "number"), [(None, "+12012345678"), ("DE", "+492012345678")])
def test_bare_numbers_are_those_of_the_vendors_country_else_of_the_settings(home: str | None, number: str) -> None:
    rules = phone_number("phone", home=home).rules(Context(default_country="US"))
    written = pl.Series("phone", ["201 234-5678" if home is None else "0201 2345678", "+44 20 7946 0958"])
    assert apply_rules(written, rules).values.to_list() == [number, "+442079460958"]
