"""What a scrub rule is.

A rule is a frozen object around one Polars expression. It never sees more than the column it is applied to (and, when it
declares them, named sibling columns), so it can run on any batch, on any engine, in any order of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

Transform = Callable[[pl.Expr], pl.Expr]


class Kind(StrEnum):
    """What a rule does to a value, and so how it is counted."""

    REPAIR = "repair"  # text to text; a different text is a change
    PARSE = "parse"  # text to a typed value; only values that could not be read count, as nulled
    NULL = "null"  # turns values that are no values into null


class Severity(StrEnum):
    """How bad a hit is for whoever reads the report."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Rule:
    """One scrub rule.

    Attributes:
        id: `subject.what_it_does`, stable for ever.
        version: raised whenever a result could differ; part of the cache key of scrubbed data.
        title: one plain-English sentence of what it does.
        reads: the kind of column it is for.
        guards: what would go wrong without it.
        transform: the expression: one column in, one column out, same length, null stays null unless said in `title`.
        kind: see `Kind`.
        severity: how bad a hit is for whoever reads the report.
        touches: a regular expression (Rust syntax, linear time) that is true for every text the rule could change, and
            cheap; rows that do not match are not handed to `transform`. None: every row is.
        flag: suffix of the `dq_flags` entry set when the rule nulls or changes a value, None for no flag.
        target: output dtype; None keeps the dtype that comes in.
        siblings: other columns the transform reads; they must stand beside the column, under these names.
        gate: a cheaper test than `touches`, true wherever `touches` is; asked first, and `touches` only of what it lets by.
    """

    id: str
    version: int
    title: str
    reads: str
    guards: str
    transform: Transform
    kind: Kind = Kind.REPAIR
    severity: Severity = Severity.INFO
    touches: str | None = None
    flag: str | None = None
    target: pl.DataType | None = None
    siblings: tuple[str, ...] = ()
    gate: Transform | None = None

    @property
    def fingerprint(self) -> str:
        return f"{self.id}@{self.version}"

    def touched(self, values: pl.Series) -> pl.Series:
        """Which values the rule could change, one boolean each and never null; a null is never touched."""
        asked = pl.col("value").is_not_null()
        if self.gate is not None:
            asked &= self.gate(pl.col("value"))
        if self.touches is not None:
            asked &= pl.col("value").str.contains(self.touches)
        return values.to_frame("value").select(asked.fill_null(value=False).alias(values.name)).to_series()


def on_unique(function: Callable[[list[str]], list[str | None]], dtype: pl.DataType | None = None) -> Transform:
    """Lift a library function over the distinct non-null texts of a column and join the answers back.

    Args:
        function: a list of distinct texts to a list of answers of the same length.
        dtype: of the answers; text when None.
    """

    target = dtype if dtype is not None else pl.String()

    def apply(series: pl.Series) -> pl.Series:
        distinct = series.drop_nulls().unique()
        if distinct.is_empty():
            return pl.Series(series.name, [None] * series.len(), dtype=target)
        answers = pl.Series(function(distinct.to_list()), dtype=target)
        return series.replace_strict(distinct, answers, default=None, return_dtype=target)

    return lambda column: column.map_batches(apply, return_dtype=target)
