"""How easily a row could be told to be somebody's by what is published of it (k-anonymity, l-diversity).

k-anonymity (Samarati and Sweeney, 1998): k is the size of the smallest group of rows alike in what an outsider may know.
l-diversity, distinct (Machanavajjhala et al., 2007): l is the least number of different sensitive values in such a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Anonymity:
    """Counts of a table.

    Attributes:
        rows: of the table.
        groups: of rows alike.
        k: rows of the smallest group; 0 for an empty table.
        l: different sensitive values in the least diverse group; 0 for an empty table, or without a sensitive column.
        small: rows in groups of fewer than the rows asked for.
        uniform: rows in groups with fewer sensitive values than asked for, small groups aside.
    """

    rows: int
    groups: int
    k: int
    l: int  # noqa: E741  # its name in the literature
    small: int
    uniform: int

    @property
    def exposed_share(self) -> float:
        """Rows in small or uniform groups, of all, from 0 to 1."""
        return (self.small + self.uniform) / self.rows if self.rows else 0.0


def anonymity(
    rows: pl.DataFrame | pl.LazyFrame, known: Sequence[str], sensitive: str | None, *, group: int, diversity: int
) -> Anonymity:
    """Measure a table.

    Args:
        rows: one a person.
        known: columns that an outsider may know of somebody; null is a value like any other.
        sensitive: column that nobody should learn from the others; null is no value, and groups that hold nothing but nulls
            tell nothing. None: diversity is not judged.
        group: rows that a group should have, k.
        diversity: different sensitive values that it should have, l.
    """
    told = pl.col(sensitive).drop_nulls().n_unique() if sensitive is not None else pl.lit(0)
    sizes = rows.lazy().group_by(list(known)).agg(pl.len().cast(pl.Int64).alias("size"), told.cast(pl.Int64).alias("values"))
    is_small = pl.col("size") < group
    is_uniform = ~is_small & pl.col("values").is_between(1, diversity - 1)
    found = (
        sizes.select(
            pl.col("size").sum().alias("rows"),
            pl.len().alias("groups"),
            pl.col("size").min().fill_null(0).alias("k"),
            pl.col("values").filter(pl.col("values") > 0).min().fill_null(0).alias("l"),
            pl.col("size").filter(is_small).sum().alias("small"),
            pl.col("size").filter(is_uniform).sum().alias("uniform"),
        )
        .collect()
        .row(0, named=True)
    )
    return Anonymity(**found)
