"""Where the next page begins, for pages that lost the bracket which closes their records.

Without it the pages behind would be taken for further records. A page is known by what it is: an object outside of any other,
with the key of the records, and behind that an array whose first element looks like the records seen so far.
"""

from __future__ import annotations

import json
import re

from cx_pipeline.extract.json_signature import Signature
from cx_pipeline.extract.source import Source

_CHUNK = 1 << 20
_OVERLAP = 64 * 1024
_MOST_BEFORE = 4096
_BETWEEN = b" \t\r\n,\0"
_OPENS, _CLOSES = b"{[", b"}]"


class PageBound:
    """Finds the beginnings of pages, each place of a document looked at once as long as it is asked for in order.

    Args:
        source: of the document.
        key: under which pages hold the records.
    """

    def __init__(self, source: Source, key: str) -> None:
        self._source, self._key = source, key
        self._array = re.compile(re.escape(json.dumps(key).encode()) + rb"\s*:\s*\[\s*(?=\{)")
        self._asked = self._found = -1

    def after(self, position: int, signature: Signature) -> int:
        """Where the first page behind a position begins; the end of the document where there is none, or it cannot be told."""
        if not signature.keys or self._key in signature.keys:
            return self._source.size
        if not self._asked <= position < self._found:
            self._asked, self._found = position, self._search(position, signature)
        return self._found

    def _search(self, position: int, signature: Signature) -> int:
        while position < self._source.size:
            data = self._source.read(position, _CHUNK)
            for match in self._array.finditer(data):
                begin = _object_around(data, match.start())
                if begin > 0 and data[:begin].rstrip(_BETWEEN)[-1:] not in (b"", b":", b"["):
                    head = data[match.end() : match.end() + _OVERLAP]
                    if signature.next_start(b"[" + head, 0, len(head) + 1) == 1:
                        return position + begin
            position += len(data) if len(data) < _CHUNK else len(data) - _OVERLAP
        return self._source.size


def _object_around(data: bytes, at: int) -> int:
    """Where the object begins that holds what stands at a place; -1 where no object does, or it begins too far before."""
    depth = 0
    for place in range(at - 1, max(-1, at - _MOST_BEFORE), -1):
        byte = data[place]
        if byte in _CLOSES:
            depth += 1
        elif byte in _OPENS:
            if depth == 0:
                return place if byte == _OPENS[0] else -1
            depth -= 1
    return -1
