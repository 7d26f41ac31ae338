"""Which values of a column the rules of a chain could change, asked of all rules together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from cx_pipeline.scrub.rule import Rule, Transform

Rows = npt.NDArray[np.int64]
Question = TypeVar("Question")
_VALUE = "__value__"
_NONE: Rows = np.empty(0, dtype=np.int64)


def candidates(values: pl.Series, rules: Sequence[Rule]) -> list[Rows | None]:
    """For each rule the positions it could change, never of a null; None where it says nothing and must see all.

    Args:
        values: texts, where a rule has a gate or a pattern.
        rules: as they follow one another.
    """
    gates = {rule.gate: rule.gate for rule in rules if rule.gate is not None}
    patterns = {rule.touches: _contains(rule.touches) for rule in rules if rule.gate is None and rule.touches is not None}
    opened = _ask(values, {**gates, **patterns})
    behind = {gate: _behind(values, opened[gate], gate, rules) for gate in gates}
    found: list[Rows | None] = []
    for rule in rules:
        if rule.gate is not None:
            found.append(behind[rule.gate][rule.touches])
        else:
            found.append(opened[rule.touches] if rule.touches is not None else None)
    return found


def _behind(values: pl.Series, rows: Rows, gate: Transform, rules: Sequence[Rule]) -> dict[str | None, Rows]:
    """What the patterns of the rules behind one gate say of the values it lets by."""
    patterns = {rule.touches: _contains(rule.touches) for rule in rules if rule.gate is gate and rule.touches is not None}
    if not len(rows):
        return {None: rows, **dict.fromkeys(patterns, _NONE)}
    if not patterns:
        return {None: rows}
    let_by = values if len(rows) == values.len() else values.gather(rows)
    return {None: rows, **{pattern: rows[hits] for pattern, hits in _ask(let_by, patterns).items()}}


def _contains(pattern: str) -> Transform:
    return lambda column: column.str.contains(pattern)


def _ask(values: pl.Series, questions: dict[Question, Transform]) -> dict[Question, Rows]:
    """Where the answers are yes; what cannot be said counts as no."""
    if not questions or values.is_empty():
        return dict.fromkeys(questions, _NONE)
    value = pl.col(_VALUE)
    asked = [ask(value).fill_null(value=False).alias(str(number)) for number, ask in enumerate(questions.values())]
    answers = values.to_frame(_VALUE).select(asked).get_columns()
    return {question: np.flatnonzero(answer.to_numpy()) for question, answer in zip(questions, answers, strict=True)}
