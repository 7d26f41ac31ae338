# ruff: noqa: RUF001 - look-alike characters are the subject here
"""Numbers and addresses as people say them, so that a voice transcript holds what it says: digits in words, 'at' and 'dot'."""

from __future__ import annotations

import re

from cx_pipeline.privacy.detectors.url import TOP_LEVELS
from cx_pipeline.privacy.traced import Traced

_DIGITS = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "nought": "0",
    "naught": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "niner": "9",
    "null": "0",
    "eins": "1",
    "zwei": "2",
    "zwo": "2",
    "drei": "3",
    "vier": "4",
    "fünf": "5",
    "sechs": "6",
    "sieben": "7",
    "acht": "8",
    "neun": "9",
    "cero": "0",
    "uno": "1",
    "dos": "2",
    "tres": "3",
    "cuatro": "4",
    "cinco": "5",
    "seis": "6",
    "siete": "7",
    "ocho": "8",
    "nueve": "9",
    "zéro": "0",
    "deux": "2",
    "trois": "3",
    "quatre": "4",
    "cinq": "5",
    "sept": "7",
    "huit": "8",
    "neuf": "9",
}
_TIMES = {"double": 2, "triple": 3, "treble": 3, "doble": 2, "doppel": 2}
_WORD = "|".join(sorted(_DIGITS, key=len, reverse=True))
_TIMES_WORD = "|".join(_TIMES)
_ONE = rf"(?:(?:{_TIMES_WORD})[\s\-]+)?(?:{_WORD})"
_SEPARATOR = r"[\s,.\-–]+(?:and[\s]+)?"
# A run takes a number in figures whole or not at all: what letters touch at its end would else be cut in two.
_WHOLE = rf"(?:(?<![0-9])|(?!{_SEPARATOR}[0-9]))"
_RUN = re.compile(
    rf"(?i)(?:\bplus[\s]+|\+[ ]?)?\b(?:{_ONE}|[0-9]+(?={_SEPARATOR}{_ONE}))(?:{_SEPARATOR}(?:{_ONE}|[0-9]+))*\b{_WHOLE}"
)
_IN_WORDS = re.compile(rf"(?i)\b{_ONE}(?:{_SEPARATOR}{_ONE})*\b")
_PART = re.compile(rf"(?i)(?:({_TIMES_WORD})[\s\-]+)?({_WORD})\b|([0-9]+)")
_FEWEST = 7
#: Rust syntax: a text without this holds no number in words. Word boundaries of ASCII find more, and some fifty times as fast.
MAY_SPELL_DIGITS = rf"(?i)(?-u:\b)(?:{_ONE})[\s,.\-–]+(?:{_ONE})[\s,.\-–]+(?:{_ONE}|[0-9])"


def digits_of_words(traced: Traced) -> Traced:
    """Runs of seven or more digits said in words, as digits in one piece: 'double four one …' is 441…"""
    return traced.sub(_RUN, _as_digits)


def _as_digits(match: re.Match[str]) -> str | None:
    said = match.group()
    parts = [(plain, _DIGITS.get(word.lower(), "") * _TIMES.get(times.lower(), 1)) for times, word, plain in _PART.findall(said)]
    digits = "".join(plain + spelled for plain, spelled in parts)
    if len(digits) < _FEWEST:
        return None
    if 2 * sum(len(spelled) for _, spelled in parts) < len(digits):
        # Mostly written in figures: of two numbers, one may still be said in words.
        told = _IN_WORDS.sub(lambda run: _as_digits(run) or run.group(), said)
        return told if told != said else None
    return ("+" if said[0] == "+" or said[:4].lower() == "plus" else "") + digits


_TOP = "|".join(sorted(TOP_LEVELS, key=len, reverse=True))
_AT = re.compile(r"(?i)\s*[(\[{<]\s*(?:at|ät|arroba|arobase)\s*[)\]}>]\s*")
_DOT = re.compile(r"(?i)\s*[(\[{<]\s*(?:dot|punkt|punto|point)\s*[)\]}>]\s*")
_LOCAL = r"[\w+\-]+(?:(?:\s+(?:dot|punkt|punto)\s+|\.|\s+(?:underscore|under score|dash|hyphen|plus)\s+)[\w+\-]+)*"
_HOST = r"[a-z0-9\-]+(?:(?:\s+(?:dot|punkt|punto)\s+|\.|\s+(?:dash|hyphen)\s+)[a-z0-9\-]+)*"
_SPOKEN = re.compile(
    rf"(?i)(?<![\w@.])({_LOCAL})(?:\s+at\s+|\s*@\s*)({_HOST}(?:\s+(?:dot|punkt|punto)\s+|\.)(?:{_TOP}))(?![\w@])"
)
_SIGNS = (
    (re.compile(r"(?i)\s+(?:dot|punkt|punto)\s+"), "."),
    (re.compile(r"(?i)\s+(?:underscore|under score)\s+"), "_"),
    (re.compile(r"(?i)\s+(?:dash|hyphen)\s+"), "-"),
    (re.compile(r"(?i)\s+plus\s+"), "+"),
)
_CUE = re.compile(r"(?i)(?:e-?mail|mail|write to|reach me|contact me|address)\b[^.!?]{0,24}$")
_VERBS_TEXT = """
look looking looked bought buy buying shop shopping shopped order ordered ordering was is am are me you us it them him her
work working works available found find saw see seen sold subscribed registered signed up account website site store in on one
here there arrive arrived purchase purchased price prices live chat support team check checked visit visited that this product
item online advertised deal offer stuff things something anything page signup subscribe order's cheaper free posted read
listed book booked booking customer customers people someone anyone stay stayed staying meet call again out back but and or
not only also cost costs best
"""
_VERBS = frozenset(_VERBS_TEXT.split())
#: Rust syntax: a text without this holds no address in words.
MAY_SPELL_ADDRESS = (
    rf"(?i)[(\[{{<]\s*(?:at|ät|arroba|arobase|dot|punkt|punto|point)\s*[)\]}}>]|\s(?:dot|punkt|punto)\s+(?:{_TOP})(?-u:\b)"
    rf"|\sat\s+[a-z0-9\-]+\.(?:[a-z0-9\-]+\.)*(?:{_TOP})(?-u:\b)|\s@\s*[a-z0-9]|[a-z0-9]@\s"
)


def address_of_words(traced: Traced) -> Traced:
    """'ada dot king at example dot com' and 'ada (at) example [dot] com' as ada.king@example.com."""
    plain = traced.sub(_DOT, lambda _: ".").sub(_AT, lambda _: "@")
    return plain.sub(_SPOKEN, _as_address)


def _as_address(match: re.Match[str]) -> str | None:
    local, host = match.group(1), match.group(2)
    is_at_word = "@" not in match.group()
    if is_at_word and re.fullmatch(r"[A-Za-z]+", local):
        told = _CUE.search(match.string[max(0, match.start() - 48) : match.start()])
        if local.lower() in _VERBS or (told is None and " dot " not in host.lower()):
            return None
    words = f"{local}@{host}"
    for said, sign in _SIGNS:
        words = said.sub(sign, words)
    return words
