"""The audit of the books: plain SQL over the staged file, told apart from the contracts that judged single rows.

Each check counts offences; zero passes. A check that could not run is errored, and blocks like a failed one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from cx_pipeline.quality.consent_audit import consent_checks
from cx_pipeline.quality.sql_check import SqlCheck
from cx_pipeline.quality.text_columns import as_text, text_columns
from cx_pipeline.quality.token_audit import token_checks
from cx_pipeline.warehouse.quoting import identifier, literal, qualified
from cx_pipeline.warehouse.reader import AUDITING_MB, attempts, open_read_only

_ADDRESS = r"[^@\s]+@[^@\s]+\.[^@\s]+"


LEDGER = (
    SqlCheck(
        "lines_balance",
        "quality.ledger",
        "every line of the ledger takes in what it hands on, keeps back, supersedes, counts twice and filters",
        """SELECT count(*) FROM quality.ledger
           WHERE (rows_in = published + quarantined + superseded + duplicate + filtered) IS NOT TRUE
              OR least(rows_in, published, quarantined, superseded, duplicate, filtered) < 0""",
    ),
    SqlCheck(
        "stages_chain",
        "quality.ledger",
        "a stage takes in exactly what the stage before handed on, for every delivery",
        """SELECT count(*) FROM (
             SELECT delivery_id,
                    coalesce(sum(published) FILTER (stage = 'extract'), 0) AS extracted,
                    coalesce(sum(rows_in) FILTER (stage = 'scrub'), 0) AS to_scrub,
                    coalesce(sum(published) FILTER (stage = 'scrub'), 0) AS scrubbed,
                    coalesce(sum(rows_in) FILTER (stage = 'dedupe'), 0) AS to_dedupe
             FROM quality.ledger GROUP BY delivery_id)
           WHERE extracted <> to_scrub OR scrubbed <> to_dedupe""",
    ),
    SqlCheck(
        "covers_deliveries",
        "quality.ledger",
        "every delivery with records has one extract line, and it takes in as many records as the reader counted",
        """SELECT count(*) FROM (
             SELECT d.delivery_id, d.records, count(l.delivery_id) AS lines, coalesce(sum(l.rows_in), 0) AS rows_in
             FROM quality.deliveries d LEFT JOIN quality.ledger l ON l.delivery_id = d.delivery_id AND l.stage = 'extract'
             GROUP BY ALL)
           WHERE rows_in <> records OR lines > 1 OR (records > 0 AND lines = 0)""",
    ),
    SqlCheck(
        "fates_agree",
        "quality.row_fates",
        "every record that the ledger does not publish has its fate written down, and no other",
        """SELECT count(*) FROM (
             SELECT delivery_id, fate, sum(booked) AS booked, sum(written) AS written FROM (
               SELECT delivery_id, fate, sum(n) AS booked, 0 AS written
               FROM (UNPIVOT quality.ledger ON quarantined, superseded, duplicate, filtered INTO NAME fate VALUE n)
               WHERE stage <> 'map' GROUP BY ALL
               UNION ALL
               SELECT delivery_id, fate, 0, count(*) FROM quality.row_fates GROUP BY ALL)
             GROUP BY ALL)
           WHERE booked <> written""",
    ),
)

IDENTITY = SqlCheck(
    "identity_impact",
    "quality.identity_impact",
    "no more customers and records change than the settings allow, or it was accepted for this run",
    """SELECT CASE WHEN count(*) > 0 THEN count(*) FILTER ((is_beyond AND NOT is_accepted) IS NOT FALSE) END
       FROM quality.identity_impact""",
)


def _table_checks() -> Iterator[SqlCheck]:
    for name, table in tables().items():
        if table.derived or table.internal:
            continue
        target = qualified("main", name)
        yield SqlCheck(
            "rows_as_booked",
            f"main.{name}",
            "the table holds as many rows as the map lines of the ledger publish",
            f"""SELECT abs((SELECT count(*) FROM {target})
                     - (SELECT coalesce(sum(published), 0) FROM quality.ledger WHERE stage = 'map' AND table_name = ?))""",
            (name,),
        )
        # A log keeps what older versions told.
        out = ("quarantined",) if table.is_log else ("quarantined", "superseded")
        yield SqlCheck(
            "no_row_twice_fated",
            f"main.{name}",
            f"no row comes from a record that was {' or '.join(out)}",
            f"""SELECT count(*) FROM {target} WHERE row_id IN
                (SELECT row_id FROM quality.row_fates WHERE fate IN (?, ?))""",
            (out[0], out[-1]),
        )


def _privacy_checks(connection: duckdb.DuckDBPyConnection) -> Iterator[SqlCheck]:
    for schema, name, columns in text_columns(connection, views=True):
        tests = " OR ".join(
            f"(contains({identifier(column)}::VARCHAR, '@') AND regexp_matches({identifier(column)}::VARCHAR, $1))"
            for column in columns
        )
        yield SqlCheck(
            "no_address",
            f"{schema}.{name}",
            "no text column holds an e-mail address",
            f"SELECT count(*) FROM {qualified(schema, name)} WHERE {tests}",
            (_ADDRESS,),
            at_once=f"count(*) FILTER ({' OR '.join(_says_an_address(as_text(column)) for column in columns)})",
            reads_as_text=tuple(columns),
        )


def _says_an_address(text: str) -> str:
    """SQL; a CASE, as all of an AND would be worked out for every row here."""
    return f"CASE WHEN contains({text}, '@') THEN regexp_matches({text}, {literal(_ADDRESS)}) ELSE FALSE END"


def audit_books(path: Path) -> list[CheckResult]:
    """Run every check of the books on a staged file, read-only. All are critical."""
    with open_read_only(path, memory_mb=AUDITING_MB) as connection:
        return outcomes(connection, book_checks(connection))


def book_checks(connection: duckdb.DuckDBPyConnection) -> Iterator[SqlCheck]:
    """Every check of the books, for the staged file that a connection has open."""
    yield from (*LEDGER, IDENTITY)
    yield from _table_checks()
    yield from _privacy_checks(connection)
    yield from consent_checks(connection)
    yield from token_checks(connection)


def outcomes(connection: duckdb.DuckDBPyConnection, checks: Iterable[SqlCheck]) -> list[CheckResult]:
    """What checks find, in their order. Those of a table that can be asked at once are, and by themselves if not settled so."""
    asked = list(checks)
    together: dict[str, list[int]] = {}
    for number, check in enumerate(asked):
        if check.at_once is not None:
            together.setdefault(check.table, []).append(number)
    settled = {
        number
        for table, numbers in together.items()
        for number in _settled(connection, table, {number: asked[number] for number in numbers})
    }
    return [_judged(check, 0) if number in settled else outcome(connection, check) for number, check in enumerate(asked)]


def _settled(connection: duckdb.DuckDBPyConnection, table: str, checks: dict[int, SqlCheck]) -> Iterator[int]:
    """The numbers of the checks that find nothing, by one question to their table; none where that cannot be answered."""
    texts = dict.fromkeys(column for check in checks.values() for column in check.reads_as_text)
    told = "".join(f", {identifier(column)}::VARCHAR AS {as_text(column)}" for column in texts)
    counts = ", ".join(str(check.at_once) for check in checks.values())
    try:
        row = connection.execute(f"SELECT {counts} FROM (SELECT *{told} FROM {qualified(*table.split('.'))})").fetchone()
    except duckdb.Error:  # whose fault it is shows when each is asked by itself
        return
    yield from (number for number, found in zip(checks, row or (), strict=False) if found == 0)


def outcome(connection: duckdb.DuckDBPyConnection, check: SqlCheck) -> CheckResult:
    """Zero offences pass; a check that cannot run is errored."""
    try:
        offences = _offences(connection, check)
    except duckdb.Error as error:
        return _result(check, CheckStatus.ERRORED, type(error).__name__)
    return _judged(check, offences)


def _judged(check: SqlCheck, offences: int | None) -> CheckResult:
    if offences is None:
        return _result(check, CheckStatus.ERRORED, "no answer")
    status = CheckStatus.FAILED if offences else CheckStatus.PASSED
    return _result(check, status, f"{offences} offences", {"offences": offences})


def _offences(connection: duckdb.DuckDBPyConnection, check: SqlCheck) -> int | None:
    is_settled = check.quick is not None and _number(connection, check.quick, check.parameters) == 0
    return 0 if is_settled else _number(connection, check.sql, check.parameters)


def _number(connection: duckdb.DuckDBPyConnection, sql: str, parameters: tuple[str, ...]) -> int | None:
    for is_last in attempts(connection):
        try:
            row = connection.execute(sql, list(parameters)).fetchone()
        except duckdb.OutOfMemoryException:
            if is_last:
                raise
        else:
            return int(row[0]) if row is not None and row[0] is not None else None
    return None


def _result(check: SqlCheck, status: CheckStatus, observed: str, counts: dict[str, int] | None = None) -> CheckResult:
    return CheckResult(
        name=check.name,
        table=check.table,
        status=status,
        severity=CheckSeverity.CRITICAL,
        observed=observed,
        expected="0 offences",
        description=check.description,
        counts=counts or {},
    )
