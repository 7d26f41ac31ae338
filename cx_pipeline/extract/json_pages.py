"""API pages: objects that hold the records in an array, beside counts, links and other arrays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from cx_pipeline.extract.json_cursor import Broken, Cursor, Member
from cx_pipeline.extract.json_elements import Elements
from cx_pipeline.extract.json_page_batch import PageBlock
from cx_pipeline.extract.json_page_bound import PageBound
from cx_pipeline.extract.json_rows import INVALID, PAD, Context, Rows
from cx_pipeline.extract.json_signature import Signature
from cx_pipeline.extract.part import Part
from cx_pipeline.extract.source import Source

PAGING_OBJECTS = frozenset(
    {
        "meta",
        "links",
        "_links",
        "paging",
        "pagination",
        "page",
        "pages",
        "page_info",
        "pageInfo",
        "metadata",
        "cursor",
        "_metadata",
    }
)
_SMALL = 16 * 1024
_LOOK_AHEAD = 1 << 20
_OVERLAP = 64 * 1024


def find_page_key(cursor: Cursor, page_keys: tuple[str, ...]) -> str:
    """The key under which the object at the cursor holds records; empty when it is no page.

    With `page_keys` that is the one of them that has an array. Without, it is the only array of objects of an object that has no
    `id` and otherwise nothing but plain values, arrays without objects and paging information.
    """
    candidates: list[str] = []
    try:
        for member in cursor.members():
            if member.key in page_keys and member.first == b"[":
                return member.key
            if not page_keys and member.key == "id":
                return ""
            if member.first == b"[":
                if cursor.source.read(member.position + 1, _SMALL).lstrip()[:1] == b"{":
                    candidates.append(member.key)
            elif member.first == b"{" and member.key not in PAGING_OBJECTS and not page_keys:
                return ""
    except Broken:
        pass  # what was seen before the damage decides
    return candidates[0] if len(candidates) == 1 and not page_keys else ""


class Pages:
    """Reads the records of pages one after another.

    Args:
        source: of the document.
        context: shared by the readers of the document.
        key: under which the records are.
        block: bytes scanned at once.
        ignored: filled with the other arrays of the pages and their lengths.
    """

    def __init__(self, source: Source, context: Context, key: str, block: int, ignored: list[str]) -> None:
        self._source, self._context, self._key, self._block = source, context, key, block
        self._ignored = ignored
        self._begins = re.compile(rb"\{\s*(?:[^{}]*,\s*)?" + re.escape(json.dumps(key).encode()) + rb"\s*:")
        self._lengths: dict[str, int] = {}
        self._signature: Signature | None = None
        self._bound = PageBound(source, key)
        self._is_inside = self._is_over = False
        self._pages: PageBlock | None = None
        self._base = 0  # where that block begins

    def __iter__(self) -> Iterator[Part]:
        cursor = Cursor(self._source)
        size = self._block
        while self._is_inside or cursor.peek(b",[]"):
            part = None if self._is_inside else self._whole_pages(cursor, size)
            if part is not None:
                yield part
                size = min(4 * size, self._block)
                continue
            begin = cursor.position
            try:
                yield from self._rest_of_page(cursor) if self._is_inside else self._page(cursor)
                size = min(4 * size, self._block)
            except Broken:
                yield self._broken(cursor, begin)
                size = min(_SMALL, self._block)
        self._ignored.extend(f"{key} ({length})" for key, length in self._lengths.items())

    def _whole_pages(self, cursor: Cursor, size: int) -> Part | None:
        """Pages that are complete and in order, many at once; None when the next one is not."""
        if self._pages is None or not self._pages.begins_at(cursor.position - self._base):
            self._base = cursor.position
            self._pages = PageBlock(self._context, self._source.read(cursor.position, size), self._key, self._lengths)
        found = self._pages.take(cursor.position - self._base, cursor.line)
        if found is None:
            return None
        self._learn(cursor.position + found.first_record)
        cursor.move(cursor.position + found.part.size)
        return found.part

    def _page(self, cursor: Cursor) -> Iterator[Part]:
        start, line, is_page = cursor.position, cursor.line, False
        for member in cursor.members():
            is_page |= member.first == b"[" and member.key == self._key
            yield from self._member(cursor, member)
            if self._is_over:
                return
        if not is_page:
            yield from self._record(start, cursor.position, line)

    def _rest_of_page(self, cursor: Cursor) -> Iterator[Part]:
        """Go on with an element of a page, behind damage."""
        self._is_inside = False
        yield from self._elements(cursor)
        for member in () if self._is_over else cursor.members(is_open=True):
            yield from self._member(cursor, member)
            if self._is_over:
                return

    def _member(self, cursor: Cursor, member: Member) -> Iterator[Part]:
        if member.first != b"[":
            return
        if member.key == self._key:
            cursor.move(member.position + 1)
            yield from self._elements(cursor)
        else:
            self._lengths[member.key] = self._lengths.get(member.key, 0) + cursor.skip()

    def _elements(self, cursor: Cursor) -> Iterator[Part]:
        """Records up to the bracket that closes them, or to the next page where it is missing: then the page is over."""
        signature = self._learn(cursor.position)
        bound = self._bound.after(cursor.position, signature)
        whole, tally = self._source, self._context.tally
        was_truncated, damaged = tally.is_truncated, tally.damaged
        source = Source(whole.fd, whole.offset, bound)
        elements = Elements(
            source, self._context, signature, self._block, position=cursor.position, line=cursor.line, is_array=True
        )
        yield from elements
        cursor.position, cursor.line = elements.position, elements.line
        self._is_over = bound < whole.size and cursor.position >= bound
        if self._is_over and tally.damaged > damaged:  # a reject tells of it, and the file goes on
            tally.is_truncated = was_truncated

    def _learn(self, position: int) -> Signature:
        if self._signature is None or not self._signature.keys:
            head = self._source.read(position, 1 << 20)
            following = self._begins.search(head)
            # Pages are longer than their records; taken for records, they would be what is looked for.
            self._signature = Signature.learn(head[: following.start()] if following else head)
        return self._signature

    def _record(self, start: int, end: int, line: int) -> Iterator[Part]:
        """An object between the pages that is no page: a record like any other, so that nothing is lost."""
        source = Source(self._source.fd, self._source.offset + start, end - start)
        signature = self._signature or Signature(frozenset(), frozenset())
        yield from Elements(source, self._context, signature, self._block, position=0, line=line, is_array=False)

    def _broken(self, cursor: Cursor, begin: int) -> Part:
        """Reject what is damaged around the records, up to the next record or page."""
        start = cursor.position
        if start >= self._source.size:
            self._context.tally.is_truncated = True
            return Part([], [], 0)
        end = self._next(start, max(start, begin))
        text = self._source.read(start, min(end - start, self._context.limits.max_cell_bytes))
        rows = Rows(self._context, text + PAD, len(text), cursor.line)
        rows.reject(0, len(text), INVALID, self._source.digest(start, end))
        cursor.move(end)
        return rows.part(end - start)

    def _next(self, start: int, after: int) -> int:
        """Where the next record or page begins; sets whether it is a record."""
        position, size = start, _SMALL
        while position < self._source.size:
            data = self._source.read(position, size)
            element = self._signature.next_start(data, after - position, len(data)) if self._signature else -1
            match = self._begins.search(data, after - position + 1)
            if element >= 0 and (match is None or element < match.start()):
                self._is_inside = True
                return position + element
            if match is not None:
                return position + match.start()
            if size < _LOOK_AHEAD and position + size < self._source.size:
                size *= 4
                continue
            position += len(data) if len(data) < size else len(data) - _OVERLAP
            after = position
        return self._source.size
