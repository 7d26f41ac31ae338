"""What is installed works as what lies here: the code location loads from a wheel, in any folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import PACKAGES, ROOT, modules


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


def test_it_holds_every_module_and_the_workspace(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {str(path.relative_to(ROOT)) for path in modules()} - names == set()
    beside = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in (".css", ".sql", ".yaml")]
    assert {str(path.relative_to(ROOT)) for path in beside} - names == set()
    assert "cx_pipeline/workspace.yaml" in names
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == set(PACKAGES)


def test_the_code_location_loads_from_it(wheel: Path, tmp_path: Path) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    zipfile.ZipFile(wheel).extractall(installed)
    elsewhere.mkdir()
    script = (
        "import assets.definitions, cx_pipeline.commands.run as run\n"
        "print(assets.definitions.__file__)\n"
        "print(run.workspace_file())\n"
        "print(len(assets.definitions.defs.resolve_all_asset_specs()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert loaded.returncode == 0, loaded.stderr
    place, workspace, assets = loaded.stdout.split("\n")[:3]
    assert Path(place).is_relative_to(installed)
    assert Path(workspace) == installed / "cx_pipeline" / "workspace.yaml"
    assert int(assets) > 10
