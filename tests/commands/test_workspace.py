"""Started inside of somebody else's Dagster project, Dagster loads our code location and none of theirs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cx_pipeline.commands.run import code_location, environment, workspace_file
from cx_pipeline.commands.ui import _workspace
from cx_pipeline.layout import Layout
from cx_pipeline.settings import load
from tests.house.tree import ROOT

OURS = "load_from:\n  - python_module:\n      module_name: assets.definitions\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with packages and modules that are called as ours."""
    folder = tmp_path / "theirs"
    (folder / "assets").mkdir(parents=True)
    (folder / "workspace.yaml").write_text("load_from:\n  - python_module: their.definitions\n")
    for name in ("assets/__init__.py", "checks.py", "cx_pipeline.py"):
        (folder / name).write_text("raise ValueError('this is theirs')\n")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    "text",
    [
        "load_from:\n  - python_module: their.definitions\n",
        "load_from:\n  - python_module:\n      module_name: their.definitions\n",
        "load_from:\n  - python_file: definitions.py\n",
        "load_from: []\n",
        "a: [\n",
        "",
    ],
)
def test_a_workspace_of_another_project_is_passed_over(project: Path, text: str) -> None:
    (project / "workspace.yaml").write_text(text)
    assert workspace_file() == ROOT / "workspace.yaml"
    assert code_location()["working_directory"] == str(ROOT)


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        (OURS, ROOT),
        ("load_from:\n  - python_module: assets.definitions\n", ROOT),
        (f"{OURS}      working_directory: below\n", Path("below")),
    ],
)
def test_a_workspace_with_our_code_location_is_taken(project: Path, text: str, folder: Path) -> None:
    (project / "workspace.yaml").write_text(text)
    (project / "below").mkdir()
    assert workspace_file() == project / "workspace.yaml"
    assert code_location()["working_directory"] == str((project / folder).resolve())


def dagster(project: Path, *words: str) -> str:
    """What Dagster says when it is started as `run` and `ui` start it."""
    layout = Layout(project.parent / "data")
    done = subprocess.run(
        [sys.executable, "-m", "dagster", *words],
        env=environment(load(data_dir=layout.data), layout),
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_run_loads_our_packages(project: Path) -> None:
    location = code_location()
    said = dagster(project, "job", "list", "-m", location["module_name"], "-d", location["working_directory"])
    assert "Job: nightly" in said


def test_the_ui_loads_our_packages(project: Path) -> None:
    layout = Layout(project.parent / "data")
    layout.prepare()
    dagster(project, "definitions", "validate", "-w", str(_workspace(layout)), "--log-level", "warning")
