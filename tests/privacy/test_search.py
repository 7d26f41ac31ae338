# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Known identifiers are found in anybody's text, in their spellings, and nothing is that only looks like one."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cx_pipeline.privacy.folded import fold
from cx_pipeline.privacy.needles import Needles, needles
from cx_pipeline.privacy.search import FOUND, search

PEOPLE = [
    ("email", "ada@king.io"),
    ("phone", "+12025550143"),
    ("phone", "+442079460123"),
    ("phone", "+493012345678"),
    ("phone", "+79161234567"),
    ("name", "Ada King"),
    ("name", "Mark Young"),
    ("agent", "Éva D'Arc-Smith"),
    ("handle", "ada_k1ng"),
    ("handle", "sunshine"),
    ("external_id", "C-0000134"),
    ("address", "12 Baker Street, London"),
]


def known(*more: tuple[str, str]) -> Needles:
    return needles(pl.DataFrame([*PEOPLE, *more], schema=["kind", "value"], orient="row"))


KNOWN = known()


def found(text: str, *, ids: bool = False) -> list[tuple[str, str]]:
    rows = search(pl.Series([text]), KNOWN, ids=ids).iter_rows()
    return [(kind, text[start:end]) for _, start, end, kind in rows]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("write ADA@KING.IO, please", "email", "ADA@KING.IO"),
        ("<mailto:ada@king.io>", "email", "ada@king.io"),
        ("https://x.io/?to=ada@king.io&b=1", "email", "ada@king.io"),
        ("ada&#64;king.io", "email", "ada&#64;king.io"),
        ("mail ada (at) king [dot] io", "email", "ada (at) king [dot] io"),
        ("call (202) 555-0143 2 times", "phone", "(202) 555-0143"),
        ("call +1 (202) 555-0143", "phone", "+1 (202) 555-0143"),
        ("call +1.202.555.0143", "phone", "+1.202.555.0143"),
        ("2025550143", "phone", "2025550143"),
        ("12025550143", "phone", "12025550143"),
        ("011 1 202 555 0143", "phone", "011 1 202 555 0143"),
        ("020 7946 0123", "phone", "020 7946 0123"),
        ("+44 (0)20 7946 0123", "phone", "+44 (0)20 7946 0123"),
        ("00442079460123", "phone", "00442079460123"),
        ("0049 30 12345678", "phone", "0049 30 12345678"),
        ("030/12345678", "phone", "030/12345678"),
        ("8 916 123-45-67", "phone", "8 916 123-45-67"),
        ("202\u2011555\u20110143", "phone", "202\u2011555\u20110143"),
        ("two oh two five five five oh one four three", "phone", "two oh two five five five oh one four three"),
        ("ADA KING came", "name", "ADA KING"),
        ("King, Ada", "name", "King, Ada"),
        ("Ada\nKing", "name", "Ada\nKing"),
        ("ada king's order", "name", "ada king"),
        ("thanks, Mark Young", "name", "Mark Young"),
        ("eva d’arc-smith here", "agent", "eva d’arc-smith"),
        ("@sunshine hi", "handle", "@sunshine"),
        ("user ada_k1ng", "handle", "ada_k1ng"),
        ("customer c-0000134.", "external_id", "c-0000134"),
        ("it is 12 baker st. you know", "address", "12 baker st"),
        ("name:Ada King", "name", "Ada King"),
        ("her/his_ADA KING_", "name", "ADA KING"),
    ],
)
def test_a_known_identifier_is_found(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nada@king.io and ada@king.iowa",
        "1234202555014399",
        "order 20255501430",
        "202555 and 0143",
        "EUR 2,025,550,143.00",
        "Nevada Kingston",
        "a mark young people leave",
        "let the sunshine in",
        "C-00001345 and XC-0000134",
        "112 baker street",
        "zendesk.users:c-0000134",
        "[EMAIL] [PHONE] [CUSTOMER_NAME]",
        "2026-03-01 10:00:00, 2025-55-01",
    ],
)
def test_what_only_looks_like_one_is_not(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("zendesk.users:ada@king.io", ["email"]),
        ("x:+1 202-555-0143", ["phone"]),
        ("+12025550143", ["phone"]),
        ("202-555-0143", ["phone"]),
        ("2025550143", []),
        ("C-0000134", []),
        ("ada_k1ng", []),
        ("Ada King", ["name"]),
    ],
)
def test_ids_may_be_digits_and_codes(text: str, kinds: list[str]) -> None:
    assert [kind for kind, _ in found(text, ids=True)] == kinds


def test_rows_and_places_count_in_the_original() -> None:
    texts = pl.Series(["nothing", "&lt;ad\u200ba king&gt; 👍 or ada@king.io", "ada king ada king"])
    hits = search(texts, KNOWN)
    assert hits.schema == FOUND
    assert [(row, texts[row][start:end]) for row, start, end, _ in hits.iter_rows()] == [
        (1, "ad\u200ba king"),
        (1, "ada@king.io"),
        (2, "ada king"),
        (2, "ada king"),
    ]


