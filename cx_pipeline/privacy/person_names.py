"""One person's name as the phrases by which it is written: words, initials, short forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import polars as pl

from cx_pipeline.privacy.folded import fold_text
from cx_pipeline.privacy.nicknames import NICKNAMES

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_NO_NAME_TEXT = """
de del della der den da das do dos di du des la le las los van von vom zu zum zur ter ten te af av y e und bin ibn al el mr
mrs ms miss dr prof jr sr ii iii iv herr frau sir
"""
_FIRST_SIGN = "\u2e80"  # from here on one character can be a name
_NO_NAME = frozenset(_NO_NAME_TEXT.split())


NAME_PARTS = ("given", "family", "full")


@dataclass(frozen=True)
class _Name:
    """The folded words of one person's names."""

    first: list[str]
    last: list[str]
    short: list[str]
    whole: list[str]
    spelled: list[str]
    written: list[str]

    @classmethod
    def of(cls, given: Sequence[str], family: Sequence[str], full: Sequence[str]) -> _Name:
        first, last = _words(given), _words(family)
        for name in full:
            parts = _words([" ".join(reversed(name.split(",", 1)))])
            if not first:
                first = parts[:1]
            if not family:
                last += [word for word in parts[1:] if word not in first and word not in last]
            else:
                first += [word for word in parts[1:-1] if word not in first and word not in last]
        whole = [name for name in map(_whole, (*given, *family)) if not name.isalpha() and len(name) > 3]
        short = [nick for word in first for nick in NICKNAMES.get(word, ())]
        spelled = _words([name.lower().translate(_DIGRAPHS) for name in (*given, *family, *full) if not name.isascii()])
        written = [name for name in map(_whole, full) if " " in name]
        return cls(first, last, short, whole, spelled, written)

    @cached_property
    def words(self) -> list[tuple[str, str]]:
        """Each word by itself; of scripts without spaces the names in full, in which no word stands by itself."""
        words = (*self.whole, *self.first, *self.last, *self.short, *self.spelled)
        single = [("name", word) for word in dict.fromkeys(variant for word in words for variant in _variants(word))]
        pairs = [(one, two) for one in self.first for two in self.last if min(one, two) >= _FIRST_SIGN]
        return [*single, *(("full", name) for one, two in pairs for name in (one + two, two + one))]

    @cached_property
    def forms(self) -> list[tuple[str, str]]:
        """Several words, and words with initials."""
        lasts = [*self.last, *self.whole]
        pairs = [(one, two) for one in (*self.first, *self.short) for two in lasts if one != two]
        full = dict.fromkeys((*self.written, *(f"{one} {two}" for one, two in pairs)))
        turned = [form for one, two in pairs for form in (f"{two} {one}", f"{two}, {one}")]
        initials = [form for one in self.first for two in lasts if one != two for form in _with_initials(one, two)]
        return [*(("full", name) for name in full), *(("form", form) for form in dict.fromkeys((*turned, *initials)))]


@lru_cache(10_000)
def _name(given: tuple[str, ...], family: tuple[str, ...], full: tuple[str, ...]) -> _Name:
    """Of a batch, as its words are asked for first, and then, of those whose words were found, the forms."""
    return _Name.of(given, family, full)


def name_words(names: pl.DataFrame) -> pl.DataFrame:
    """Words of names, in all their spellings: person, kind, phrase, entity, known."""
    return _phrases(names, lambda name: name.words)


def name_forms(names: pl.DataFrame) -> pl.DataFrame:
    """Names in full, turned round and with initials: person, kind, phrase, entity, known."""
    return _phrases(names, lambda name: name.forms)


def _phrases(names: pl.DataFrame, make: Callable[[_Name], list[tuple[str, str]]]) -> pl.DataFrame:
    keys = list(NAME_PARTS)
    distinct = names.select(keys).unique(maintain_order=True).with_row_index("name")
    made = [(number, *pair) for number, *parts in distinct.iter_rows() for pair in make(_name(*map(tuple, parts)))]
    table = pl.DataFrame(made, schema={"name": pl.UInt32, "kind": pl.String, "phrase": pl.String}, orient="row")
    apart = pl.concat_list(pl.col("given").list.head(1), pl.col("family").list.head(1)).list.join(" ")
    known = pl.coalesce(pl.col("full").list.first(), apart)
    numbered = names.join(distinct, on=keys, maintain_order="left").select("person", "entity", "name", known.alias("known"))
    return numbered.join(table, on="name", maintain_order="left").select("person", "kind", "phrase", "entity", "known")


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


def _words(names: Sequence[str]) -> list[str]:
    return list(
        dict.fromkeys(
            word
            for name in names
            for word in _WORD.findall(fold_text(name))
            if word not in _NO_NAME and (len(word) > 1 or word >= _FIRST_SIGN)
        )
    )


_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae"})


def _variants(word: str) -> list[str]:
    return [word, word.replace("'", "")] if "'" in word else [word]
