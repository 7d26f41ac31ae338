"""White space: one kind of blank, no runs of it, none at the ends."""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub.characters import non_ascii
from cx_pipeline.scrub.rule import Rule

# Unicode spaces and the three letters that are drawn as a blank (Hangul fillers, empty Braille cell).
_ODD_SPACES = r"[\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}\x{2800}\x{3164}\x{ffa0}]"


def plain_spaces(column: pl.Expr) -> pl.Expr:
    """No-break, thin, wide and other Unicode spaces as the plain one."""
    return column.str.replace_all(_ODD_SPACES, " ")


def tabs_to_spaces(column: pl.Expr) -> pl.Expr:
    return column.str.replace_all("\t", " ", literal=True)


def collapse_line(column: pl.Expr) -> pl.Expr:
    """One line: runs of spaces and newlines as one space."""
    return column.str.replace_all(r"[ \n]{2,}|\n", " ")


def collapse_paragraphs(column: pl.Expr) -> pl.Expr:
    """Several lines: runs of spaces as one, none at the ends of a line, at most one empty line in a row."""
    return column.str.replace_all(r" {2,}", " ").str.replace_all(r" ?\n ?", "\n").str.replace_all(r"\n{3,}", "\n\n")


def trim(column: pl.Expr) -> pl.Expr:
    """Without spaces and newlines at the ends."""
    return column.str.strip_chars(" \n")


def _blank_end(column: pl.Expr) -> pl.Expr:
    text = column.str
    return text.starts_with(" ") | text.ends_with(" ") | text.starts_with("\n") | text.ends_with("\n")


ODD_SPACES = Rule(
    id="text.odd_spaces",
    version=1,
    title="Writes no-break and other Unicode spaces as a plain space.",
    reads="text",
    guards="equality and word counts: 'a b' with a no-break space is another text",
    transform=plain_spaces,
    touches=_ODD_SPACES,
    gate=non_ascii,
)
TABS = Rule(
    id="text.tabs",
    version=1,
    title="Writes tabs as a space.",
    reads="text",
    guards="tab-separated copies of the data",
    transform=tabs_to_spaces,
    touches="\t",
)
ONE_LINE = Rule(
    id="text.one_line",
    version=1,
    title="Writes runs of spaces and newlines as one space.",
    reads="single-line text",
    guards="equality, and tables that show one row a line",
    transform=collapse_line,
    touches="  |\n",
)
PARAGRAPH_BREAKS = Rule(
    id="text.paragraph_breaks",
    version=1,
    title="Writes runs of spaces as one, drops spaces around line ends and keeps at most one empty line.",
    reads="multi-line text",
    guards="equality and length of messages",
    transform=collapse_paragraphs,
    touches=r"[ \n] | \n|\n\n\n",
)
TRIM = Rule(
    id="text.trim",
    version=1,
    title="Drops spaces and newlines at both ends.",
    reads="text",
    guards="equality",
    transform=trim,
    touches=r"^[ \n]|[ \n]$",
    gate=_blank_end,
)
