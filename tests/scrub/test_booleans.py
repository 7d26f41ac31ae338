import polars as pl
import pytest

from cx_pipeline.scrub.booleans import BLANK_IS_FALSE, BLANK_IS_TRUE, BOOLEAN
from cx_pipeline.scrub.engine import apply_rules


@pytest.mark.parametrize("word", ["true", "TRUE", "True", "T", "yes", "Y", "1", "1.0", "on", "Enabled", "x", " X "])
def test_yes(word: str) -> None:
    assert apply_rules(pl.Series("b", [word]), [BOOLEAN]).values.to_list() == [True]


@pytest.mark.parametrize("word", ["false", "FALSE", "F", "no", "N", "0", "0.0", "off", "disabled"])
def test_no(word: str) -> None:
    assert apply_rules(pl.Series("b", [word]), [BOOLEAN]).values.to_list() == [False]


def test_blank_is_what_the_source_says() -> None:
    values = pl.Series("b", ["1", "", " ", None, "maybe"])
    assert apply_rules(values, [BOOLEAN]).values.to_list() == [True, None, None, None, None]
    salesforce = apply_rules(values, [BLANK_IS_FALSE])
    assert salesforce.values.to_list() == [True, False, False, False, None]
    assert salesforce.flags["b_unknown"].to_list() == [False, False, False, False, True]
    assert apply_rules(values, [BLANK_IS_TRUE]).values.to_list() == [True, True, True, True, None]
