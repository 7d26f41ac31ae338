"""What a run says at its end: names of folders as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from cx_pipeline.commands.closing import Outcome, tell
from cx_pipeline.layout import Layout

PLACE = "/srv/cx [prod]/100%/clean/cx.duckdb"


def test_a_published_file_is_named_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {"published": PLACE, "ledger": [], "quarantine": {}, "tables": {}, "deliveries": {}, "checks": {}}
    tell(Layout(tmp_path), Outcome("run1", 0, told))
    assert f"published: {PLACE}\n" in capsys.readouterr().out


def test_a_published_file_without_its_dataset_is_named_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {"published": PLACE, "error": "DataError: [x] y", "log": "/srv/cx [prod]/log"}
    tell(Layout(tmp_path), Outcome("run1", 1, told))
    said = capsys.readouterr().err.replace("\n", " ")
    assert all(part in said for part in (PLACE, "DataError: [x] y", "next: read /srv/cx [prod]/log"))
