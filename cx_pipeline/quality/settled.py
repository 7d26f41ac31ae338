"""Published texts are what redaction left of them: redacting them again changes nothing.

This looks at the staged file alone, without what is known of anybody, so that a text which came past redaction is seen whatever
way it took. All distinct texts of a column are read where there are few; of many, those with the smallest hashes. One text in a
thousand may settle only at a second look, which is told as a warning; more have not been redacted, which stops the publishing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.privacy.redaction import redact
from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.reader import SPARING_MB, open_read_only

SETTLED = "settled"
"""Ends the name of each of these checks."""
MOST_TEXTS = 10_000
"""Distinct texts of a column that are read."""
_UNSETTLED = 0.001
_DESCRIPTION = f"redacting the texts of {{column}} again changes none of them (of up to {MOST_TEXTS:,} distinct ones)"


def audit_texts(path: Path) -> list[CheckResult]:
    """Redact the texts of a staged file again, read-only. One check a text column."""
    with open_read_only(path, memory_mb=SPARING_MB) as connection:
        return [_checked(connection, table, column) for table, column in _columns()]


def _columns() -> Iterator[tuple[str, str]]:
    for name, table in tables().items():
        if not table.internal:
            yield from ((name, column.name) for column in table.columns if column.is_free_text)


def _checked(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> CheckResult:
    name = identifier(column)
    query = f"""SELECT DISTINCT {name} AS "text" FROM {qualified("main", table)} WHERE {name} IS NOT NULL
                ORDER BY md5("text"), "text" LIMIT {MOST_TEXTS}"""
    try:
        texts = connection.sql(query).pl()["text"]
    except duckdb.Error as error:
        return _result(table, column, CheckStatus.ERRORED, type(error).__name__, {})
    changed = int((redact(texts)["text_masked"] != texts).sum())
    status = CheckStatus.FAILED if changed else CheckStatus.PASSED
    severity = CheckSeverity.WARNING if 0 < changed <= _UNSETTLED * texts.len() else CheckSeverity.CRITICAL
    counts = {"changed": changed, "texts": texts.len()}
    return _result(table, column, status, f"{changed} of {texts.len()} texts change", counts, severity)


def _result(
    table: str,
    column: str,
    status: CheckStatus,
    observed: str,
    counts: dict[str, int],
    severity: CheckSeverity = CheckSeverity.CRITICAL,
) -> CheckResult:
    return CheckResult(
        name=f"{column}_{SETTLED}",
        table=f"main.{table}",
        status=status,
        severity=severity,
        observed=observed,
        expected="0 texts change",
        description=_DESCRIPTION.format(column=column),
        counts=counts,
    )
