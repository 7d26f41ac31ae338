"""What stands before the first record: a preamble, blank lines, and the names of the columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from cx_pipeline.extract.delimited_dialect import Found
from cx_pipeline.extract.delimited_record import Form, Record, RecordReader
from cx_pipeline.extract.dialect import Dialect
from cx_pipeline.extract.header import MOST_ROWS, Header, HeaderReader
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.extract.source import Source
from cx_pipeline.settings import Limits

RESERVED = frozenset({"_record", "_line", "_line_end"})
_SEPARATOR = re.compile(rb'\A"?sep=(\\t|[^\r\n"])"?\r?\n', re.IGNORECASE)
_BLANK = re.compile(rb"[ \t\r\n]*[\r\n]")
_FEW, _HEAD = 1 << 16, 1 << 20


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
        rows: records that are the header.
        position: offset of the first record.
        has_spare: nothing in the header names the last column; it may be no column at all.
    """

    names: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]
    rows: int
    position: int
    has_spare: bool = False


def find_start(source: Source) -> Start:
    """Skip blank lines and a separator line."""
    head = source.read(0, _HEAD)
    match = _SEPARATOR.match(head)
    position = match.end() if match else 0
    delimiter = match.group(1).replace(rb"\t", b"\t") if match else b""
    blank = _BLANK.match(head, position)
    return Start(blank.end() if blank else position, delimiter)


def read_columns(source: Source, start: int, found: Found, limits: Limits, known: HeaderReader | None = None) -> Columns:
    """Read the header.

    Args:
        source: the document.
        start: where its header begins.
        found: its dialect.
        limits: how long and how wide it may be.
        known: what the export knows of its header.

    Raises:
        FileRefused: `csv.header` when it cannot be read, `limit.columns` when there are too many columns.
    """
    rows: list[_Row] = []
    for row in _rows(source, start, found.dialect, limits):
        rows.append(row)
        if known is None or len(rows) == MOST_ROWS:
            break
    header = known([row.cells for row in rows]) if known is not None else None
    written = rows[0].cells
    if header is None:
        header = Header(1, written, ("",) * len(written))
    assert 0 < header.rows <= len(rows), "a header of records that there are"
    assert len(header.names) == len(header.labels), "one label a column"
    width = len(header.names) + found.surplus
    if width > limits.max_columns:
        raise _too_wide(limits)
    labels = _fitted(header.labels, width)
    lines = [_fitted(cells, width) for cells in (header.names, header.labels, *(row.cells for row in rows[: header.rows]))]
    names, _ = unique_names(list(_fitted(header.names, width)))
    pairs = zip(_fitted(written, width), names, strict=True)
    return Columns(
        names=names,
        renamed=tuple((before, after) for before, after in pairs if before != after),
        labels=tuple((name, label) for name, label in zip(names, labels, strict=True) if label),
        rows=header.rows,
        position=rows[header.rows - 1].next,
        has_spare=width > 1 and not any(cells[-1].strip() for cells in lines),
    )


class _Row(NamedTuple):
    """A record as text, and where the next one begins."""

    cells: tuple[str, ...]
    next: int


def _rows(source: Source, start: int, dialect: Dialect, limits: Limits) -> Iterator[_Row]:
    """Records from `start` on, up to the first one that cannot be read; blank lines are none.

    Raises:
        FileRefused: there is not even one.
    """
    reader = RecordReader(dialect, limits.max_columns)
    is_first = True
    while start < source.size:
        data, record = _read_one(source, start, reader, limits)
        if is_first and len(record.starts) > limits.max_columns:
            raise _too_wide(limits)
        if record.form is not Form.WHOLE:
            break
        start += record.next
        if not record.is_blank:
            is_first = False
            yield _Row(_texts(data, record, dialect), start)
    if is_first:
        raise FileRefused("csv.header", "the line of column names cannot be read", where="line 1")


def _read_one(source: Source, start: int, reader: RecordReader, limits: Limits) -> tuple[bytes, Record]:
    for size in (_FEW, _HEAD, limits.max_record_bytes):
        data = source.read(start, min(size, limits.max_record_bytes))
        record = reader.read(data + b"\n\n", 0, len(data), start + len(data) >= source.size)
        if record.form is not Form.OPEN:
            break
    return data, record


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
