"""Apply chains of rules to the columns of one batch and count what each rule did.

What takes time is asking, not changing: most rules touch nothing in most columns. So all rules of a chain are asked together
which rows they could change, and asked again only about rows that a rule before them changed. A column that says the same few
things over and over is worked on as its distinct values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl

from cx_pipeline.scrub.candidates import Rows, candidates
from cx_pipeline.scrub.rule import Kind, Rule

_VALUE = "__value__"
_DISTINCT_FROM, _REPEATS = 1000, 4  # rows, and how often a value comes on average, from where distinct values pay


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
    if any(rule.siblings for rule in rules) or not _is_repetitive(series):
        return _run(_Column(series, np.ones(series.len(), dtype=np.int64)), rules, batch)
    column, numbers = _distinct(series)
    made = _run(column, rules, None)
    flags = {name: mask.gather(numbers) for name, mask in made.flags.items()}
    return ColumnResult(made.values.gather(numbers), made.counts, flags)


def replay(values: pl.Series, rules: Sequence[Rule], batch: pl.DataFrame | None = None) -> list[Step]:
    """Run a chain over a column of one value and keep every step that changed it."""
    steps: list[Step] = []
    for rule in rules:
        after = _run(_Column(values, np.ones(values.len(), dtype=np.int64)), [rule], batch).values
        if after.dtype != values.dtype or not after.equals(values, null_equal=True):
            steps.append(Step(rule, values[0], after[0]))
        values = after
    return steps


def _is_repetitive(series: pl.Series) -> bool:
    if series.len() < _DISTINCT_FROM:
        return False
    return bool(series.to_frame(_VALUE).select(pl.col(_VALUE).approx_n_unique() * _REPEATS <= pl.len()).item())


@dataclass(frozen=True)
class _Column:
    """Values, and how many rows each of them stands for."""

    values: pl.Series
    times: Rows

    @cached_property
    def filled(self) -> int:
        """How many rows have a value."""
        return self.rows_of(self.values.is_not_null())

    def rows_of(self, mask: pl.Series) -> int:
        """How many rows the values that a mask names stand for."""
        return int(self.times[mask.to_numpy()].sum())


def _distinct(series: pl.Series) -> tuple[_Column, pl.Series]:
    """The distinct values of a column, and for each row the number of its value among them."""
    rows = pl.int_range(pl.len(), dtype=pl.UInt32).alias("rows")
    groups = series.to_frame(_VALUE).with_columns(rows).group_by(_VALUE, maintain_order=True).agg("rows")
    times = groups.get_column("rows").list.len().to_numpy().astype(np.int64)
    numbers = np.empty(series.len(), dtype=np.uint32)
    numbers[groups.get_column("rows").explode().to_numpy()] = np.repeat(np.arange(len(times), dtype=np.uint32), times)
    return _Column(groups.get_column(_VALUE).alias(series.name), times), pl.Series(numbers)


class _Effect(NamedTuple):
    """What a rule did: the values after it, its count, and which values it changed or nulled (of a parse: nulled)."""

    values: pl.Series
    counted: RuleCount
    hits: Rows


def _run(column: _Column, rules: Sequence[Rule], batch: pl.DataFrame | None) -> ColumnResult:
    counts: list[RuleCount] = []
    flags: dict[str, pl.Series] = {}
    plan: list[Rows | None] = []
    for number, rule in enumerate(rules):
        if not plan:
            plan = candidates(column.values, _up_to_parse(rules[number:]))
        rows = plan.pop(0)
        effect = _apply(column, rule, batch, rows)
        counts.append(effect.counted)
        if len(effect.hits):
            if rule.flag is not None:
                _raise(flags, f"{column.values.name}_{rule.flag}", effect.hits, column.values.len())
            if rule.kind is not Kind.PARSE:
                _ask_again(plan, effect, rules[number + 1 : number + 1 + len(plan)])
        if effect.values is not column.values:
            column = _Column(effect.values, column.times)
    return ColumnResult(column.values, counts, flags)


def _up_to_parse(rules: Sequence[Rule]) -> Sequence[Rule]:
    """The rules whose candidates can be told from these values: a parse gives another column."""
    end = next((number for number, rule in enumerate(rules, start=1) if rule.kind is Kind.PARSE), len(rules))
    return rules[:end]


def _ask_again(plan: list[Rows | None], effect: _Effect, rules: Sequence[Rule]) -> None:
    """Ask the rules to come about the values that have just changed."""
    if all(rows is None for rows in plan):
        return
    is_changed = np.zeros(effect.values.len(), dtype=np.bool_)
    is_changed[effect.hits] = True
    for place, (rows, now) in enumerate(zip(plan, candidates(effect.values.gather(effect.hits), rules), strict=True)):
        if rows is not None and now is not None:
            plan[place] = np.concatenate([rows[~is_changed[rows]], effect.hits[now]])


def _raise(flags: dict[str, pl.Series], name: str, hits: Rows, height: int) -> None:
    mask = np.zeros(height, dtype=np.bool_)
    mask[hits] = True
    flags[name] = flags[name] | pl.Series(mask) if name in flags else pl.Series(mask)


def _apply(column: _Column, rule: Rule, batch: pl.DataFrame | None, rows: Rows | None) -> _Effect:
    values = column.values
    count = RuleCount(rule.id, rule.version, values.name, column.filled, 0, 0)
    if rows is None or len(rows) == values.len():
        after = _transform(values, rule, batch)
        count, hits = _compare(column, after, rule, count)
        same = after.dtype == values.dtype and rule.kind is not Kind.PARSE and not len(hits)
        return _Effect(values if same else after, count, hits)
    if not len(rows):
        return _Effect(values, count, rows)
    subset = _Column(values.gather(rows), column.times[rows])
    after = _transform(subset.values, rule, batch[rows] if batch is not None and rule.siblings else None)
    count, hits = _compare(subset, after, rule, count)
    if rule.kind is Kind.PARSE:
        return _Effect(_put(values, rows, after), count, rows[hits])
    return _Effect(_put(values, rows[hits], after.gather(hits)) if len(hits) else values, count, rows[hits])


def _transform(values: pl.Series, rule: Rule, batch: pl.DataFrame | None) -> pl.Series:
    beside = [batch.get_column(name) for name in rule.siblings] if batch is not None else []
    frame = pl.DataFrame([values.alias(_VALUE), *beside])
    return frame.select(rule.transform(pl.col(_VALUE)).alias(values.name)).to_series()


def _compare(column: _Column, after: pl.Series, rule: Rule, count: RuleCount) -> tuple[RuleCount, Rows]:
    """The rule's count, and the values it changed or nulled."""
    pair = pl.DataFrame([column.values.alias("before"), after.alias("after")])
    is_nulled = pl.col("before").is_not_null() & pl.col("after").is_null()
    # Reading a declared format is not a change: a parsed value differs from its text in type only.
    if rule.kind is Kind.PARSE:
        nulled = pair.select(is_nulled).to_series()
        return count._replace(nulled=column.rows_of(nulled)), np.flatnonzero(nulled.to_numpy())
    is_changed = pl.col("before").ne_missing(pl.col("after"))
    nulled, hit = pair.select(is_nulled.alias("nulled"), is_changed.alias("hit")).get_columns()
    lost = column.rows_of(nulled)
    return count._replace(changed=column.rows_of(hit) - lost, nulled=lost), np.flatnonzero(hit.to_numpy())


def _put(values: pl.Series, positions: Rows, replacements: pl.Series) -> pl.Series:
    order = np.arange(values.len(), dtype=np.int64)
    order[positions] = values.len() + np.arange(len(positions), dtype=np.int64)
    return pl.concat([values, replacements.alias(values.name)]).gather(order)
