"""Yes and no in the spelling of every vendor."""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub.rule import Kind, Rule, Severity

TRUE = frozenset(
    {
        "true",
        "t",
        "yes",
        "y",
        "1",
        "1.0",
        "on",
        "enabled",
        "active",
        "checked",
        "x",
        "✓",
        "✔",
        "wahr",
        "ja",
        "vrai",
        "oui",
        "si",
        "sí",
    }
)
FALSE = frozenset(
    {"false", "f", "no", "n", "0", "0.0", "off", "disabled", "inactive", "unchecked", "falsch", "nein", "faux", "non"}
)
_WORDS = {**dict.fromkeys(sorted(TRUE), True), **dict.fromkeys(sorted(FALSE), False)}


def parse_boolean(blank: bool | None = None) -> Rule:
    """Read true and false; an unknown word becomes null and is flagged `unknown`.

    Args:
        blank: what an empty cell means. None: nothing. False: no, as in Salesforce, which writes `1` or nothing; then null
            becomes False too, the one rule that turns null into a value.
    """

    def transform(column: pl.Expr) -> pl.Expr:
        word = column.str.strip_chars().str.to_lowercase()
        read = word.replace_strict(_WORDS, default=None, return_dtype=pl.Boolean)
        if blank is None:
            return read
        return pl.when(word.is_null() | (word == "")).then(pl.lit(blank)).otherwise(read)

    words = "null" if blank is None else str(blank).lower()
    return Rule(
        id=f"booleans.parse[{words}]",
        version=1,
        title=f"Reads yes and no in any vendor's spelling; blank is {words}.",
        reads="yes or no",
        guards="counts of opt-outs and flags",
        transform=transform,
        kind=Kind.PARSE,
        severity=Severity.WARNING,
        flag="unknown",
        target=pl.Boolean(),
    )


BOOLEAN = parse_boolean(blank=None)
BLANK_IS_FALSE = parse_boolean(blank=False)
BLANK_IS_TRUE = parse_boolean(blank=True)
