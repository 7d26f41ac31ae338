from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.audit import SuiteResult, run_suites
from checks.suites import Expected
from checks.verdicts import verdict, without_values
from cx_pipeline.errors import EnvironmentProblem, InternalError
from cx_pipeline.quality.check_result import CheckSeverity, CheckStatus
from tests.checks.shop import CALL_ROWS, CANARY, GOOD_CALL, TABLES, TEAM_ROWS, TOKEN, only, staged, with_call

ROOT = Path(__file__).parents[2]


def states(results: list[SuiteResult]) -> dict[str, str]:
    """`table.check` to its state."""
    return {f"{result.table}.{result.name}": str(result.status) for suite in results for result in suite.results}


def test_good_rows_pass_everything(tmp_path: Path) -> None:
    results = run_suites(staged(tmp_path), TABLES, None, "run1")
    assert [suite.table for suite in results] == ["main.teams", "main.calls"]
    assert set(states(results).values()) == {"passed"}
    assert not any(suite.blocks for suite in results)
    counts = {f"{result.table}.{result.name}": dict(result.counts) for suite in results for result in suite.results}
    assert counts["main.calls.row_count"] == {"rows": 3}
    assert counts["main.calls.kind_words"] == {"rows": 3, "null": 1, "broken": 0}
    assert counts["main.calls.caller_token_is_token"] == {"broken": 0}


def test_empty_tables_pass(tmp_path: Path) -> None:
    assert set(states(run_suites(staged(tmp_path, [], []), TABLES, None, "run1")).values()) == {"passed"}


KNOWN_BAD: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]] | None, bool]] = [
    ("main.calls.key_unique", [*CALL_ROWS, GOOD_CALL], None, True),
    ("main.calls.key_unique", [*CALL_ROWS, CALL_ROWS[1]], None, True),
    ("main.calls.required_present", with_call(call_id=None), None, True),
    ("main.calls.required_present", with_call(is_deleted=None), None, True),
    ("main.calls.kind_words", with_call(kind="Inbound"), None, True),
    ("main.calls.opened_at_plausible", with_call(opened_at=GOOD_CALL["opened_at"].replace(year=1970)), None, False),
    (
        "main.calls.opened_at_plausible",
        with_call(opened_at=GOOD_CALL["opened_at"].replace(year=2100, month=1, day=1, hour=0)),
        None,
        False,
    ),
    ("main.calls.caller_token_is_token", with_call(caller_token=CANARY), None, True),
    ("main.calls.caller_token_is_token", with_call(caller_token=f"{TOKEN}\n{CANARY}"), None, True),
    ("main.calls.caller_token_is_token", with_call(caller_token=TOKEN[:-1]), None, True),
    ("main.calls.caller_token_is_token", with_call(caller_token=""), None, True),
    ("main.calls.consent_is_token", with_call(consent={"kind": "email", "token": CANARY}), None, True),
    ("main.calls.text_note_redacted", with_call(text_note=f"write to {CANARY}"), None, True),
    ("main.calls.text_note_redacted", with_call(text_note="call +49 30 2312 5815 at noon"), None, True),
    ("main.calls.text_note_redacted", with_call(text_note="my card 4111 1111 1111 1111 was charged"), None, True),
    ("main.calls.team_id_leads_somewhere", with_call(team_id="gone"), None, False),
    ("main.teams.key_unique", CALL_ROWS, [*TEAM_ROWS, TEAM_ROWS[1]], True),
    ("main.teams.required_present", CALL_ROWS, [*TEAM_ROWS, {"team_id": None, "parent_team_id": None}], True),
    ("main.teams.parent_team_id_leads_somewhere", CALL_ROWS, [*TEAM_ROWS, {"team_id": "t3", "parent_team_id": CANARY}], False),
]


@pytest.mark.parametrize(("check", "calls", "teams", "blocks"), KNOWN_BAD)
def test_one_bad_row_fails_its_expectation_and_no_other(
    tmp_path: Path, check: str, calls: list[dict[str, Any]], teams: list[dict[str, Any]] | None, blocks: bool
) -> None:
    results = run_suites(staged(tmp_path, calls, teams), TABLES, None, "run1")
    assert only(states(results), "failed") == [check]
    assert only(states(results), "errored") == []
    assert any(suite.blocks for suite in results) is blocks
    broken = next(result for suite in results for result in suite.results if f"{result.table}.{result.name}" == check)
    assert broken.counts["broken"] == 1
    assert CANARY not in repr(results)


@pytest.mark.parametrize(
    "text", ["x", "[EMAIL]", f"write to [EMAIL:{TOKEN}]", "order 4111-22, 3 of 16", "+1 for this", "2026-11-01"]
)
def test_redacted_text_may_stand_there_but_not_in_a_tombstone(tmp_path: Path, text: str) -> None:
    results = run_suites(staged(tmp_path, with_call(text_note=text)), TABLES, None, "run1")
    assert only(states(results), "failed") == []
    results = run_suites(staged(tmp_path / "deleted", with_call(text_note=text, is_deleted=True)), TABLES, None, "run1")
    assert only(states(results), "failed") == ["main.calls.deleted_without_text"]


