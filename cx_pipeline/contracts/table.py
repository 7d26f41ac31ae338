"""What a canonical table is, and its Pandera schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.common import COMMON, DQ_FLAGS
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.standard import standard_rules
from cx_pipeline.errors import InternalError

__all__ = ["Action", "Column", "RowRule", "Table"]

_VERDICT = "_verdict_of_the_rule"
SCRATCH = r"^_.*$"  # columns a stage carries along for itself; contracts do not look at them


@dataclass(frozen=True, eq=False)
class Table:
    """One canonical table.

    Attributes:
        name: as published.
        description: what one row is.
        own: the table's own columns, in order; the common ones follow them.
        key: published columns that identify a row.
        time: published column that orders the published table; None where there is none.
        own_rules: what only this table asks; `rules` adds what follows from the columns.
        derived: made from several records, so without the common columns.
        internal: kept in the lake and never published.
        is_log: a row tells what happened, so it stays when a newer version of its record is delivered; told again, it
            counts once.

    Raises:
        InternalError: when rules and columns do not fit together.
    """

    name: str
    description: str
    own: tuple[Column, ...]
    key: tuple[str, ...]
    time: str | None = None
    own_rules: tuple[RowRule, ...] = ()
    derived: bool = False
    internal: bool = False
    is_log: bool = False

    def __post_init__(self) -> None:
        _refuse(f"the table {self.name} names a column twice", _repeated([column.name for column in self.columns]))
        _refuse(f"the table {self.name} stores a column twice", _repeated([column.lake_name for column in self._stored]))
        _refuse(f"the table {self.name} names a rule twice", _repeated([rule.id for rule in self.rules]))
        named = {*self.key, *([self.time] if self.time else [])}
        _refuse(f"the table {self.name} has no such column", sorted(named - set(self.published_schema)))
        for rule in self.rules:
            self._admit(rule)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Own columns, then the common ones."""
        return self.own if self.derived else (*self.own, *COMMON)

    @cached_property
    def rules(self) -> tuple[RowRule, ...]:
        """What follows from the columns, then the table's own rules."""
        return (*standard_rules(self.name, self.columns, self.time), *self.own_rules)

    @cached_property
    def lake_schema(self) -> pl.Schema:
        """Names and types in the lake, identifiers readable."""
        return pl.Schema({column.lake_name: column.dtype for column in self._stored})

    @cached_property
    def published_schema(self) -> pl.Schema:
        """Names and types in the published file."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @property
    def lake_key(self) -> tuple[str, ...]:
        """The key by its names in the lake."""
        return tuple(self.column(name).lake_name for name in self.key)

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The Pandera schema of the lake form. Each rule is a check of the column at fault."""
        return self.schema_with(self.rules)

    def schema_with(self, rules: Iterable[RowRule]) -> pa.DataFrameSchema:
        """The Pandera schema of the lake form with the checks of some rules only."""
        checks: dict[str, list[pa.Check]] = {name: [] for name in self.lake_schema}
        for rule in rules:
            checks[rule.columns[0]].append(_check(rule))
        columns = {name: pa.Column(dtype, checks[name], nullable=True) for name, dtype in self.lake_schema.items()}
        scratch = pa.Column(None, nullable=True, required=False, regex=True)
        return pa.DataFrameSchema({**columns, SCRATCH: scratch}, strict=True, coerce=False, name=self.name)

    def column(self, name: str) -> Column:
        """The column published under a name."""
        return next(column for column in self.columns if column.name == name)

    @cached_property
    def _blank_rows(self) -> pl.DataFrame:
        return pl.DataFrame([pl.Series(name, [None, None], dtype=dtype) for name, dtype in self.lake_schema.items()])

    @cached_property
    def texts(self) -> tuple[Column, ...]:
        """Columns of free text that the lake stores; they are published redacted."""
        return tuple(column for column in self._stored if column.is_free_text)

    @property
    def _stored(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.in_lake)

    def _admit(self, rule: RowRule) -> None:
        """Refuse a rule that could not be what it says: foreign columns, no verdict a row, nothing to flag."""
        where = f"rule {rule.id}"
        if not rule.id.startswith(f"{self.name}.") or not rule.columns:
            raise InternalError("a rule does not belong to its table", where=where, expected=f"an id below {self.name}.")
        read = {*rule.columns, *rule.repair, *rule.check.meta.root_names()}
        _refuse(f"{where} names columns that {self.name} does not store", sorted(read - set(self.lake_schema)))
        _refuse(f"{where} reads columns it does not declare", sorted(set(rule.check.meta.root_names()) - set(rule.columns)))
        if rule.action is not Action.QUARANTINE and DQ_FLAGS not in self.lake_schema:
            raise InternalError("a rule has no flags to write to", where=where, expected=f"a table with {DQ_FLAGS}")
        if bool(rule.repair) != (rule.action is Action.REPAIR):
            raise InternalError("a rule repairs if, and only if, its action says so", where=where)
        _rehearse(rule, self._blank_rows)


def _check(rule: RowRule) -> pa.Check:
    # No failure cases are taken: they would carry values into exception texts, and the verdicts say which rows broke it.
    return pa.Check(_verdicts(rule.check), name=rule.id, ignore_na=rule.unknown_is_fine, n_failure_cases=0)


def _verdicts(expression: pl.Expr) -> Callable[[PolarsData], pl.LazyFrame]:
    # Beside the row's own columns, so that verdicts of another number than rows fail instead of being padded.
    return lambda data: data.lazyframe.with_columns(expression.alias(_VERDICT)).select(_VERDICT)


def _rehearse(rule: RowRule, blank_rows: pl.DataFrame) -> None:
    """Run a rule on two empty rows: it must give two verdicts."""
    try:
        verdicts = blank_rows.select(rule.check).to_series()
    except pl.exceptions.PolarsError as error:
        raise InternalError("a rule cannot be evaluated", where=f"rule {rule.id}: {type(error).__name__}") from None
    if verdicts.dtype != pl.Boolean() or verdicts.len() != 2:
        raise InternalError("a rule gives no verdict a row", where=f"rule {rule.id}", expected="one Boolean a row")


def _repeated(names: list[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def _refuse(what: str, names: list[str]) -> None:
    if names:
        raise InternalError(what, where=", ".join(names))
