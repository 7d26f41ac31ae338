"""What redaction of the own people left of anybody becomes a tag, and everything else stays."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.privacy import redact
from cx_pipeline.privacy.needles import Needles, needles
from cx_pipeline.privacy.search import search
from cx_pipeline.privacy.sweep import COUNTS, FINDINGS, sweep
from cx_pipeline.privacy.tokens import Tokeniser

TOKENS = Tokeniser(b"k" * 32)


@pytest.fixture(scope="module")
def known() -> Needles:
    people = [
        ("email", "ada@king.io"),
        ("phone", "+12025550143"),
        ("name", "Ada King"),
        ("agent", "Bob Miller"),
        ("address", "12 Baker Street"),
        ("external_id", "C-0000134"),
    ]
    return needles(pl.DataFrame(people, schema=["kind", "value"], orient="row"))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("my wife Ada King called (202) 555-0143", "my wife [OTHER_NAME] called [PHONE]"),
        ("ask BOB MILLER, of 12 baker st", "ask [AGENT_NAME], of [ADDRESS]"),
        ("ada&#64;king.io!", "[EMAIL]!"),
        ("id C-0000134", "id [ACCOUNT]"),
        ("[CUSTOMER_NAME] and [EMAIL] stay", "[CUSTOMER_NAME] and [EMAIL] stay"),
        ("nothing 4711 here", "nothing 4711 here"),
        ("", ""),
        (None, None),
    ],
)
def test_a_text(known: Needles, text: str | None, masked: str | None) -> None:
    assert sweep(pl.Series([text], dtype=pl.String), known).texts.to_list() == [masked]


def test_counts_by_kind_and_findings_by_text(known: Needles) -> None:
    made = sweep(pl.Series(["Ada King and Ada King", None, "Ada King at 202-555-0143"]), known)
    assert made.texts.to_list() == ["[OTHER_NAME] and [OTHER_NAME]", None, "[OTHER_NAME] at [PHONE]"]
    assert made.counts.rows() == [("name", 3), ("phone", 1)]
    assert made.findings.rows() == [
        (0, "OTHER_NAME", "known.name", 8),
        (0, "OTHER_NAME", "known.name", 8),
        (2, "OTHER_NAME", "known.name", 8),
        (2, "PHONE", "known.phone", 12),
    ]
    empty = sweep(pl.Series(["nothing"]), known)
    assert empty.counts.schema == COUNTS
    assert empty.findings.schema == FINDINGS
    assert empty.counts.height == empty.findings.height == 0


def test_tokens_are_those_of_the_columns(known: Needles) -> None:
    made = sweep(pl.Series(["ADA@king.io or (202) 555-0143"]), known, TOKENS)
    email, phone = TOKENS.token("ada@king.io", "email"), TOKENS.token("+12025550143", "phone")
    assert made.texts.to_list() == [f"[EMAIL:{email}] or [PHONE:{phone}]"]


def test_swept_twice_is_swept_once_and_the_gate_finds_nothing(known: Needles) -> None:
    texts = pl.Series(["Ada King ada@king.io 2025550143, Bob Miller; 12 Baker Street", "+1 202 555 0143ada king"])
    once = sweep(texts, known)
    assert sweep(once.texts, known).texts.to_list() == once.texts.to_list()
    assert search(once.texts, known).is_empty()


def test_behind_redaction_only_the_stranger_is_left(known: Needles) -> None:
    texts = pl.DataFrame({"customer_id": ["c1"], "text": ["I am Zoe Hall, ask Ada King, ada@king.io"]})
    masked = redact(texts, pl.DataFrame({"customer_id": ["c1"], "name": ["Zoe Hall"]}))["text_masked"]
    assert masked.to_list() == ["I am [CUSTOMER_NAME], ask Ada King, [EMAIL]"]
    made = sweep(masked, known)
    assert made.texts.to_list() == ["I am [CUSTOMER_NAME], ask [OTHER_NAME], [EMAIL]"]
    assert made.counts.rows() == [("name", 1)]