@pytest.mark.parametrize(
    ("change", "observed"),
    [
        ("ALTER TABLE calls DROP COLUMN team_id", "missing: team_id"),
        ("ALTER TABLE teams ADD COLUMN note VARCHAR", "not declared: note"),
        ("CREATE OR REPLACE TABLE teams AS SELECT parent_team_id, team_id FROM teams", "another order"),
    ],
)
def test_other_columns_than_declared_block(tmp_path: Path, change: str, observed: str) -> None:
    path = staged(tmp_path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(change)
    results = run_suites(path, TABLES, None, "run1")
    failed = [result for suite in results for result in suite.results if result.status is CheckStatus.FAILED]
    assert [(result.name, result.observed) for result in failed] == [("columns", observed)]
    assert any(suite.blocks for suite in results)


def test_what_cannot_be_evaluated_is_errored_alone(tmp_path: Path) -> None:
    path = staged(tmp_path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("ALTER TABLE calls DROP COLUMN caller_token")
        connection.execute("ALTER TABLE calls DROP COLUMN kind")
    results = run_suites(path, TABLES, None, "run1")
    assert only(states(results), "errored") == ["main.calls.caller_token_is_token", "main.calls.kind_words"]
    assert only(states(results), "failed") == ["main.calls.columns"]
    errors = {result.name: result for suite in results for result in suite.results if result.status is CheckStatus.ERRORED}
    assert errors["caller_token_is_token"].observed == "BinderException"
    assert all(result.blocks for result in errors.values())


def test_a_missing_table_is_errored_throughout(tmp_path: Path) -> None:
    path = staged(tmp_path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DROP TABLE calls")
    teams, calls = run_suites(path, TABLES, None, "run1")
    assert {result.status for result in calls.results} == {CheckStatus.ERRORED}
    assert calls.blocks
    assert {result.status for result in teams.results} == {CheckStatus.PASSED}


def test_an_engine_error_that_quotes_a_value_does_not_get_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    path = staged(tmp_path, with_call(caller_token=CANARY))
    with duckdb.connect(str(path)) as connection:
        connection.execute("ALTER TABLE calls RENAME COLUMN opened_at TO was_opened_at")
        # Reading the view casts the canary to a number: the engine's error quotes it.
        connection.execute("ALTER TABLE calls RENAME TO stored")
        connection.execute(
            "CREATE VIEW calls AS SELECT * REPLACE (CAST(CAST(caller_token AS INTEGER) AS VARCHAR) AS caller_token),"
            " was_opened_at AS opened_at FROM main.stored"
        )
    with caplog.at_level(logging.DEBUG):
        results = run_suites(path, TABLES, tmp_path / "reports", "run1")
    assert "main.calls.caller_token_is_token" in only(states(results), "errored")
    captured = capfd.readouterr()
    written = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "reports").rglob("*") if file.is_file())
    for text in (repr(results), caplog.text, captured.out, captured.err, written):
        assert CANARY not in text


def test_the_file_is_free_afterwards(tmp_path: Path) -> None:
    path = staged(tmp_path)
    before = path.read_bytes()
    run_suites(path, TABLES, None, "run1")
    assert path.read_bytes() == before
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE later (a INTEGER)")


def test_what_is_no_database_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem):
        run_suites(tmp_path / "none.duckdb", TABLES, None, "run1")


def test_no_value_is_kept_as_evidence(tmp_path: Path) -> None:
    bad = with_call(caller_token=CANARY, text_note=CANARY, kind=CANARY, team_id=CANARY, consent={"kind": CANARY, "token": CANARY})
    results = run_suites(staged(tmp_path, [*bad, bad[-1]]), TABLES, None, "run1")
    evidence = json.dumps([dict(suite.evidence) for suite in results], default=str)
    assert CANARY not in evidence
    assert '"success": false' in evidence
    assert '"partial_unexpected_list": []' in evidence
    assert "exception_info" not in evidence


SAMPLES = st.sampled_from(
    [
        "unexpected_list",
        "partial_unexpected_list",
        "unexpected_index_list",
        "partial_unexpected_counts",
        "unexpected_rows",
        "unexpected_values",
    ]
)


@settings(max_examples=30)
@given(SAMPLES, st.lists(st.sampled_from(["result", "details", "x"]), max_size=4))
def test_evidence_with_samples_is_refused_wherever_they_are(field: str, path: list[str]) -> None:
    node: Any = {field: [CANARY]}
    for key in path:
        node = {key: [node]}
    with pytest.raises(InternalError, match="sampled values") as caught:
        without_values({"results": [{"success": True, "result": node}]})
    assert CANARY not in str(caught.value)


EXPECTED = Expected("check", "ExpectColumnValuesToBeNull", "A sentence.", "nulls", CheckSeverity.WARNING)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (None, "errored"),
        ({"success": None, "result": {}, "raised": []}, "errored"),
        ({"success": True, "result": {}, "raised": ["BinderException"]}, "errored"),
        ({"success": True, "result": {"element_count": 2, "unexpected_count": 0}, "raised": []}, "passed"),
        ({"success": False, "result": {"element_count": 2, "unexpected_count": 1}, "raised": []}, "failed"),
    ],
)
def test_three_states(found: dict[str, Any] | None, status: str) -> None:
    result = verdict("main.t", EXPECTED, found)
    assert result.status == status
    assert not result.blocks


def test_importing_the_checks_does_not_import_great_expectations() -> None:
    script = "import sys, checks.audit, checks.suites, checks.data_docs; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, timeout=60).returncode == 0
