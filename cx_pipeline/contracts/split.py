"""Split a batch of a canonical table into rows that keep its contract and rows that do not.

Pandera is the judge: every rule is a check of its schema, and the verdicts are read from the checks' own output. Its failure
cases and its messages are never used, as they carry values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandera.polars as pa
import polars as pl
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from cx_pipeline.contracts.common import DQ_FLAGS
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.table import Table
from cx_pipeline.errors import InternalError

REASONS = pl.List(pl.Struct({"rule": pl.String, "column": pl.String, "severity": pl.String}))
_OF_ROWS = (SchemaErrorReason.DATAFRAME_CHECK, SchemaErrorReason.CHECK_ERROR)
_SCHEMAS_KEPT = 256
Broken = Mapping[str, pl.Series]  # rule id to a Boolean, True for rows that broke it; only rules that some row broke


class Split(NamedTuple):
    """What became of a batch; `good` and `quarantined` together hold each of its rows once, in order.

    Attributes:
        good: rows that stay, repaired and flagged where a rule says so; the columns of the input.
        quarantined: rows that broke a quarantine rule, as they came, with `reasons`: every rule the row broke, of any action.
        counts: rule id to the number of rows that broke it, 0 included.
    """

    good: pl.DataFrame
    quarantined: pl.DataFrame
    counts: dict[str, int]


def split(frame: pl.DataFrame, table: Table) -> Split:
    """Apply a table's contract to a batch in its lake form.

    Args:
        frame: the columns of `table.lake_schema` in any order, and any whose name begins with `_`.
        table: the contract.

    Raises:
        TypeError: for a LazyFrame: Pandera would check its schema only and let every bad row pass.
        InternalError: when a column is missing, unknown or of the wrong type, or a rule could not be evaluated.
    """
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"split needs a DataFrame, not a {type(frame).__name__}: the rows of a lazy frame would not be checked")
    broken = _judge(frame, table)
    rules = [rule for rule in table.rules if rule.id in broken]
    counts = {rule.id: int(broken[rule.id].sum()) if rule.id in broken else 0 for rule in table.rules}
    leaves = _any(broken, [rule for rule in rules if rule.action is Action.QUARANTINE])
    repaired = _repair(frame, broken, [rule for rule in rules if rule.action is not Action.QUARANTINE])
    if leaves is None:
        return Split(repaired, frame.clear().with_columns(pl.lit(None, dtype=REASONS).alias("reasons")), counts)
    return Split(repaired.filter(~leaves), frame.filter(leaves).with_columns(_reasons(rules, broken, leaves)), counts)


def _judge(frame: pl.DataFrame, table: Table) -> Broken:
    errors = _schema_errors(frame, _schema(table, _suspects(frame, table)))
    misfits = [error for error in errors if error.reason_code not in _OF_ROWS]
    if misfits:
        raise InternalError(
            f"a batch does not have the columns of {table.name}",
            where="; ".join(sorted(_misfit(error, frame, table) for error in misfits)),
            happened="no row of the batch was taken or refused",
        )
    broken: dict[str, pl.Series] = {}
    for error in errors:
        rule = str(getattr(error.check, "name", error.check))
        if error.reason_code is SchemaErrorReason.CHECK_ERROR or not _is_verdict(error.check_output, frame):
            raise InternalError(
                "a rule could not be evaluated",
                where=f"rule {rule}",
                expected="true or false for every row",
                happened="no row of the batch was taken or refused",
            )
        broken[rule] = ~error.check_output.to_series()
    return broken


def _suspects(frame: pl.DataFrame, table: Table) -> tuple[RowRule, ...]:
    """The rules that some row may have broken, told in one pass over the batch.

    Pandera takes milliseconds a check, whatever the number of rows, so it is not asked about rules that hold throughout.
    Where the pass cannot tell, all rules are suspect.
    """
    try:
        verdicts = frame.select(rule.check.alias(rule.id) for rule in table.rules)
    except pl.exceptions.PolarsError:
        return table.rules
    if verdicts.height != frame.height or set(verdicts.dtypes) - {pl.Boolean()}:
        return table.rules
    # What is unknown counts as Pandera counts it.
    holds = verdicts.select(pl.col(rule.id).fill_null(rule.unknown_is_fine).all() for rule in table.rules).row(0)
    return tuple(rule for rule, is_kept in zip(table.rules, holds, strict=True) if not is_kept)


@lru_cache(maxsize=_SCHEMAS_KEPT)
def _schema(table: Table, rules: tuple[RowRule, ...]) -> pa.DataFrameSchema:
    return table.schema_with(rules)


def _schema_errors(frame: pl.DataFrame, schema: pa.DataFrameSchema) -> Sequence[SchemaError]:
    # The depth is set here as the environment can set it to less, and then bad rows pass in silence.
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        try:
            schema.validate(frame, lazy=True)
        except SchemaErrors as errors:
            return errors.schema_errors
    return ()


def _misfit(error: SchemaError, frame: pl.DataFrame, table: Table) -> str:
    """A schema failure in words made of column names and types alone."""
    if error.reason_code is SchemaErrorReason.WRONG_DATATYPE:
        name = str(error.schema.name)
        return f"{name} is {frame.schema[name]} in place of {table.lake_schema[name]}"
    if error.reason_code is SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME:
        return f"{error.failure_cases} is missing"
    if error.reason_code is SchemaErrorReason.COLUMN_NOT_IN_SCHEMA:
        return f"{error.failure_cases} is unknown"
    return f"{error.schema.name}: {error.reason_code.value}"


def _is_verdict(output: object, frame: pl.DataFrame) -> bool:
    return isinstance(output, pl.DataFrame) and output.shape == (frame.height, 1) and output.dtypes == [pl.Boolean()]


def _any(broken: Broken, rules: Sequence[RowRule]) -> pl.Series | None:
    if not rules:
        return None
    return pl.DataFrame([broken[rule.id].alias(rule.id) for rule in rules]).select(pl.any_horizontal(pl.all())).to_series()


def _repair(frame: pl.DataFrame, broken: Broken, rules: Sequence[RowRule]) -> pl.DataFrame:
    """New values from REPAIR rules, all computed from the row as it came, and the flags of REPAIR and FLAG rules."""
    if not rules:
        return frame
    repaired: dict[str, pl.Expr] = {}
    for rule in rules:
        for name, value in rule.repair.items():
            repaired[name] = pl.when(broken[rule.id]).then(value).otherwise(repaired.get(name, pl.col(name)))
    return frame.with_columns(**repaired, **{DQ_FLAGS: _flagged(frame[DQ_FLAGS], broken, rules)})


def _flagged(flags: pl.Series, broken: Broken, rules: Sequence[RowRule]) -> pl.Series:
    """Add each rule's flag once to the rows that broke it. Only those rows are rebuilt."""
    hit = _any(broken, rules)
    assert hit is not None
    positions = hit.arg_true()
    added = [pl.when(broken[rule.id].gather(positions)).then(pl.lit(rule.flag)) for rule in rules]
    before = flags.gather(positions).alias("before").to_frame()
    now = pl.concat_list(pl.col("before").fill_null([]), pl.concat_list(added).list.drop_nulls()).list.unique(maintain_order=True)
    rebuilt = before.select(now.alias(flags.name)).to_series()
    order = np.arange(flags.len())
    order[positions.to_numpy()] = flags.len() + np.arange(positions.len())
    return pl.concat([flags, rebuilt]).gather(order)


def _reasons(rules: Sequence[RowRule], broken: Broken, leaves: pl.Series) -> pl.Series:
    return (
        pl.DataFrame([broken[rule.id].alias(rule.id) for rule in rules])
        .filter(leaves)
        .select(pl.concat_list(_reason_of(rules)).list.drop_nulls().cast(REASONS).alias("reasons"))
        .to_series()
    )


def _reason_of(rules: Sequence[RowRule]) -> Iterator[pl.Expr]:
    for rule in rules:
        reason = pl.struct(rule=pl.lit(rule.id), column=pl.lit(rule.columns[0]), severity=pl.lit(rule.severity))
        yield pl.when(pl.col(rule.id)).then(reason)
