# ruff: noqa: RUF001 - odd characters are the subject here
import sys
import unicodedata

import polars as pl
import pytest

from cx_pipeline.scrub.characters import CONTROL, INVISIBLE, LINE_ENDS, NFC
from cx_pipeline.scrub.rule import Rule


def apply(rule: Rule, *texts: str) -> list[str]:
    return pl.DataFrame({"text": texts}).select(rule.transform(pl.col("text"))).to_series().to_list()


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("👨🏽\u200d💻 ❤\ufe0f\u200d🔥", "👨🏽\u200d💻 ❤\ufe0f\u200d🔥"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("അവന്\u200d", "അവന്\u200d"),
        ("a\u200db", "ab"),
        ("a\u200cb", "ab"),
        ("👩\u200d", "👩"),
        ("👩\u200dx", "👩x"),
        ("می\u200c", "می"),
        ("\u200dstart", "start"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4\U000e0067\U000e0062\U000e007f"),
        ("say\U000e0041\U000e0042", "say"),
        ("bo\u200bm\ufeff \u2066x\u2069", "bom x"),
        ("replacement \ufffd stays", "replacement \ufffd stays"),
    ],
)
def test_invisible_characters_go_and_joiners_that_join_stay(raw: str, clean: str) -> None:
    assert apply(INVISIBLE, raw) == [clean]


def test_every_control_character_but_line_ends_and_tabs_goes() -> None:
    kept = [chr(code) for code in range(0x80) if apply(CONTROL, chr(code)) == [chr(code)]]
    assert kept == ["\t", "\n", "\x0b", "\x0c", "\r", *map(chr, range(0x20, 0x7F))]


def test_line_ends() -> None:
    assert apply(LINE_ENDS, "a\r\nb\rc\x0bd\x0ce\n\r") == ["a\nb\nc\nd\ne\n\n"]


def test_nfc_is_asked_about_every_character_that_composition_could_change() -> None:
    everything = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    touched = NFC.touched(pl.Series("text", everything)).to_list()
    missed = [
        f"{ord(letter):x}"
        for letter, seen in zip(everything, touched, strict=True)
        if not seen and (not unicodedata.is_normalized("NFC", letter) or unicodedata.combining(letter))
    ]
    assert missed == []


def test_nfc_leaves_composed_european_text_unasked() -> None:
    assert NFC.touched(pl.Series("text", ["été à Zürich", "São Paulo", "Žižkov", "한국어", "中文", "10 €"])).sum() == 0


def test_touched_agrees_with_the_pattern_alone() -> None:
    texts = pl.Series("text", ["ascii", "é", "a\u200bb", None, ""])
    assert INVISIBLE.touched(texts).to_list() == [False, False, True, False, False]
