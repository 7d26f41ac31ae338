"""How a delimited file is written: what separates, quotes and escapes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

CR, LF = 13, 10
_SPELLED_OUT = {"\t": "TAB", " ": "SPACE"}


class Ends(StrEnum):
    """Which bytes end a line.

    In `LF` files a carriage return before the line feed is dropped and any other is text; in `ANY` files a lone carriage
    return ends a line as well.
    """

    LF = "lf"
    ANY = "any"


@dataclass(frozen=True)
class Dialect:
    """One way of writing records.

    Attributes:
        delimiter: one byte or several, such as `||`; empty for a file of one column.
        quote: one byte, or empty where quotes are ordinary text.
        backslash: a backslash escapes the quote; otherwise a quote is doubled.
        ends: which bytes end a line.
    """

    delimiter: bytes = b","
    quote: bytes = b'"'
    backslash: bool = False
    ends: Ends = Ends.LF

    @cached_property
    def quote_byte(self) -> int:
        return self.quote[0] if self.quote else -1

    @cached_property
    def quoted_field(self) -> re.Pattern[bytes]:
        """Matches from the opening to the closing quote."""
        mark = re.escape(self.quote)
        if self.backslash:
            return re.compile(rb"%b(?:[^%b\\]++|\\.|%b%b)*+%b" % (mark, mark, mark, mark, mark), re.DOTALL)
        return re.compile(rb"%b[^%b]*+(?:%b%b[^%b]*+)*+%b" % (mark, mark, mark, mark, mark, mark), re.DOTALL)

    @cached_property
    def fused_quote(self) -> re.Pattern[bytes]:
        """Matches a quote with text directly before and behind it."""
        mark = re.escape(self.quote)
        return re.compile(rb"[^\s%b]%b(?=[^\s%b])" % (mark, mark, mark))

    @cached_property
    def plain_field(self) -> re.Pattern[bytes]:
        """Matches up to the delimiter or the end of the line."""
        mark = re.escape(self.delimiter)
        if len(self.delimiter) > 1:
            text = rb"(?:(?!%b)[^\r\n]|\r(?=\n))*+" if self.ends is Ends.ANY else rb"(?:(?!%b)[^\n])*+"
            return re.compile(text % mark, re.DOTALL)
        if self.ends is Ends.ANY:
            return re.compile(rb"(?:[^%b\r\n]++|\r(?=\n))*+" % mark, re.DOTALL)
        return re.compile(rb"[^%b\n]*+" % mark, re.DOTALL)

    @cached_property
    def _line_end(self) -> re.Pattern[bytes]:
        return re.compile(rb"\n|\r(?!\n)" if self.ends is Ends.ANY else rb"\n")

    def next_line(self, data: bytes, position: int, end: int) -> int:
        """Where the line after the one at `position` begins; `end` when there is none before it."""
        if self.ends is Ends.LF:
            found = data.find(b"\n", position, end)
            return end if found < 0 else found + 1
        match = self._line_end.search(data, position)  # the byte at `end` tells whether a carriage return is half of a pair
        return end if match is None else min(match.end(), end)

    def count_lines(self, data: bytes, start: int, end: int) -> int:
        """How many lines end between `start` and `end`."""
        feeds = data.count(b"\n", start, end)
        if self.ends is Ends.LF:
            return feeds
        return feeds + data.count(b"\r", start, end) - data.count(b"\r\n", start, min(end + 1, len(data)))

    def unquote(self, text: bytes) -> bytes:
        """What a quoted cell with escapes in it says."""
        if not self.backslash:
            return text.replace(self.quote + self.quote, self.quote)
        mark = re.escape(self.quote)
        return re.sub(rb"\\([\\%b])|%b(%b)" % (mark, mark, mark), rb"\1\2", text)

    def describe(self, ends: str) -> str:
        """Readable form for reports, such as `delimiter=; quote=" ends=CRLF`."""
        delimiter = "".join(_SPELLED_OUT.get(letter, letter) for letter in self.delimiter.decode("latin-1")) or "none"
        escape = " escape=\\" if self.backslash else ""
        return f"delimiter={delimiter} quote={self.quote.decode('latin-1') or 'none'}{escape} ends={ends}"
