# ruff: noqa: RUF001 - odd characters are the subject here
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.rule import Rule
from cx_pipeline.scrub.text import HTML, LINE, PARAGRAPHS


def scrub(values: list[str | None], rules: tuple[Rule, ...]) -> list[str | None]:
    return apply_rules(pl.Series("text", values, dtype=pl.String), rules).values.to_list()


@pytest.mark.parametrize(
    ("raw", "line", "paragraphs"),
    [
        (None, None, None),
        ("", None, None),
        (" \u00a0\n\t ", None, None),
        ("\ufeff\u200b", None, None),
        ("plain", "plain", "plain"),
        ("  a \t b  ", "a b", "a b"),
        ("a\r\nb\rc", "a b c", "a\nb\nc"),
        ("a\n\n\n\nb", "a b", "a\n\nb"),
        ("a \n b", "a b", "a\nb"),
        ("a\u2028b\u0085c", "a b…c", "a\nb…c"),
        ("10\u00a0€", "10 €", "10 €"),
        ("cafe\u0301", "café", "café"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth", "softhyphen zerowidth"),
        ("\u202eevil\u202c", "evil", "evil"),
        ("a\x00b\x1bc", "abc", "abc"),
        ("cafÃ©\u200b  au  lait", "café au lait", "café au lait"),
    ],
)
def test_the_chains_tidy_one_text(raw: str | None, line: str | None, paragraphs: str | None) -> None:
    assert scrub([raw], LINE) == [line]
    assert scrub([raw], PARAGRAPHS) == [paragraphs]


def test_html_chain_leaves_plain_text_as_the_paragraph_chain_does() -> None:
    texts: list[str | None] = ["a < b and c > d", "I <3 it", "<x@y.z> wrote", "one\n\n\n\ntwo", "Tom & Jerry", None]
    assert scrub(texts, HTML) == scrub(texts, PARAGRAPHS)


def test_html_chain_repairs_what_entities_spell() -> None:
    assert scrub(["caf&Atilde;&copy;<br>&nbsp;x&#8203;y"], HTML) == ["café\nxy"]


def test_counts_say_which_rule_changed_what() -> None:
    result = apply_rules(pl.Series("text", ["a  b", "c\x00", "", None, "ok"]), PARAGRAPHS)
    changed = {count.rule: (count.looked_at, count.changed, count.nulled) for count in result.counts}
    assert changed["text.paragraph_breaks"] == (4, 1, 0)
    assert changed["text.control_characters"] == (4, 1, 0)
    assert changed["text.empty"] == (4, 0, 1)
    assert changed["text.mojibake"] == (4, 0, 0)


# Pieces that meet in every order: what one rule makes, another must not have to be run again for.
_PIECES = (
    *("a", "Z", "word", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u2003", "\u2028", "\u3000"),
    *(
        "Ã",
        "©",
        "Ã©",
        "â€™",
        "â€‹",
        "Â",
        "é",
        "e",
        "\u0301",
        "A",
        "\u0303",
        "\u0338",
        "Ñ",
        "ÐŸ",
        "Ã\u00ad",
        "\u0092",
        "\u212b",
        "\u1100",
        "\u1161",
    ),
    *("\u200b", "\ufeff", "\u00ad", "\u200d", "\u200c", "\u202e", "\x00", "\x1b", "\u0085", "👩", "🏽", "❤\ufe0f", "ک", "क्"),
    *("\U0001f3f4", "\U000e0067", "\U000e007f"),
    *(
        "<",
        ">",
        "/",
        "b",
        "<b>",
        "</b>",
        "<br>",
        "<p>",
        "</p>",
        "<div class='x'>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<address>",
    ),
    *(
        "&",
        "amp;",
        "&amp;",
        "&lt;",
        "&gt;",
        "lt;",
        "#60;",
        "&#38;",
        "&nbsp;",
        "&#8203;",
        "&Atilde;",
        "&copy;",
        "&#x92;",
        ";",
        "#",
    ),
)
_TEXT = st.lists(st.one_of(st.sampled_from(_PIECES), st.characters(codec="utf-8")), max_size=9).map("".join)
_BATCH = st.lists(_TEXT, min_size=1, max_size=40)


@pytest.mark.parametrize("chain", [LINE, PARAGRAPHS, HTML], ids=["line", "paragraphs", "html"])
@settings(max_examples=60, deadline=None)
@given(batch=_BATCH)
def test_a_chain_run_twice_changes_nothing(chain: tuple[Rule, ...], batch: list[str | None]) -> None:
    once = scrub(batch, chain)
    assert scrub(once, chain) == once


@pytest.mark.parametrize("rule", HTML, ids=lambda rule: rule.id)
@settings(max_examples=25, deadline=None)
@given(batch=_BATCH)
def test_a_rule_is_idempotent_and_leaves_untouched_texts_alone(rule: Rule, batch: list[str]) -> None:
    values = pl.Series("text", batch)
    after = values.to_frame().select(rule.transform(pl.col("text"))).to_series()
    again = after.to_frame().select(rule.transform(pl.col("text"))).to_series()
    assert again.equals(after, null_equal=True)
    untouched = ~rule.touched(values)
    assert after.filter(untouched).equals(values.filter(untouched), null_equal=True)
    assert rule.touches is not None
    assert not (rule.touched(values) ^ values.str.contains(rule.touches)).any()
    assert after.len() == values.len()


@pytest.mark.parametrize("rule", HTML, ids=lambda rule: rule.id)
def test_null_stays_null(rule: Rule) -> None:
    nulls = pl.Series("text", [None, None], dtype=pl.String)
    assert nulls.to_frame().select(rule.transform(pl.col("text"))).to_series().to_list() == [None, None]
    assert rule.touched(nulls).to_list() == [False, False]
