"""Conditions that several tables ask of their columns, as row rules."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cx_pipeline.contracts.rule import Action, RowRule

COUNTRY = r"^[A-Z]{2}$"
CURRENCY = r"^[A-Z]{3}$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"


def in_order(rule: str, earlier: str, later: str, nulls: Sequence[str] = ()) -> RowRule:
    """`later` does not lie before `earlier`. Both timestamps are kept; durations made of them (`nulls`) are nulled."""
    return RowRule(
        id=rule,
        version=1,
        title=f"{later} is not before {earlier}" + (f"; otherwise {', '.join(nulls)} is nulled" if nulls else ""),
        columns=(later, earlier),
        action=Action.REPAIR if nulls else Action.FLAG,
        check=pl.col(later) >= pl.col(earlier),
        unknown_is_fine=True,
        repair={name: pl.lit(None, dtype=pl.Int64()) for name in nulls},
    )


def matches(rule: str, column: str, pattern: str, shape: str, repair: bool = False) -> RowRule:
    """A text has a shape; otherwise the row is quarantined, or with `repair` the text is nulled."""
    return RowRule(
        id=rule,
        version=1,
        title=f"{column} is {shape}" + ("; otherwise it is nulled" if repair else ""),
        columns=(column,),
        action=Action.REPAIR if repair else Action.QUARANTINE,
        check=pl.col(column).str.contains(pattern),
        unknown_is_fine=True,
        repair={column: pl.lit(None, dtype=pl.String())} if repair else {},
    )


def not_itself(rule: str, reference: str, own: str) -> RowRule:
    """A row does not refer to itself; otherwise the reference is nulled."""
    return RowRule(
        id=rule,
        version=1,
        title=f"{reference} is another row than {own}; otherwise it is nulled",
        columns=(reference, own),
        action=Action.REPAIR,
        check=pl.col(reference) != pl.col(own),
        unknown_is_fine=True,
        repair={reference: pl.lit(None, dtype=pl.String())},
    )


def between(rule: str, column: str, low: float, high: float) -> RowRule:
    """A number lies within fixed bounds, both allowed; otherwise the row is quarantined."""
    return RowRule(
        id=rule,
        version=1,
        title=f"{column} lies between {low:g} and {high:g}",
        columns=(column,),
        action=Action.QUARANTINE,
        check=pl.col(column).is_between(low, high),
        unknown_is_fine=True,
    )


def expected(rule: str, title: str, check: pl.Expr) -> RowRule:
    """Something that should hold and does not harm the row if it does not: the row is flagged."""
    return RowRule(rule, 1, title, tuple(check.meta.root_names()), Action.FLAG, check, unknown_is_fine=True)
