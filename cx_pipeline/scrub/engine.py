"""Apply chains of rules to the columns of one batch and count what each rule did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from cx_pipeline.scrub.rule import Kind, Rule, Transform

_VALUE = "__value__"


class RuleCount(NamedTuple):
    """What one rule did to one column of one batch, in cells."""

    rule: str
    version: int
    column: str
    looked_at: int
    changed: int
    nulled: int


class Step(NamedTuple):
    """One rule at work on one value, for explanations."""

    rule: Rule
    before: object
    after: object


class ColumnResult(NamedTuple):
    """A scrubbed column, what each rule did, and a mask a flag."""

    values: pl.Series
    counts: list[RuleCount]
    flags: dict[str, pl.Series]


def apply_rules(series: pl.Series, rules: Sequence[Rule], batch: pl.DataFrame | None = None) -> ColumnResult:
    """Run a chain over a text column.

    Args:
        series: the raw text of one column of a batch.
        rules: in order; the last may give another type.
        batch: the raw columns beside it, for rules that read a sibling.

    Returns:
        The scrubbed column of the same length, one count a rule, and for each flag raised a Boolean mask.
    """
    counts: list[RuleCount] = []
    flags: dict[str, pl.Series] = {}
    values = series
    gates: dict[Transform, pl.Series] = {}  # what gates said of these very values; asked anew once a rule changed any
    for rule in rules:
        before = values
        values, count, hit = _apply(values, rule, batch, gates)
        if values is not before:
            gates = {}
        counts.append(count)
        if rule.flag is not None and hit is not None and hit.any():
            name = f"{series.name}_{rule.flag}"
            flags[name] = hit if name not in flags else flags[name] | hit
    return ColumnResult(values, counts, flags)


def replay(values: pl.Series, rules: Sequence[Rule], batch: pl.DataFrame | None = None) -> list[Step]:
    """Run a chain over a column of one value and keep every step that changed it."""
    steps: list[Step] = []
    for rule in rules:
        after, _, _ = _apply(values, rule, batch, {})
        if after.dtype != values.dtype or not after.equals(values, null_equal=True):
            steps.append(Step(rule, values[0], after[0]))
        values = after
    return steps


def _apply(
    values: pl.Series, rule: Rule, batch: pl.DataFrame | None, gates: dict[Transform, pl.Series]
) -> tuple[pl.Series, RuleCount, pl.Series | None]:
    looked_at = values.len() - values.null_count()
    nothing = RuleCount(rule.id, rule.version, values.name, looked_at, 0, 0)
    if rule.touches is None and rule.gate is None:
        after = _transform(values, rule, batch)
        return after, *_compare(values, after, rule, nothing)
    positions = rule.touched(values, gates).arg_true()
    if positions.is_empty():
        return values, nothing, None
    subset = values.gather(positions)
    after = _transform(subset, rule, batch[positions] if batch is not None and rule.siblings else None)
    count, hit = _compare(subset, after, rule, nothing)
    mask = None
    if hit is not None:
        everywhere = np.zeros(values.len(), dtype=bool)
        everywhere[positions.to_numpy()[hit.to_numpy()]] = True
        mask = pl.Series(everywhere)
    return _put(values, positions, after), count, mask


def _transform(values: pl.Series, rule: Rule, batch: pl.DataFrame | None) -> pl.Series:
    beside = [batch.get_column(name) for name in rule.siblings] if batch is not None else []
    frame = pl.DataFrame([values.alias(_VALUE), *beside])
    return frame.select(rule.transform(pl.col(_VALUE)).alias(values.name)).to_series()


def _compare(before: pl.Series, after: pl.Series, rule: Rule, count: RuleCount) -> tuple[RuleCount, pl.Series | None]:
    nulled = before.is_not_null() & after.is_null()
    # Reading a declared format is not a change: a parsed value differs from its text in type only.
    if rule.kind is Kind.PARSE:
        return count._replace(nulled=int(nulled.sum())), nulled if rule.flag is not None else None
    changed = before.ne_missing(after) & ~nulled
    counted = count._replace(changed=int(changed.sum()), nulled=int(nulled.sum()))
    return counted, nulled | changed if rule.flag is not None else None


def _put(values: pl.Series, positions: pl.Series, replacements: pl.Series) -> pl.Series:
    order = np.arange(values.len(), dtype=np.int64)
    order[positions.to_numpy()] = values.len() + np.arange(positions.len(), dtype=np.int64)
    return pl.concat([values, replacements.alias(values.name)]).gather(order)
