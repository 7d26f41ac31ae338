"""Which way imports run, and what they must never drag in. The contracts stand in pyproject.toml."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, ROOT


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def _run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contracts of the project over its packages, empty but for what a test writes into them."""
    folder = tmp_path_factory.mktemp("skeleton")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("__init__.py"):
            copied = folder / path.relative_to(ROOT)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.touch()
    for path in (ROOT / "cx_pipeline").glob("*.py"):
        (folder / path.relative_to(ROOT)).touch()
    return folder


@pytest.mark.parametrize(
    ("place", "line", "broken"),
    [
        ("cx_pipeline/stages/_trial.py", "import polars", None),
        ("cx_pipeline/stages/_trial.py", "import dagster", "the library never imports Dagster"),
        ("cx_pipeline/scrub/_trial.py", "from dagster import asset", "the library never imports Dagster"),
        ("cx_pipeline/stages/_trial.py", "import assets.jobs", "assets build on checks, checks on the library"),
        ("checks/_trial.py", "import assets", "assets build on checks, checks on the library"),
        ("cx_pipeline/extract/_trial.py", "import cx_pipeline.sources", "rooms of the library build on lower rooms only"),
        ("cx_pipeline/scrub/_trial.py", "import cx_pipeline.contracts", "rooms of the library build on lower rooms only"),
        ("cx_pipeline/contracts/_trial.py", "import cx_pipeline.warehouse", "rooms of the library build on lower rooms only"),
        ("cx_pipeline/sources/_trial.py", "import cx_pipeline.stages", "rooms of the library build on lower rooms only"),
        ("cx_pipeline/stages/_trial.py", "import cx_pipeline.commands", "rooms of the library build on lower rooms only"),
        ("cx_pipeline/a_new_room.py", "import polars", "rooms of the library build on lower rooms only"),
    ],
)
def test_the_contracts_fail_where_they_are_broken(skeleton: Path, place: str, line: str, broken: str | None) -> None:
    """On packages of the same shape, so that nothing but the trial module can break a contract."""
    (skeleton / "assets" / "jobs.py").touch()
    trial = skeleton / place
    trial.write_text(f"{line}\n", encoding="utf-8")
    try:
        linted = _lint(skeleton)
    finally:
        trial.unlink()
    if broken is None:
        assert linted.returncode == 0, linted.stdout
    else:
        assert linted.returncode == 1
        assert f"{broken} BROKEN" in linted.stdout


def test_the_project_keeps_its_contracts() -> None:
    linted = _lint(ROOT)
    assert linted.returncode == 0, linted.stdout
    assert "Contracts: 3 kept, 0 broken." in linted.stdout


def test_the_code_location_loads_without_great_expectations() -> None:
    loaded = _run(
        "import sys, assets.definitions\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'great_expectations', 'dagster'}))"
    )
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.strip() == "['dagster']"


def test_the_library_loads_without_dagster_and_great_expectations() -> None:
    """Not only no import statement: nothing that the library imports brings them along."""
    loaded = _run(
        "import importlib, pkgutil, sys, cx_pipeline\n"
        "for module in pkgutil.walk_packages(cx_pipeline.__path__, 'cx_pipeline.'):\n"
        "    if not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'great_expectations', 'dagster'}))"
    )
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.strip() == "[]"


def test_the_command_line_starts_without_what_only_runs_need() -> None:
    loaded = _run(
        "import sys, cx_pipeline.cli\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'great_expectations', 'dagster', 'polars', 'pandera'}))"
    )
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.strip() == "[]"
