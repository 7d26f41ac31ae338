"""Files and folders appear whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cx_pipeline.stages.files import scratch_folder, sweep, whole_folder, write_text


class _CrashError(Exception):
    """What goes wrong in a block."""


def test_a_small_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "new" / "entry.json"
    write_text(path, "one")
    write_text(path, "zwei é")
    assert path.read_text(encoding="utf-8") == "zwei é"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [other.name for other in path.parent.iterdir()] == ["entry.json"]


def test_a_folder_is_there_when_its_block_ended_well(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "made") as folder:
        (folder / "part").write_text("x")
        assert not (tmp_path / "made").exists()
    assert (tmp_path / "made" / "part").read_text() == "x"
    assert [path.name for path in tmp_path.iterdir()] == ["made"]
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700


def test_all_of_a_folder_is_on_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there: list[bool] = []
    monkeypatch.setattr("os.sync", lambda: there.append((tmp_path / "made").exists()))
    with whole_folder(tmp_path / "made") as folder:
        (folder / "part").write_text("x")
        assert there == []
    assert there == [False]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with whole_folder(tmp_path / "made") as folder:
            (folder / name).touch()
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["two"]


def _fill_and_crash(target: Path) -> None:
    with whole_folder(target) as folder:
        (folder / "two").touch()
        raise _CrashError


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "made") as folder:
        (folder / "one").touch()
    with pytest.raises(_CrashError):
        _fill_and_crash(tmp_path / "made")
    assert [path.name for path in tmp_path.rglob("*")] == ["made", "one"]


@pytest.mark.parametrize("fails", [True, False])
def test_a_scratch_folder_is_gone_however_its_block_ended(tmp_path: Path, fails: bool) -> None:
    try:
        with scratch_folder(tmp_path / "reading") as folder:
            (folder / "rows").write_text("personal")
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            if fails:
                raise _CrashError
    except _CrashError:
        pass
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_dead_runs_are_swept_and_nothing_else(tmp_path: Path) -> None:
    kept = [tmp_path / "lake" / "records" / "part.parquet", tmp_path / "lake" / "data.tmp", tmp_path / "lake" / ".hidden"]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "lake" / ".content.77.tmp" / "inner" / ".deep.tmp").mkdir(parents=True)
    (tmp_path / "lake" / ".content.77.old").mkdir()
    (tmp_path / "lake" / "records" / ".entry.json.77.tmp").touch()
    assert sweep(tmp_path / "lake") == 4
    assert sweep(tmp_path / "lake") == 0
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(kept)
    assert sweep(tmp_path / "no such folder") == 0
