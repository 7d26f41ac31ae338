# ruff: noqa: RUF001 - look-alike characters are the subject here
"""What is written so that a pattern would miss it is found all the same, where it stands in the original."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.privacy import redact
from cx_pipeline.privacy.normalise import normalise

DISGUISED = [
    ("a numeric entity", "mail ada&#64;example.com today", "EMAIL", "ada&#64;example.com"),
    ("an entity escaped twice", "mail ada&amp;#64;example.com today", "EMAIL", "ada&amp;#64;example.com"),
    ("mojibake", "mail mÃ¼ller@example.com, cafÃ© it is", "EMAIL", "mÃ¼ller@example.com"),
    ("full width", "mail ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ today", "EMAIL", "ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
    ("full-width digits", "card ４１１１ １１１１ １１１１ １１１１ ok", "CARD", "４１１１ １１１１ １１１１ １１１１"),
    ("a zero-width space", "mail ad\u200ba@exam\u200bple.com now", "EMAIL", "ad\u200ba@exam\u200bple.com"),
    ("a soft hyphen", "card 4111\u00ad1111\u00ad1111\u00ad1111 ok", "CARD", "4111\u00ad1111\u00ad1111\u00ad1111"),
    ("no-break spaces", "call +1\u00a0202\u00a0555\u00a00143 now", "PHONE", "+1\u00a0202\u00a0555\u00a00143"),
    ("percent signs", "mail ada%40example.com today", "EMAIL", "ada%40example.com"),
    ("a line break in digits", "card 4111 1111\n1111 1111 ok", "CARD", "4111 1111\n1111 1111"),
    ("dots between groups", "card 4111.1111.1111.1111 ok", "CARD", "4111.1111.1111.1111"),
    ("digits in words", "it is four triple one one one one one one one one one one one one one ok", "CARD", None),
    (
        "a phone in words",
        "call two oh two five five five oh one double four now",
        "PHONE",
        "two oh two five five five oh one double four",
    ),
    ("an address in words", "it is ada dot king at example dot com thanks", "EMAIL", "ada dot king at example dot com"),
    ("brackets", "mail ada (at) example [dot] com today", "EMAIL", "ada (at) example [dot] com"),
    ("en dashes", "call 202–555–0143 today", "PHONE", "202–555–0143"),
    ("Arabic digits", "card ٤١١١١١١١١١١١١١١١ ok", "CARD", "٤١١١١١١١١١١١١١١١"),
    ("blanks around the sign", "mail ada @ example.com today", "EMAIL", "ada @ example.com"),
    ("combining marks", "mail e\u0301ric@example.com today", "EMAIL", "e\u0301ric@example.com"),
]


@pytest.mark.parametrize(("text", "entity", "hidden"), [row[1:] for row in DISGUISED], ids=[row[0] for row in DISGUISED])
def test_a_disguise_comes_off(text: str, entity: str, hidden: str | None) -> None:
    made = redact(pl.Series([text]))
    (finding,) = made["findings"].to_list()[0]
    found = text[finding["start"] : finding["end"]]
    assert finding["entity"] == entity
    assert found == (hidden if hidden is not None else "four triple one one one one one one one one one one one one one")
    assert made["text_masked"].to_list() == [text.replace(found, f"[{entity}]")]


@pytest.mark.parametrize(
    "text",
    [
        "I bought it at amazon dot com yesterday",
        "one two three people came, then four five more",
        "caf\u00e9 &amp; bar, 50%25 off, so\u00adlu\u00adtion",
        "Look at the page, 👩\u200d👩\u200d👧 liked it",
        "１２ apples for ９ people",
    ],
)
def test_what_hides_nothing_stays_as_it_was_written(text: str) -> None:
    made = redact(pl.Series([text]))
    kept = [each for each in made["findings"].to_list()[0] if each["entity"] != "URL"]
    assert kept == []
    assert made["text_masked"].to_list() == [text]


def test_places_count_characters_of_the_original_behind_what_was_undone() -> None:
    text = "&lt;&lt; caf\u00e9\u200b 👍 ada&#64;example.com or 555-123-4567"
    findings = redact(pl.Series([text]))["findings"].to_list()[0]
    assert [text[each["start"] : each["end"]] for each in findings] == ["ada&#64;example.com", "555-123-4567"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call me at 1234567 123-45-6789", "call me at [PHONE] [NATIONAL_ID]"),
        ("my number is 4155552671 123-45-6789", "my number is [PHONE] [NATIONAL_ID]"),
        ("4111 1111 1111 1111 123-45-6789", "[CARD] [NATIONAL_ID]"),
        ("order 1234567 8912345 shipped", "order 1234567 8912345 shipped"),
        ("tracking 9400 1118 9922 3456 7890 12", "tracking 9400 1118 9922 3456 7890 12"),
    ],
)
def test_two_numbers_with_a_space_between_are_two(text: str, masked: str) -> None:
    assert redact(pl.Series([text]))["text_masked"].to_list() == [masked]


def test_a_number_in_words_beside_one_in_figures_stays_masked() -> None:
    once = redact(pl.Series(["call me at one two three four five six seven 123-45-6789"]))["text_masked"]
    assert "seven" not in once[0]
    assert "6789" not in once[0]
    assert redact(once)["text_masked"].to_list() == once.to_list()


_HIDDEN = "\u200b\ufe0f\u00ad\ufeff\U000e0041\x01"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet=f"ab \u00e9\u2764\U0001f600{_HIDDEN}", max_size=12), min_size=1, max_size=8), st.data())
def test_places_without_hidden_characters_are_those_of_the_original(texts: list[str], data: st.DataObject) -> None:
    normal = normalise(pl.Series(texts, dtype=pl.String))
    spans = []
    for row, shown in enumerate(normal.texts):
        if shown:
            start = data.draw(st.integers(0, len(shown) - 1))
            spans.append((row, start, data.draw(st.integers(start + 1, len(shown)))))
    found = pl.DataFrame(spans, schema={"row": pl.UInt32, "start": pl.Int64, "end": pl.Int64}, orient="row")
    expected = []
    for row, start, end in spans:
        places = [place for place, sign in enumerate(texts[row]) if sign not in _HIDDEN]
        expected.append((row, places[start], places[end - 1] + 1))
    assert normal.original_places(found).rows() == expected
