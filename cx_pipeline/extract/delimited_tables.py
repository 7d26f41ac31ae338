"""Where the header of the first table stands again in the same file, and where another table begins behind it.

A record that is the header again, byte for byte, says that exports were put one behind the other: it is no record, and those
behind it are. Another table begins where a record of the wrong width holds mostly names of the first header, or a record behind
an empty line holds words where the records of the first table hold digits. From there on nothing belongs to the file's table,
whatever its width.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cx_pipeline.extract.dialect import Dialect

SECOND_TABLE = "csv.second_table"
REPEATED_HEADER = "csv.repeated_header"
_DIGIT = re.compile(rb"\d")
_AROUND = b" \t\r\n\"'"


@dataclass(frozen=True)
class FirstTable:
    """What tells the first table from a second one.

    Attributes:
        dialect: how both are written.
        raws: bytes of the header's rows without their line ends; none when there is no header.
        names: its cells.
        digits: columns whose values nearly all hold digits.
    """

    dialect: Dialect
    raws: tuple[bytes, ...] = ()
    names: tuple[bytes, ...] = ()
    digits: tuple[int, ...] = ()
    _known: frozenset[bytes] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", frozenset(name.strip(_AROUND) for name in self.names) - {b""})

    @property
    def is_known(self) -> bool:
        """Only names of several columns are a sign."""
        return len(self._known) > 1

    def headers(self, data: bytes, end: int) -> Iterator[int]:
        """Where the bytes of a row of the header stand again in `data[:end]`; not every place begins a record."""
        for raw in dict.fromkeys(self.raws) if self.is_known else ():
            at = data.find(raw, 0, end)
            while at >= 0:
                yield at
                at = data.find(raw, at + len(raw), end)

    def is_header(self, record: bytes) -> bool:
        """Is this record a row of the header again?"""
        return self.is_known and record.rstrip(b"\r\n") in self.raws

    def begins(self, record: bytes, *, after_blank: bool) -> bool:
        """Is this record the header of another table?"""
        if not self.is_known:
            return False
        cells = [cell.strip(_AROUND) for cell in record.split(self.dialect.delimiter)]
        if len(cells) == len(self.names):
            here = [cells[column] for column in self.digits]
            return after_blank and len(here) > 1 and _are_words(here) and len(set(cells)) == len(cells)
        same = len(set(cells) & self._known)
        if same > 1 and 5 * same >= 3 * len(cells):
            return True
        return after_blank and len(cells) > 1 and _are_words(cells)


def _are_words(cells: list[bytes]) -> bool:
    return len(set(cells)) == len(cells) and all(cell and not _DIGIT.search(cell) for cell in cells)
