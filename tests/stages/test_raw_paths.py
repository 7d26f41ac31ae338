"""A path below the raw folder is told as text, and its file is found by that text again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cx_pipeline.extract.delivery import discover
from cx_pipeline.stages.raw_paths import files_of, path_of

_NAMES = [
    b"users.csv",
    b"usu\xe1rios.csv",
    "usuários.csv".encode(),
    rb"usu\xe1rios_2.csv",
    rb"a\b.csv",
    b"\xff\xfe.csv",
    b"a[1]*?.csv",
]


@pytest.mark.parametrize("name", _NAMES)
def test_every_name_is_found_again(tmp_path: Path, name: bytes) -> None:
    folder = tmp_path / "2026-03-01" / "zendesk"
    folder.mkdir(parents=True)
    for other in _NAMES:
        (folder / os.fsdecode(other)).write_bytes(other)
    file = next(file for file in discover(tmp_path).files if os.fsencode(file.path.name) == name)
    path_of(file).encode()
    assert files_of(tmp_path, path_of(file)) == [file.path]
    file.path.unlink()
    assert files_of(tmp_path, path_of(file)) == []


def test_names_that_are_told_alike_are_both_found(tmp_path: Path) -> None:
    folder = tmp_path / "2026-03-01" / "zendesk"
    folder.mkdir(parents=True)
    both = {folder / os.fsdecode(name) for name in (b"usu\xe1rios.csv", rb"usu\xe1rios.csv")}
    for path in both:
        path.write_bytes(b"id\n")
    told = {path_of(file) for file in discover(tmp_path).files}
    assert len(told) == 1
    assert set(files_of(tmp_path, told.pop())) == both
