"""Objects cut out of a JSON document: `{}` takes their place, whatever array, page or line they stand in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from cx_pipeline.extract.part import Document

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\]:,]', re.DOTALL)
_DEEPEST = 6
Span = tuple[int, int]


def without(
    text: bytes, document: Document, records: Sequence[int], lines: Sequence[int], gone: Collection[int]
) -> Iterator[bytes]:
    """The document without some records; several readings of where records lie, the likeliest first.

    Args:
        text: of the document, without a byte order mark.
        document: what the reader found out about it.
        records, lines: number and first physical line of each record, in order.
        gone: numbers of those that leave.
    """
    if not gone:
        yield text
        return
    places = {number: place for place, number in enumerate(records)}
    wanted = sorted(places[number] for number in gone)
    if document.format == "ndjson" and len(set(lines)) == len(lines):
        yield _cut(text, _lines(text, lines), wanted)
    for spans in _objects(text, len(records)):
        yield _cut(text, spans, wanted)


def _cut(text: bytes, spans: Sequence[Span], wanted: Sequence[int]) -> bytes:
    pieces, at = [], 0
    for place in wanted:
        begin, end = spans[place]
        # As many lines as before, so that all others stay on theirs.
        pieces += [text[at:begin], b"{", b"\n" * text.count(b"\n", begin, end), b"}"]
        at = end
    return b"".join([*pieces, text[at:]])


def _lines(text: bytes, lines: Sequence[int]) -> list[Span]:
    starts = [0, *(match.end() for match in re.finditer(rb"\n", text))]
    spans = []
    for line in lines:
        begin = starts[line - 1]
        end = text.find(b"\n", begin)
        spans.append((begin, len(text.rstrip()) if end < 0 else end - text[begin:end].endswith(b"\r")))
    return spans


def _objects(text: bytes, records: int) -> Iterator[list[Span]]:
    """Sets of as many objects as there are records, each set of one place in the document, the shallowest first."""
    groups: dict[tuple[str, ...], list[Span]] = {}
    stack: list[tuple[bytes, int, tuple[str, ...]]] = []
    path: tuple[str, ...] = ()
    last, key = "", ""
    for token in _TOKENS.finditer(text):
        mark = token[0]
        if mark in (b"{", b"["):
            inside = stack[-1][0] if stack else b""
            path = () if not stack else (*stack[-1][2], "[]" if inside == b"[" else key)
            stack.append((mark, token.start(), path))
        elif mark in (b"}", b"]"):
            if not stack or (stack[-1][0] == b"{") != (mark == b"}"):
                return  # damaged: brackets tell nothing more
            opened, begin, place = stack.pop()
            if opened == b"{" and len(place) <= _DEEPEST:
                groups.setdefault(place, []).append((begin, token.end()))
        elif mark == b":":
            key = last
        elif mark != b",":
            last = mark.decode("utf-8", "replace")
    for place in sorted(groups, key=len):
        if len(groups[place]) == records:
            yield groups[place]
