# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Names of people: tidied, never guessed at. A name in mixed case stays as its owner wrote it."""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from cx_pipeline.scrub.fixpoint import as_step, on_matching, until_stable
from cx_pipeline.scrub.folding import match_form
from cx_pipeline.scrub.length import SHORT
from cx_pipeline.scrub.placeholders import NAME as PLACEHOLDER
from cx_pipeline.scrub.rule import Kind, Rule, Severity, on_unique
from cx_pipeline.scrub.text import LINE

__all__ = ["CASE", "HONORIFIC", "NOT_CONTACT", "NOT_DIGITS", "ORDER", "PERSON", "QUOTES", "match_form"]

_TITLES = (
    r"(?:mr|mrs|ms|miss|mx|dr|prof|sir|herr|frau|fr|hr|mme|mlle|sr|sra|srta|señor|señora|sig|sigra|dhr|mevr|mw)\.\s*|"
    r"(?:mr|mrs|ms|miss|mx|dr|prof|professor|doctor|herr|frau|monsieur|madame|mademoiselle|señor|señora|dhr|mevr)\s+"
)
_TITLE = rf"(?i)^(?:{_TITLES})+(\S.*)$"
_SUFFIX = r"(?i)^(?:jr|sr|ii|iii|iv|v|md|m\.d|phd|ph\.d|esq|dds|cpa|mba|rn|llc|inc|ltd|gmbh|co|corp|ag|sa|bv|plc)\.?$"
_LAST_FIRST = r"^([^,]+?)\s*,\s*([^,]+)$"
_WRAPS = "\"'“”„‟‘’‚«»`´"

