"""A text that was searched is asked for the identifiers that came since, and for no others."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.privacy import searched as subject
from cx_pipeline.privacy.needles import Needles, needles
from cx_pipeline.privacy.search import search
from cx_pipeline.privacy.searched import NOTHING, Cleared, Searched, bare
from cx_pipeline.privacy.tokens import Tokeniser

ADA = {"email": "ada@king.io", "name": "Ada King", "phone": "+12025550143"}
BOB = {"email": "bob@miller.io", "agent": "Bob Miller", "address": "12 Baker Street"}
CLEAR = ["all is well", "order 4711 is late", "ask Bob Miller", "at 12 baker st, left", "write to bob@miller.io"]


def people(*told: dict[str, str]) -> Needles:
    rows = [pair for each in told for pair in each.items()]
    return needles(pl.DataFrame(rows, schema={"kind": pl.String, "value": pl.String}, orient="row"))


def texts(*values: str) -> pl.Series:
    return pl.Series("text", values, dtype=pl.String)


def cleared(known: Needles, *values: str) -> Cleared:
    now = Searched(known)
    assert search(texts(*values), known).is_empty()
    now.add(texts(*values))
    return now.told()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], int]]:
    """What was searched again, and for how many identifiers."""
    seen: list[tuple[list[str], int]] = []

    def spied(values: pl.Series, known: Needles, *, ids: bool = False) -> pl.DataFrame:
        seen.append((values.to_list(), len(known)))
        return search(values, known, ids=ids)

    monkeypatch.setattr(subject, "search", spied)
    return seen


def test_at_first_every_text_is_in_doubt() -> None:
    assert Searched(people(ADA), NOTHING).doubtful(texts(*CLEAR)).to_list() == [0, 1, 2, 3, 4]


def test_for_the_same_people_nothing_is_searched_again(asked: list[tuple[list[str], int]]) -> None:
    before = cleared(people(ADA), *CLEAR)
    now = Searched(people(ADA), before)
    assert now.doubtful(texts("new", *CLEAR, "mail ada@king.io")).to_list() == [0, 6]
    assert asked == []


def test_who_came_since_is_looked_for_alone(asked: list[tuple[list[str], int]]) -> None:
    before = cleared(people(ADA), *CLEAR)
    now = Searched(people(ADA, BOB), before)
    assert now.doubtful(texts(*CLEAR)).to_list() == [2, 3, 4]
    assert asked == [(CLEAR, len(people(BOB)))]


def test_who_left_leaves_no_doubt(asked: list[tuple[list[str], int]]) -> None:
    before = cleared(people(ADA, BOB), "all is well")
    assert Searched(people(BOB), before).doubtful(texts("all is well")).is_empty()
    assert asked == []


def test_a_name_that_counts_in_any_letters_is_another_identifier() -> None:
    known = people({"name": "Mark Young"})  # both are words, so it counts with capitals alone
    before = cleared(known, "mark young people")
    loose = Needles(known.phrases.with_columns(pl.lit(value=False).alias("is_cased")), known.codes, known.phones)
    assert Searched(loose, before).doubtful(texts("mark young people")).to_list() == [0]


def test_what_may_stand_in_keys_of_records_is_another_identifier_than_what_may_not() -> None:
    said = "see zendesk.users:adaking_99 please"
    before = cleared(people({"external_id": "adaking_99"}), said)
    assert Searched(people({"external_id": "adaking_99"}), before).doubtful(texts(said)).is_empty()
    assert Searched(people({"handle": "adaking_99"}), before).doubtful(texts(said)).to_list() == [0]


KINDS = st.sampled_from(["email", "handle", "external_id", "name", "agent", "phone", "address"])
VALUES = st.sampled_from(["ada@king.io", "adaking_99", "C-0000134", "Ada King", "ADA KING", "+12025550143", "12 Baker Street"])
SAID = [
    "see zendesk.users:adaking_99 please",
    "see zendesk.users:C-0000134",
    "I am @adaking_99",
    "customer C-0000134",
    "mail ada@king.io",
    "ada king called",
    "Ada King called from +1 202 555 0143",
    "202-555-0143",
    "12 baker street",
    "[EMAIL] is all",
]


@settings(max_examples=40)
@given(st.lists(st.lists(st.tuples(KINDS, VALUES), max_size=6), min_size=2, max_size=5), st.booleans())
def test_what_was_searched_before_changes_no_answer(nights: list[list[tuple[str, str]]], ids: bool) -> None:
    before = NOTHING
    for known in nights:
        now = Searched(people(*({kind: value} for kind, value in known)), before)
        found = set(search(texts(*SAID), now.needles, ids=ids)["row"])
        assert found <= set(now.doubtful(texts(*SAID), ids=ids))
        held = set(search(texts(*SAID), now.needles)["row"])
        now.add(texts(*(text for row, text in enumerate(SAID) if row not in held)))
        before = now.told()


def test_tokens_and_times_of_lists_are_left_out(tokeniser: Tokeniser) -> None:
    token = tokeniser.token("x@y.io", "email")
    bared = {
        f"write to [EMAIL:{token}] or [PHONE:{token}]": "write to [EMAIL] or [PHONE]",
        f"[{{'source': crm, 'value': {token}, 'at': '2026-10-29 07:35:40'}}]": "[{'source': crm, 'value': '', 'at': ''}]",
        "[EMAIL:ada@king.io] '2026-10-29 ada'": "[EMAIL:ada@king.io] '2026-10-29 ada'",
        f"{token}x and {token[:-1]}": f"{token}x and {token[:-1]}",
        "at 2026-10-29 07:35:40": "at 2026-10-29 07:35:40",
    }
    assert bare(texts(*bared)).to_list() == list(bared.values())


def test_of_ids_only_what_came_since_and_may_stand_in_ids_is_in_doubt() -> None:
    before = cleared(people(ADA), "bob@miller.io/7", "C-0000134")
    now = Searched(people(ADA, {"email": "bob@miller.io", "external_id": "C-0000134"}), before)
    assert now.doubtful(texts("bob@miller.io/7", "C-0000134"), ids=True).to_list() == [0]
    assert now.doubtful(texts("bob@miller.io/7", "C-0000134")).to_list() == [0, 1]


def test_what_is_told_is_each_once_and_in_order() -> None:
    now = Searched(people(ADA))
    now.add(texts("b", "a"))
    now.add(texts("a"))
    told = now.told()
    assert len(told.texts) == 2
    assert len(told.needles) == len(people(ADA))
    assert (np.diff(told.texts.astype(object)) > 0).all()


def test_nobody_and_no_texts() -> None:
    assert Searched(people(), NOTHING).doubtful(texts()).to_list() == []
    assert Searched(people(), cleared(people(ADA), *CLEAR)).doubtful(texts(*CLEAR)).is_empty()
