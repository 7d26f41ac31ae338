"""A build that fails leaves nothing, not even of the batches that are made meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.errors import InternalError
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.settings import load
from cx_pipeline.stages import build as subject
from cx_pipeline.stages.run import Run
from cx_pipeline.warehouse.staging import StagedFile
from tests.stages.pipeline import KEY, NOW

_A_WHILE = 0.2  # seconds


def _slow() -> pl.DataFrame:
    time.sleep(_A_WHILE)
    return pl.DataFrame({"x": [1]})


def _refused(*_: object) -> int:
    raise InternalError("a table could not be written")


def test_batches_under_way_leave_no_file(tmp_path: Path, tokeniser: Tokeniser, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path)
    begun: list[Path] = []
    spill = StagedFile.spill

    def spilled(staged: StagedFile, frame: pl.DataFrame) -> Path:
        begun.append(spill(staged, frame))
        return begun[-1]

    def fails_midway(staged: StagedFile, table: object, parts: Iterator[Path]) -> int:
        next(parts)
        return _refused()

    monkeypatch.setattr(subject, "batches", lambda *_: [_slow] * 2)
    monkeypatch.setattr(subject, "known_people", lambda _: None)
    monkeypatch.setattr(subject, "Texts", lambda *_: None)
    monkeypatch.setattr(StagedFile, "spill", spilled)
    monkeypatch.setattr(StagedFile, "write_parts", fails_midway)
    settings = load(data_dir=tmp_path, raw_dir=tmp_path, token_key=KEY)
    with pytest.raises(InternalError, match="could not be written") as caught:
        subject.build(settings, layout, Run("run1", NOW), tokeniser)
    time.sleep(2 * _A_WHILE)
    assert caught.tb is not None  # it holds on to whatever was under way
    assert len(begun) > 0
    assert list(layout.staging.iterdir()) == []
