"""What an export's own knowledge of its header rows may tell the reader of delimited text.

Some vendors write more than one row before the records: names, then the wording of the questions, then internal ids. Which of
these rows names a column best is for the export to say; the reader only hands the first records over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

MOST_ROWS = 5
_NO_LETTER = re.compile(r"[\W_]+")


class Header(NamedTuple):
    """The rows before the first record, read as names of columns.

    Attributes:
        rows: how many records are the header, at least 1.
        names: one a column; the reader still makes repeated, empty and reserved ones unique.
        labels: one a column, such as the wording of a question; empty for none.
    """

    rows: int
    names: tuple[str, ...]
    labels: tuple[str, ...]


HeaderReader = Callable[[Sequence[tuple[str, ...]]], Header | None]
"""Given the first records of a document (at most five, cells as text, enclosing quotes gone, lengths as they are), its header;
None when they are none that it knows: then the first record holds the names."""


def comparable(name: str) -> str:
    """A column name without what may differ between two files of one export: white space, punctuation, case."""
    return _NO_LETTER.sub("", name).casefold() or name.strip(" \t\"'\ufeff")
