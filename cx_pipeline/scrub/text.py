"""The standard chains for free text.

The order matters and is the same in all three: decode first, since it makes characters; then drop what is not text; then
compose; blanks last; and what is empty in the end is no value.
"""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub.characters import CONTROL, INVISIBLE, LINE_ENDS, NFC
from cx_pipeline.scrub.markup import HTML_TO_TEXT
from cx_pipeline.scrub.mojibake import MOJIBAKE
from cx_pipeline.scrub.rule import Kind, Rule
from cx_pipeline.scrub.whitespace import ODD_SPACES, ONE_LINE, PARAGRAPH_BREAKS, TABS, TRIM

EMPTY = Rule(
    id="text.empty",
    version=1,
    title="Empty text becomes null.",
    reads="text",
    guards="counts of filled cells: an empty text is no answer",
    transform=lambda column: pl.when(column.str.len_bytes() > 0).then(column),
    kind=Kind.NULL,
    touches=r"^$",
)

_CHARACTERS = (MOJIBAKE, CONTROL, INVISIBLE, LINE_ENDS, NFC, ODD_SPACES, TABS)

#: Single-line text: subjects, names, labels.
LINE: tuple[Rule, ...] = (*_CHARACTERS, ONE_LINE, TRIM, EMPTY)

#: Multi-line text: messages, notes, comments.
PARAGRAPHS: tuple[Rule, ...] = (*_CHARACTERS, PARAGRAPH_BREAKS, TRIM, EMPTY)

#: Multi-line text that may be HTML; gives the same as `PARAGRAPHS` where it is not.
HTML: tuple[Rule, ...] = (HTML_TO_TEXT, *PARAGRAPHS)
