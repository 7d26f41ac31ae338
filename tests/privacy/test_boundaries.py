"""Patterns with word boundaries, whatever the alphabet around them."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.privacy.boundaries import asked, contains, plainly, words

PATTERNS = (r"\bid\b", r"(?i)\bné\b", r"\bid[ ]?\b|é\b", "id", r"x\b|\by")
TEXTS = st.lists(st.one_of(st.none(), st.text("idDnée y-x身", max_size=8)), max_size=12)


@given(texts=TEXTS, pattern=st.sampled_from(PATTERNS))
def test_answers_are_those_of_the_pattern_itself(texts: list[str | None], pattern: str) -> None:
    series = pl.Series(texts, dtype=pl.String)
    assert contains(series, pattern).equals(series.str.contains(pattern), null_equal=True)
    marked = asked(series, pattern, lambda some, which: some.str.replace_all(which, "<$0>"))
    assert marked.equals(series.str.replace_all(pattern, "<$0>"), null_equal=True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("your id, order id", ["id", "order id"]),
        ("idée, kid, id9", []),
        ("ID is", ["ID"]),
        ("éid idé", []),
        ("my身份证 is", ["身份证"]),
    ],
)
def test_words_are_whole_words_of_any_alphabet(text: str, found: list[str]) -> None:
    pattern = words(["id", "order id", "身份证"])
    assert plainly(pl.Series([text])).str.extract_all(pattern).to_list() == [found]
