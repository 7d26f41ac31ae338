"""A forgotten person is in no version of the dataset, and what lies there is true of every byte."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from cx_pipeline.ai.versions import versions
from cx_pipeline.erasure import datasets
from cx_pipeline.erasure.certificate import Certificate
from cx_pipeline.erasure.forget import forget
from cx_pipeline.erasure.subject import Selector
from cx_pipeline.stages import ai_dataset
from cx_pipeline.stages.ai_versions import history, manifest
from cx_pipeline.stages.run import Run
from tests.stages.pipeline import NOW, Pipeline
from tests.stages.talks import PEOPLE, person, sentence, write_receipts, write_talks

_YES = "CONFIRMED"
_SILENT = 5


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Everybody but one permits both; published with its dataset. Copy it to change it."""
    place = tmp_path_factory.mktemp("talks")
    pipeline = Pipeline(place / "raw", place / "data")
    write_talks(pipeline.raw, "2026-03-01")
    decided = {number: (_YES, _YES) for number in range(PEOPLE) if number != _SILENT}
    write_receipts(pipeline.raw, "2026-03-01", "2026-02-01T00:00:00Z", decided)
    pipeline.publish_with_dataset("run1")
    return pipeline


def _copy(cut: Pipeline, place: Path) -> Pipeline:
    shutil.copytree(cut.raw, place / "raw")
    shutil.copytree(cut.data, place / "data", symlinks=True)
    return Pipeline(place / "raw", place / "data")


@pytest.fixture
def night(cut: Pipeline, tmp_path: Path) -> Pipeline:
    return _copy(cut, tmp_path)


def gone(world: Pipeline, number: int) -> Certificate:
    [made] = forget(Selector(email=person(number)), world.settings, world.layout)
    return made


class After(NamedTuple):
    """A world of which somebody was forgotten who is in the dataset; to be looked at only."""

    world: Pipeline
    made: Certificate
    token: str


@pytest.fixture(scope="module")
def after(cut: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> After:
    world = _copy(cut, tmp_path_factory.mktemp("after"))
    token = world.query("SELECT customer_id FROM main.interactions WHERE source_id = '1003'").item()
    (world.layout.state / "ai" / "mark").touch()
    return After(world, gone(world, 3), token)


def said(folder: Path) -> str:
    """What the files of a folder say, lists and all."""
    return "\n".join(
        pl.read_parquet(path).write_json() if path.suffix == ".parquet" else path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    )


def test_the_person_is_in_no_file_of_any_version(cut: Pipeline, after: After) -> None:
    marks = (sentence(3, 0), sentence(3, 1), after.token, "tickets:1003")
    before, now = said(cut.layout.ai), said(after.world.layout.ai)
    assert [mark for mark in marks if mark not in before] == []
    assert [mark for mark in marks if mark in now] == []
    assert sentence(4, 1) in now
    assert versions(after.world.layout.ai) == ["2.0.0"]
    assert after.made.is_clean
    assert after.made.removed["datasets"] == 4


def test_all_that_is_told_of_the_version_is_true(after: After) -> None:
    layout = after.world.layout
    folder = layout.ai / "2.0.0"
    lines = [line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(sums) == set(files) - {"SHA256SUMS"}
    assert all(hashlib.sha256(files[name].read_bytes()).hexdigest() == digest for name, digest in sums.items())
    assert all(sums[name] == digest for name, digest in manifest(layout, "2.0.0")["sha256"].items())
    croissant = json.loads((folder / "croissant.json").read_text())
    assert {item["@id"]: item["sha256"] for item in croissant["distribution"] if "sha256" in item}.items() <= sums.items()
    assert pl.read_parquet(folder / "conversations.parquet").height == 22
    assert "\n22 conversations." in (folder / "README.md").read_text()
    assert not list(layout.ai.glob(".*"))


def test_why_they_are_gone_is_told(after: After) -> None:
    changed = history(after.world.layout, "2.0.0")
    assert changed is not None
    removed = changed.filter(change="removed")
    files = ("chunks.parquet", "conversations.parquet", "features.parquet", "finetune/metadata.parquet")
    assert removed.rows() == [(file, "removed", "erased", 1) for file in files]


def test_the_ledger_has_lost_them_as_well(cut: Pipeline, after: After) -> None:
    pairs = "SELECT kept_record, joined_record FROM quality.dedup_decisions WHERE decision = 'repeats'"
    told = pl.read_parquet(after.world.layout.ai / "2.0.0" / "duplicates.parquet")
    left = after.world.query(pairs)
    assert set(left.rows()) == set(told.select("kept", "removed").rows())
    assert left.height == cut.query(pairs).height - 1


def test_sentiment_that_was_kept_of_texts_goes(after: After) -> None:
    assert [path.name for path in (after.world.layout.state / "ai").iterdir()] == ["sentiment.parquet"]


def test_whoever_was_in_no_version_changes_none(night: Pipeline) -> None:
    before = {path: path.read_bytes() for path in (night.layout.ai / "1.0.0").rglob("*") if path.is_file()}
    made = gone(night, _SILENT)
    assert made.removed["datasets"] == 0
    assert versions(night.layout.ai) == ["1.0.0"]
    assert {path: path.read_bytes() for path in before} == before


def test_where_none_can_be_cut_there_is_none(night: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ai_dataset, "known_people", lambda _: None)
    assert datasets.cut_anew(night.settings, night.layout, Run("run-forget", NOW)) == 0
    assert versions(night.layout.ai) == []
    monkeypatch.undo()
    made = ai_dataset.build_dataset(night.settings, night.layout, Run("run-ai", NOW))
    assert made.version == "2.0.0"
