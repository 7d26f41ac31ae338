"""A check in plain SQL: a named question whose answer is a number of offences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SqlCheck:
    """A named question whose answer is a number of offences; no answer is none, and counts as errored."""

    name: str
    table: str
    description: str
    sql: str
    parameters: tuple[str, ...] = ()
