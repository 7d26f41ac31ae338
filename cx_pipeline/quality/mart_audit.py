"""What a mart promises of its key and its rows, held to on the staged file. Its types are held to when it is built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cx_pipeline.marts.catalogue import GIVEN, marts
from cx_pipeline.quality.audit import book_checks, outcomes
from cx_pipeline.quality.check_result import CheckResult
from cx_pipeline.quality.sql_check import SqlCheck
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.reader import AUDITING_MB, open_read_only


def mart_checks() -> Iterator[SqlCheck]:
    """Checks of every mart: no key twice, no key missing, and what its header says that holds of every row."""
    keys = {mart.id: mart.key for mart in marts().values()} | {item.id: item.key for item in GIVEN}
    for name, key in keys.items():
        target = qualified(*name.split("."))
        columns = ", ".join(identifier(column) for column in key)
        distinct = f"count(*) - count(DISTINCT hash({columns}))"
        missing = " OR ".join(f"{identifier(column)} IS NULL" for column in key)
        yield SqlCheck(
            "key_unique",
            name,
            f"no two rows have the same {', '.join(key)}",
            f"SELECT count(*) FROM (SELECT 1 FROM {target} GROUP BY {columns} HAVING count(*) > 1)",
            quick=f"SELECT {distinct} FROM {target}",
            at_once=distinct,
        )
        yield _of_rows("key_present", name, f"every row has {', '.join(key)}", missing)
    for mart in marts().values():
        for check, condition in mart.holds:
            yield _of_rows(check, mart.id, f"of every row: {condition}", f"({condition}) IS NOT TRUE")


def _of_rows(check: str, table: str, description: str, offence: str) -> SqlCheck:
    """A check that counts the rows of which an offence is true."""
    counted = f"SELECT count(*) FROM {qualified(*table.split('.'))} WHERE {offence}"
    return SqlCheck(check, table, description, counted, at_once=f"count(*) FILTER ({offence})")


def audit_marts(path: Path) -> list[CheckResult]:
    """Run the checks of every mart on a staged file, read-only. All are critical."""
    with open_read_only(path, memory_mb=AUDITING_MB) as connection:
        return outcomes(connection, mart_checks())


def audit_file(path: Path) -> list[CheckResult]:
    """What `audit_books` and then `audit_marts` say of a staged file; tables that both ask of are read once for both."""
    with open_read_only(path, memory_mb=AUDITING_MB) as connection:
        return outcomes(connection, [*book_checks(connection), *mart_checks()])
