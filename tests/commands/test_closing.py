"""What a run says at its end: names of folders as they are, and whether the published file is another one now."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from cx_pipeline.commands.closing import STOPPED, Outcome, outcome, tell
from cx_pipeline.layout import Layout
from cx_pipeline.stages import journal
from cx_pipeline.stages.run import Run

PLACE = "/srv/cx [prod]/100%/clean/cx.duckdb"


def test_a_published_file_is_named_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {"published": PLACE, "ledger": [], "quarantine": {}, "tables": {}, "deliveries": {}, "checks": {}}
    tell(Layout(tmp_path), Outcome("run1", 0, told))
    assert f"published: {PLACE}\n" in capsys.readouterr().out


def test_a_published_file_without_its_dataset_is_named_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {"published": PLACE, "error": "DataError: [x] y", "log": "/srv/cx [prod]/log", "failed_steps": []}
    tell(Layout(tmp_path), Outcome("run1", 1, told))
    said = capsys.readouterr().err.replace("\n", " ")
    assert all(part in said for part in (PLACE, "DataError: [x] y", "next: read /srv/cx [prod]/log"))


def ended(folder: Path, *, published_by: str, log: str, code: int) -> tuple[Layout, Outcome]:
    """How run1 is judged, where the published file is of this run, or of another."""
    layout = Layout(folder)
    layout.prepare()
    with duckdb.connect(str(layout.published)) as connection:
        connection.execute("CREATE SCHEMA quality")
        connection.execute("CREATE TABLE quality.runs AS SELECT $run AS run_id", {"run": published_by})
    place = layout.state / "runs" / "run1"
    place.mkdir(parents=True)
    (place / "dagster.log").write_text(log)
    return layout, outcome(layout, "run1", code)


FULL = 'STEP_FAILURE - Execution of step "{}" failed.\nOSError: [Errno 28] No space left on device\n'
OURS = 'Execution of step "{}" failed.\ncx_pipeline.errors.ConfigError: the rules cannot be read\n'


@pytest.mark.parametrize(
    ("log", "code", "said"),
    [
        (FULL.format("reports__cx_audit"), 1, ("but the page of the audit failed", "then cx-pipeline audit")),
        (FULL.format("ai__ai_dataset"), 1, ("but the dataset for models failed", "then cx-pipeline ai build")),
        (
            OURS.format("warehouse__vulnerability"),
            1,
            ("but the search for signs of vulnerability failed", "the rules cannot be read", "then cx-pipeline run"),
        ),
        ("", -9, ("but what follows it failed", "then cx-pipeline run")),
    ],
)
def test_what_fails_after_publishing_is_told_as_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], log: str, code: int, said: tuple[str, ...]
) -> None:
    layout, found = ended(tmp_path, published_by="run1", log=log, code=code)
    assert (found.exit_code, found.summary["published"]) == (1, str(layout.published))
    tell(layout, found)
    told = capsys.readouterr().err
    assert told.startswith("published, but ")
    assert [part for part in (*said, str(layout.published)) if part not in told.replace("\n", " ")] == []
    assert "stays as it was" not in told


@pytest.mark.parametrize(
    ("published_by", "said"), [("run1", "published, but stopped"), ("run0", "stopped: the published file stays")]
)
def test_a_stopped_run_says_whether_it_had_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], published_by: str, said: str
) -> None:
    layout, found = ended(tmp_path, published_by=published_by, log="", code=STOPPED)
    assert (found.exit_code, found.summary["stopped"], "published" in found.summary) == (STOPPED, True, published_by == "run1")
    tell(layout, found)
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize(("log", "code"), [("", 1), (FULL.format("warehouse__cx_published"), 1), (OURS.format("x"), 2)])
def test_what_fails_before_publishing_leaves_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], log: str, code: int
) -> None:
    layout, found = ended(tmp_path, published_by="run0", log=log, code=1)
    assert (found.exit_code, "published" in found.summary) == (code, False)
    tell(layout, found)
    assert "failed: the published file stays as it was" in capsys.readouterr().err


def test_what_a_run_warned_of_is_told_at_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout, run = Layout(tmp_path), Run("run1", datetime(2026, 3, 3, tzinfo=UTC))
    assert journal.warnings(layout, "run1") == []
    for what in ("deciding versions", f"{journal.WARNING}raw/[x].csv was not written anew", "cleaning customers"):
        journal.note(layout, run, what)
    warned = journal.warnings(layout, "run1")
    assert warned == ["raw/[x].csv was not written anew"]
    told = {"published": PLACE, "ledger": [], "quarantine": {}, "tables": {}, "deliveries": {}, "checks": {}, "warnings": warned}
    tell(layout, Outcome("run1", 0, told))
    said = capsys.readouterr()
    assert said.err == ("warning: raw/[x].csv was not written anew\nnext: cx-pipeline status, and cx-pipeline quarantine list\n")
    assert f"published with warnings: {PLACE}\n" in said.out
