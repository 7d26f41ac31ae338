"""What a row rule is: a condition over one row of a canonical table, and what happens to rows that break it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl


class Action(StrEnum):
    """What happens to a row that breaks a rule."""

    QUARANTINE = "quarantine"  # the row leaves the table
    REPAIR = "repair"  # values that cannot be right are replaced, the row is flagged and stays
    FLAG = "flag"  # the row is flagged and stays


_SEVERITY = {Action.QUARANTINE: "error", Action.REPAIR: "warning", Action.FLAG: "info"}


@dataclass(frozen=True, eq=False)
class RowRule:
    """One rule over a row in its lake form.

    Attributes:
        id: `table.what_is_wrong`, stable for ever.
        version: raised whenever a verdict could differ.
        title: one plain-English sentence of what must hold.
        columns: lake columns read, the one at fault first.
        action: see `Action`.
        check: Boolean, True for a good row. Looks at one row at a time and at nothing else: no aggregates, no clock.
        unknown_is_fine: a null verdict passes; otherwise what cannot be decided breaks the rule.
        repair: for REPAIR: lake column to its new value in rows that break the rule.
    """

    id: str
    version: int
    title: str
    columns: tuple[str, ...]
    action: Action
    check: pl.Expr
    unknown_is_fine: bool = False
    repair: Mapping[str, pl.Expr] = field(default_factory=dict)

    @property
    def flag(self) -> str:
        """The entry in `dq_flags` of rows that stay; empty for quarantine."""
        return "" if self.action is Action.QUARANTINE else self.id.partition(".")[2]

    @property
    def severity(self) -> str:
        return _SEVERITY[self.action]

    @property
    def fingerprint(self) -> str:
        return f"{self.id}@{self.version}"
