"""What good elements of a document look like, and where the next one begins after damage."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass

_MOST_TRIES = 1000
_SAMPLE = 40
_DECODE_FIRST = 64 * 1024
_DECODE_MOST = 1 << 20
_STARTS = re.compile(rb'(?:\A|[,\[\n])\s*(\{\s*"((?:[^"\\]|\\.)*+)"\s*:)', re.DOTALL)
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True)
class Signature:
    """The keys that good elements begin with, and the keys they have.

    Keys are compared as their bytes read in Latin-1, which keeps offsets equal to those in the data.
    """

    first_keys: frozenset[bytes]
    keys: frozenset[str]

    @classmethod
    def learn(cls, head: bytes) -> Signature:
        """From the objects at the beginning of the elements; the kind that takes up most of the text counts."""
        weights: Counter[frozenset[str]] = Counter()
        first_keys: dict[frozenset[str], set[bytes]] = {}
        position = 0
        for _ in range(_SAMPLE):
            match = _STARTS.search(head, position)
            if match is None:
                break
            found = object_at(head, match.start(1))
            position = match.end(1)
            if found is not None:
                value, position = found
                keys = frozenset(value)
                weights[keys] += position - match.start(1)
                first_keys.setdefault(keys, set()).add(match.group(2))
        if not weights:
            return cls(frozenset(), frozenset())
        typical = weights.most_common(1)[0][0]
        begins = (names for keys, names in first_keys.items() if _alike(keys, typical))
        return cls(frozenset[bytes]().union(*begins), typical)

    def next_start(self, data: bytes, after: int, end: int) -> int:
        """Where the next element begins, after `after` and before `end`; -1 when there is none."""
        for number, match in enumerate(_STARTS.finditer(data, after, end)):
            if number >= _MOST_TRIES:
                break
            if match.start(1) <= after or match.group(2) not in self.first_keys:
                continue
            found = object_at(data, match.start(1))
            if found is not None and _alike(frozenset(found[0]), self.keys):
                return match.start(1)
        return -1


def _alike(keys: frozenset[str], typical: frozenset[str]) -> bool:
    shared = len(keys & typical)
    return 2 * shared >= len(keys) and 2 * shared >= len(typical)


def object_at(data: bytes, position: int) -> tuple[dict[str, object], int] | None:
    """The object that begins at `position` and the offset after it, if one does and is whole."""
    for size in (_DECODE_FIRST, _DECODE_MOST):
        try:
            value, length = _DECODER.raw_decode(data[position : position + size].decode("latin-1"))
        except (ValueError, RecursionError):
            if position + size >= len(data):
                break
            continue
        return (value, position + length) if isinstance(value, dict) else None
    return None
