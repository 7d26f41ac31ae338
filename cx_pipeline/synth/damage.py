"""Records that cannot be read any more. Each damages one record and leaves its neighbours whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import polars as pl

from cx_pipeline.synth.allot import met
from cx_pipeline.synth.encode import BAD_BYTE, csv_line

Record = Mapping[str, str | None]


def field_missing(record: Record, _: str = "Subject") -> str:
    """The third column is left out: everything behind it sits one place too far left."""
    return csv_line([value for at, value in enumerate(record.values()) if at != 2])


def field_too_many(record: Record, column: str = "Subject") -> str:
    """A comma in the column's text, which nobody quoted."""
    loose = (record[column] or "").replace('"', "").replace("\n", " ") + ", really"
    return ",".join(loose if name == column else csv_line([value]) for name, value in record.items())


def unterminated_quote(record: Record, column: str = "Subject") -> str:
    """The column's text opens a quote and never closes it; the whole record is one line."""
    flat = {name: (value or "").replace("\n", " ").replace('"', "") for name, value in record.items()}
    return ",".join(f'"{flat[name]}' if name == column else csv_line([flat[name]]) for name in flat)


def invalid_bytes(record: Record, column: str = "Subject") -> str:
    """A byte in the column's text that is no UTF-8."""
    return csv_line([f"{BAD_BYTE}{value or ''}" if name == column else value for name, value in record.items()])


def broken_element(text: str, name: str = "priority") -> str:
    """A JSON value that is simply not there."""
    return re.sub(rf'"{name}":("[A-Za-z_]+"|null),', f'"{name}":,', text, count=1)


def cut_line(text: str) -> str:
    """A JSON line that ends in its middle."""
    return text[: len(text) * 3 // 5]


CSV_DAMAGE: dict[str, Callable[[Record, str], str]] = {
    "field_missing": field_missing,
    "field_too_many": field_too_many,
    "unterminated_quote": unterminated_quote,
    "invalid_bytes": invalid_bytes,
}


def damaged_rows(cells: pl.DataFrame, texts: pl.Series, kinds: pl.Series, column: str = "Subject") -> pl.Series:
    """The line of each row, written anew where a kind of `CSV_DAMAGE` is given; `column` holds the text that is hit."""
    rows = met(kinds, *CSV_DAMAGE).arg_true().to_list()
    broken = [CSV_DAMAGE[kinds[row]](cells.row(row, named=True), column) for row in rows]
    return texts.clone().scatter(rows, pl.Series(broken, dtype=pl.String)) if rows else texts


def damaged_texts(texts: pl.Series, kinds: pl.Series, kind: str, damage: Callable[[str], str]) -> pl.Series:
    """The text of each record, damaged where `kinds` says `kind`."""
    rows = met(kinds, kind).arg_true().to_list()
    broken = [damage(texts[row]) for row in rows]
    return texts.clone().scatter(rows, pl.Series(broken, dtype=pl.String)) if rows else texts
