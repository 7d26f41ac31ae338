"""Which dialect a delimited document is written in, on the evidence of blocks from all over it.

A dialect is good when the records have as many fields as the header. Each candidate whose delimiter the header has is tried by
the reader itself, so that quotes, escapes and line breaks in cells count the same way they will when the file is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cx_pipeline.extract.delimited_record import Form, Record, RecordReader
from cx_pipeline.extract.dialect import Dialect, Ends
from cx_pipeline.extract.source import Source

_DELIMITERS = (b",", b";", b"\t", b"|", b"^", b"~", b":", b"\x1f")
_HEAD = 128 * 1024
_BLOCK = 32 * 1024
_BLOCKS = 6
_MOST_RECORDS = 400
_FEWEST_GOOD = 0.1
_MOST_FIELDS = 100_000
_MANY = 20


@dataclass(frozen=True)
class Sample:
    """A block of whole lines; `is_end` when the document ends with it."""

    data: bytes
    is_end: bool


@dataclass(frozen=True)
class _Score:
    dialect: Dialect
    fields: int
    good: float
    surplus: int
    total: int = 0
    agreed: float = 0.0
    alone: float = 0.0

    @property
    def is_single_column(self) -> bool:
        """Hardly any record is like the header, nor are they like one another; or most have no delimiter: it is text."""
        has_none = self.total >= _MANY and self.alone >= 0.5 and self.good < self.alone
        return has_none or (self.good < _FEWEST_GOOD and self.agreed < 0.5)

    @property
    def rank(self) -> tuple[float, int]:
        return round(self.good, 2), self.fields


def samples(source: Source, start: int) -> list[Sample]:
    """The head of the document from `start` on, and blocks spread evenly over the rest, each from a line start."""
    head = source.read(start, _HEAD)
    found = [Sample(head, start + len(head) >= source.size)]
    rest = source.size - start - len(head)
    if rest <= 0:
        return found
    for number in range(1, _BLOCKS + 1):
        position = max(start + len(head), start + len(head) + rest * number // _BLOCKS - _BLOCK)
        block = source.read(position, _BLOCK)
        line = max(block.find(b"\n"), block.find(b"\r") if b"\n" not in block else -1)
        found.append(Sample(block[line + 1 :], position + len(block) >= source.size))
    return found


def line_ends(blocks: list[Sample]) -> tuple[Ends, str]:
    """Which bytes end lines, and a readable name for it."""
    pairs = sum(block.data.count(b"\r\n") for block in blocks)
    feeds = sum(block.data.count(b"\n") for block in blocks) - pairs
    # a block may be cut between the two bytes of a pair
    returns = sum(block.data.rstrip(b"\r").count(b"\r") + (block.is_end and block.data.endswith(b"\r")) for block in blocks)
    returns -= pairs
    if not pairs + feeds and returns:
        return Ends.ANY, "CR"
    kinds = [name for name, count in (("LF", feeds), ("CRLF", pairs)) if count]
    return Ends.LF, kinds[0] if len(kinds) == 1 else "mixed" if kinds else "none"


@dataclass(frozen=True)
class Found:
    """The dialect, a readable name of its line ends, and how many more fields the records have than the header.

    `surplus` is 1 where every record but not the header ends with a delimiter, -1 where only the header does.
    """

    dialect: Dialect
    ends: str
    surplus: int = 0


def detect(blocks: list[Sample], hint: bytes = b"") -> Found:
    """The dialect with most good records.

    Args:
        blocks: the first must begin with the header.
        hint: delimiter that the file itself names.
    """
    ends, name = line_ends(blocks)
    choices = [ends, Ends.ANY] if ends is Ends.LF and any(b"\r" in block.data for block in blocks) else [ends]
    best: _Score | None = None
    for choice in choices:
        found = _best(blocks, choice, hint)
        # a lone carriage return is text unless records say otherwise
        if found is not None and (best is None or found.good > best.good + 0.02):
            best = found
    if best is None or (not hint and best.is_single_column):
        return Found(Dialect(b"", b'"', False, ends), name)
    return Found(best.dialect, name if best.dialect.ends is ends else "mixed", best.surplus)


def _best(blocks: list[Sample], ends: Ends, hint: bytes) -> _Score | None:
    delimiters = (hint,) if hint else _DELIMITERS
    scores = [score for delimiter in delimiters for score in _try(blocks, Dialect(delimiter, b'"', False, ends))]
    best = max(scores, key=lambda score: score.rank, default=None)
    return None if best is None else _refine(blocks, best)


def _try(blocks: list[Sample], dialect: Dialect) -> Iterator[_Score]:
    if dialect.delimiter not in blocks[0].data:
        return
    score = _judge(blocks, dialect)
    if score.fields > 1:
        yield score


def _refine(blocks: list[Sample], best: _Score) -> _Score:
    """Other quotes and escapes, each only where the text shows signs of it and only when it makes more records good."""
    dialect = best.dialect
    if any(b'\\"' in block.data for block in blocks):
        best = max(best, _judge(blocks, _with(dialect, backslash=True)), key=lambda score: score.good)
    mark = dialect.delimiter
    if any(b"'" + mark + b"'" in block.data for block in blocks) and not any(b'"' in block.data for block in blocks):
        single = _judge(blocks, _with(dialect, quote=b"'"))
        best = single if single.good >= best.good else best
    if best.good < 0.9 and (1 - best.good) * best.total >= _MANY and not _has_quoted_cells(blocks, mark):
        plain = _judge(blocks, _with(dialect, quote=b""))
        best = plain if plain.good > best.good + 0.1 else best
    return best


def _has_quoted_cells(blocks: list[Sample], delimiter: bytes) -> bool:
    """Do quotes enclose cells, rather than stand in them?"""
    mark = re.escape(delimiter)
    enclosed = re.compile(rb'(?:^|%b)"[^"\n]*"(?=%b|\r?$)' % (mark, mark), re.MULTILINE)
    count = sum(len(enclosed.findall(block.data)) for block in blocks)
    return 20 * count > sum(block.data.count(b'"') for block in blocks)


def _with(dialect: Dialect, **changes: object) -> Dialect:
    return Dialect(**({"delimiter": dialect.delimiter, "quote": dialect.quote, "ends": dialect.ends} | changes))  # type: ignore[arg-type]


def _judge(blocks: list[Sample], dialect: Dialect) -> _Score:
    reader = RecordReader(dialect, _MOST_FIELDS)
    head, *rest = [[_shape(record) for record in _records(block, dialect, reader)] for block in blocks]
    if not head:
        return _Score(dialect, 0, 1.0, 0)
    (width, header_ends_empty), records = head[0], head[1:]
    if records:  # otherwise the first record fills the head, and the other blocks lie inside of cells for all that is known
        records = [shape for shapes in (records, *rest) for shape in shapes]
    counts = {0: sum(fields == width for fields, _ in records)}
    counts[1] = sum(fields == width + 1 and is_empty for fields, is_empty in records)
    counts[-1] = sum(fields == width - 1 for fields, _ in records) if header_ends_empty else 0
    surplus = max(counts, key=lambda key: (counts[key], -abs(key)))
    good, total = counts[surplus], len(records)
    common = Counter(fields for fields, _ in records)
    if not total:
        return _Score(dialect, width, 1.0, surplus)
    agreed = max((count for fields, count in common.items() if fields > 1), default=0)
    return _Score(dialect, width, good / total, surplus, total, agreed / total, common[1] / total)


def _shape(record: Record) -> tuple[int, bool]:
    """Number of fields, -1 for a damaged record, and whether the last one is empty."""
    if record.form is not Form.WHOLE:
        return -1, False
    return len(record.starts), record.starts[-1] == record.ends[-1]


def _records(block: Sample, dialect: Dialect, reader: RecordReader) -> Iterator[Record]:
    """Records of a block; after a damaged one it goes on with the next line."""
    data, end, position, header_end = block.data + b"\n\n", len(block.data), 0, 0
    for _ in range(_MOST_RECORDS):
        record = reader.read(data, position, end, block.is_end)
        if position >= end or (record.form is Form.OPEN and not record.quote_open):
            return
        following = record.next if record.form is Form.WHOLE else dialect.next_line(data, position, end)
        if record.form is Form.OPEN and not block.is_end and (following >= end or position == header_end):
            return
        header_end = header_end or following
        if not record.is_blank:
            yield record
        position = following
