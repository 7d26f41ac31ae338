"""Chains of rules over a column: only what a rule can touch is handed to it, and every change is counted."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.scrub import booleans, decimals, email, ids, language, names, phone, placeholders, text, timestamps
from cx_pipeline.scrub.catalogue import rules as all_rules
from cx_pipeline.scrub.country import COUNTRY
from cx_pipeline.scrub.engine import RuleCount, apply_rules, replay
from cx_pipeline.scrub.rule import Kind, Rule
from cx_pipeline.scrub.salesforce_id import SALESFORCE_ID

SHOUT = Rule(
    id="demo.shout", version=3, title="Upper case.", reads="text", guards="nothing",
    transform=lambda column: column.str.to_uppercase(), touches="[a-z]", flag="shouted",
)  # fmt: skip
NO_X = Rule(
    id="demo.no_x", version=1, title="X is no value.", reads="text", guards="nothing",
    transform=lambda column: pl.when(column != "X").then(column), kind=Kind.NULL, touches="X", flag="was_x",
)  # fmt: skip
NUMBER = Rule(
    id="demo.number", version=1, title="Reads whole numbers.", reads="number", guards="nothing",
    transform=lambda column: column.cast(pl.Int64, strict=False), kind=Kind.PARSE, flag="invalid", target=pl.Int64(),
)  # fmt: skip
BESIDE = Rule(
    id="demo.beside", version=1, title="Takes the unit beside it.", reads="number", guards="nothing",
    transform=lambda column: pl.concat_str(column, pl.col("unit"), separator=" ", ignore_nulls=True),
    touches="^[0-9]+$", siblings=("unit",),
)  # fmt: skip


def column(*values: str | None) -> pl.Series:
    return pl.Series("c", values, dtype=pl.String)


def test_a_chain_is_applied_in_order_and_counted() -> None:
    result = apply_rules(column("x", "X", "Ab", "AB", None), [SHOUT, NO_X])
    assert result.values.to_list() == [None, None, "AB", "AB", None]
    assert result.values.name == "c"
    assert result.counts == [RuleCount("demo.shout", 3, "c", 4, 2, 0), RuleCount("demo.no_x", 1, "c", 4, 0, 2)]
    assert {name: mask.to_list() for name, mask in result.flags.items()} == {
        "c_shouted": [True, False, True, False, False],
        "c_was_x": [True, True, False, False, False],
    }


def test_reading_a_declared_format_is_no_change() -> None:
    result = apply_rules(column("1", "two", None), [NUMBER])
    assert result.values.to_list() == [1, None, None]
    assert result.counts == [RuleCount("demo.number", 1, "c", 2, 0, 1)]
    assert {name: mask.to_list() for name, mask in result.flags.items()} == {"c_invalid": [False, True, False]}


def test_a_rule_that_changes_nothing_raises_no_flag() -> None:
    result = apply_rules(column("AB", None), [SHOUT, NO_X])
    assert (result.flags, [count.changed + count.nulled for count in result.counts]) == ({}, [0, 0])


def test_one_flag_of_two_rules_is_raised_by_either() -> None:
    other = replace(NO_X, id="demo.other", flag="shouted")
    result = apply_rules(column("x", "a", "B"), [SHOUT, other])
    assert result.flags["c_shouted"].to_list() == [True, True, False]


@pytest.mark.parametrize("length", [0, 1, 3])
def test_columns_of_nothing(length: int) -> None:
    result = apply_rules(column(*[None] * length), [SHOUT, NO_X, NUMBER])
    assert result.values.to_list() == [None] * length
    assert result.values.dtype == pl.Int64
    assert {count[3:] for count in result.counts} == {(0, 0, 0)}
    assert result.flags == {}


def test_a_rule_sees_the_sibling_of_its_own_row() -> None:
    batch = pl.DataFrame({"c": ["1", "x", "2", "3"], "unit": ["kg", "m", None, "s"]})
    result = apply_rules(batch["c"], [BESIDE], batch)
    assert result.values.to_list() == ["1 kg", "x", "2", "3 s"]
    assert result.counts[0].changed == 2


def test_replaying_shows_the_steps_that_changed_the_value() -> None:
    steps = replay(column("x"), [SHOUT, replace(SHOUT, id="demo.again"), NO_X, NUMBER])
    assert [(step.rule.id, step.before, step.after) for step in steps] == [
        ("demo.shout", "x", "X"),
        ("demo.no_x", "X", None),
        ("demo.number", None, None),
    ]
    assert replay(column("AB"), [SHOUT, NO_X]) == []


CHAINS: dict[str, tuple[Rule, ...]] = {
    "line": text.LINE,
    "html": text.HTML,
    "identifier": (*ids.IDENTIFIER, placeholders.HASH_OF_NOTHING, SALESFORCE_ID),
    "email": email.ADDRESS,
    "phone": phone.phone("US"),
    "name": names.PERSON,
    "word": (*text.LINE, placeholders.WORD),
    "country": (*text.LINE, placeholders.WORD, COUNTRY),
    "language": (*text.LINE, placeholders.WORD, language.LANGUAGE),
    "timestamp": (*text.LINE, placeholders.DATE, *timestamps.timestamp("iso")),
    "boolean": (booleans.parse_boolean(blank=False),),
    "decimal": (*text.LINE, placeholders.NUMBER, decimals.parse_decimal("en")),
}

pieces = st.sampled_from(
    [
        *(
            "Ada",
            "KING",
            "o'brien",
            "Dr. ",
            ", ",
            "N/A",
            "null",
            "test",
            "testUser",
            "-",
            "0",
            "  ",
            "\t",
            "\u200b",
            "\ufeff",
            "\u00a0",
        ),
        *("é", "e\u0301", "Ã©", "&amp;", "&amp;lt;", "<p>", "<br/>", "</p>", "\x00", "\r\n", "😀", "ﬁ", "ß", "İ"),
        *("a@b.co", "Ada <ada@King.IO>", "mailto:", "@", "+1 415", "(415) 555-2671", "0044", "ext. 5", "12", "1.5", ".0", "E+17"),
        *(
            "2026-03-01",
            "T10:00:00",
            "Z",
            "+02:00",
            "9999-12-31",
            "1/2/2026",
            "003A000001abcde",
            "d41d8cd98f00b204e9800998ecf8427e",
        ),
        *("yes", "1", "wahr", "de_DE", "USA", '"', "'", "="),
    ]
)
cells = st.one_of(st.none(), st.lists(pieces, max_size=4).map("".join), st.text(max_size=12))


@pytest.mark.parametrize("chain", CHAINS)
@settings(max_examples=12)
@given(values=st.lists(cells, min_size=1, max_size=12))
def test_what_a_rule_is_spared_it_would_not_have_changed(chain: str, values: list[str | None]) -> None:
    """Handing a rule only the values it could touch gives what handing it all of them gives: values, counts and flags."""
    spared = apply_rules(column(*values), CHAINS[chain])
    full = apply_rules(column(*values), [replace(rule, touches=None, gate=None) for rule in CHAINS[chain]])
    assert spared.values.equals(full.values, null_equal=True)
    assert spared.counts == full.counts
    assert {name: mask.to_list() for name, mask in spared.flags.items()} == {
        name: mask.to_list() for name, mask in full.flags.items()
    }


@pytest.mark.parametrize("chain", CHAINS)
@settings(max_examples=12)
@given(values=st.lists(cells, min_size=1, max_size=8), at=st.integers(0, 8))
def test_a_batch_may_be_cut_anywhere(chain: str, values: list[str | None], at: int) -> None:
    whole = apply_rules(column(*values), CHAINS[chain]).values
    parts = [apply_rules(column(*part), CHAINS[chain]).values for part in (values[:at], values[at:])]
    assert whole.equals(pl.concat(parts), null_equal=True)


def test_rules_that_are_spared_values_keep_the_type() -> None:
    """A subset of another type could not be put back among the rest."""
    for rule in all_rules():
        if rule.touches is not None or rule.gate is not None:
            assert rule.target is None or rule.target == pl.String(), rule.id
