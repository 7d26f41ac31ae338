"""What there is, what was kept back, and which versions are kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from cx_pipeline.sources.catalogue import exports
from cx_pipeline.stages import journal
from cx_pipeline.stages.run import Run
from tests.commands.conftest import Cli, Said
from tests.stages.pipeline import NOW, Pipeline
from tests.stages.shop import CANARY_MAIL, CANARY_MARKS, NIGHT_2


def ask(cli: Cli, pipeline: Pipeline, *arguments: str) -> Said:
    return cli(*arguments, "--data-dir", pipeline.data)


def quarantine(cli: Cli, pipeline: Pipeline) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(cli, pipeline, "quarantine", "list", "--json").json
    return found


def test_the_status_of_a_published_folder(cli: Cli, published: Pipeline) -> None:
    said = cli("status", "--data-dir", published.data, "--raw-dir", published.raw, "--json")
    facts = said.json
    assert said.code == 0
    assert (facts["published"], facts["run_id"], facts["waiting_delivery_dates"]) == (True, "run1", [])
    assert sum(row["files"] for row in facts["deliveries"]) == 17
    people = cli("status", "--data-dir", published.data, "--raw-dir", published.raw)
    assert "run1" in people.out


def test_a_run_that_was_refused_does_not_hide_what_is_said_of_the_published_one(
    cli: Cli, published: Pipeline, tmp_path: Path
) -> None:
    shutil.copytree(published.data, tmp_path / "data")
    again = Pipeline(published.raw, tmp_path / "data")
    failed = CheckResult("no_gap", "main.x", CheckStatus.FAILED, CheckSeverity.WARNING, "1", "0", "there is none", {})
    journal.put_checks(again.layout, Run("run1", NOW), [failed])
    before = ask(cli, again, "status", "--json").json
    assert (before["audited_run"], before["checks_not_passed"]) == ("run1", ["main.x: no_gap failed (warning)"])
    (again.layout.state / "runs" / "run2").mkdir(parents=True)
    after = ask(cli, again, "status", "--json").json
    assert (after["last_run"], after["audited_run"]) == ("run2", "run1")
    assert after["checks_not_passed"] == before["checks_not_passed"]


def test_the_status_of_nothing(cli: Cli, tmp_path: Path) -> None:
    assert f"warning: there is no data folder {tmp_path / 'none'}" in cli("status", "--data-dir", tmp_path / "none").err
    facts = cli("status", "--data-dir", tmp_path / "none", "--json").json
    assert (facts["published"], facts["waiting_delivery_dates"], facts["deliveries"]) == (False, [], [])


def test_deliveries_that_wait_are_named(cli: Cli, shop: Any, tmp_path: Path) -> None:
    facts = cli("status", "--data-dir", tmp_path / "none", "--raw-dir", shop.raw, "--json").json
    assert facts["waiting_delivery_dates"] == ["2026-03-01", "2026-03-02"]


def test_every_source_is_listed(cli: Cli) -> None:
    listed = cli("sources", "--json").json
    assert [f"{row['source']}.{row['export']}" for row in listed] == list(exports())
    assert next(row for row in listed if row["export"] == "Case")["required"] == "CaseNumber, CreatedDate, Id"
    assert "people" not in " ".join(row["tables"] for row in listed)
    assert "satisfaction_ratings" in cli("sources").out


def test_what_was_kept_back_is_listed_by_file_and_rule(cli: Cli, published: Pipeline) -> None:
    found = {(row["raw_path"].split("/", 1)[1], row["rule"]): row["findings"] for row in quarantine(cli, published)}
    assert found == {
        ("zendesk/tickets_1.json", "key.unusable"): 2,
        ("zendesk/users.ndjson", "key.unusable"): 2,
        ("zendesk/comments.ndjson.gz", "key.unusable"): 2,
        ("zendesk/satisfaction_ratings.json", "key.unusable"): 2,
        ("salesforce/Case.csv", "key.unusable"): 2,
        ("salesforce/Contact.csv", "key.unusable"): 2,
        ("salesforce/Case.csv", "csv.field_count"): 1,
        ("salesforce/Contact_no_id.csv", "delivery.missing_column"): 1,
        ("zendesk/tickets_cut.json.gz", "container.truncated"): 1,
    }
    assert "key.unusable" in ask(cli, published, "quarantine", "list").out


def test_a_row_in_quarantine_shows_the_shape_of_its_value(cli: Cli, published: Pipeline) -> None:
    row = next(row for row in quarantine(cli, published) if row["rule"] == "key.unusable")
    masked = ask(cli, published, "quarantine", "show", row["example_row_id"], "--json")
    assert [item["rule"] for item in masked.json] == ["key.unusable"]
    assert masked.json[0]["value"] in ("aaaaaa.aaaa@aaaa-aaaa.aa", "+9 999 999 9999")
    for_people = ask(cli, published, "quarantine", "show", row["example_row_id"])
    assert not [mark for mark in CANARY_MARKS if mark in masked.out + for_people.out]
    asked = ask(cli, published, "quarantine", "show", row["example_row_id"], "--json", "--show-values").json
    assert asked[0]["value"] in CANARY_MARKS


def test_a_damaged_record_shows_its_shape(cli: Cli, published: Pipeline) -> None:
    row = next(row for row in quarantine(cli, published) if row["rule"] == "csv.field_count")
    assert (row["raw_path"], row["first_line"]) == (f"{NIGHT_2}/salesforce/Case.csv", 8)
    masked = ask(cli, published, "quarantine", "show", row["example_row_id"], "--json").json[0]["value"]
    assert masked.startswith("999a")
    assert CANARY_MAIL not in masked


def test_rows_that_are_not_in_quarantine(cli: Cli, published: Pipeline) -> None:
    said = ask(cli, published, "quarantine", "show", "nobody-1")
    assert (said.code, "no such row" in said.err) == (2, True)


@pytest.mark.parametrize("arguments", [("quarantine", "list"), ("quarantine", "show", "x-1"), ("explain", "--customer", "k1_x")])
def test_before_anything_is_published(cli: Cli, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    said = cli(*arguments, "--data-dir", tmp_path / "none")
    assert (said.code, "nothing has been published yet" in said.err) == (1, True)
    assert "next: cx-pipeline run" in said.err


def test_versions_are_listed_and_an_older_one_is_published_again(cli: Cli, published: Pipeline, tmp_path: Path) -> None:
    shutil.copytree(published.data, tmp_path / "data")
    again = Pipeline(published.raw, tmp_path / "data")
    [version] = ask(cli, again, "versions", "--json").json
    assert (version["run_id"], version["sequence"]) == ("run1", 1)
    assert version["name"] in ask(cli, again, "versions").out
    page = again.layout.reports / "cx_audit.html"
    page.unlink(missing_ok=True)
    said = ask(cli, again, "rollback", version["name"])
    assert (said.code, "published again" in said.out) == (0, True)
    assert page.exists(), "the page tells of what is published"


def test_a_version_that_is_not_there(cli: Cli, published: Pipeline, tmp_path: Path) -> None:
    shutil.copytree(published.data, tmp_path / "data")
    said = ask(cli, Pipeline(published.raw, tmp_path / "data"), "rollback", "000404-nothing")
    assert said.code != 0
    assert said.err.startswith("error: ")


def test_no_versions_before_the_first_run(cli: Cli, tmp_path: Path) -> None:
    assert cli("versions", "--data-dir", tmp_path / "none", "--json").json == []
