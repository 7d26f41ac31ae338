"""A check in plain SQL: a named question whose answer is a number of offences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SqlCheck:
    """A named question whose answer is a number of offences; no answer is none, and counts as errored.

    `quick` is a cheaper question with the same parameters: where its answer is 0, so is that of `sql`, which is not asked then.

    `at_once` is an aggregate over the rows of the table of which the same is true. It has no parameters, and stands beside those
    of other checks in one question, so that a table is read once for all of them. Of the columns `reads_as_text`, it reads the
    text, by the name that `as_text` gives it.
    """

    name: str
    table: str
    description: str
    sql: str
    parameters: tuple[str, ...] = ()
    quick: str | None = None
    at_once: str | None = None
    reads_as_text: tuple[str, ...] = ()
