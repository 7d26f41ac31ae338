"""The four ways a run can fail, each with wording that says what to do next.

A message never shows a personal value: callers pass places (file, line, column, row id) and expectations, not contents.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """Of the names that there are, of which there is one at least, the one that was most likely meant."""
    return get_close_matches(name, list(known), n=1, cutoff=0.0)[0]


class CxError(Exception):
    """Base of all errors raised on purpose.

    Args:
        what: what failed, in one clause.
        rule: stable name of the rule that was broken, such as `container.truncated`.
        where: file, line, column or row id; empty where the place is not one.
        expected: what would have been right.
        happened: what happened to the data.
        next_step: the next command or setting to try.
    """

    exit_code = 1

    def __init__(
        self, what: str, *, rule: str = "", where: str = "", expected: str = "", happened: str = "", next_step: str = ""
    ) -> None:
        self.what, self.rule, self.where, self.expected = what, rule, where, expected
        self.happened, self.next_step = happened, next_step
        parts = [
            f"{what} ({where})" if where else what,
            f"expected {expected}" if expected else "",
            happened,
            f"next: {next_step}" if next_step else "",
        ]
        super().__init__("; ".join(part for part in parts if part))


class DataError(CxError):
    """The user's data cannot be used as it is."""


class ConfigError(CxError):
    """The settings or the command line are wrong; nothing was read or written."""

    exit_code = 2


class AuditBlocked(CxError):
    """The staged file failed a blocking check; the published file stays as it was."""

    exit_code = 3


class EnvironmentProblem(CxError):
    """The machine refuses: a lock, a permission, a full disk."""


class InternalError(CxError):
    """A bug of this project: an invariant that the code promises does not hold."""
