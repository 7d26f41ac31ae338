"""The data folder as it is made: others reach what is published and nothing else, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.layout import Layout


@pytest.fixture(params=[0o077, 0o022, 0o000], ids=["077", "022", "000"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_what_is_published_can_be_reached_and_the_rest_cannot(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "srv" / "cx")
    layout.prepare()
    way = (layout.data.parent, layout.data, layout.clean, layout.versions, layout.reports)
    assert {mode(folder) for folder in way} == {0o755}
    alone = (layout.lake_raw.parent, layout.lake_raw, layout.lake_scrubbed, layout.lake_clean, layout.state, layout.staging)
    assert {mode(folder) for folder in alone} == {0o700}


@pytest.mark.usefixtures("umask")
def test_a_folder_that_was_given_rights_keeps_them(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "cx")
    layout.data.mkdir()
    layout.data.chmod(0o750)
    layout.prepare()
    assert mode(layout.data) == 0o750


def test_a_folder_of_somebody_else_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    (tmp_path / "cx").mkdir()
    monkeypatch.setattr(Path, "chmod", refuse)
    with pytest.raises(EnvironmentProblem, match=r"Operation not permitted \(.*/lake\)"):
        Layout(tmp_path / "cx").prepare()


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "cx").write_text("")
    with pytest.raises(EnvironmentProblem, match="cannot be prepared"):
        Layout(tmp_path / "cx").prepare()
