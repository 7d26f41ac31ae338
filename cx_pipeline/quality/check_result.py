"""The outcome of one check, whoever ran it: Great Expectations, plain SQL, Pandera."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class CheckStatus(StrEnum):
    """A check that could not run is `errored`; it is never counted as passed."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"


class CheckSeverity(StrEnum):
    """Whether a check that did not pass stops the publishing."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True)
class CheckResult:
    """One check and what it found, in counts and names only.

    Attributes:
        name: stable name of the check, unique within its table.
        table: `schema.table` it is about; empty for the file as a whole.
        status: passed, failed or errored.
        severity: critical blocks publishing, warning does not.
        observed: what was found, never a value of the data.
        expected: what would have been right.
        description: one plain sentence of what is checked.
        counts: figures such as `rows` and `broken`.
    """

    name: str
    table: str
    status: CheckStatus
    severity: CheckSeverity
    observed: str
    expected: str
    description: str
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def blocks(self) -> bool:
        """True when publishing must stop: a critical check that failed or could not run."""
        return self.severity is CheckSeverity.CRITICAL and self.status is not CheckStatus.PASSED
