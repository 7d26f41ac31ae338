"""Walking over JSON text of any size, value by value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cx_pipeline.extract.json_marks import COMMA, find_marks
from cx_pipeline.extract.source import Source

_SPACE = b" \t\r\n\0"
_SMALL = 64 * 1024
_MOST_AT_ONCE = 4 << 20
_SCALAR_ENDS = b",]} \t\r\n"


class Broken(Exception):
    """The text at the cursor is not what JSON asks for there."""


@dataclass
class Member:
    """A member of an object: its key, where its value begins, and the first byte of it."""

    key: str
    position: int
    first: bytes


class Cursor:
    """Walks over JSON text of any size from value to value."""

    def __init__(self, source: Source, position: int = 0, line: int = 1) -> None:
        self.source, self.position, self.line = source, position, line

    def move(self, position: int) -> None:
        """Go on to `position`, counting lines."""
        chunks = self.source.chunks(self.position, position)
        self.line += sum(chunk.count(b"\n") for chunk in chunks)
        self.position = position

    def peek(self, more: bytes = b"") -> bytes:
        """The next byte that is not white space (or one of `more`), where the cursor then stands; empty at the end."""
        while self.position < self.source.size:
            data = self.source.read(self.position, _SMALL)
            rest = data.lstrip(_SPACE + more)
            self.move(self.position + len(data) - len(rest))
            if rest:
                return rest[:1]
        return b""

    def members(self, is_open: bool = False) -> Iterator[Member]:
        """Members of the object at (with `is_open`, around) the cursor; a value that the caller does not pass is skipped.

        Raises:
            Broken: the object is damaged.
        """
        if not is_open:
            self._expect(b"{")
        while (byte := self.peek(b",")) != b"}":
            if byte != b'"':
                raise Broken
            key = self._string()
            self._expect(b":")
            first = self.peek()
            member = Member(key, self.position, first)
            yield member
            if self.position == member.position:
                self.skip()
        self._expect(b"}")

    def _expect(self, byte: bytes) -> None:
        if self.peek() != byte:
            raise Broken
        self.move(self.position + 1)

    def _string(self) -> str:
        start = self.position
        self.skip()
        try:
            return str(json.loads(self.source.read(start, self.position - start)))
        except ValueError:
            raise Broken from None

    def skip(self) -> int:
        """Pass the value at the cursor; how many elements it has if it is an array.

        Raises:
            Broken: the document ends first.
        """
        first = self.peek()
        if first in {b"{", b"["}:
            return self._skip_nested()
        if first == b'"':
            self.move(self._after_string())
            return 0
        data = self.source.read(self.position, _SMALL)
        length = next((at for at, byte in enumerate(data) if byte in _SCALAR_ENDS), len(data))
        if length == 0:
            raise Broken
        self.move(self.position + length)
        return 0

    def _after_string(self) -> int:
        size = _SMALL
        while True:
            data = self.source.read(self.position, size)
            at = data.find(b'"', 1)
            while at > 0 and (at - len(data[:at].rstrip(b"\\"))) % 2:
                at = data.find(b'"', at + 1)
            if at > 0:
                return self.position + at + 1
            if len(data) < size:
                raise Broken
            size *= 4

    def _skip_nested(self) -> int:
        depth, commas, size = 0, 0, _SMALL
        begin = self.position
        while True:
            data = self.source.read(self.position, size)
            marks = find_marks(np.frombuffer(data, dtype=np.uint8))
            level = marks.depth + depth
            done = np.flatnonzero(marks.closes & (level == 0))
            if len(done):
                commas += int(((marks.kinds == COMMA) & (level == 1))[: done[0]].sum())
                self.move(self.position + int(marks.positions[done[0]]) + 1)
                is_empty = self.position - begin < _SMALL and not self.source.read(begin + 1, self.position - begin - 2).strip()
                return 0 if is_empty else commas + 1
            if self.position + len(data) >= self.source.size:
                raise Broken
            structural = np.flatnonzero(marks.kinds != ord('"'))
            if not len(structural):
                size *= 4
                continue
            last = int(structural[-1])
            commas += int(((marks.kinds == COMMA) & (level == 1))[: last + 1].sum())
            depth = int(level[last])
            self.move(self.position + int(marks.positions[last]) + 1)
            size = min(4 * size, _MOST_AT_ONCE)
