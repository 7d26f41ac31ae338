"""Delimited text whose quotes are no bytes that a reader can go by, written anew with plain ones.

Word processors make “curly” or «angular» quotes of those around cells. A program that takes each line for one cell puts quotes
around all of it and doubles those within. Both are changed only where the first lines leave no doubt: there are no plain quotes
around cells, or the lines, taken out of theirs, name columns of the export.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO

from cx_pipeline.disk import put_whole
from cx_pipeline.extract.header import comparable
from cx_pipeline.extract.source import Source

_HEAD = 64 * 1024
_CHUNK, _LONGEST = 1 << 20, 32 << 20
_DELIMITERS = (b",", b";", b"\t", b"|")
_PAIRS = tuple((opening.encode(), closing.encode()) for opening, closing in (("“", "”"), ("„", "“"), ("«", "»")))
_WRAPPED = re.compile(rb'^"((?:[^"\r\n]|"")*+)"(?=\r?$)', re.MULTILINE)
_FEWEST = 2

Rewrite = Callable[[bytes], bytes]


def crooked(source: Source, known: frozenset[str]) -> Rewrite | None:
    """How whole lines of the document are made plain; None where they are, as nearly always.

    Args:
        source: valid or damaged UTF-8.
        known: names of the export's columns as `comparable` makes them.
    """
    head = source.read(0, _HEAD)
    for opening, closing in _PAIRS:
        for mark in _DELIMITERS if opening in head else ():
            if _is_around_cells(head, opening, closing, mark):
                return _plain_quotes(opening, closing, mark)
    return _unwrapped if _is_wrapped(head, known) else None


def straighten(source: Source, rewrite: Rewrite, target: IO[bytes]) -> None:
    """Write the document anew, line by line, in bounded memory."""
    for lines in _whole_lines(source):
        put_whole(target, rewrite(lines))
    target.flush()


def _is_around_cells(head: bytes, opening: bytes, closing: bytes, mark: bytes) -> bool:
    if mark + b'"' in head or b'"' + mark in head:
        return False
    between = head.count(closing + mark + opening)
    if between >= _FEWEST and 4 * between >= head.count(opening):
        return True
    parts = {b"o": re.escape(opening), b"c": re.escape(closing), b"m": re.escape(mark)}
    cell = rb"(?:^|(?<=%(m)b))%(o)b(?:(?!%(c)b)[^\r\n])*?%(m)b(?:(?!%(c)b)[^\r\n])*%(c)b(?=%(m)b|\r|$)" % parts
    return len(re.findall(cell, head, re.MULTILINE)) >= _FEWEST


def _plain_quotes(opening: bytes, closing: bytes, mark: bytes) -> Rewrite:
    begins = re.compile(rb"(?:^|(?<=%b))%b" % (re.escape(mark), re.escape(opening)), re.MULTILINE)
    ends = re.compile(rb"%b(?=%b|\r|$)" % (re.escape(closing), re.escape(mark)), re.MULTILINE)
    return lambda lines: ends.sub(b'"', begins.sub(b'"', lines))


def _is_wrapped(head: bytes, known: frozenset[str]) -> bool:
    lines = [line for line in head.splitlines()[:-1] or [head] if line.strip()]
    wrapped = [line for line in lines if _WRAPPED.fullmatch(line)]
    if not known or not lines or len(wrapped) < max(_FEWEST, 0.9 * (len(lines) - 1)):
        return False
    first = _unwrapped(lines[0]).decode("utf-8", "replace")
    return any(len({comparable(name) for name in first.split(mark.decode())} & known) > 1 for mark in _DELIMITERS)


def _unwrapped(lines: bytes) -> bytes:
    return _WRAPPED.sub(lambda match: match.group(1).replace(b'""', b'"'), lines)


def _whole_lines(source: Source) -> Iterator[bytes]:
    rest = b""
    for chunk in source.chunks(size=_CHUNK):
        end = chunk.rfind(b"\n") + 1
        if not end and len(rest) < _LONGEST:
            rest += chunk
            continue
        yield rest + chunk[:end]
        rest = chunk[end:]
    yield rest
