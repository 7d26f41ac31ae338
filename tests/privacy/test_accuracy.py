"""Counts over made-up messages: what is found, what is missed, what is masked for nothing."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from bench import messages, people
from cx_pipeline.privacy import redact

SEED, COUNT = 11, 2_100


def test_values_in_the_spellings_of_many_countries_are_found_and_nothing_beside_them() -> None:
    told = list(messages.personal(SEED, COUNT))
    made = redact(pl.Series([each.text for each in told]))
    found: Counter[str] = Counter()
    for each, findings in zip(told, made["findings"].to_list(), strict=True):
        ((entity, value),) = each.holds
        start = each.text.index(value)
        assert [(one["entity"], one["start"], one["end"]) for one in findings] == [(entity, start, start + len(value))]
        found[entity] += 1
    assert found == dict.fromkeys(("EMAIL", "PHONE", "CARD", "IBAN", "IP", "NATIONAL_ID", "URL"), COUNT // 7)


def test_numbers_of_things_stay() -> None:
    texts = pl.Series("text", [each.text for each in messages.harmless(SEED, COUNT)])
    made = redact(texts)
    assert (made["text_masked"] != texts).sum() == 0


@pytest.fixture(scope="module")
def known() -> list[people.Person]:
    return people.people(SEED, 300)


def _frame(told: list[people.OwnMessage]) -> pl.DataFrame:
    return pl.DataFrame({"customer_id": [each.customer_id for each in told], "text": [each.text for each in told]})


def _missed(told: list[people.OwnMessage], made: pl.DataFrame) -> list[tuple[str, str]]:
    missed = []
    for each, findings in zip(told, made["findings"].to_list(), strict=True):
        start = each.text.rindex(each.value)
        if not any(one["start"] <= start and start + len(each.value) <= one["end"] for one in findings):
            missed.append((each.kind, each.text))
    return missed


def test_own_values_are_found_as_their_owners_write_them(known: list[people.Person]) -> None:
    told = list(people.exact(SEED, known, 3_000))
    missed = _missed(told, redact(_frame(told), people.profiles(known)))
    assert len(missed) <= 0.005 * len(told)
    assert {kind for kind, _ in missed} <= {"name"}  # of those that are words, at the start of a sentence


def test_one_typing_error_behind_a_cue_is_forgiven(known: list[people.Person]) -> None:
    told = list(people.mistyped(SEED, known, 1_000))
    missed = _missed(told, redact(_frame(told), people.profiles(known)))
    assert len(missed) <= 0.05 * len(told)
    assert len(_missed(told, redact(_frame(told)))) > len(missed)


def test_words_that_are_names_stay_words(known: list[people.Person]) -> None:
    told = list(people.nothing(SEED, known, 1_000))
    frame = _frame(told)
    made = redact(frame, people.profiles(known))
    assert (made["text_masked"] != frame["text"]).sum() <= 2