def test_nobody_known_and_nothing_to_read() -> None:
    nobody = needles(pl.DataFrame(schema={"kind": pl.String, "value": pl.String}))
    assert len(nobody) == 0
    assert search(pl.Series(["ada@king.io +1 202 555 0143 @sunshine"]), nobody).is_empty()
    assert search(pl.Series([], dtype=pl.String), KNOWN).schema == FOUND


def test_more_phrases_than_one_automaton_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cx_pipeline.privacy.search._AUTOMATON", 3)
    assert {kind for kind, _ in found("Ada King of 12 Baker Street, and Eva D'Arc-Smith")} == {"name", "address", "agent"}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PEOPLE), st.text(alphabet="ab1 .,-@\n", max_size=12), st.text(alphabet="ab1 .,-@\n", max_size=12))
def test_whatever_stands_around_it(person: tuple[str, str], before: str, behind: str) -> None:
    kind, value = person
    text = f"{before} ({'@' if value == 'sunshine' else ''}{value}) {behind}"
    assert kind in {each for each, _ in found(text)}


@pytest.mark.parametrize(
    ("text", "ids", "kinds"),
    [
        ("at 2024-11-07 10:45:56", False, []),
        ("[{'source': zendesk, 'updated_at': '2024-11-07 10:45:56'}]", False, []),
        ("on 2024/11/07, 10 of them", False, []),
        ("call 202-411-0710", False, ["phone"]),
        ("call 2024110710", False, ["phone"]),
        ("on 2024-11-07 call 202-411-0710", False, ["phone"]),
        ("amazon_connect.contact_records:f6357fbd-c704-4905-98d5-c070b6bf5d60", True, []),
        ("7f42f00c03a2cf704490-598", True, []),
        ("704-490598a", True, []),
        ("contact:704-490598", True, ["phone"]),
        ("704-490598", True, ["phone"]),
    ],
)
def test_dates_and_ids_of_machines_are_nobodys_number_however_many_are_known(text: str, ids: bool, kinds: list[str]) -> None:
    everybody = known(("phone", "+12024110710"), ("phone", "+47704490598"), ("phone", "+6520241107"))
    assert search(pl.Series([text]), everybody, ids=ids)["kind"].to_list() == kinds


def test_the_same_of_few_phrases_and_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pl.Series(
        [f"{'Ada King' if number % 7 == 0 else 'nobody'}, 12 Baker St., (Mark Young) {number}" for number in range(50)]
    )
    few = search(texts, KNOWN)
    monkeypatch.setattr("cx_pipeline.privacy.search._FEW_TEXTS", 0)
    assert search(texts, KNOWN).equals(few)
    monkeypatch.setattr("cx_pipeline.privacy.search._FEW_PHRASES", 0)
    assert search(texts, KNOWN).equals(few)
    assert few["kind"].value_counts().sort("kind").rows() == [("address", 50), ("name", 58)]


def test_identifiers_that_came_in_parts_and_more_than_once() -> None:
    rows = pl.DataFrame(PEOPLE, schema=["kind", "value"], orient="row")
    made = needles(rows[start : start + 5] for start in (8, 4, 0, 0, 2))
    for told, whole in ((made.phrases, KNOWN.phrases), (made.codes, KNOWN.codes), (made.phones, KNOWN.phones)):
        assert told.equals(whole)


def signs(text: str) -> list[str]:
    """Pieces of a text that hold a sign of a code, as anybody would cut them."""
    runs = re.findall(r"[^\W_](?:[\w.%+'&@\-]*[^\W_])?", text)
    return [run for run in runs if re.search(r"[@0-9_]", run)]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet="ab1\u00e9_.@-&' ", max_size=14), max_size=30))
@example(["11111111\u00e9"])
@example(["@11111111\u00e9", "@a-1111111-b"])
def test_every_piece_that_may_be_a_code_is_asked_for(texts: list[str]) -> None:
    asked = [piece for text in texts for piece in signs(text) if len(piece.encode()) >= 10 and "@" not in piece[:1]]
    everybody = needles(pl.DataFrame({"kind": "external_id", "value": asked}, schema={"kind": pl.String, "value": pl.String}))
    told = everybody.codes_among(fold(pl.Series(asked, dtype=pl.String)))["place"].to_list()
    hits = {
        (row, text)
        for row, _, _, _ in search(pl.Series(texts, dtype=pl.String), everybody).iter_rows()
        for text in texts[row : row + 1]
    }
    expected = {text for text in texts for piece in signs(text) if piece in {asked[place] for place in told}}
    assert {text for _, text in hits} == expected
