# ruff: noqa: RUF001, RUF002 - look-alike characters are the subject here
"""One form for comparing texts: no case, no accents, no punctuation."""

from __future__ import annotations

import polars as pl

# Letters that no decomposition takes apart.
_LETTERS = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "ħ": "h",
    "ı": "i",
    "ŋ": "n",
    "ŧ": "t",
    "ĸ": "k",
    "ſ": "s",
    "ƒ": "f",
    "ə": "e",
    "ʼ": "",
    "ʻ": "",
    "ʹ": "",
}


def match_form(column: pl.Expr) -> pl.Expr:
    """Lower case, without accents and punctuation, words apart by one space; null when nothing is left.

    'O’Brien-Łuczak, Zoë' is 'obrien luczak zoe': apostrophes vanish, all other punctuation parts words.
    """
    folded = (
        column.str.normalize("NFKC")
        .str.to_lowercase()
        .str.normalize("NFKD")
        .str.replace_many(_LETTERS)
        .str.replace_all(r"[\p{Mn}\p{Me}'’‘`´]+", "")
        .str.replace_all(r"[^\p{L}\p{N}\p{Mc}]+", " ")
        .str.strip_chars(" ")
    )
    return pl.when(folded != "").then(folded)
