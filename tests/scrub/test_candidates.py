"""All rules asked together say what each of them says alone, and distinct values give what every row gives."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.scrub import email, ids, names, placeholders, text, timestamps
from cx_pipeline.scrub.candidates import candidates
from cx_pipeline.scrub.country import COUNTRY
from cx_pipeline.scrub.engine import apply_rules
from cx_pipeline.scrub.rule import Rule

CHAINS: dict[str, tuple[Rule, ...]] = {
    "html": text.HTML,
    "identifier": ids.IDENTIFIER,
    "email": email.ADDRESS,
    "name": names.PERSON,
    "country": (*text.LINE, placeholders.WORD, COUNTRY),
    "time": (*text.LINE, placeholders.DATE, *timestamps.timestamp("iso")),
}
CELLS = [
    *(None, "", " ", "plain", "n/a", "N/A ", "unknown", " two  spaces ", "tab\there", "a\r\nb", "zero\u200bwidth", "\ufeffbom"),
    *(
        "<p>Hi</p>",
        "&amp;amp;",
        "Ã©tÃ©",
        "e\u0301",
        "ADA KING",
        "dr. ada king",
        "King, Ada",
        "US",
        "Germany",
        "nowhere",
        "x" * 1001,
    ),
    *("2026-11-01T02:03:04Z", "9999-12-31", "2026-13-01", "'00123", '="17"', "1.0", "4.4E+11", "Ada@Example.ORG", "a@b", "\x01"),
]


@pytest.mark.parametrize("chain", CHAINS)
def test_rules_are_asked_together_as_each_alone(chain: str) -> None:
    values = pl.Series("c", CELLS)
    for rule, rows in zip(CHAINS[chain], candidates(values, CHAINS[chain]), strict=True):
        if rule.gate is None and rule.touches is None:
            assert rows is None
        else:
            assert rows is not None
            assert sorted(rows.tolist()) == rule.touched(values).arg_true().to_list(), rule.id


@pytest.mark.parametrize("chain", CHAINS)
def test_a_repetitive_column_is_scrubbed_as_every_row_of_it(chain: str) -> None:
    times = 40  # makes the column long and repetitive enough to be worked on as its distinct values
    one, many = apply_rules(pl.Series("c", CELLS), CHAINS[chain]), apply_rules(pl.Series("c", CELLS * times), CHAINS[chain])
    assert many.values.equals(pl.concat([one.values] * times), null_equal=True)
    assert many.counts == [
        count._replace(**{name: getattr(count, name) * times for name in ("looked_at", "changed", "nulled")})
        for count in one.counts
    ]
    assert {name: mask.to_list() for name, mask in many.flags.items()} == {
        name: mask.to_list() * times for name, mask in one.flags.items()
    }


def test_what_a_rule_changed_is_asked_anew() -> None:
    result = apply_rules(pl.Series("c", ["&amp;nbsp;word\t<br>", "<p>n/a</p>", "fine"]), (*text.HTML, placeholders.TEXT))
    assert result.values.to_list() == ["word", None, "fine"]
    assert {count.rule: count.nulled for count in result.counts if count.nulled} == {"placeholders.text": 1}
