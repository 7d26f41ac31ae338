"""Versions of the dataset leave one by one, each as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from cx_pipeline.ai.versions import versions
from cx_pipeline.layout import Layout
from cx_pipeline.stages.ai_versions import HISTORY, remove
from cx_pipeline.stages.files import sweep

ALL = ["2.0.0", "1.1.0", "1.0.0"]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    (layout.ai / HISTORY).mkdir(parents=True)
    for version in ALL:
        (layout.ai / version).mkdir()
        (layout.ai / version / "manifest.json").write_text("{}", encoding="utf-8")
        for kind in ("parquet", "json"):
            (layout.ai / HISTORY / f"{version}.{kind}").write_text("", encoding="utf-8")
    return layout


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_digests_of_records_leave_with_their_version_and_changes_stay_told(layout: Layout) -> None:
    remove(layout, ["1.1.0", "1.0.0"])
    assert names(layout.ai) == ["2.0.0", HISTORY]
    assert names(layout.ai / HISTORY) == ["1.0.0.json", "1.1.0.json", "2.0.0.json", "2.0.0.parquet"]


def test_a_run_that_dies_while_it_removes_leaves_no_torn_version(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(path: Path, *, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", dies)
    with pytest.raises(KeyboardInterrupt):
        remove(layout, ALL)
    monkeypatch.undo()
    assert versions(layout.ai) == ["1.1.0", "1.0.0"]
    assert sweep(layout.ai) == 1
    remove(layout, ["1.1.0", "1.0.0"])
    assert names(layout.ai) == [HISTORY]
    assert names(layout.ai / HISTORY) == [f"{version}.json" for version in sorted(ALL)]
