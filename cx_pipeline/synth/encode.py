"""Records to the text they have in a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

BAD_BYTE = "\ue0ff"
"""Stands for a byte that is not UTF-8 until the file is written."""


@dataclass(frozen=True)
class Dialect:
    """How a table is written out as text and bytes."""

    delimiter: str = ","
    encoding: str = "utf-8-sig"
    newline: str = "\r\n"


VENDOR = Dialect()
EXCEL = Dialect(delimiter=";", encoding="cp1252")
EXCEL_UNICODE = Dialect(delimiter="\t", encoding="utf-16")
PLAIN = Dialect(encoding="utf-8")


def json_texts(frame: pl.DataFrame) -> pl.Series:
    """One JSON object a row, keys in column order, nulls written out."""
    return frame.select(pl.struct(pl.all()).struct.json_encode()).to_series()


def csv_texts(frame: pl.DataFrame, dialect: Dialect = VENDOR) -> pl.Series:
    """One line a row without its line end; cells quoted where they must be, null is blank. All columns are text."""
    return frame.select(pl.concat_str(*(_cell(name, dialect) for name in frame.columns), separator=dialect.delimiter)).to_series()


def _cell(name: str, dialect: Dialect) -> pl.Expr:
    text = pl.col(name).fill_null("")
    quoted = pl.concat_str(pl.lit('"'), text.str.replace_all('"', '""', literal=True), pl.lit('"'))
    return pl.when(text.str.contains(f'["\r\n{dialect.delimiter}]')).then(quoted).otherwise(text)


def csv_line(values: Sequence[str | None], delimiter: str = ",") -> str:
    """One line from plain values, by the same rules."""
    special = {'"', "\r", "\n", delimiter}
    texts = ["" if value is None else value for value in values]
    return delimiter.join('"' + text.replace('"', '""') + '"' if set(text) & special else text for text in texts)
