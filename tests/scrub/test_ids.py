import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.ids import IDENTIFIER, UNWRAP


def scrub(*values: str | None) -> list[str | None]:
    return apply_rules(pl.Series("id", values, dtype=pl.String), IDENTIFIER).values.to_list()


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("00001014", "00001014"),
        (" 01907 ", "01907"),
        ("'75008", "75008"),
        ('="00123"', "00123"),
        ('"00123"', "00123"),
        ("'00123'", "00123"),
        ("123.0", "123"),
        ("00123.0", "00123"),
        ("10037.00", "10037"),
        ("123.5", "123.5"),
        ("v1.0", "v1.0"),
        ("1.0.0", "1.0.0"),
        ("500Hs00001AbCdE", "500Hs00001AbCdE"),
        ("12E5", "12E5"),
        ("zd:answerBot", "zd:answerBot"),
        ("557058:6f5c5a5e-1111-2222-3333-444455556666", "557058:6f5c5a5e-1111-2222-3333-444455556666"),
        ("\ufeff42", "42"),
        ("", None),
        ('=""', None),
        ("0", None),
        ("null", None),
        (None, None),
    ],
)
def test_identifiers(raw: str | None, clean: str | None) -> None:
    assert scrub(raw) == [clean]


@pytest.mark.parametrize("raw", ["5.70306E+17", "5,70306E+17", "1E+15", "5.7e17", "-1.2E+10"])
def test_scientific_notation_is_refused(raw: str) -> None:
    result = apply_rules(pl.Series("id", [raw, "7"]), IDENTIFIER)
    assert result.values.to_list() == [None, "7"]
    assert result.flags["id_scientific"].to_list() == [True, False]


@settings(max_examples=50, deadline=None)
@given(batch=st.lists(st.text(alphabet="'\"= 0a.E+1", max_size=9), min_size=1, max_size=40))
def test_the_chain_and_unwrapping_are_idempotent(batch: list[str]) -> None:
    once = scrub(*batch)
    assert scrub(*once) == once
    values = pl.Series("x", batch)
    after = values.to_frame().select(UNWRAP.transform(pl.col("x"))).to_series()
    assert after.to_frame().select(UNWRAP.transform(pl.col("x"))).to_series().equals(after)
    untouched = ~UNWRAP.touched(values)
    assert after.filter(untouched).equals(values.filter(untouched))
