"""Canaries are what they should be, and none of their disguises gets through redaction, last pass and gate."""

from __future__ import annotations

import phonenumbers
import polars as pl
import pytest

from cx_pipeline.privacy import redact
from cx_pipeline.privacy.canaries import DISGUISES, canaries, disguised, known_canaries, traces
from cx_pipeline.privacy.search import search
from cx_pipeline.privacy.sweep import sweep

PEOPLE = canaries(30, seed=1)
SAID = [(canary, disguise, text) for canary in PEOPLE for disguise, text in disguised(canary)]
TEXTS = pl.Series([text for _, _, text in SAID])


def _disguises(rows: pl.Series) -> set[str]:
    return {SAID[row][1] for row in rows}


def test_their_numbers_are_valid_and_all_differ() -> None:
    flock = canaries(1_000, seed=4)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(canary.phone)) for canary in flock)
    for field in ("phone", "email", "handle", "member_id"):
        assert len({getattr(canary, field) for canary in flock}) == 1_000
    assert not phonenumbers.is_valid_number(phonenumbers.parse("+447700900123"))  # of Ofcom's range
    assert canaries(5, seed=4) == flock[:5]
    with pytest.raises(ValueError, match="1000 canaries at most"):
        canaries(1_001)


def test_there_are_sixteen_disguises_and_each_says_something() -> None:
    assert len(DISGUISES) == 16
    assert {disguise for _, disguise, _ in SAID} == set(DISGUISES)
    plain = {text.lower() for canary in PEOPLE for mark in canary.marks().values() for _, _, text in SAID if mark in text.lower()}
    assert len(plain) < len(SAID) / 2  # most do not show what they hold


def test_a_trace_is_seen_in_every_disguise_and_nowhere_else() -> None:
    found = traces(TEXTS, PEOPLE)
    assert set(found["row"]) == set(range(len(SAID)))
    assert all(SAID[row][0].number == number for row, number, _ in found.iter_rows())
    assert traces(pl.Series(["nothing of the kind", None, "202 555 0199 and 4711"]), PEOPLE).is_empty()


def test_redaction_takes_off_every_disguise_of_a_stranger() -> None:
    masked = redact(TEXTS)["text_masked"]
    assert _disguises(traces(masked, PEOPLE)["row"]) == set()


def test_the_gate_sees_every_disguise_and_none_behind_the_last_pass() -> None:
    known = known_canaries(PEOPLE)
    assert set(search(TEXTS, known)["row"]) == set(range(len(SAID)))
    swept = sweep(TEXTS, known)
    assert _disguises(traces(swept.texts, PEOPLE)["row"]) == set()
    assert search(swept.texts, known).is_empty()
    assert dict(swept.counts.iter_rows()).keys() == {"email", "phone", "name"}