_PARTICLES = frozenset(
    {
        *(
            "de",
            "del",
            "della",
            "der",
            "den",
            "da",
            "das",
            "do",
            "dos",
            "di",
            "du",
            "des",
            "la",
            "le",
            "las",
            "los",
            "van",
            "von",
        ),
        *("vom", "zu", "zum", "zur", "ter", "ten", "te", "af", "av", "y", "e", "und", "bin", "ibn", "al", "el"),
    }
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ROMAN = re.compile(r"^(?:ii|iii|iv|vi|vii|viii)$")


def _strip_quotes(column: pl.Expr) -> pl.Expr:
    """Without quotes at both ends; an apostrophe at the start of a name ('t Hooft) has none at its end."""
    return (
        column.str.replace(rf"^[{_WRAPS}]+\s*([^{_WRAPS}].*?)\s*[{_WRAPS}]+$", "$1")
        .str.replace(r"^[\"“”„«»`]+\s*", "")
        .str.replace(r"\s*[\"“”„«»`]+$", "")
    )


_unquoted = as_step(_strip_quotes)
_bare = as_step(lambda column: _strip_quotes(column.str.replace(_TITLE, "$1")))
_quoteless = as_step(lambda column: column.str.replace_all(rf"[{_WRAPS},]", ""))


def without_title(values: pl.Series) -> pl.Series:
    """Names without titles in front, nor the quotes that stood behind a title."""
    return on_matching(values, _TITLE, lambda titled: until_stable(titled, _bare, _plain))


def in_order(values: pl.Series) -> pl.Series:
    """'Last, First' as 'First Last', unless what follows the comma is a suffix such as Jr. or Inc."""
    return on_matching(values, _LAST_FIRST, lambda listed: until_stable(listed, lambda names: _bare(_swap(names)), _plain))


def _plain(values: pl.Series) -> pl.Series:
    """What is left of a name that is nothing but titles and quotes in turn."""
    return values.str.replace_all(r"[^\p{L}\p{M}]+", "")


def _swap(values: pl.Series) -> pl.Series:
    suffixed = values.str.extract(_LAST_FIRST, 2).str.strip_chars().str.contains(_SUFFIX)
    return values.zip_with(suffixed, values.str.replace(_LAST_FIRST, "$2 $1"))


def _capitalise(names: list[str]) -> list[str | None]:
    # Twice, for letters whose capital is two letters, the second of them in need of the same.
    return [_recase(_recase(name)) for name in names]


def _recase(name: str) -> str:
    words = list(_WORD.finditer(name))
    ends = {words[0].start(), words[-1].start()} if words else set()
    recased = _WORD.sub(lambda hit: _word(hit.group().lower(), inside=hit.start() not in ends and not _is_initial(hit)), name)
    if len(words) > 1 and _ROMAN.match(words[-1].group().lower()):
        recased = recased[: words[-1].start()] + recased[words[-1].start() :].upper()
    return unicodedata.normalize("NFC", recased)


def _is_initial(hit: re.Match[str]) -> bool:
    return hit.string[hit.end() : hit.end() + 1] == "."


def _word(word: str, *, inside: bool) -> str:
    """One word of a name, in lower case when it comes in; particles stay so inside of a name."""
    if inside and word in _PARTICLES:
        return word
    if word.startswith("mc") and len(word) > 3:
        return "Mc" + word[2:].capitalize()
    if len(word) > 2 and word[1] in "'’":
        return word[0].capitalize() + word[1] + word[2:].capitalize()
    return word.capitalize()


# Letters without case, marks and what joins names; other signs are left alone, as new capitals beside them could read as
# damaged text the next time.
_JOINS = r"\p{Lo}\p{Lm}\p{M}0-9 .,'’()/\-"
_UPPER, _LOWER = rf"[\p{{Lu}}{_JOINS}]*", rf"[\p{{Ll}}{_JOINS}]*"
_ONE_CASE = rf"^{_UPPER}\p{{Lu}}{_UPPER}\p{{Lu}}{_UPPER}$|^{_LOWER}\p{{Ll}}{_LOWER}$"
_recased = as_step(on_unique(_capitalise))

QUOTES = Rule(
    id="names.quotes",
    version=1,
    title="Drops quotes around a name.",
    reads="person name",
    guards="matching",
    transform=lambda column: column.map_batches(
        lambda values: until_stable(values, _unquoted, _quoteless), return_dtype=pl.String, is_elementwise=True
    ),
    touches=rf"^[{_WRAPS}]|[{_WRAPS}]$",
)
HONORIFIC = Rule(
    id="names.title",
    version=1,
    title="Drops titles such as Mr., Mrs. and Dr. in front of a name.",
    reads="person name",
    guards="matching: Dr. Ada King and Ada King are one person",
    transform=lambda column: column.map_batches(without_title, return_dtype=pl.String, is_elementwise=True),
    touches=_TITLE,
)
ORDER = Rule(
    id="names.order",
    version=1,
    title="Writes 'Last, First' as 'First Last'.",
    reads="person name",
    guards="matching",
    transform=lambda column: column.map_batches(in_order, return_dtype=pl.String, is_elementwise=True),
    touches=_LAST_FIRST,
)
CASE = Rule(
    id="names.case",
    version=1,
    title="Capitalises names written in one case; mixed case stays.",
    reads="person name",
    guards="display, and models that take capitals for shouting",
    transform=lambda column: column.map_batches(
        lambda values: on_matching(values, _ONE_CASE, _recased), return_dtype=pl.String, is_elementwise=True
    ),
    touches=_ONE_CASE,
)
_CONTACT = r"\S@\S+\.\S|^\+?[0-9 ()./\-]{6,}$|(?i:https?://|www\.)"
NOT_CONTACT = Rule(
    id="names.not_contact",
    version=1,
    title="Nulls names that are an e-mail address, a phone number or a link.",
    reads="person name",
    guards="privacy and matching: an address in a name column is missed by what protects addresses",
    transform=lambda column: pl.when(~column.str.contains(_CONTACT)).then(column),
    kind=Kind.NULL,
    severity=Severity.WARNING,
    touches=_CONTACT,
    flag="contact_data",
)
NOT_DIGITS = Rule(
    id="names.not_digits",
    version=1,
    title="Nulls names without a letter.",
    reads="person name",
    guards="matching",
    transform=lambda column: pl.when(column.str.contains(r"\p{L}")).then(column),
    kind=Kind.NULL,
    touches=r"^\P{L}*$",
)

#: The standard chain of a person's name.
PERSON: tuple[Rule, ...] = (SHORT, *LINE, QUOTES, HONORIFIC, ORDER, NOT_CONTACT, PLACEHOLDER, NOT_DIGITS, CASE)
