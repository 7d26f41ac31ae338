# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Amounts and other decimal numbers, in the notation of their country, as Decimal(18, 4).

'1.234' is one thousand in Germany and a little more than one in Britain; only the whole column can tell. A percentage is
not an amount and is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cx_pipeline.errors import ConfigError
from cx_pipeline.scrub.rule import Kind, Rule, Severity

DECIMAL = pl.Decimal(18, 4)


@dataclass(frozen=True)
class Notation:
    """How a country writes numbers: the marks (inside of a character class) between thousands and before the fraction."""

    thousands: str
    point: str
    group: str = "[0-9]{3}"

    @property
    def regex(self) -> str:
        """Matches a whole number in this notation."""
        whole = rf"(?:[0-9]+|[0-9]{{1,3}}(?:[{self.thousands}]{self.group})+)"
        return rf"^[+-]?(?:{whole}(?:[{self.point}][0-9]*)?|[{self.point}][0-9]+)$"


_SPACES = r" \x{a0}\x{202f}\x{2009}"
NOTATIONS: dict[str, Notation] = {
    "en": Notation(",", "."),
    "de": Notation(".", ","),
    "fr": Notation(_SPACES, ","),
    "ch": Notation("'’", "."),
    "si": Notation(_SPACES, "."),
    "in": Notation(",", ".", "[0-9]{2,3}"),
}
_CURRENCY = (
    r"(?:[\p{Sc}]|\b(?:USD|EUR|GBP|CHF|CAD|AUD|NZD|JPY|CNY|INR|BRL|MXN|SEK|NOK|DKK|PLN|CZK|HUF|RON|TRY|ZAR|SGD|HKD|KRW|ILS)\b|"
    r"\b(?:US|CA|AU|NZ|HK|R|S|A|C)\$|\b(?:kr|zł|Kč|Ft|Fr|SFr)\b\.?)"
)


def bare_number(column: pl.Expr) -> pl.Expr:
    """The number without currency, with the sign in front as `-`: '(12.50)' and '12.50-' are negative."""
    return (
        column.str.strip_chars()
        .str.replace_all(r"[\x{2212}\x{2013}]", "-")
        .str.replace(rf"(?i)^([-+(]?)\s*{_CURRENCY}\s*", "$1")
        .str.replace(rf"(?i)\s*{_CURRENCY}\s*([-)]?)$", "$1")
        .str.replace(r"^\(\s*([^()-]+?)\s*\)$", "-$1")
        .str.replace(r"^([^-+]+?)\s*-$", "-$1")
        .str.replace(r"^([-+])\s+", "$1")
        .str.strip_chars()
    )


@dataclass(frozen=True)
class LocaleInference:
    """What a column's numbers say.

    Attributes:
        locale: id of the notation; None when the column does not decide.
        is_ambiguous: several notations read the same cells to different numbers.
        share: of distinct values that the best notation reads, 0 to 1.
    """

    locale: str | None
    is_ambiguous: bool
    share: float


_AUTO = ("en", "de", "fr", "ch")


def infer_locale(values: pl.Series) -> LocaleInference:
    """One notation for all numbers of a text column.

    Each notation is asked how many distinct values it can read; the best wins. Where the best are several and read some
    value to different numbers ('1,234' alone), the column is ambiguous.
    """
    distinct = values.drop_nulls().unique().to_frame("value").select(bare_number(pl.col("value"))).to_series().unique()
    distinct = distinct.filter(distinct != "")
    if distinct.is_empty():
        return LocaleInference(None, is_ambiguous=False, share=0.0)
    readings = {name: _read(distinct, NOTATIONS[name]) for name in _AUTO}
    counts = {name: reading.len() - reading.null_count() for name, reading in readings.items()}
    best = max(counts.values())
    if best == 0:
        return LocaleInference(None, is_ambiguous=False, share=0.0)
    winners = [name for name, count in counts.items() if count == best]
    first = readings[winners[0]]
    if any(not first.equals(readings[name], null_equal=True) for name in winners[1:]):
        return LocaleInference(None, is_ambiguous=True, share=best / distinct.len())
    return LocaleInference(winners[0], is_ambiguous=False, share=best / distinct.len())


def _read(bare: pl.Series, notation: Notation) -> pl.Series:
    number = (
        pl.col("bare").str.replace_all(rf"[{notation.thousands}]", "").str.replace(rf"[{notation.point}]", ".", literal=False)
    )
    fits = pl.col("bare").str.contains(notation.regex)
    return bare.to_frame("bare").select(pl.when(fits).then(number).cast(DECIMAL, strict=False)).to_series()


_UNMARKED = r"^[+-]?[0-9]+$"


def to_decimal(values: pl.Series, locale: str) -> pl.Series:
    """Numbers of a column in one notation; null where a text is none, or does not fit 14 digits before the point.

    With `auto` the notation is inferred from the values given; where they do not decide, only whole numbers without any mark
    are read.
    """
    bare = values.to_frame("value").select(bare_number(pl.col("value"))).to_series()
    if locale != "auto":
        return _read(bare, NOTATIONS[locale]).alias(values.name)
    inferred = infer_locale(values).locale
    if inferred is not None:
        return _read(bare, NOTATIONS[inferred]).alias(values.name)
    plain = bare.to_frame("bare").select(pl.when(pl.col("bare").str.contains(_UNMARKED)).then(pl.col("bare"))).to_series()
    return plain.cast(DECIMAL, strict=False).alias(values.name)


def parse_decimal(locale: str = "en") -> Rule:
    """Read decimal numbers; what is none, ambiguous or too large becomes null and is flagged `invalid`.

    Args:
        locale: `en` 1,234.56 · `de` 1.234,56 · `fr` 1 234,56 · `ch` 1'234.56 · `si` 1 234.56 · `in` 1,23,456.00 · `auto`:
            decided by the column as it is handed in; for a column in several batches, ask `infer_locale` of all of it and
            pass the result.

    Raises:
        ConfigError: the locale is unknown.
    """
    if locale != "auto" and locale not in NOTATIONS:
        raise ConfigError("unknown number notation", where=locale, expected=", ".join(("auto", *NOTATIONS)))
    return Rule(
        id=f"decimals.parse[{locale}]",
        version=1,
        title=f"Reads numbers in the notation {locale}, with or without currency and brackets for negatives.",
        reads="amount",
        guards="sums: a comma taken for a point is wrong by a thousand",
        transform=lambda column: column.map_batches(lambda values: to_decimal(values, locale), return_dtype=DECIMAL),
        kind=Kind.PARSE,
        severity=Severity.WARNING,
        flag="invalid",
        target=DECIMAL,
    )


STANDARD: tuple[Rule, ...] = tuple(parse_decimal(locale) for locale in ("auto", *NOTATIONS))
