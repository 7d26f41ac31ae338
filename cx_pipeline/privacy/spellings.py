"""How one value is written: the spellings under which an address, a code or a date of a known person is looked for."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

_FOLDED = pl.col("folded")
_BARE = _FOLDED.str.replace_all(r"[\s\-]+", "")
_LONG_AND_SHORT = (
    *(
        ("street", "st"),
        ("avenue", "ave"),
        ("road", "rd"),
        ("boulevard", "blvd"),
        ("lane", "ln"),
        ("drive", "dr"),
        ("court", "ct"),
    ),
    *(("place", "pl"), ("square", "sq"), ("terrace", "ter"), ("highway", "hwy"), ("parkway", "pkwy"), ("apartment", "apt")),
    *(("circle", "cir"), ("crescent", "cres"), ("suite", "ste"), ("north", "n"), ("south", "s"), ("east", "e"), ("west", "w")),
)
_ENDS = (" ", ",", ". ")
_SHORTER = {f" {long}{end}": f" {short}{end}" for long, short in _LONG_AND_SHORT for end in _ENDS[:2]}
_SHORTER |= {f"{long}{end}": f"str.{end}" for long in ("strase", "strasse") for end in _ENDS[:2]}
_LONGER = {f" {short}{end}": f" {long}{' ' if end == '. ' else end}" for long, short in _LONG_AND_SHORT for end in _ENDS}
_LONGER |= {"str. ": "strase ", "str.,": "strase,"}


def _as_is() -> list[pl.Expr]:
    return [_FOLDED]


def _codes() -> list[pl.Expr]:
    return [_FOLDED, _FOLDED.str.strip_chars_start("#"), _BARE.str.strip_chars_start("#")]


def _postcodes() -> list[pl.Expr]:
    british = _BARE.str.contains(r"^[a-z]{1,2}[0-9][0-9a-z]?[0-9][a-z]{2}$")
    halves = pl.concat_str(_BARE.str.head(-3), pl.lit(" "), _BARE.str.tail(3))
    return [_FOLDED, _BARE, pl.when(british).then(halves)]


def _grouped() -> list[pl.Expr]:
    return [_FOLDED, _BARE, *(_BARE.str.replace_all(r"(.{4})", f"${{1}}{sign}").str.strip_chars_end(sign) for sign in " -")]


def _streets() -> list[pl.Expr]:
    whole = _FOLDED.str.replace_all(r"\s+", " ")
    line = _FOLDED.str.replace(r"(?s)\s*[\n,].*$", "").str.replace_all(r"\s+", " ")
    padded = [pl.concat_str(pl.lit(" "), text, pl.lit(" ")) for text in (whole, line)]
    changed = [text.str.replace_many(table).str.strip_chars() for text in padded for table in (_SHORTER, _LONGER)]
    is_one = r"[0-9].*\p{L}{2}|\p{L}{2}.*[0-9]"
    return [pl.when(text.str.contains(is_one)).then(text) for text in (whole, line, *changed)]


_DATES = (
    *("%-d %B %Y", "%-d %b %Y", "%B %-d, %Y", "%b %-d, %Y", "%B %-d %Y", "%b %-d %Y"),
    *(f"%{first}{sign}%{second}{sign}%Y" for sign in "/.-" for first, second in ("dm", "md", ("-d", "-m"), ("-m", "-d"))),
    *(f"%Y{sign}%m{sign}%d" for sign in "/.-"),
)


def _births() -> list[pl.Expr]:
    date = _FOLDED.str.head(10).str.to_date("%Y-%m-%d", strict=False)
    return [_FOLDED, *(date.dt.strftime(form).str.to_lowercase() for form in _DATES)]


_SPELLINGS: dict[str, Callable[[], list[pl.Expr]]] = {
    **dict.fromkeys(("order", "account", "loyalty"), _codes),
    **dict.fromkeys(("iban", "card"), _grouped),
    "postcode": _postcodes,
    "street": _streets,
    "birth": _births,
}


def spelled(values: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Every spelling of each value.

    Args:
        values: `folded` and columns to keep.
        kind: what the values are, as `known` calls it.

    Returns:
        The columns kept, and `phrase`; several rows a value, null where a spelling is none of it.
    """
    forms = _SPELLINGS.get(kind, _as_is)()
    return values.select(pl.exclude("folded"), pl.concat_list(forms).list.unique().alias("phrase")).explode("phrase")
