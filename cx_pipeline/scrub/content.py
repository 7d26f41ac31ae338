"""What a record says, as one short text: two records with the same content say the same.

MD5 over the non-empty columns in the order of their names, each with its length, so neither the order of columns nor an
added empty column makes a difference, and no text can pass for two. It guards against accident, not malice; it is stable
on any machine and version.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import polars as pl

_FIELD, _PAIR = "chr(30)", "chr(31)"


def content_key(batch: pl.DataFrame, columns: Iterable[str]) -> pl.Series:
    """MD5 (hex) of the named text columns of each row of a batch."""
    names = sorted(columns)
    if not names:
        return pl.Series("content", [""] * batch.height, dtype=pl.String)
    # Columns are handed over under positions, their names as bound text: no foreign name gets into the statement.
    renamed = batch.select(pl.col(name).alias(f"c{index}") for index, name in enumerate(names))
    parts = ", ".join(
        f"CASE WHEN c{index} <> '' THEN concat($n{index}, {_PAIR}, strlen(c{index}), {_PAIR}, c{index}) END"
        for index in range(len(names))
    )
    with duckdb.connect() as connection:
        connection.register("batch", renamed.to_arrow())
        relation = connection.sql(
            f"SELECT md5(concat_ws({_FIELD}, {parts})) AS content FROM batch",
            params={f"n{index}": name for index, name in enumerate(names)},
        )
        answers: pl.DataFrame = relation.pl()
        return answers.to_series()
