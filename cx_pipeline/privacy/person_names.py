"""One person's name as the phrases by which it is written: words, initials, short forms."""

from __future__ import annotations

import re

from cx_pipeline.privacy.folded import fold_text
from cx_pipeline.privacy.nicknames import NICKNAMES

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_NO_NAME_TEXT = """
de del della der den da das do dos di du des la le las los van von vom zu zum zur ter ten te af av y e und bin ibn al el mr
mrs ms miss dr prof jr sr ii iii iv herr frau sir
"""
_NO_NAME = frozenset(_NO_NAME_TEXT.split())


def name_phrases(given: list[str], family: list[str], full_names: list[str]) -> tuple[list[tuple[str, str]], str]:
    """Phrases of one person's name, folded, with their kinds; and the name that tokens are made of."""
    first, last = _words(given), _words(family)
    whole = [name for name in map(_whole, (*given, *family)) if not name.isalpha() and len(name) > 3]
    for name in full_names:
        parts = _words([" ".join(reversed(name.split(",", 1)))])
        if not first and parts:
            first = parts[:1]
        last += [word for word in parts[1:] if word not in first and word not in last] if not family else []
        first += [word for word in parts[1:-1] if family and word not in first and word not in last]
    short = [nick for word in first for nick in NICKNAMES.get(word, ())]
    spelled = _words([name.lower().translate(_DIGRAPHS) for name in (*given, *family, *full_names) if not name.isascii()])
    words = dict.fromkeys(variant for word in (*whole, *first, *last, *short, *spelled) for variant in _variants(word))
    lasts = [*last, *whole]
    pairs = [(one, two) for one in (*first, *short) for two in lasts if one != two]
    full = dict.fromkeys(f"{one} {two}" for one, two in pairs)
    turned = [form for one, two in pairs for form in (f"{two} {one}", f"{two}, {one}")]
    initials = [form for one in first for two in lasts if one != two for form in _with_initials(one, two)]
    forms = dict.fromkeys((*turned, *initials))
    joined = full_names[0] if full_names else " ".join((*given[:1], *family[:1]))
    return [*(("name", word) for word in words), *(("full", name) for name in full), *(("form", form) for form in forms)], joined


def _with_initials(one: str, two: str) -> tuple[str, ...]:
    a, b = one[0], two[0]
    return (
        f"{a}. {two}",
        f"{a} {two}",
        f"{a}.{two}",
        f"{two} {a}.",
        f"{two}, {a}",
        f"{one} {b}.",
        f"{one} {b}",
        f"{one}.{two}",
        f"{one}{two}",
    )


def _whole(name: str) -> str:
    """A name of several words as it is written, titles aside: 'van der berg', 'jean-luc'."""
    return " ".join(fold_text(name).split())


def _words(names: list[str]) -> list[str]:
    return list(
        dict.fromkeys(word for name in names for word in _WORD.findall(fold_text(name)) if word not in _NO_NAME and len(word) > 1)
    )


_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})


def _variants(word: str) -> list[str]:
    return [word, word.replace("'", "")] if "'" in word else [word]
