"""What stands before the first record: a preamble, blank lines, and the names of the columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cx_pipeline.extract.delimited_dialect import MOST_BEFORE, Found
from cx_pipeline.extract.delimited_layout import Layout, Row, digit_columns, lay_out, without_header
from cx_pipeline.extract.delimited_record import Form, Record, RecordReader
from cx_pipeline.extract.dialect import Dialect
from cx_pipeline.extract.header import MOST_ROWS
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.extract.source import Source
from cx_pipeline.settings.reading import Limits

RESERVED = frozenset({"_record", "_line", "_line_end"})
_SEPARATOR = re.compile(rb'\A"?sep=(\\t|[^\r\n"])"?\r?\n', re.IGNORECASE)
_BLANK = re.compile(rb"[ \t\r\n]*[\r\n]")
_FEW, _HEAD = 1 << 16, 1 << 20
_END = b"\n\n"
_AROUND = " \t\r\n\0\xa0\u200b\ufeff"


@dataclass(frozen=True)
class Start:
    """Where the header begins, and the delimiter that the file names in a first line `sep=;` (as spreadsheets write it)."""

    position: int
    delimiter: bytes


@dataclass(frozen=True)
class Columns:
    """The columns of a document as they are stored, and where its records begin.

    Attributes:
        names: all different.
        renamed: names that changed, as written in the first row and as stored.
        labels: columns and their labels, where they have one.
        skipped: records of a preamble before the header.
        rows: records that are the header.
        position: offset of the first record.
        has_spare: nothing in the header names the last column; it may be no column at all.
        raws: bytes of the header's rows without their line ends; none when there is no header.
        written: its first row as text.
        digits: columns whose values nearly all hold digits.
    """

    names: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]
    skipped: int
    rows: int
    position: int
    has_spare: bool = False
    raws: tuple[bytes, ...] = ()
    written: tuple[str, ...] = ()
    digits: tuple[int, ...] = ()


def find_start(source: Source) -> Start:
    """Skip blank lines and a separator line."""
    head = source.read(0, _HEAD)
    match = _SEPARATOR.match(head)
    position = match.end() if match else 0
    delimiter = match.group(1).replace(rb"\t", b"\t") if match else b""
    blank = _BLANK.match(head, position)
    return Start(blank.end() if blank else position, delimiter)


def read_columns(source: Source, start: int, found: Found, limits: Limits, options: ReadOptions) -> Columns:
    """Read the header.

    Args:
        source: the document.
        start: where its first row begins.
        found: its dialect.
        limits: how long and how wide it may be.
        options: what the export knows of its header.

    Raises:
        FileRefused: `csv.header` when it cannot be read, `csv.no_header` when there is none, `limit.columns` when there are
            too many columns.
    """
    rows = list(_rows(source, start, found.dialect, limits))
    layout = _layout(rows, found, options)
    header, at = layout.header, layout.skipped
    surplus = found.surplus if at == found.first and header.rows else 0
    width = len(header.names) + surplus
    if width > limits.max_columns:
        raise _too_wide(limits)
    labels = _fitted(header.labels, width)
    head = rows[at : at + header.rows]
    lines = [_fitted(cells, width) for cells in (header.names, header.labels, *(row.cells for row in head))]
    names, _ = unique_names([name.strip(_AROUND) for name in _fitted(header.names, width)])
    pairs = zip(_fitted(layout.written, width), names, strict=True)
    return Columns(
        names=names,
        renamed=tuple((before, after) for before, after in pairs if before != after) if header.rows else (),
        labels=tuple((name, label) for name, label in zip(names, labels, strict=True) if label),
        skipped=at,
        rows=header.rows,
        position=head[-1].next if head else start,
        has_spare=width > 1 and header.rows > 0 and not any(cells[-1].strip() for cells in lines),
        raws=tuple(row.raw for row in head if row.raw),
        written=layout.written,
        digits=digit_columns([row.cells for row in rows[at + header.rows :] if len(row.cells) == width]),
    )


def _layout(rows: list[Row], found: Found, options: ReadOptions) -> Layout:
    if not options.has_header:
        return Layout(0, without_header(rows), ())
    first = [row.cells for row in rows[:MOST_ROWS]]
    header = options.header(first) if options.header is not None else None
    if header is None:
        return lay_out(rows, found, options.comparable_columns)
    assert 0 < header.rows <= len(first), "a header of records that there are"
    assert len(header.names) == len(header.labels), "one label a column"
    return Layout(0, header, rows[0].cells)


def _rows(source: Source, start: int, dialect: Dialect, limits: Limits) -> Iterator[Row]:
    """The first records from `start` on; blank lines are none, and a damaged one is a row without cells.

    Raises:
        FileRefused: `limit.columns`; `csv.header` when there is not one line.
    """
    reader = RecordReader(dialect, limits.max_columns)
    begin, count, at, data = start, 0, 0, source.read(start, _FEW)
    while begin + at < source.size and count < MOST_BEFORE + MOST_ROWS and (count < MOST_ROWS or begin - start < _HEAD):
        is_all = begin + len(data) >= source.size
        record = reader.read(data + _END, at, len(data), is_all)
        if record.form is Form.OPEN and not is_all and len(data) - at < limits.max_record_bytes:
            begin, at = begin + at, 0
            data = source.read(begin, min(max(4 * len(data), _FEW), limits.max_record_bytes))
            continue
        if record.form is Form.RUNAWAY and not count:
            raise _too_wide(limits)
        is_whole = record.form is Form.WHOLE
        following = record.next if is_whole else dialect.next_line(data + _END, at, len(data))
        if not record.is_blank:
            count += 1
            raw = data[at:following].rstrip(b"\r\n")
            yield Row(_texts(data, record, dialect) if is_whole else (), raw, begin + following)
        at = following
    if not count:
        raise FileRefused("csv.header", "the line of column names cannot be read", where="line 1")


def _texts(data: bytes, record: Record, dialect: Dialect) -> tuple[str, ...]:
    cells = (
        dialect.unquote(data[begin:end]) if escaped else data[begin:end]
        for begin, end, escaped in zip(record.starts, record.ends, record.escapes, strict=True)
    )
    return tuple(cell.decode("utf-8", errors="replace") for cell in cells)


def _fitted(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Cells of a row of exactly `width`, the missing ones empty."""
    return (*cells[:width], *("" for _ in range(width - len(cells))))


def _too_wide(limits: Limits) -> FileRefused:
    return FileRefused("limit.columns", "the file has too many columns", expected=f"at most {limits.max_columns}")


def unique_names(written: list[str]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Names that are all different: empty ones by position (`column_3`), repeated ones by count (`email__2`).

    Returns:
        The names, and the pairs (as written, as stored) of those that changed.
    """
    taken, names, renamed = set(RESERVED) | set(written), [], []
    seen: set[str] = set(RESERVED)
    for position, name in enumerate(written, start=1):
        stored = name
        if not name.strip() or name in seen:
            stem, number = (f"column_{position}", 1) if not name.strip() else (name, 2)
            stored = stem if number == 1 else f"{stem}__{number}"
            while stored in taken:
                number += 1
                stored = f"{stem}__{number}"
            renamed.append((name, stored))
        seen.add(stored)
        taken.add(stored)
        names.append(stored)
    return tuple(names), tuple(renamed)
