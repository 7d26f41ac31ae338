# ruff: noqa: RUF001 - look-alike characters are the subject here
"""One form for comparing that keeps every character in its place: lower case, no accents, straight apostrophes."""

from __future__ import annotations

import unicodedata

import polars as pl

_LETTERS = {
    "ß": "s",
    "æ": "a",
    "œ": "o",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "t",
    "ł": "l",
    "ħ": "h",
    "ı": "i",
    "ŧ": "t",
    "’": "'",
    "‘": "'",
    "`": "'",
    "´": "'",
    "ʼ": "'",
    "İ": "i",
    "ẞ": "s",
}


def _exchanges() -> dict[str, str]:
    table = dict(_LETTERS) | {letter.upper(): base for letter, base in _LETTERS.items() if len(letter.upper()) == 1}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base.isalpha():
            table.setdefault(chr(code), base.lower())
    return table


_EXCHANGES = _exchanges()
_TRANSLATION = str.maketrans(_EXCHANGES)


def fold(texts: pl.Series) -> pl.Series:
    """Texts folded, character by character."""
    accented = (texts.str.len_bytes() != texts.str.len_chars()).arg_true()
    plain = texts
    if not accented.is_empty():
        plain = texts.clone().scatter(accented, texts.gather(accented).str.replace_many(_EXCHANGES))
    lowered = plain.str.to_lowercase()
    grown = (lowered.str.len_chars() != texts.str.len_chars()).arg_true()
    if grown.is_empty():
        return lowered
    return lowered.scatter(grown, plain.gather(grown))  # a letter whose small form is two letters: rather not folded than moved


def fold_text(text: str) -> str:
    """One text, as `fold` does a column."""
    plain = text.translate(_TRANSLATION)
    lowered = plain.lower()
    return lowered if len(lowered) == len(plain) else plain
