"""Pages whose records lie one object deeper, as in feeds: `{"feed": {"entry": [...]}}`; a single record stands without a list."""

from __future__ import annotations

from collections.abc import Iterator

from cx_pipeline.extract.json_cursor import Broken, Cursor
from cx_pipeline.extract.json_elements import Elements
from cx_pipeline.extract.json_rows import INVALID, PAD, Context, Rows
from cx_pipeline.extract.json_signature import Signature
from cx_pipeline.extract.part import Part
from cx_pipeline.extract.source import Source


def find_wrapped_key(cursor: Cursor, page_keys: tuple[str, ...]) -> str:
    """The one of the keys of the form `outer.inner` whose outer object the object at the cursor has; empty for none."""
    outer = {key.split(".", 1)[0]: key for key in page_keys if "." in key}
    if not outer:
        return ""
    try:
        for member in cursor.members():
            if member.key in outer and member.first == b"{":
                return outer[member.key]
    except Broken:
        pass
    return ""


class Wrapped:
    """Reads the records of wrapped pages one after another.

    Args:
        source: of the document.
        context: shared by the readers of the document.
        key: `outer.inner`, under which the records are.
        block: bytes scanned at once.
    """

    def __init__(self, source: Source, context: Context, key: str, block: int) -> None:
        self._source, self._context, self._block = source, context, block
        self._outer, self._inner = key.split(".", 1)

    def __iter__(self) -> Iterator[Part]:
        cursor = Cursor(self._source)
        try:
            while cursor.peek(b",[]"):
                for member in cursor.members():
                    if member.key == self._outer and member.first == b"{":
                        yield from self._page(cursor)
        except Broken:
            yield self._rest(cursor)

    def _page(self, cursor: Cursor) -> Iterator[Part]:
        for member in cursor.members():
            if member.key != self._inner or member.first not in {b"[", b"{"}:
                continue
            source, start, line = self._source, cursor.position, cursor.line
            signature = Signature.learn(source.read(start, 1 << 20))
            if member.first == b"[":
                cursor.move(start + 1)
                elements = Elements(
                    source, self._context, signature, self._block, position=cursor.position, line=line, is_array=True
                )
                yield from elements
                cursor.position, cursor.line = elements.position, elements.line
            else:
                cursor.skip()
                alone = Source(source.fd, source.offset, cursor.position)
                yield from Elements(alone, self._context, signature, self._block, position=start, line=line, is_array=False)

    def _rest(self, cursor: Cursor) -> Part:
        """What stands behind damage around the records, as one reject; nothing where the file just ends."""
        start, size = cursor.position, self._source.size
        if start >= size:
            self._context.tally.is_truncated = True
            return Part([], [], 0)
        text = self._source.read(start, min(size - start, self._context.limits.max_cell_bytes))
        rows = Rows(self._context, text + PAD, len(text), cursor.line)
        rows.reject(0, len(text), INVALID, self._source.digest(start, size))
        return rows.part(size - start)
