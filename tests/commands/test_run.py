"""What a run takes in, and what it says of what it leaves: Dagster itself is not started here."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.commands import closing, run
from cx_pipeline.layout import Layout
from cx_pipeline.settings import load
from cx_pipeline.stages.intake import take_in
from cx_pipeline.stages.run import Run, only_run
from tests.commands.conftest import Cli

TODAY = datetime.now(UTC).date()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The ranges of dates that Dagster would have been asked for."""
    ranges: list[tuple[str, str]] = []

    def launch(settings: object, layout: object, run_id: str, tags: dict[str, str], *, quiet: bool) -> int:
        del settings, layout, run_id, quiet
        assert tags[".dagster/repository"] == "__repository__@cx_pipeline", "or the pages of the job do not show it"
        ranges.append((tags["dagster/asset_partition_range_start"], tags["dagster/asset_partition_range_end"]))
        return 1

    def outcome(layout: object, run_id: str, code: int) -> closing.Outcome:
        return closing.Outcome(run_id, code, {"log": str(layout)})

    monkeypatch.setattr(run, "_launch", launch)
    monkeypatch.setattr(closing, "outcome", outcome)
    return ranges


def deliver(tmp_path: Path, *days: date) -> None:
    for day in days:
        folder = tmp_path / "data" / "raw" / day.isoformat() / "zendesk"
        folder.mkdir(parents=True)
        (folder / "users.ndjson").write_text('{"id":1}\n')


@pytest.mark.parametrize("words", [(), ("--all",)])
def test_dates_to_come_do_not_hold_up_those_that_came(
    cli: Cli, tmp_path: Path, asked: list[tuple[str, str]], words: tuple[str, ...]
) -> None:
    later = TODAY + timedelta(days=9)
    deliver(tmp_path, date(2026, 3, 1), date(2026, 3, 3), later)
    said = cli("run", *words)
    assert asked == [("2026-03-01", "2026-03-03")]
    assert f"dated after today and not taken in yet: {later}\n" in said.err
    assert "set timezone (now UTC)" in said.err
    assert cli("run", *words, "--json").json["dates_after_today"] == [later.isoformat()]


def test_where_only_dates_to_come_wait_nothing_is_taken_in(cli: Cli, tmp_path: Path, asked: list[tuple[str, str]]) -> None:
    deliver(tmp_path, TODAY + timedelta(days=9))
    cli("run")
    assert asked[0][0] == asked[0][1] <= (TODAY + timedelta(days=1)).isoformat()


@pytest.mark.parametrize("day", ["2014-12-31", (TODAY + timedelta(days=9)).isoformat()])
def test_a_date_that_is_asked_for_must_be_a_partition(cli: Cli, tmp_path: Path, asked: list[tuple[str, str]], day: str) -> None:
    deliver(tmp_path, date.fromisoformat(day))
    said = cli("run", "--date", day)
    assert (said.code, asked) == (2, [])
    assert f"outside the partitions ({day})" in said.err
    assert "in UTC; next: set start_date or timezone" in said.err


def test_a_folder_that_cannot_be_listed_is_told(
    cli: Cli, tmp_path: Path, asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path, date(2026, 3, 1), date(2026, 3, 2))
    listed = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("2026-03-02/zendesk"):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert "cannot be looked at and not taken in: 2026-03-02/zendesk\n" in cli("run").err
    assert asked == [("2026-03-01", "2026-03-01")]
    assert cli("run", "--json").json["unreadable_deliveries"] == ["2026-03-02/zendesk"]
    facts = cli("status", "--json").json
    assert (facts["waiting_delivery_dates"], facts["unreadable_deliveries"]) == (["2026-03-01"], ["2026-03-02/zendesk"])


def test_files_that_are_named_like_no_export_are_told(cli: Cli, tmp_path: Path, asked: list[tuple[str, str]]) -> None:
    deliver(tmp_path, date(2026, 3, 1))
    raw = tmp_path / "data" / "raw"
    for name in ("2026-03-01/hubspott/contacts.csv", "2026-03-01/zendesk/odd_thing.csv", "01-03-2026/zendesk/users.csv"):
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        (raw / name).write_text("a\n1\n")
    settings = load(data_dir=tmp_path / "data")
    take_in(settings, Layout(settings.data_dir), [date(2026, 3, 1)])
    said = cli("run", "--date", "2026-03-01")
    assert "not read: 2026-03-01/hubspott/contacts.csv, 2026-03-01/zendesk/odd_thing.csv\n" in said.err
    assert "next: cx-pipeline sources names every export; hubspott: hubspot?\n" in said.err
    told = cli("run", "--date", "2026-03-01", "--json").json
    assert told["unrecognised_deliveries"] == ["2026-03-01/hubspott/contacts.csv", "2026-03-01/zendesk/odd_thing.csv"]
    assert cli("status", "--json").json["passed_over"] == ["01-03-2026: folder name is not a date"]
    assert len(asked) == 2


def test_a_folder_that_another_run_holds_is_told_before_dagster_starts(
    cli: Cli, tmp_path: Path, asked: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cx_pipeline.stages.run.PATIENCE_SECONDS", 0.0)
    deliver(tmp_path, date(2026, 3, 1))
    with only_run(Layout(tmp_path / "data"), Run("night9", datetime(2026, 3, 2, 2, tzinfo=UTC))):
        said = cli("run")
    assert (said.code, asked) == (1, [])
    assert f"another run holds the data folder (run night9, process {os.getpid()} on " in said.err
    assert "since 2026-03-02T02:00:00+00:00); nothing was read or written; next: wait for it" in said.err
    cli("run")
    assert len(asked) == 1
