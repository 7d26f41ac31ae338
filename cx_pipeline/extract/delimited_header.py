"""What stands before the first record: a preamble, blank lines, and the names of the columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cx_pipeline.extract.delimited_dialect import Found
from cx_pipeline.extract.delimited_record import Form, RecordReader
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.extract.source import Source
from cx_pipeline.settings import Limits

RESERVED = frozenset({"_record", "_line", "_line_end"})
_SEPARATOR = re.compile(rb'\A"?sep=(\\t|[^\r\n"])"?\r?\n', re.IGNORECASE)
_BLANK = re.compile(rb"[ \t\r\n]*[\r\n]")
_HEAD = 1 << 20


@dataclass(frozen=True)
class Start:
    """Where the header begins, and the delimiter that the file names in a first line `sep=;` (as spreadsheets write it)."""

    position: int
    delimiter: bytes


@dataclass(frozen=True)
class Header:
    """Names of the columns as they are stored, what was renamed, and where the records begin."""

    names: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    position: int


def find_start(source: Source) -> Start:
    """Skip blank lines and a separator line."""
    head = source.read(0, _HEAD)
    match = _SEPARATOR.match(head)
    position = match.end() if match else 0
    delimiter = match.group(1).replace(rb"\t", b"\t") if match else b""
    blank = _BLANK.match(head, position)
    return Start(blank.end() if blank else position, delimiter)


def read_header(source: Source, start: int, found: Found, limits: Limits) -> Header:
    """Read the names.

    Raises:
        FileRefused: `csv.header` when they cannot be read, `limit.columns` when there are too many.
    """
    reader = RecordReader(found.dialect, limits.max_columns)
    for size in (min(_HEAD, limits.max_record_bytes), limits.max_record_bytes):
        data = source.read(start, size)
        record = reader.read(data + b"\n\n", 0, len(data), start + len(data) >= source.size)
        if record.form is not Form.OPEN:
            break
    if len(record.starts) > limits.max_columns:
        raise FileRefused("limit.columns", "the file has too many columns", expected=f"at most {limits.max_columns}")
    if record.form is not Form.WHOLE:
        raise FileRefused("csv.header", "the line of column names cannot be read", where="line 1")
    written = []
    for begin, end, escaped in zip(record.starts, record.ends, record.escapes, strict=True):
        text = found.dialect.unquote(data[begin:end]) if escaped else data[begin:end]
        written.append(text.decode("utf-8", errors="replace"))
    names, renamed = unique_names([*written, ""] if found.surplus > 0 else written[: len(written) + found.surplus])
    return Header(names, renamed, start + record.next)


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
