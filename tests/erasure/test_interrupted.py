"""A forget that is killed at any point is finished by the next one, in the same state."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cx_pipeline.erasure.forget import forget
from cx_pipeline.erasure.subject import Selector
from tests.erasure import search
from tests.erasure import world as told
from tests.erasure.conftest import Forgotten
from tests.erasure.published import members, passed, tables
from tests.stages.pipeline import KEY, Pipeline

ROOT = Path(__file__).parents[2]
_NAMES = re.compile(r"faults\.point\(\"((?:forget|forgetting)\.[a-z_]+)\"\)")
_FORGET = """
import sys
from pathlib import Path
from cx_pipeline.erasure.forget import forget
from cx_pipeline.erasure.subject import Selector
from cx_pipeline.layout import Layout
from cx_pipeline.settings import load
settings = load(data_dir=Path(sys.argv[2]), raw_dir=Path(sys.argv[1]), token_key=sys.argv[3])
forget(Selector(email=sys.argv[4]), settings, Layout(settings.data_dir.absolute()))
"""


def points() -> list[str]:
    """Every named point of the two rooms, and the one at which the published file is replaced."""
    rooms = (ROOT / "cx_pipeline" / "erasure", ROOT / "cx_pipeline" / "stages" / "forgetting")
    found = {name for room in rooms for path in room.glob("*.py") for name in _NAMES.findall(path.read_text(encoding="utf-8"))}
    assert len(found) >= 15
    return [*sorted(found), "publish.before_replace", "publish.after_replace"]


@pytest.mark.slow
@pytest.mark.parametrize("point", points())
def test_a_killed_forget_is_finished_by_the_next(first_night: Path, tmp_path: Path, forgotten: Forgotten, point: str) -> None:
    base = tmp_path / "world"
    shutil.copytree(first_night, base)
    world = Pipeline(base / "raw", base / "data")
    command = [sys.executable, "-c", _FORGET, str(world.raw), str(world.data), KEY, told.ANN[0]]
    killed = subprocess.run(
        command, env={**os.environ, "CX_FAULT": point, "PYTHONPATH": str(ROOT)}, check=False, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    made = forget(Selector(email=told.ANN[0]), world.settings, world.layout)
    assert len(made) == 1
    assert made[0].is_clean
    assert made[0].records == forgotten.made.records
    assert {(change.file, change.before, change.after) for change in made[0].files} == {
        (change.file, change.before, change.after) for change in forgotten.made.files
    }
    assert len(made[0].versions) == 1
    assert passed(world)
    assert search.found(base, told.ANN_MARKS[1:]) == {}
    assert members(world).equals(members(forgotten.world))
    for name, rows in tables(world).items():
        assert rows.equals(tables(forgotten.world)[name]), name
    assert list((world.layout.state / "forgetting").glob("*")) == []
    assert [path.name for path in base.rglob("*.tmp")] == []
