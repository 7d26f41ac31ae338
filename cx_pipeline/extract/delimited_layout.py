"""Which of the first records are a preamble, which are the header, and whether there is one.

Two things tell. The export's own column names, where they are known. And what the records below look like: a column whose values
hold digits (dates, ids, numbers, links) has a name without any. Where neither tells anything, the first row holds the names.
Names are never made up: records without a header are refused, not given the names of another file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cx_pipeline.extract import delimited_candidates
from cx_pipeline.extract.delimited_dialect import MOST_BEFORE, Found
from cx_pipeline.extract.delimited_record import Form, RecordReader
from cx_pipeline.extract.dialect import Dialect
from cx_pipeline.extract.header import MOST_ROWS, Header, comparable
from cx_pipeline.extract.refusal import FileRefused

_DIGIT = re.compile(r"\d")
_SHAPES = ((re.compile(r"\d"), "9"), (re.compile(r"[^\W\d_]"), "a"))
_BLANK_WORDS = frozenset({"-", "n/a", "na", "nan", "null", "none", "unknown", "missing", "empty", "x", "tbd", "not available"})


class Row(NamedTuple):
    """A record as text, as bytes without its line end, and where the next one begins. A damaged one has no cells."""

    cells: tuple[str, ...]
    raw: bytes
    next: int


class Layout(NamedTuple):
    """What stands before the records.

    Attributes:
        skipped: rows of a preamble.
        header: names and labels, and how many rows they take; None when the file has none.
        written: the first row of the header as it stands in the file.
    """

    skipped: int
    header: Header
    written: tuple[str, ...]


def lay_out(rows: Sequence[Row], found: Found, known: frozenset[str]) -> Layout:
    """Find the header among the first rows, of which there is at least one.

    Args:
        rows: records from the start of the document.
        found: the dialect, and where records begin to be alike.
        known: names of the export's columns as `comparable` makes them; empty when they are not known.

    Raises:
        FileRefused: `csv.no_header`; `csv.header` when it is damaged beyond reading.
    """
    at = _known_row(rows, known) if known else _first_row(rows, found)
    cells = rows[at].cells
    width = _common_width(rows[at + 1 :]) or len(cells)
    surplus = found.surplus if at == found.first else 0
    if len(cells) != width - surplus or (known and surplus > 0):
        cells = _recovered(rows[at], width, found.dialect, known) or cells
    # names that lost a delimiter look as if every record ended with one too many; a quote inside of a name gives them away
    if not cells or (surplus > 0 and not known and any('"' in cell for cell in cells)):
        raise FileRefused("csv.header", "the line of column names cannot be read", where="line 1")
    if known and not _overlap(cells, known) and len(rows) > 1:
        raise _no_header("none of the export's columns is named")
    if not known and at == 0 and _is_surely_data(cells, _below(rows, at, len(cells))):
        raise _no_header("the first row looks like the records below it")
    more = _more_rows(rows, at, cells)
    return Layout(at, _joined(cells, more, is_known=bool(known)), rows[at].cells or cells)


def without_header(rows: Sequence[Row]) -> Header:
    """No names at all: the reader numbers the columns."""
    width = _common_width(rows) or 1
    return Header(0, ("",) * width, ("",) * width)


def _no_header(why: str) -> FileRefused:
    return FileRefused("csv.no_header", why, expected="a row of column names", next_step="export the file again with its header")


def _joined(cells: tuple[str, ...], more: list[tuple[str, ...]], *, is_known: bool) -> Header:
    """Names of several rows are one name; where the export's names are known, what stands below them are labels."""
    if is_known:
        labels = tuple(" ".join(filter(None, column)) for column in zip(*more, strict=True)) if more else ("",) * len(cells)
        return Header(1 + len(more), cells, labels)
    names = tuple(" ".join(filter(None, column)) for column in zip(cells, *more, strict=True))
    return Header(1 + len(more), names, ("",) * len(cells))


def _overlap(cells: Sequence[str], known: frozenset[str]) -> int:
    return len({comparable(cell) for cell in cells} & known)


def _known_row(rows: Sequence[Row], known: frozenset[str]) -> int:
    """The row that holds most of the known names; the first one when none does."""
    counts = [_overlap(row.cells, known) for row in rows]
    best = max(counts)
    return counts.index(best) if best > 1 else 0


def _first_row(rows: Sequence[Row], found: Found) -> int:
    if found.first:
        return _row_after_preamble(rows, found.first, found.width)
    first = rows[0].cells
    if len(first) >= 3 and sum(map(bool, first)) <= 1:  # a title, with the delimiters of the table behind it
        for place, row in enumerate(rows[1:], start=1):
            if (
                len(row.cells) == len(first)
                and _are_names(row.cells)
                and not _is_data(row.cells, _below(rows, place, len(first)))
            ):
                return place
            if sum(map(bool, row.cells)) > 1:
                break
    return 0


def _row_after_preamble(rows: Sequence[Row], first: int, width: int) -> int:
    """The header when the first rows do not have the width of the others: after a preamble, or itself damaged."""
    cells, below = rows[first].cells, _below(rows, first, width)
    if _is_like_header(cells, below):
        return first
    if not _is_data(cells, below) and _are_names(cells) and all(len(row.cells) == 1 for row in rows[:first]):
        return first
    return first - 1 if all(len(row.cells) == 1 for row in rows[: first - 1]) else 0


