"""How a good cell goes bad. Each trap makes the dirty text and knows the clean one; only trapped cells are touched."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from cx_pipeline.synth.allot import met
from cx_pipeline.synth.people import PLACEHOLDER_EMAILS

Soiled = tuple[str | None, str | None]
"""(dirty, clean)."""

NULL_HASHES = (
    "d41d8cd98f00b204e9800998ecf8427e",  # MD5 of nothing
    "1B2M2Y8AsgTpgAmY7PhCfg==",  # the same in base64
    "37a6259cc0c1dae299a7866489dff0bd",  # MD5 of "null"
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",  # SHA-1 of nothing
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",  # SHA-256 of nothing
)
PLACEHOLDERS = ("N/A", "NA", "NaN", "none", "-", "XXXXX", "Unspecified", "empty")
CELLS = {"trap": pl.String, "cell": pl.String, "dirty": pl.String, "clean": pl.String}


@dataclass(frozen=True)
class CellTrap:
    """One way a column goes bad.

    Attributes:
        column: the vendor's column.
        spoil: the good text and a running number to (dirty, clean); None where the trap does not apply to that text.
    """

    column: str
    spoil: Callable[[str, int], Soiled | None]


def mojibake(text: str, _: int) -> Soiled | None:
    """UTF-8 read as Windows-1252; a text without accents gets some first."""
    clean = text if any("À" <= letter <= "ɏ" for letter in text) else f"{text} - Größe geändert"
    try:
        return clean.encode().decode("cp1252"), clean
    except UnicodeDecodeError:
        clean = "Größe geändert - café"
        return clean.encode().decode("cp1252"), clean


def name_mojibake(text: str, number: int) -> Soiled | None:
    clean = text if any("À" <= letter <= "ɏ" for letter in text) and text.isprintable() else ("Müller", "Lefèvre")[number % 2]
    try:
        return clean.encode().decode("cp1252"), clean
    except UnicodeDecodeError:
        return "KÃ¶hler", "Köhler"


def double_escaped(text: str, _: int) -> Soiled:
    """Markup escaped once too often."""
    return f"{text} size =&amp;gt; L &amp;amp; XL", f"{text} size => L & XL"


def zero_width(text: str, _: int) -> Soiled:
    """A zero-width space inside a word and a byte order mark in front."""
    return f"\ufeff{text[:2]}\u200b{text[2:]}", text


def control(text: str, number: int) -> Soiled:
    """A control character that no text needs."""
    return text[:3] + ("\x07", "\x08", "\x1b")[number % 3] + text[3:], text


def decomposed(text: str, number: int) -> Soiled:
    """Accents as letters of their own (NFD)."""
    clean = text if unicodedata.normalize("NFD", text) != text else ("Garçon", "Ångström")[number % 2]
    return unicodedata.normalize("NFD", clean), clean


def spaced(text: str, _: int) -> Soiled:
    """Leading, trailing, doubled and no-break spaces."""
    return "  " + text.replace(" ", "\u00a0 ") + " ", text


def placeholder(_: str, number: int) -> Soiled:
    return PLACEHOLDERS[number % len(PLACEHOLDERS)], None


def null_hash(_: str, number: int) -> Soiled:
    return NULL_HASHES[number % len(NULL_HASHES)], None


def shouted(text: str, _: int) -> Soiled | None:
    """An address in capitals with a space behind it."""
    return (f"{text.upper()} ", text) if "@" in text else None


def own_shouted(text: str, number: int) -> Soiled | None:
    """The same for addresses that are somebody's: what nobody has is no address before and none after."""
    return None if text in (*PLACEHOLDER_EMAILS, "test@test.com") else shouted(text, number)


def grouped(text: str, _: int) -> Soiled | None:
    """A full number in groups, as people read it out."""
    return (f"{text[:3]} {text[3:6]} {text[6:9]}-{text[9:]}", text) if text.startswith("+") else None


def quoted(text: str, _: int) -> Soiled:
    """A pasted subject that brings its own quotes; they are part of the text."""
    return f'"Customer inquiry: {text}"', f'"Customer inquiry: {text}"'


def always(dirty: str | None, clean: str | None) -> Callable[[str, int], Soiled]:
    return lambda _text, _number: (dirty, clean)


def soil(
    frame: pl.DataFrame, numbers: pl.Series, allotted: pl.Series, traps: Mapping[str, Sequence[CellTrap]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put the allotted traps into their cells.

    Args:
        frame: records in the vendor's columns.
        numbers: entity number of each row: what a trap does depends on nothing else.
        allotted: trap name a row, null for none; names not in `traps` are left for others.
        traps: trap name to the columns it may spoil; the first one that applies is taken.

    Returns:
        The spoilt frame, and beside it what was done: `trap`, `cell`, `dirty` and `clean`, null where nothing was.
    """
    columns = {trap.column for options in traps.values() for trap in options}
    log: dict[str, list[str | None]] = {name: [None] * len(frame) for name in CELLS}
    changes: dict[str, dict[int, str | None]] = {column: {} for column in sorted(columns)}
    for row in met(allotted, *traps).arg_true().to_list():
        spoilt = _spoilt(frame, row, numbers[row], traps[allotted[row]])
        if spoilt is not None:
            column, (dirty, clean) = spoilt
            changes[column][row] = dirty
            for name, text in zip(CELLS, (allotted[row], column, dirty, clean), strict=True):
                log[name][row] = text
    replaced = [_replaced(frame[column], values) for column, values in changes.items() if values]
    return frame.with_columns(replaced), pl.DataFrame(log, schema=CELLS)


def _spoilt(frame: pl.DataFrame, row: int, number: int, options: Sequence[CellTrap]) -> tuple[str, Soiled] | None:
    for trap in options:
        value = frame[trap.column][row]
        soiled = None if value is None else trap.spoil(value, number)
        if soiled is not None:
            return trap.column, soiled
    return None


def _replaced(column: pl.Series, values: Mapping[int, str | None]) -> pl.Series:
    return column.clone().scatter(list(values), pl.Series(list(values.values()), dtype=pl.String))
