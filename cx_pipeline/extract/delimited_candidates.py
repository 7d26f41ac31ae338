"""Which delimiters and quotes the first lines of a document may show."""

from __future__ import annotations

import re
from collections import Counter

_SINGLE = (b",", b";", b"\t", b"|", b"^", b"~", b":", b"\x1f", b"\x01", b"#", b"&", b"*", b"!", b"=", b"/")
_RARE = frozenset(_SINGLE[9:])
_RUNS = re.compile(rb"[ \t]?(?:\|~\||[,;|:^~#&*!=]{1,4})[ \t]?|\t{2,4}|\\t|\xa7")
_RARE_QUOTES = (b"$", b"%", b"`", b"|", b"~", b"^")
_LINES = 20
_MOST = 5


def delimiters(head: bytes) -> list[bytes]:
    """Delimiters worth a try: the usual ones, the rare ones that the first line shows, and runs of several bytes."""
    lines = re.split(rb"\r\n|\r|\n", head[:65_536])[:_LINES]
    lines = [line for line in lines if line.strip()]
    if not lines:
        return []
    singles = [mark for mark in _SINGLE if mark in head and (mark not in _RARE or mark in lines[0])]
    return sorted(singles, key=lambda mark: -lines[0].count(mark)) + _runs(lines)


def quotes(head: bytes, delimiter: bytes) -> list[bytes]:
    """Quotes worth a try beside a delimiter, the likeliest first: what encloses nearly all cells comes before the usual ones."""
    found = [b'"']
    if delimiter + b"'" in head and b"'" + delimiter in head:
        found.append(b"'")
    for mark in _RARE_QUOTES:
        between = head.count(mark + delimiter + mark) if mark not in delimiter else 0
        if between > 1 and 4 * between >= head.count(mark):
            return [mark, *found]
        if between > 1 or (mark not in delimiter and _encloses(head, delimiter, mark)):
            found.append(mark)
    return found


def _encloses(head: bytes, delimiter: bytes, quote: bytes) -> bool:
    """Are there some cells of one line in these quotes with the delimiter in them? Otherwise it makes no difference."""
    if head.count(quote) < 4:  # two cells have four
        return False
    mark, other = re.escape(quote), re.escape(delimiter)
    line = rb"[^\r\n" + mark + rb"]*"
    pattern = rb"(?:^|(?<=" + other + rb"))" + mark + line + other + line + mark + rb"(?=" + other + rb"|[\r\n])"
    return sum(1 for _ in zip(range(2), re.finditer(pattern, head, re.MULTILINE), strict=False)) > 1


def _runs(lines: list[bytes]) -> list[bytes]:
    """Runs of several bytes that the first line holds, or most of the first lines do."""
    found = [Counter(run for run in _RUNS.findall(line) if len(run) > 1) for line in lines]
    often = sum(found, Counter[bytes]())
    fit = [run for run in often if run in found[0] or 2 * sum(run in counts for counts in found) > len(found)]
    return sorted(fit, key=lambda run: -often[run])[:_MOST]
