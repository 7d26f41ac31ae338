"""Looking beyond a block for where a line, or a cell in quotes, ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cx_pipeline.extract.dialect import Dialect
from cx_pipeline.extract.source import Source

_PAD = b"\n\n" + bytes(16)


@dataclass(frozen=True)
class Seek:
    """Looks for ends in a document.

    Attributes:
        source: the document.
        dialect: what ends a line or a cell.
        size: bytes looked at at once.
    """

    source: Source
    dialect: Dialect
    size: int

    def line_end(self, at: int) -> tuple[int, int]:
        """Behind the line end at or after `at`, and how many lines end before that; the end of the document if there is none."""
        return self._find(at, self._line_end)

    def closing_quote(self, at: int) -> tuple[int, int]:
        """As `line_end`, for a quote that is not doubled."""
        return self._find(at, self._closing_quote)

    def _find(self, at: int, find: Callable[[bytes, int], tuple[int, bool]]) -> tuple[int, int]:
        lines, is_found = 0, False
        while at < self.source.size and not is_found:
            chunk = self.source.read(at, self.size + 2)
            step, is_found = find(chunk + _PAD, min(self.size, len(chunk)))
            lines += self.dialect.count_lines(chunk + _PAD, 0, min(step, len(chunk)))
            at += step
        return min(at, self.source.size), lines

    def _line_end(self, data: bytes, known: int) -> tuple[int, bool]:
        following = self.dialect.next_line(data, 0, known)
        return following, self.dialect.count_lines(data, 0, following) > 0

    def _closing_quote(self, data: bytes, known: int) -> tuple[int, bool]:
        mark, at = self.dialect.quote, 0
        while (found := data.find(mark, at, known)) >= 0:
            if data[found + 1 : found + 2] != mark:
                return found + 1, True
            at = found + 2
        return max(at, known), False
