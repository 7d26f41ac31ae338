"""A check in plain SQL: a named question whose answer is a number of offences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SqlCheck:
    """A named question whose answer is a number of offences; no answer is none, and counts as errored.

    `quick` is a cheaper question with the same parameters: where its answer is 0, so is that of `sql`, which is not asked then.
    """

    name: str
    table: str
    description: str
    sql: str
    parameters: tuple[str, ...] = ()
    quick: str | None = None
