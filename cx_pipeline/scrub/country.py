"""Countries as ISO 3166-1 alpha-2, from codes, English names and the names people use at home."""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub._country_table import TABLE
from cx_pipeline.scrub.folding import match_form
from cx_pipeline.scrub.rule import Kind, Rule, Severity


def _lookup() -> dict[str, str]:
    spellings: dict[str, str] = {}
    for line in TABLE.strip().splitlines():
        alpha2, alpha3, names = line.split(" ", 2)
        spellings.update(dict.fromkeys((alpha2, alpha3, *names.split("|")), alpha2))
    folded = pl.Series(list(spellings), dtype=pl.String).to_frame("name").select(match_form(pl.col("name"))).to_series()
    return dict(zip(folded.to_list(), spellings.values(), strict=True))


#: Every known spelling, in match form, to alpha-2.
COUNTRIES: dict[str, str] = _lookup()
CODES: frozenset[str] = frozenset(COUNTRIES.values())


def iso2(column: pl.Expr) -> pl.Expr:
    """Alpha-2 code of a country's code or name; null where it is unknown."""
    return match_form(column).replace_strict(COUNTRIES, default=None, return_dtype=pl.String)


COUNTRY = Rule(
    id="country.iso2",
    version=1,
    title="Writes countries as two letters: USA, United States and US are US.",
    reads="country",
    guards="groups by country, and the reading of phone numbers",
    transform=iso2,
    kind=Kind.PARSE,
    severity=Severity.WARNING,
    flag="unknown",
)
