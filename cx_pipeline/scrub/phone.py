"""Phone numbers as E.164 (`+442079460018`), read with the country of the record where it has one.

A number is kept when it could exist: its length fits its country. Whether it is assigned is not asked, because plans change
and numbers kept for fiction and tests must behave like any other. What a spreadsheet rounded (`4.42E+11`) is refused; what it
merely wrote in another way (`15551234567.0`) is read.
"""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
import polars as pl

from cx_pipeline.errors import ConfigError
from cx_pipeline.scrub.characters import CONTROL, INVISIBLE, LINE_ENDS
from cx_pipeline.scrub.country import CODES, iso2
from cx_pipeline.scrub.length import SHORT
from cx_pipeline.scrub.placeholders import PHONE as PLACEHOLDER
from cx_pipeline.scrub.rule import Kind, Rule, Severity
from cx_pipeline.scrub.text import EMPTY
from cx_pipeline.scrub.whitespace import ODD_SPACES, ONE_LINE, TABS, TRIM

_EXTENSION = (
    r"(?i)[\s,;]*(?:\bext(?:ension|n)?\b|\bx|#|;ext=|\bdw\b|\bdurchwahl\b|\bposte\b|\banexo\b)\s*[.:=]?\s*([0-9]{1,7})\s*$"
)
_NUMBERS_KEPT = 1 << 17  # the same numbers stand in users, contacts and calls
_LONGEST = 60  # characters; longer cells hold no single number
_NORTH_AMERICA = r"^(?:\+?1[ .\-]?)?\(?([2-9][0-9]{2})\)?[ .\-]{0,2}([2-9][0-9]{2})[ .\-]?([0-9]{4})$"
_NORTH_AMERICAN = ("US", "CA")


def extension_of(column: pl.Expr) -> pl.Expr:
    """The extension at the end of a phone number, as digits; null where there is none."""
    return column.str.extract(_EXTENSION)


def _plain(column: pl.Expr) -> pl.Expr:
    """The text without what spreadsheets and people put around a number."""
    return (
        column.str.strip_chars()
        .str.replace(r'^="(.*)"$', "$1")
        .str.strip_chars("'\"")
        .str.replace(r"(?i)^(?:tel|phone|telefon|mobile|cell|fax)\s*[.:]+\s*", "")
        .str.replace(r"^([+]?[0-9]{6,15})\.0+$", "$1")
        .str.replace(r"^([+]?)\s*00\s*([1-9])", "+$2")
        .str.strip_chars()
    )


_SCIENTIFIC = r"^[0-9](?:[.,][0-9]+)?[eE][+]?[0-9]{1,2}$"


def _expand(text: str) -> str:
    """The digits of a scientific number when it holds all of them, else an empty text."""
    mantissa, _, exponent = text.lower().replace(",", ".").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    return digits if len(digits) == int(exponent) + 1 else ""


@lru_cache(maxsize=_NUMBERS_KEPT)
def _number(text: str, region: str) -> str | None:
    """E.164 of one number, None when it could not exist."""
    if text.startswith("+"):
        return _possible(text, None)
    national = _possible(text, region)
    digits = "".join(character for character in text if character.isdigit())
    if national is None and len(digits) >= 10:
        return _possible(f"+{digits}", None, valid=True)
    return national


def _possible(text: str, region: str | None, *, valid: bool = False) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if valid and not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _read(numbers: pl.Series, regions: pl.Series) -> pl.Series:
    """E.164 of each text in its region. The library is asked once for each distinct pair that needs it."""
    pairs = pl.DataFrame({"number": numbers, "region": regions})
    quick = pairs.select(
        pl.when(pl.col("region").is_in(_NORTH_AMERICAN) & pl.col("number").str.contains(_NORTH_AMERICA)).then(
            pl.col("number").str.replace(_NORTH_AMERICA, "+1$1$2$3")
        )
    ).to_series()
    rest = pairs.filter(quick.is_null() & numbers.is_not_null() & (numbers.str.len_chars() <= _LONGEST)).unique()
    answers = [_number(text, region) for text, region in rest.iter_rows()]
    known = rest.with_columns(pl.Series("answer", answers, dtype=pl.String))
    slow = pairs.join(known, on=["number", "region"], how="left", maintain_order="left")["answer"]
    return quick.zip_with(quick.is_not_null(), slow)


def e164(values: pl.Series, countries: pl.Series | None, default_country: str) -> pl.Series:
    """E.164 of each text.

    Args:
        values: raw phone numbers.
        countries: raw country of each, code or name; unknown ones and null count as the default. None: no such column.
        default_country: ISO alpha-2 code.
    """
    plain = values.to_frame("value").select(_plain(pl.col("value"))).to_series()
    rounded = plain.str.contains(_SCIENTIFIC).fill_null(value=False)
    if rounded.any():
        rows = rounded.arg_true()
        plain = plain.scatter(rows, pl.Series([_expand(text) for text in plain.gather(rows)], dtype=pl.String))
    if countries is None:
        regions = pl.Series([default_country], dtype=pl.String).new_from_index(0, values.len())
    else:
        regions = countries.to_frame("country").select(iso2(pl.col("country")).fill_null(default_country)).to_series()
    return _read(plain, regions).alias(values.name)


EXTENSION = Rule(
    id="phone.extension",
    version=1,
    title="Takes the extension off a phone number.",
    reads="phone number",
    guards="matching: a switchboard's number with an extension is another number",
    transform=lambda column: column.str.replace(_EXTENSION, ""),
    touches=_EXTENSION,
    flag="extension_dropped",
)


def to_e164(default_country: str, country_column: str | None = None) -> Rule:
    """Read phone numbers as E.164; what could not exist becomes null and is flagged `invalid`.

    Args:
        default_country: ISO alpha-2 code for numbers without one.
        country_column: column beside it that holds the country of each record, code or name.

    Raises:
        ConfigError: the country is unknown.
    """
    country = default_country.upper()
    if country not in CODES:
        raise ConfigError("unknown country", where=default_country, expected="an ISO code of two letters, such as US")

    def transform(column: pl.Expr) -> pl.Expr:
        if country_column is None:
            return column.map_batches(lambda values: e164(values, None, country), return_dtype=pl.String, is_elementwise=True)
        pair = pl.struct(column.alias("number"), pl.col(country_column).cast(pl.String).alias("country"))
        return pair.map_batches(
            lambda values: e164(values.struct.field("number"), values.struct.field("country"), country),
            return_dtype=pl.String,
            is_elementwise=True,
        )

    where = country if country_column is None else f"{country},{country_column}"
    return Rule(
        id=f"phone.to_e164[{where}]",
        version=1,
        title=f"Writes phone numbers as E.164; bare ones are read as in {country}"
        + (f" or the record's {country_column}." if country_column else "."),
        reads="phone number",
        guards="matching: one number has a dozen spellings",
        transform=transform,
        kind=Kind.PARSE,
        severity=Severity.WARNING,
        flag="invalid",
        siblings=() if country_column is None else (country_column,),
    )


_CLEANED: tuple[Rule, ...] = (
    *(SHORT, CONTROL, INVISIBLE, LINE_ENDS, ODD_SPACES, TABS, ONE_LINE, TRIM, EMPTY),
    *(PLACEHOLDER, EXTENSION),
)


def phone(default_country: str, country_column: str | None = None) -> tuple[Rule, ...]:
    """The standard chain of a phone column: tidied, placeholders out, extension off, E.164."""
    return (*_CLEANED, to_e164(default_country, country_column))


STANDARD: tuple[Rule, ...] = phone("US")
