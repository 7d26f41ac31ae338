"""What a record says, as one short text: two records with the same content say the same.

MD5 over the non-empty columns in the order of their names, each with its length, so neither the order of columns nor an
added empty column makes a difference, and no text can pass for two. It guards against accident, not malice; it is stable
on any machine and version.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import duckdb
import polars as pl

_FIELD, _PAIR = "\x1e", "\x1f"
_ROWS_AT_ONCE = 50_000


def content_key(batch: pl.DataFrame, columns: Iterable[str]) -> pl.Series:
    """MD5 (hex) of the named text columns of each row of a batch."""
    names = sorted(columns)
    if not names:
        return pl.Series("content", [""] * batch.height, dtype=pl.String)
    said = pl.concat_str((_said(name) for name in names), separator=_FIELD, ignore_nulls=True).alias("said")
    # Some rows at a time: what they say is a copy of all their text.
    keys = [_hashed(rows.select(said)) for rows in batch.iter_slices(_ROWS_AT_ONCE)]
    return pl.concat(keys) if keys else pl.Series("content", [], dtype=pl.String)


def _hashed(said: pl.DataFrame) -> pl.Series:
    with _engine().cursor() as connection:
        connection.register("said", said.to_arrow())
        answers: pl.DataFrame = connection.sql("SELECT md5(said) AS content FROM said").pl()
    return answers.to_series()


def _said(name: str) -> pl.Expr:
    """The name of a column, the bytes its text has, and the text; null where it is empty."""
    text = pl.col(name)
    size = text.str.len_bytes().cast(pl.String)
    return pl.when(text != "").then(pl.concat_str(pl.lit(f"{name}{_PAIR}"), size, pl.lit(_PAIR), text))


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One engine for the whole process: starting one takes longer than hashing a small batch. Each caller takes a cursor."""
    return duckdb.connect(":memory:", config={"enable_external_access": "false"})
