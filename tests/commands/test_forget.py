"""`cx-pipeline forget` and `audit-log` on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cx_pipeline import audit_log
from cx_pipeline.cli import app
from cx_pipeline.layout import Layout
from tests.stages.pipeline import KEY, Pipeline

PERSON = "person3@king.io"


@pytest.fixture
def data(published: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(published.data, tmp_path / "data")
    shutil.copytree(published.raw, tmp_path / "data" / "raw")
    monkeypatch.setenv("CX_TOKEN_KEY", KEY)
    return tmp_path / "data"


def test_nobody_is_forgotten_without_consent(data: Path) -> None:
    asked = CliRunner().invoke(app, ["forget", "--email", PERSON, "--data-dir", str(data)])
    assert asked.exit_code == 2
    assert "nothing was changed" in asked.output
    assert PERSON not in asked.output
    assert audit_log.acts(Layout(data)) == []


def test_a_person_is_forgotten_and_the_log_says_who_asked(data: Path) -> None:
    planned = CliRunner().invoke(app, ["forget", "--email", PERSON, "--dry-run", "--json", "--data-dir", str(data)])
    assert planned.exit_code == 0
    records = json.loads(planned.stdout)["records"]
    assert records["zendesk.users"] == 1
    done = CliRunner().invoke(app, ["forget", "--email", PERSON, "--yes", "--json", "--data-dir", str(data)])
    assert done.exit_code == 0, done.output
    (made,) = json.loads(done.stdout)
    assert made["records"] == records
    assert made["residues"] == {}
    assert PERSON not in done.output
    log = CliRunner().invoke(app, ["audit-log", "--verify", "--json", "--data-dir", str(data)])
    assert log.exit_code == 0
    told = json.loads(log.stdout)
    assert [(act["action"], act["detail"]["request"]) for act in told["acts"]] == [("forget", made["request"])]
    assert told["problems"] == []
    path = audit_log.file(Layout(data))
    path.write_text(path.read_text().replace('"records":', '"Records":'))
    broken = CliRunner().invoke(app, ["audit-log", "--verify", "--data-dir", str(data)])
    assert broken.exit_code == 1
    assert "line 1: the line was changed" in broken.output
