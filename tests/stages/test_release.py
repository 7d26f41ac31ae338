"""Only what passed its audit is published; policy and oddities keep the books right."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from cx_pipeline import __version__
from cx_pipeline.errors import AuditBlocked
from cx_pipeline.quality.audit import audit_books
from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from cx_pipeline.stages.build import build
from cx_pipeline.stages.release import published_run, registry_in_force, release
from cx_pipeline.stages.run import Run, begin, only_run
from cx_pipeline.warehouse.built import Built
from tests.stages.pipeline import NOW, Pipeline
from tests.stages.shop import NIGHT_1, NIGHT_2, cases, lines, sheet, users

Deliver = Callable[[str, bytes], Path]
PASSED = CheckResult("c", "main.t", CheckStatus.PASSED, CheckSeverity.CRITICAL, "0", "0", "d")
RUN = Run("run1", NOW)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pipeline, Built]:
    """A staged file of one small delivery, not published."""
    folder = tmp_path_factory.mktemp("staged")
    path = folder / "raw" / NIGHT_1 / "zendesk" / "users.ndjson"
    path.parent.mkdir(parents=True)
    path.write_bytes(lines(users()))
    pipeline = Pipeline(folder / "raw", folder / "data")
    return pipeline, pipeline.build(RUN)


@pytest.mark.parametrize(
    "results",
    [
        pytest.param([], id="no check was run"),
        pytest.param([PASSED, replace(PASSED, status=CheckStatus.FAILED)], id="failed"),
        pytest.param([PASSED, replace(PASSED, status=CheckStatus.ERRORED)], id="could not run"),
    ],
)
def test_an_audit_that_does_not_pass_blocks(staged: tuple[Pipeline, Built], results: list[CheckResult]) -> None:
    pipeline, built = staged
    with pytest.raises(AuditBlocked) as caught:
        release(built, results, pipeline.settings, pipeline.layout, RUN)
    assert caught.value.exit_code == 3
    assert not pipeline.layout.published.exists()
    assert built.path.exists()
    assert published_run(pipeline.layout) is None


def test_what_passed_is_published_with_its_checks_and_warnings(staged: tuple[Pipeline, Built], tmp_path: Path) -> None:
    shutil.copytree(staged[0].data, tmp_path / "data")
    pipeline = Pipeline(staged[0].raw, tmp_path / "data")
    built = replace(staged[1], path=pipeline.layout.staging / staged[1].path.name)
    results = [*audit_books(built.path), replace(PASSED, status=CheckStatus.FAILED, severity=CheckSeverity.WARNING, name="w")]
    done = release(built, results, pipeline.settings, pipeline.layout, RUN)
    assert published_run(pipeline.layout) == done.version.run_id == "run1"
    checks = pipeline.query("SELECT status, severity, count(*) AS n FROM quality.checks GROUP BY ALL ORDER BY ALL").rows()
    assert checks == [("failed", "warning", 1), ("passed", "critical", len(results) - 1)]
    assert pipeline.query("SELECT * FROM quality.runs").rows() == [("run1", RUN.now_utc, __version__, 1)]


def test_a_file_that_was_built_again_of_the_same_clean_tables_keeps_their_registry(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(f"{NIGHT_1}/zendesk/users.ndjson", lines(users()))
    later = Run("run2", NOW)
    with only_run(pipeline.layout, RUN):
        made = pipeline.clean(RUN)
        built = build(pipeline.settings, pipeline.layout, later, pipeline.tokeniser)
        release(built, [PASSED], pipeline.settings, pipeline.layout, later)
    assert published_run(pipeline.layout) == "run1"
    assert registry_in_force(pipeline.layout).membership.equals(made.registry.membership)


def test_an_export_that_is_excluded_later_leaves_with_its_records_counted(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(f"{NIGHT_1}/zendesk/users.ndjson", lines(users()))
    deliver(f"{NIGHT_1}/salesforce/Case.csv", sheet(cases(range(4))))
    with only_run(pipeline.layout, RUN):
        pipeline.clean(RUN)
        pipeline.given["exclude"] = {"zendesk.users"}
        begin(pipeline.layout)
        made = pipeline.clean(Run("run2", NOW))
    assert (made.rows["interactions"], made.rows["agents"]) == (4, 0)
    book = pl.read_parquet(pipeline.layout.lake_clean / "tables" / "quality.ledger.parquet")
    assert book.filter(table_name="zendesk.users").select("stage", "rows_in", "filtered").rows() == [("extract", 11, 11)]
    fates = pl.read_parquet(pipeline.layout.lake_clean / "tables" / "quality.row_fates.parquet")
    assert fates.select("fate", "reason").unique().rows() == [("filtered", "delivery.excluded")]
    assert fates.height == 11


def test_a_run_over_nothing_at_all_builds_an_empty_file_whose_books_are_right(pipeline: Pipeline) -> None:
    built = pipeline.build(RUN)
    assert {item.status for item in audit_books(built.path)} == {CheckStatus.PASSED}
    assert built.rows["main.customers"] == built.rows["quality.ledger"] == 0


def test_exports_of_nothing_and_odd_cells_keep_the_books_right(pipeline: Pipeline, deliver: Deliver) -> None:
    """One odd cell must never make the run's own count and its mapping disagree: that would stop everybody's publishing."""
    odd = [
        {"ContactId": "N/A", "SuppliedEmail": "eve@hill.io"},
        {"ContactId": "", "SuppliedName": "N/A", "SuppliedEmail": ""},
        {"ContactId": "", "SuppliedName": "", "SuppliedEmail": "no address"},
        {"ContactId": "\u200b", "SuppliedName": "\u200b"},
        {"Description": "&nbsp;"},
        {"Description": "\ufeff"},
        {"IsDeleted": "x", "CaseNumber": "1E+5"},
    ]
    rows = [{**case, **given} for case, given in zip(cases(range(len(odd))), odd, strict=True)]
    deliver(f"{NIGHT_1}/salesforce/Case.csv", sheet(rows))
    roles: list[object] = ["ag\u00adent", "Admin ", 7]
    people = [{**user, "role": role} for user, role in zip(users(), roles, strict=False)]
    deliver(f"{NIGHT_1}/zendesk/users.ndjson", lines(people))
    boxes = [
        {"Id": f"003A00000{number:06}IAA", "HasOptedOutOfEmail": box} for number, box in enumerate(["Y", "wahr", "\u200b1", "?"])
    ]
    deliver(f"{NIGHT_2}/salesforce/Contact.csv", sheet(boxes))
    for name in ("tickets", "comments", "satisfaction_ratings"):
        deliver(f"{NIGHT_2}/zendesk/{name}.json", b"[]")
    built = pipeline.build(RUN)
    assert [
        (item.name, item.table, item.observed) for item in audit_books(built.path) if item.status is not CheckStatus.PASSED
    ] == []
    with duckdb.connect(str(built.path), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM main.interactions").fetchone() == (7,)
        assert connection.execute("SELECT count(*) FROM quality.ledger WHERE stage = 'extract'").fetchone() == (6,)
