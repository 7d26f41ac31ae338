"""The audit of the books finds what was cooked, and nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.quality.audit import LEDGER, audit_books, outcome, outcomes
from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from cx_pipeline.quality.sql_check import SqlCheck
from cx_pipeline.quality.text_columns import as_text
from tests.quality.books import cook, write

Found = dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("books") / "right.duckdb")


@pytest.fixture
def staged(tmp_path: Path, right: Path) -> Path:
    return Path(shutil.copy(right, tmp_path / "staged.duckdb"))


def failed(results: list[CheckResult]) -> Found:
    """Name and table of the checks that failed, with their offences; none may be errored."""
    assert {result.status for result in results} <= {CheckStatus.PASSED, CheckStatus.FAILED}
    return {(result.name, result.table): result.counts["offences"] for result in results if result.status is CheckStatus.FAILED}


def test_right_books_pass_every_check(staged: Path) -> None:
    results = audit_books(staged)
    assert failed(results) == {}
    assert not any(result.blocks for result in results)
    published = [name for name, table in tables().items() if not table.internal and not table.derived]
    per_table = {(result.name, result.table) for result in results} & {
        (name, f"main.{table}") for table in published for name in ("rows_as_booked", "no_row_twice_fated")
    }
    assert len(per_table) == 2 * len(published)
    assert len({(result.name, result.table) for result in results}) == len(results)
    assert {result.severity for result in results} == {CheckSeverity.CRITICAL}
    assert all(result.description and result.expected for result in results)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param(
            ["UPDATE quality.ledger SET rows_in = 9 WHERE stage = 'map'"],
            {("lines_balance", "quality.ledger"): 1},
            id="a line does not balance",
        ),
        pytest.param(
            ["UPDATE quality.ledger SET rows_in = NULL WHERE stage = 'map'"],
            {("lines_balance", "quality.ledger"): 1},
            id="a figure is missing",
        ),
        pytest.param(
            [
                "UPDATE quality.ledger SET duplicate = 2, quarantined = 0, filtered = -1, published = 4 WHERE stage = 'map'",
                "INSERT INTO main.interactions (row_id) VALUES ('p1-4')",
            ],
            {("lines_balance", "quality.ledger"): 1},
            id="a figure is negative",
        ),
        pytest.param(
            ["UPDATE quality.ledger SET rows_in = 6, published = 4 WHERE stage = 'dedupe'"],
            {("stages_chain", "quality.ledger"): 1},
            id="a stage lost a record between two others",
        ),
        pytest.param(
            [
                "UPDATE quality.ledger SET rows_in = 9, published = 7 WHERE stage = 'extract' AND delivery_id = 'd1'",
                "UPDATE quality.deliveries SET records = 9 WHERE delivery_id = 'd1'",
            ],
            {("stages_chain", "quality.ledger"): 1},
            id="the first stage handed on less than the second took",
        ),
        pytest.param(
            ["UPDATE quality.deliveries SET records = 11 WHERE delivery_id = 'd1'"],
            {("covers_deliveries", "quality.ledger"): 1},
            id="the reader counted more records than were booked",
        ),
        pytest.param(
            ["UPDATE quality.deliveries SET records = 5 WHERE delivery_id = 'd4'"],
            {("covers_deliveries", "quality.ledger"): 1},
            id="a delivery has no line",
        ),
        pytest.param(
            [
                "INSERT INTO quality.ledger SELECT * FROM quality.ledger WHERE delivery_id = 'd3'",
                "UPDATE quality.ledger SET rows_in = 1, filtered = 1 WHERE delivery_id = 'd3'",
            ],
            {("covers_deliveries", "quality.ledger"): 1},
            id="a delivery is booked in two halves",
        ),
        pytest.param(
            ["DELETE FROM quality.row_fates WHERE fate = 'superseded'"],
            {("fates_agree", "quality.row_fates"): 1},
            id="a record's fate is not written down",
        ),
        pytest.param(
            ["INSERT INTO quality.row_fates (delivery_id, fate) VALUES ('d4', 'duplicate')"],
            {("fates_agree", "quality.row_fates"): 1},
            id="a fate that nobody booked",
        ),
        pytest.param(
            ["UPDATE quality.row_fates SET fate = 'superseded' WHERE fate = 'duplicate' AND delivery_id = 'd1'"],
            {("fates_agree", "quality.row_fates"): 2},
            id="one fate written for another",
        ),
        pytest.param(
            ["DELETE FROM main.interactions WHERE row_id = 'p1-1'"],
            {("rows_as_booked", "main.interactions"): 1},
            id="a row is missing",
        ),
        pytest.param(
            ["INSERT INTO main.messages (row_id) VALUES ('p1-1'), ('p1-2')"],
            {("rows_as_booked", "main.messages"): 2},
            id="rows that nobody booked",
        ),
        pytest.param(
            ["UPDATE quality.row_fates SET row_id = 'p1-2' WHERE fate = 'superseded'"],
            {("no_row_twice_fated", "main.interactions"): 1},
            id="a superseded record is published all the same",
        ),
        pytest.param(
            ["UPDATE quality.row_fates SET row_id = 'p1-2' WHERE fate = 'quarantined'"],
            {("no_row_twice_fated", "main.interactions"): 1},
            id="a quarantined record is published all the same",
        ),
        pytest.param(
            ["UPDATE main.interactions SET category = 'ask ada@king.io' WHERE row_id = 'p1-2'"],
            {("no_address", "main.interactions"): 1},
            id="an address in a text",
        ),
        pytest.param(
            ["UPDATE main.interactions SET dq_flags = ['fine', 'ada@king.io']"],
            {("no_address", "main.interactions"): 3},
            id="an address in a list",
        ),
        pytest.param(
            [
                "INSERT INTO main.consents (customer_id) VALUES ('x')",
                "INSERT INTO main.consent_events (identity) VALUES ({'kind': 'email', 'token': 'ada@king.io'})",
                "UPDATE quality.ledger SET table_name = 'consent_events', quarantined = 0, duplicate = 0 WHERE stage = 'map'",
                "UPDATE quality.ledger SET rows_in = 1, published = 1 WHERE stage = 'map'",
                "DELETE FROM main.interactions",
            ],
            {("no_address", "main.consent_events"): 1},
            id="an address inside a struct",
        ),
        pytest.param(
            ["INSERT INTO quality.anomalies (detail) VALUES ('column ada@king.io')"],
            {("no_address", "quality.anomalies"): 1},
            id="an address in the proof itself",
        ),
        pytest.param(
            ["CREATE TABLE marts.contacts AS SELECT 'ada@king.io' AS who"],
            {("no_address", "marts.contacts"): 1},
            id="an address in a mart",
        ),
        pytest.param(
            [
                "INSERT INTO quality.identity_impact (metric, is_beyond, is_accepted) VALUES ('one', true, false)",
                "INSERT INTO quality.identity_impact (metric, is_beyond, is_accepted) VALUES ('other', true, true)",
            ],
            {("identity_impact", "quality.identity_impact"): 1},
            id="more customers change than is allowed",
        ),
        pytest.param(
            ["UPDATE quality.identity_impact SET is_beyond = NULL"],
            {("identity_impact", "quality.identity_impact"): 1},
            id="nobody knows how many customers change",
        ),
        pytest.param(
            ["CREATE VIEW marts.contacts AS SELECT 'ada@king.io' AS who"],
            {("no_address", "marts.contacts"): 1},
            id="an address in a view",
        ),
    ],
)
def test_what_was_cooked_makes_exactly_its_check_fail(staged: Path, statements: list[str], expected: Found) -> None:
    cook(staged, *statements)
    results = audit_books(staged)
    assert failed(results) == expected
    assert {(result.name, result.table) for result in results if result.blocks} == set(expected)


def test_every_check_of_the_books_was_cooked() -> None:
    assert {check.name for check in LEDGER} == {"lines_balance", "stages_chain", "covers_deliveries", "fates_agree"}


@pytest.mark.parametrize(
    ("statement", "errored"),
    [
        ("DROP TABLE main.reviews", {("rows_as_booked", "main.reviews"), ("no_row_twice_fated", "main.reviews")}),
        ("ALTER TABLE quality.row_fates DROP COLUMN fate", None),
        ("DROP TABLE quality.ledger", None),
        ("DELETE FROM quality.identity_impact", {("identity_impact", "quality.identity_impact")}),
        ("DROP TABLE quality.identity_impact", {("identity_impact", "quality.identity_impact")}),
    ],
)
def test_a_check_that_cannot_run_is_errored_and_blocks(
    staged: Path, statement: str, errored: set[tuple[str, str]] | None
) -> None:
    cook(staged, statement)
    results = [result for result in audit_books(staged) if result.status is CheckStatus.ERRORED]
    assert results
    assert all(result.blocks for result in results)
    assert errored is None or {(result.name, result.table) for result in results} == errored


def test_what_is_observed_holds_counts_and_no_values(staged: Path) -> None:
    cook(staged, "UPDATE main.interactions SET category = 'ask ada@king.io'", "DROP TABLE main.reviews")
    assert "ada@king.io" not in repr(audit_books(staged))


def _rows_with(name: str, offence: str) -> SqlCheck:
    counted = f"SELECT count(*) FROM main.answers WHERE {offence}"
    return SqlCheck(name, "main.answers", name, counted, at_once=f"count(*) FILTER ({offence})")


GOOD, BAD = _rows_with("good", "score > 9"), _rows_with("bad", "score > 2")
BROKEN = _rows_with("broken", "no_such_column")
NEVER_ALONE = replace(GOOD, name="never alone", sql="SELECT 99")
PESSIMIST = replace(GOOD, name="pessimist", at_once="count(*)")
SPOKEN = replace(GOOD, name="spoken", at_once=f"count(*) FILTER (contains({as_text('said')}, 'x'))", reads_as_text=("said",))


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        pytest.param([GOOD, BAD, SPOKEN], [0, 2, 0], id="each by its own count"),
        pytest.param([NEVER_ALONE, BAD], [0, 2], id="what one question settles is not asked again"),
        pytest.param([PESSIMIST, GOOD], [0, 0], id="what it does not settle is"),
        pytest.param([GOOD, BROKEN, BAD], [0, None, 2], id="one that cannot be asked spoils no other"),
        pytest.param([BAD, BAD, GOOD], [2, 2, 0], id="in order"),
        pytest.param([], [], id="none"),
    ],
)
def test_what_is_asked_at_once_is_told_as_if_asked_alone(checks: list[SqlCheck], expected: list[int | None]) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE main.answers AS SELECT range AS score, ['a', range::VARCHAR] AS said FROM range(5)")
        found = outcomes(connection, checks)
        alone = [outcome(connection, check) for check in checks if check is not NEVER_ALONE]
    assert [result.counts.get("offences") for result in found] == expected
    assert [result for result in found if result.name != NEVER_ALONE.name] == alone
