"""Which candidates are read at all: none that a detector would find something in is passed over."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cx_pipeline.privacy.catalogue import number_detectors
from cx_pipeline.privacy.detector import NumberDetector
from cx_pipeline.privacy.detectors.iban import IBAN
from cx_pipeline.privacy.reading import read

GATED = [item for item in number_detectors(frozenset()) if item.gate]
_LOOKING_ROUND = re.compile(r"\(\?(?:<!|!)(?:[^()]|\([^()]*\))*\)")


def test_there_are_gates() -> None:
    assert {"iban.mod97", "national_id.nino", "national_id.es", "national_id.za"} <= {item.id for item in GATED}


@pytest.mark.parametrize("detector", GATED, ids=lambda item: item.id)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_what_a_pattern_finds_has_what_its_gate_asks_for(detector: NumberDetector, data: st.DataObject) -> None:
    shape = _LOOKING_ROUND.sub("", detector.pattern)
    value = data.draw(st.from_regex(re.compile(shape, re.ASCII), fullmatch=True, alphabet=st.characters(max_codepoint=127)))
    assert pl.Series([value]).str.contains(detector.gate).item()


def candidate(value: str, word: str | None = None) -> pl.DataFrame:
    row = {
        "row": 0,
        "start": 5,
        "end": 5 + len(value),
        "value": value,
        "sort": "code",
        "left": "is ",
        "right": " ok",
        "word": word,
    }
    return pl.DataFrame([row], schema_overrides={"row": pl.UInt32, "word": pl.String})


@pytest.mark.parametrize(
    ("value", "word", "found"),
    [
        ("GB29NWBK60161331926819", None, [("iban.mod97", 5, 27)]),
        ("GB29NWBK60161331926819 12345678Z", None, [("iban.mod97", 5, 27), ("national_id.es", 28, 37)]),
        ("AB123456C", None, [("national_id.nino", 5, 14)]),
        ("AB123456C", "order", []),
        ("12345678Z", None, [("national_id.es", 5, 14)]),
        ("SO-500003241", None, []),
        ("SO-500003241", "order", []),
    ],
)
def test_codes_are_read_with_the_word_that_says_what_they_are(
    value: str, word: str | None, found: list[tuple[str, int, int]]
) -> None:
    made = read(candidate(value, word), frozenset())
    assert [(rule, start, end) for rule, start, end in made.select("rule", "start", "end").sort("start").iter_rows()] == found


def test_what_no_detector_asks_for_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> list[object]:
        raise AssertionError

    monkeypatch.setattr("cx_pipeline.privacy.reading._read_one", never)
    assert read(candidate("SO-500003241"), frozenset()).is_empty()
    with pytest.raises(AssertionError):
        read(candidate("GB29NWBK60161331926819"), frozenset())
    assert read(candidate("GB29NWBK60161331926819"), frozenset({IBAN.id})).is_empty()
