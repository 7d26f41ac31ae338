"""Rows cut out of delimited text by the lines they stand on: an empty row takes their place, and as many lines."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from cx_pipeline.extract.part import Document

_DIALECT = re.compile(r"delimiter=(?P<delimiter>.*?) quote=(?P<quote>.*?)(?: escape=\\)? ends=", re.DOTALL)
_LETTERS = {"TAB": "\t", "SPACE": " "}
_FEEDS, _ANY = re.compile(rb"\n"), re.compile(rb"\r\n|\n|\r")


def without(
    text: bytes, document: Document, records: Sequence[int], lines: Sequence[int], gone: Collection[int]
) -> Iterator[bytes]:
    """The document without some records; several ways of writing the empty row, for the reader to choose.

    Args:
        text: of the document in UTF-8 or another encoding that has ASCII in it, without a byte order mark.
        document: what the reader found out about it.
        records, lines: number and first physical line of each record, in order.
        gone: numbers of those that leave.
    """
    if not gone:
        yield text
        return
    told = _DIALECT.match(document.dialect)
    delimiter = told["delimiter"] if told else ","
    for word, letter in _LETTERS.items():
        delimiter = delimiter.replace(word, letter)
    mark = b"" if delimiter == "none" else delimiter.encode("latin-1")
    quote = b"" if told is None or told["quote"] == "none" else told["quote"].encode("latin-1")
    # Where a lone carriage return ends lines, the reader may count them from the row after the header.
    for ends, skipped in ((_FEEDS, 0), (_ANY, 0), (_ANY, 1)):
        starts = [0, *(match.end() for match in ends.finditer(text))][skipped:]
        if lines and max(lines) > len(starts):
            continue
        for row in _empty_rows(mark, quote, len(document.columns)):
            yield _cut(text, starts, ends, records, lines, gone, row)


def _empty_rows(mark: bytes, quote: bytes, columns: int) -> Iterator[bytes]:
    if columns > 1 and mark:
        yield mark * (columns - 1)
        yield mark * columns
    if quote:
        yield quote * 2 + mark * (columns - 1)


def _cut(
    text: bytes,
    starts: Sequence[int],
    ends: re.Pattern[bytes],
    records: Sequence[int],
    lines: Sequence[int],
    gone: Collection[int],
    row: bytes,
) -> bytes:
    pieces, at = [], 0
    bounds = [*(starts[line - 1] for line in lines), len(text)]
    for number, (begin, end) in zip(records, pairwise(bounds), strict=True):
        if number not in gone:
            continue
        pieces += [text[at:begin], row, *ends.findall(text, begin, end)]
        at = end
    return b"".join([*pieces, text[at:]])
