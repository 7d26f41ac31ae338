"""Disguises off before anything is looked for.

Characters that stand for one other (full width, foreign digits, odd spaces and dashes) are exchanged in whole columns and no
place moves. What makes a text shorter or longer (entities, mojibake, hidden characters, percent signs, digits in words) is done
to the few texts that hold it, and where each character came from is kept, so that findings point at the original.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

import ftfy
import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.privacy.spoken import MAY_SPELL_ADDRESS, MAY_SPELL_DIGITS, address_of_words, digits_of_words
from cx_pipeline.privacy.traced import Traced
from cx_pipeline.scrub.mojibake import TELL_TALE

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t\r"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d\u30fc"
_RANGES = ((0xFF01, 0xFF5E), (0x1D400, 0x1D7FF), (0x2460, 0x2468), (0x24B6, 0x24E9), (0x2070, 0x2089), (0xB2, 0xB3), (0xB9, 0xB9))


def _exchanges() -> dict[str, str]:
    """One character for one: what compatibility composition says, and ASCII digits for those of all scripts."""
    table = (
        dict.fromkeys(_SPACES, " ") | dict.fromkeys(_DASHES, "-") | {"\u3002": ".", "\uff61": ".", "\u2024": ".", "\ufe52": "."}
    )
    for low, high in _RANGES:
        for code in range(low, high + 1):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1 and plain != chr(code):
                table.setdefault(chr(code), plain)
    for code in range(0x80, 0x1E960):
        if unicodedata.category(chr(code)) == "Nd":
            table.setdefault(chr(code), str(unicodedata.digit(chr(code))))
    return table


_EXCHANGES = _exchanges()
_EXCHANGED = (
    r"[\t\r\x{a0}\x{b2}\x{b3}\x{b9}\x{1680}\x{2000}-\x{200a}\x{2010}-\x{2015}\x{2024}\x{202f}\x{2043}\x{205f}\x{2070}-\x{2089}\x{2212}"
    r"\x{2460}-\x{24e9}\x{3000}\x{3002}\x{30fc}\x{fe52}\x{fe58}\x{fe63}\x{ff01}-\x{ff61}\x{1d400}-\x{1d7ff}]|[\p{Nd}&&[^0-9]]"
)

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_HIDDEN_CODES = (
    (0x00, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x115F),
    (0x180B, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFC),
    (0xE0000, 0xE007F),
)  # fmt: skip
_NO_CODE = np.uint32(0xFFFFFFFF)
_HIDDEN_BEGINS, _HIDDEN_ENDS = np.array(_HIDDEN_CODES, dtype=np.uint32).T
_HIDES = f"[{''.join(f'{chr(low)}-{chr(high)}' for low, high in _HIDDEN_CODES)}]+"
_HIDDEN = re.compile(_HIDES)
_PERCENT = re.compile(r"%(?:2[0BbDdEeFfCc]|3[0-9Aa]|40|5[Ff]|[46][1-9A-Fa-f]|[57][0-9Aa])")
_MARKED = re.compile(r"[^\u0300-\u036f][\u0300-\u036f]+")

_MARKS = r"[\x{300}-\x{36f}]"
_ASCII_CHANGES = r"&(?:#[0-9xX]|[A-Za-z][A-Za-z0-9]{1,31};)|%[2-7][0-9A-Fa-f]|[\x00-\x08\x0e-\x1f\x7f]"


Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Normalised:
    """Texts without disguises.

    Attributes:
        texts: as they are read.
        originals: how they came.
        bared: rows without their hidden characters, and changed in no other way.
        rewritten: rows that changed in other ways.
    """

    texts: pl.Series
    originals: pl.Series
    bared: pl.Series
    rewritten: pl.Series

    def original_places(self, findings: pl.DataFrame) -> pl.DataFrame:
        """Findings with start and end counted in the original."""
        rows, starts, ends = (findings[name].to_numpy().copy() for name in ("row", "start", "end"))
        bared, rewritten = (np.flatnonzero(np.isin(rows, moved.to_numpy())) for moved in (self.bared, self.rewritten))
        if not len(bared) and not len(rewritten):
            return findings
        starts[bared], ends[bared] = self._bared_places(rows[bared], starts[bared], ends[bared])
        traces = {int(row): _undisguised(self.originals[int(row)]) for row in np.unique(rows[rewritten])}
        for index in rewritten:
            traced = traces[int(rows[index])]
            starts[index], ends[index] = traced.begins[starts[index]], traced.ends[ends[index] - 1]
        placed = findings.with_columns(pl.Series("start", starts, dtype=pl.Int64), pl.Series("end", ends, dtype=pl.Int64))
        return _disjoint(placed)

    def _bared_places(self, rows: Places, starts: Places, ends: Places) -> tuple[Places, Places]:
        """Places in texts without their hidden characters, counted with them."""
        asked, which = np.unique(rows, return_inverse=True)
        texts = self.originals.gather(asked)
        codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
        shown = np.flatnonzero(~_is_hidden(codes))
        lengths = texts.str.len_chars().to_numpy().astype(np.int64)
        begins = np.cumsum(lengths) - lengths
        first = np.searchsorted(shown, begins)
        base, begin = first[which], begins[which]
        return shown[base + starts] - begin, shown[base + ends - 1] + 1 - begin


def _disjoint(placed: pl.DataFrame) -> pl.DataFrame:
    """Of two findings out of one stretch of the original (digits in words, say), the second begins where the first ends."""
    reach = pl.col("end").cum_max().shift(1).over("row").fill_null(0)
    return placed.with_columns(pl.max_horizontal("start", reach).alias("start")).filter(pl.col("start") < pl.col("end"))


def normalise(texts: pl.Series) -> Normalised:
    """Texts (none of them null) as detectors read them."""
    beyond = _beyond_ascii(texts)
    hides = _found_in(texts, beyond, _HIDES)
    bare = _without_hidden(texts, hides)
    rewritten = (
        bare.str.contains(_ASCII_CHANGES)
        | bare.str.contains(MAY_SPELL_DIGITS)
        | bare.str.contains(MAY_SPELL_ADDRESS)
        | _found_in(bare, beyond, f"{_MARKS}|{TELL_TALE}")
        | _found_in(texts, hides, TELL_TALE)
    ).arg_true()
    hidden = hides.arg_true()
    if rewritten.is_empty():
        return Normalised(exchanged(bare), texts, hidden, rewritten)
    new = pl.Series([_undisguised(text).text for text in texts.gather(rewritten).to_list()], dtype=pl.String)
    only_bared = hidden.filter(~hidden.is_in(rewritten.implode()))
    return Normalised(exchanged(bare.clone().scatter(rewritten, new)), texts, only_bared, rewritten)


def _without_hidden(texts: pl.Series, hides: pl.Series) -> pl.Series:
    rows = hides.arg_true()
    return texts if rows.is_empty() else texts.clone().scatter(rows, texts.gather(rows).str.replace_all(_HIDES, ""))


def exchanged(texts: pl.Series) -> pl.Series:
    """Characters that stand for one other, exchanged; lengths stay."""
    rows = (_found_in(texts, _beyond_ascii(texts), _EXCHANGED) | texts.str.contains(r"[\t\r]")).arg_true()
    if rows.is_empty():
        return texts
    return texts.clone().scatter(rows, texts.gather(rows).str.replace_many(_EXCHANGES))


def _beyond_ascii(texts: pl.Series) -> pl.Series:
    return texts.str.len_bytes() != texts.str.len_chars()


def _found_in(texts: pl.Series, asked: pl.Series, pattern: str) -> pl.Series:
    """Whether a pattern is found, looked for only where it is asked for."""
    rows = asked.arg_true()
    found = pl.Series([False], dtype=pl.Boolean).new_from_index(0, texts.len())
    return found if rows.is_empty() else found.scatter(rows, texts.gather(rows).str.contains(pattern))


def _is_hidden(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Whether each code point is one that is not shown: between the low and the high end of a range."""
    place = np.searchsorted(_HIDDEN_ENDS, codes, side="left")
    hidden: npt.NDArray[np.bool_] = codes >= np.append(_HIDDEN_BEGINS, _NO_CODE)[place]
    return hidden


def _undisguised(text: str) -> Traced:
    traced = Traced.of(text)
    for _ in range(2):
        traced = traced.sub(_ENTITY, lambda match: html.unescape(match.group()))
    if not traced.text.isascii():
        traced = traced.became(ftfy.fix_encoding(traced.text))
    traced = traced.sub(_HIDDEN, lambda _: "")
    traced = traced.sub(_MARKED, lambda match: unicodedata.normalize("NFC", match.group()))
    traced = traced.sub(_PERCENT, lambda match: unquote(match.group()))
    return digits_of_words(address_of_words(traced))