def _below(rows: Sequence[Row], place: int, width: int) -> list[tuple[str, ...]]:
    return [row.cells for row in rows[place + 1 :] if len(row.cells) == width]


def _common_width(rows: Sequence[Row]) -> int:
    counts = Counter(len(row.cells) for row in rows if row.cells)
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _more_rows(rows: Sequence[Row], at: int, cells: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Further rows of the header: the same names again, or words where all records below hold digits."""
    more: list[tuple[str, ...]] = []
    for place in range(at + 1, min(at + MOST_ROWS, len(rows))):
        row = rows[place].cells
        if len(row) != len(cells) or not (
            _is_again(row, cells) or _is_second_header(row, cells, _below(rows, place, len(cells)))
        ):
            break
        more.append(row)
    return more


def _is_again(row: tuple[str, ...], cells: tuple[str, ...]) -> bool:
    return row == cells and sum(map(bool, row)) > 1


def _is_second_header(row: tuple[str, ...], cells: tuple[str, ...], below: list[tuple[str, ...]]) -> bool:
    digits = digit_columns(below)
    here = [row[column] for column in digits]
    is_words = all(text and not _DIGIT.search(text) and text.casefold() not in _BLANK_WORDS for text in here)
    is_under_names = not any(_DIGIT.search(cells[column]) for column in digits)
    return len(below) >= 3 and len(digits) >= 2 and is_words and len(set(here)) == len(here) and is_under_names


def digit_columns(below: Sequence[tuple[str, ...]]) -> tuple[int, ...]:
    """Columns in which nearly every value holds a digit, and at least two values stand."""
    found = []
    for column, values in enumerate(zip(*below[:MOST_BEFORE], strict=True)):
        filled = [value for value in values if value]
        if len(filled) >= 2 and sum(_DIGIT.search(value) is not None for value in filled) >= 0.8 * len(filled):
            found.append(column)
    return tuple(found)


def _is_like_header(cells: tuple[str, ...], below: list[tuple[str, ...]]) -> bool:
    here = [cells[column] for column in digit_columns(below) if cells[column]]
    with_digits = sum(_DIGIT.search(text) is not None for text in here)
    return len(here) > with_digits and len(here) >= 3 * with_digits


def _is_data(cells: tuple[str, ...], below: list[tuple[str, ...]]) -> bool:
    here = [cells[column] for column in digit_columns(below)]
    return bool(here) and all(_DIGIT.search(text) for text in here)


def _is_surely_data(cells: tuple[str, ...], below: list[tuple[str, ...]]) -> bool:
    """Digits wherever the records have them, and in most of those columns in exactly their shape, such as 99/99/9999."""
    columns = digit_columns(below)
    if len(below) < 3 or len(columns) < 2 or not _is_data(cells, below):
        return False
    alike = sum(_shape(cells[column]) in {_shape(row[column]) for row in below} for column in columns)
    return alike >= 2 and 2 * alike >= len(columns)


def _shape(text: str) -> str:
    for pattern, letter in _SHAPES:
        text = pattern.sub(letter, text)
    return text


def _are_names(cells: Sequence[str]) -> bool:
    """All there, all different, none begins like a number."""
    texts = [cell.strip() for cell in cells]
    return len(set(texts)) == len(texts) and all(text and not text[:1].isdigit() for text in texts)


def _recovered(row: Row, width: int, dialect: Dialect, known: frozenset[str]) -> tuple[str, ...]:
    """The names of a damaged header, if there is a reading of it with as many names as the records have fields."""
    for cells in _readings(row, dialect, known):
        if len(cells) == width and width > 1 and _are_names(cells) and (not known or _overlap(cells, known) > 1):
            return cells
    return ()


def _split_names(cells: tuple[str, ...], known: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Two known names that lost the delimiter between them."""
    for place, cell in enumerate(cells):
        for cut in range(1, len(cell)) if comparable(cell) not in known and len(cell) < 200 else ():
            if comparable(cell[:cut]) in known and comparable(cell[cut:]) in known:
                yield (*cells[:place], cell[:cut], cell[cut:], *cells[place + 1 :])


def _readings(row: Row, dialect: Dialect, known: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Other ways to read a header: its quotes are strays, an empty name is one delimiter too many, another delimiter."""
    marks = dialect.quote.decode("latin-1") or '"'
    line = row.raw.decode("utf-8", errors="replace")
    if dialect.delimiter:
        yield tuple(cell.strip(marks) for cell in line.split(dialect.delimiter.decode("latin-1")))
    yield tuple(cell for cell in row.cells if cell)
    yield from _split_names(row.cells, known)
    for delimiter in (*delimited_candidates.delimiters(row.raw), b" "):
        if delimiter != dialect.delimiter:
            reader = RecordReader(Dialect(delimiter, dialect.quote, dialect.backslash, dialect.ends), len(row.raw))
            record = reader.read(row.raw + b"\n\n", 0, len(row.raw), at_eof=True)
            if record.form is Form.WHOLE and record.cut:
                spans = zip(record.starts, record.ends, strict=True)
                yield tuple(row.raw[start:end].decode("utf-8", errors="replace") for start, end in spans)
