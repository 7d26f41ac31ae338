from __future__ import annotations

import json
from pathlib import Path

import pytest

from cx_pipeline.errors import ConfigError
from cx_pipeline.synth import generate
from cx_pipeline.synth.place import prepare


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_earlier_world_goes_and_nothing_else(tmp_path: Path) -> None:
    generate(9, 2, 1, tmp_path, sources=["salesforce"])
    mine = tmp_path / "2026-11-01" / "salesforce" / "notes.txt"
    mine.write_text("mine")
    generate(9, 1, 2, tmp_path, sources=["zendesk"])
    left = files(tmp_path) - {name for name in files(tmp_path) if name.startswith("truth/")}
    assert {name for name in left if "zendesk" not in name} == {"2026-11-01/salesforce/notes.txt"}
    assert not (tmp_path / "2026-11-02").exists()
    assert set(json.loads((tmp_path / "truth/counts.json").read_text("utf-8"))["files"]) == left - {
        "2026-11-01/salesforce/notes.txt"
    }


@pytest.mark.parametrize(
    "counts",
    [
        None,
        "no json",
        "[1]",
        '{"files": {}}',
        '{"world": {}, "exports": {}, "files": {"../mine": {}}}',
        '{"world": {}, "exports": {}, "files": {"/etc/mine": {}}}',
    ],
)
def test_a_folder_in_use_is_refused_and_kept(tmp_path: Path, counts: str | None) -> None:
    out = tmp_path / "out"
    (out / "truth").mkdir(parents=True)
    (out / "mine").write_text("mine")
    (tmp_path / "mine").write_text("mine")
    if counts is not None:
        (out / "truth" / "counts.json").write_text(counts)
    before = files(tmp_path)
    with pytest.raises(ConfigError, match="nothing was written"):
        prepare(out)
    assert files(tmp_path) == before


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("mine")
    with pytest.raises(ConfigError):
        prepare(target)
    assert target.read_text() == "mine"
