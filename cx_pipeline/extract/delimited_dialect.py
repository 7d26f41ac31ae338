"""Which dialect a delimited document is written in, on the evidence of blocks from all over it.

A dialect is good when the records have as many fields as the header. Each candidate whose delimiter the header has is tried by
the reader itself, so that quotes, escapes and line breaks in cells count the same way they will when the file is read.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cx_pipeline.extract import delimited_candidates
from cx_pipeline.extract.delimited_record import Form, Record, RecordReader
from cx_pipeline.extract.dialect import Dialect, Ends
from cx_pipeline.extract.header import comparable
from cx_pipeline.extract.source import Source

MOST_BEFORE = 60
_HEAD = 128 * 1024
_BLOCK = 32 * 1024
_BLOCKS = 6
_MOST_RECORDS = 400
_FEWEST_GOOD, _FAIR = 0.1, 0.3
_MOST_FIELDS = 100_000
_MANY = 20


@dataclass(frozen=True)
class Sample:
    """A block of whole lines; `is_end` when the document ends with it."""

    data: bytes
    is_end: bool


@dataclass(frozen=True)
class _Score:
    """How well a dialect fits.

    Attributes:
        dialect: the dialect.
        fields: of the header.
        good: share of records with as many fields.
        surplus: how many more fields the records have than the header, see `Found`.
        first: records before the header.
        total: records after it.
        agreed: share of records with the commonest number of fields.
        alone: share of records without any delimiter.
        known: most column names of the export in one record.
        begins_well: the first record counted is the first of all, or its cells could be names.
    """

    dialect: Dialect
    fields: int
    good: float
    surplus: int
    first: int = 0
    total: int = 0
    agreed: float = 0.0
    alone: float = 0.0
    known: int = 0
    begins_well: bool = True

    @property
    def is_single_column(self) -> bool:
        """Hardly any record is like the header, nor are they like one another; or most have no delimiter: it is text."""
        if self.sure_names > 1:
            return False
        has_none = self.total >= _MANY and self.alone >= 0.5 and self.good < self.alone
        return has_none or (self.good < _FEWEST_GOOD and self.agreed < 0.5)

    @property
    def rank(self) -> tuple[int, bool, float, int]:
        return self.sure_names, self.is_trusted, round(self.good, 2), self.fields

    @property
    def sure_names(self) -> int:
        """Known names, where the records are of the same dialect as the names."""
        return self.known if self.good >= _FAIR else 0

    @property
    def is_trusted(self) -> bool:
        """Does the header fit a fair part of the records? A second table may be longer than the first."""
        return self.begins_well and self.good >= _FAIR


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
    every = sum(block.data.count(b"\r") for block in blocks)
    for odd, name, among in ((b"\n\r", "LFCR", every), (b"\r\r\n", "CRCRLF", pairs)):
        # the wrong way round, or translated twice: the byte too many ends an empty line
        if among > 1 and sum(block.data.count(odd) for block in blocks) >= 0.9 * among:
            return Ends.ANY, name
    # a block may be cut between the two bytes of a pair
    returns = sum(block.data.rstrip(b"\r").count(b"\r") + (block.is_end and block.data.endswith(b"\r")) for block in blocks)
    returns -= pairs
    if not pairs + feeds and returns:
        return Ends.ANY, "CR"
    kinds = [name for name, count in (("LF", feeds), ("CRLF", pairs)) if count]
    return Ends.LF, kinds[0] if len(kinds) == 1 else "mixed" if kinds else "none"


@dataclass(frozen=True)
class Found:
    """What the samples tell.

    Attributes:
        dialect: how the records are written.
        ends: a readable name of its line ends.
        surplus: 1 where every record but not the header ends with a delimiter, -1 where only the header does.
        first: how many records stand before the first one that has as many fields as most; above 0 there is a preamble,
            or the header is damaged.
        width: fields of that record.
    """

    dialect: Dialect
    ends: str
    surplus: int = 0
    first: int = 0
    width: int = 1


def detect(blocks: list[Sample], hint: bytes = b"", known: frozenset[str] = frozenset()) -> Found:
    """The dialect with most good records.

    Args:
        blocks: the first must begin with the header, or with what stands before it.
        hint: delimiter that the file itself names.
        known: names of columns as `comparable` makes them, where the export is known: the dialect must show them.
    """
    ends, name = line_ends(blocks)
    choices = [ends, Ends.ANY] if ends is Ends.LF and any(b"\r" in block.data for block in blocks) else [ends]
    best: _Score | None = None
    for choice in choices:
        found = _best(blocks, choice, hint, known)
        if found is not None and (best is None or _is_clearly_better(found, best)):
            best = found
    if best is None or (not hint and best.is_single_column):
        return Found(Dialect(b"", b'"', False, ends), name)
    return Found(best.dialect, name if best.dialect.ends is ends else "mixed", best.surplus, best.first, best.fields)


def _is_clearly_better(found: _Score, best: _Score) -> bool:
    """A lone carriage return is text unless records say otherwise, such as by being there at all, or by having the names."""
    if found.sure_names != best.sure_names:
        return found.sure_names > best.sure_names
    if not best.total or (best.first and not found.first):
        return found.total > 0 and found.is_trusted
    return found.good > best.good + 0.02


def _best(blocks: list[Sample], ends: Ends, hint: bytes, known: frozenset[str]) -> _Score | None:
    delimiters = [hint] if hint else delimited_candidates.delimiters(blocks[0].data)
    scores: list[_Score] = []
    for mark in delimiters:
        if not any(_is_beyond(mark, score, blocks[0].data) for score in scores):
            scores.extend(_try(blocks, Dialect(mark, b'"', False, ends), known))
    scores = [score for score in scores if not any(_is_quote_of(score.dialect.delimiter, other) for other in scores)]
    best = max(scores, key=lambda score: score.rank, default=None)
    if best is None or best.is_single_column or not best.is_trusted:
        # words of a text are apart by spaces as well, so this takes more evidence
        spaced = [] if hint else list(_try(blocks, Dialect(b" ", b'"', False, ends), known))
        best = next((score for score in spaced if score.sure_names > 1 or _is_table(score)), best)
    for score in scores:
        if best is not None and _is_longer(score, best):
            best = score
    return None if best is None else _refine(blocks, best, known)


def _is_beyond(mark: bytes, score: _Score, head: bytes) -> bool:
    """Can this delimiter be no better than one that fits nearly all records already?"""
    if score.first or score.good < 0.99 or score.total < _MANY or score.dialect.delimiter in mark:
        return False
    if score.dialect.delimiter in delimited_candidates.quotes(head, mark)[:1]:
        return False
    return head.count(mark, 0, len(head.split(b"\n", 1)[0])) + 1 < score.fields


def _is_quote_of(delimiter: bytes, score: _Score) -> bool:
    """Does what seems to separate cells enclose them, as in `|1|,|a, b|`?"""
    return delimiter == score.dialect.quote and score.good >= _FAIR


def _is_table(score: _Score) -> bool:
    return score.good >= 0.95 and score.fields >= 3 and score.total >= 2


def _is_longer(score: _Score, best: _Score) -> bool:
    """Does the delimiter of `best` occur only as a part of this longer one?"""
    long, short = score.dialect.delimiter, best.dialect.delimiter
    if best.dialect.quote in long:  # quotes around a delimiter, as in `|a|,|b|`
        return False
    times = long.count(short)
    is_same_table = best.fields - 1 == times * (score.fields - 1) and score.first == best.first
    return len(long) > len(short) and times > 0 and is_same_table and score.good >= best.good - 0.01


def _try(blocks: list[Sample], dialect: Dialect, known: frozenset[str]) -> Iterator[_Score]:
    if dialect.delimiter not in blocks[0].data:
        return
    for quote in delimited_candidates.quotes(blocks[0].data, dialect.delimiter):
        for backslash in (False, True) if b"\\" + quote in blocks[0].data else (False,):
            score = _judge(blocks, _with(dialect, quote=quote, backslash=backslash), known)
            if score.fields > 1:
                yield score


def _refine(blocks: list[Sample], best: _Score, known: frozenset[str]) -> _Score:
    """Other quotes and escapes, each only where the text shows signs of it and only when it makes more records good."""
    dialect, mark = best.dialect, best.dialect.delimiter
    if any(b"\\" + dialect.quote in block.data for block in blocks):
        best = max(best, _judge(blocks, _with(dialect, backslash=True), known), key=lambda score: score.good)
    if dialect.quote == b'"' and 10 * _enclosed(blocks, mark, b"'") > best.total and not _has_quoted_cells(blocks, mark):
        single = _judge(blocks, _with(dialect, quote=b"'"), known)
        if any(b"\\'" in block.data for block in blocks):
            escaped = _judge(blocks, _with(dialect, quote=b"'", backslash=True), known)
            single = max(single, escaped, key=lambda score: score.good)
        best = single if single.good >= best.good - 0.05 else best
    if best.good < 0.9 and (1 - best.good) * best.total >= _MANY and not _has_quoted_cells(blocks, mark):
        plain = _judge(blocks, _with(dialect, quote=b""), known)
        best = plain if plain.good > best.good + 0.1 else best
    return best


def _has_quoted_cells(blocks: list[Sample], delimiter: bytes) -> bool:
    """Do quotes enclose cells, rather than stand in them?"""
    return 20 * _enclosed(blocks, delimiter, b'"') > sum(block.data.count(b'"') for block in blocks)


def _enclosed(blocks: list[Sample], delimiter: bytes, quote: bytes) -> int:
    """How many cells of one line are enclosed in these quotes."""
    if not any(quote in block.data for block in blocks):
        return 0
    pattern = rb"(?:^|\r|%(mark)b)%(quote)b[^%(quote)b\r\n]*%(quote)b(?=%(mark)b|\r|$)"
    enclosed = re.compile(pattern % {b"mark": re.escape(delimiter), b"quote": quote}, re.MULTILINE)
    return sum(len(enclosed.findall(block.data)) for block in blocks)


def _with(dialect: Dialect, **changes: object) -> Dialect:
    return Dialect(**({"delimiter": dialect.delimiter, "quote": dialect.quote, "ends": dialect.ends} | changes))  # type: ignore[arg-type]


def _judge(blocks: list[Sample], dialect: Dialect, known: frozenset[str]) -> _Score:
    reader = RecordReader(dialect, _MOST_FIELDS)
    head, *rest = [[_shape(record) for record in _records(block, dialect, reader)] for block in blocks]
    if not head:
        return _Score(dialect, 0, 1.0, 0)
    names = _known_names(blocks[0], dialect, reader, known)
    score = _of_shapes(dialect, head, rest, 0)
    if score.good < 0.5 <= score.agreed:
        common = Counter(fields for shapes in (head, *rest) for fields, _ in shapes if fields > 1).most_common(1)[0][0]
        first = next((place for place, (fields, _) in enumerate(head[:MOST_BEFORE]) if fields == common), 0)
        if first:
            score = _of_shapes(dialect, head, rest, first)
            record = next(itertools.islice(_records(blocks[0], dialect, reader), first, None))
            score = replace(score, begins_well=_could_be_names(blocks[0].data, record))
    return replace(score, known=names)


def _of_shapes(dialect: Dialect, head: list[tuple[int, bool]], rest: list[list[tuple[int, bool]]], first: int) -> _Score:
    (width, header_ends_empty), records = head[first], head[first + 1 :]
    if records:  # otherwise the first record fills the head, and the other blocks lie inside of cells for all that is known
        records = [shape for shapes in (records, *rest) for shape in shapes]
    counts = {0: sum(fields == width for fields, _ in records)}
    longer = [is_empty for fields, is_empty in records if fields == width + 1]
    counts[1] = len(longer) if all(longer) else 0  # a single value there, and the header is damaged
    counts[-1] = sum(fields == width - 1 for fields, _ in records) if header_ends_empty else 0
    surplus = max(counts, key=lambda key: (counts[key], -abs(key)))
    good, total = counts[surplus], len(records)
    common = Counter(fields for fields, _ in records)
    if not total:
        return _Score(dialect, width, 1.0, surplus, first)
    agreed = max((count for fields, count in common.items() if fields > 1), default=0)
    return _Score(dialect, width, good / total, surplus, first, total, agreed / total, common[1] / total)


def _known_names(block: Sample, dialect: Dialect, reader: RecordReader, known: frozenset[str]) -> int:
    """The most names of columns that one of the first records holds."""
    if not known:
        return 0
    found = 0
    for record in itertools.islice(_records(block, dialect, reader), MOST_BEFORE):
        spans = zip(record.starts, record.ends, strict=True)
        found = max(found, len({comparable(block.data[start:end].decode("utf-8", "replace")) for start, end in spans} & known))
    return found


def _could_be_names(data: bytes, record: Record) -> bool:
    cells = [data[start:end].strip(b" \t\"'") for start, end in zip(record.starts, record.ends, strict=True)]
    return len(set(cells)) == len(cells) and all(cell and not cell[:1].isdigit() for cell in cells)


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
