"""A delivery is held against the list of the forgotten anew where the list, or the code that looks, is another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import cx_pipeline
from cx_pipeline.layout import Layout
from cx_pipeline.settings import load
from cx_pipeline.stages import code_digest
from cx_pipeline.stages.clean import contents_of
from cx_pipeline.stages.forgetting import apply
from cx_pipeline.stages.forgetting.reach import Reached
from cx_pipeline.stages.forgetting.suppressed import PERSON, Seeds, Suppressed
from cx_pipeline.stages.intake import all_dates, take_in
from cx_pipeline.stages.scrub import scrub_contents


@pytest.fixture
def suppressed(tmp_path: Path) -> Suppressed:
    layout = Layout(tmp_path)
    layout.prepare()
    return Suppressed(layout)


@pytest.fixture(autouse=True)
def _forgets() -> Iterator[None]:
    apply._code.cache_clear()
    yield
    apply._code.cache_clear()


def test_another_list_is_another_state(suppressed: Suppressed) -> None:
    before = apply._state(suppressed)
    suppressed.add(Seeds({PERSON: {"zendesk.users:1"}}))
    assert apply._state(suppressed) != before


@pytest.mark.parametrize("file", ["stages/forgetting/traces.py", "stages/forgetting/reach.py"])
def test_other_code_is_another_state(suppressed: Suppressed, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    before, plain = apply._state(suppressed), Path.read_bytes
    changed = Path(cx_pipeline.__file__).parent / file
    monkeypatch.setattr(Path, "read_bytes", lambda path: plain(path) + (b"# changed" if path == changed else b""))
    apply._code.cache_clear()
    assert apply._state(suppressed) != before


def test_another_phone_library_is_another_state(suppressed: Suppressed, monkeypatch: pytest.MonkeyPatch) -> None:
    before, plain = apply._state(suppressed), code_digest.version
    monkeypatch.setattr(code_digest, "version", lambda name: "0" if name == "phonenumbers" else plain(name))
    apply._code.cache_clear()
    assert apply._state(suppressed) != before


def test_what_is_scrubbed_anew_refers_to_nobody_who_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path / "data")
    settings = load(data_dir=tmp_path / "data", raw_dir=tmp_path / "raw", token_key="5a" * 32)
    rated = tmp_path / "raw" / "2026-11-01" / "zendesk" / "satisfaction_ratings.ndjson"
    rated.parent.mkdir(parents=True)
    each = {"requester_id": 2, "score": "good", "created_at": "2026-10-01T09:00:00Z", "updated_at": "2026-10-01T09:00:00Z"}
    rows = [{"id": 7, "ticket_id": 1, **each}, {"id": 8, "ticket_id": 3, **each}]
    rated.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    layout.prepare()
    [entry] = take_in(settings, layout, all_dates(settings))
    scrub_contents([entry], settings, layout)
    [content] = contents_of([entry], settings, layout)
    forgotten = Reached(keys={"zendesk.tickets:1"})
    monkeypatch.setattr(apply, "reach", lambda *_: forgotten)
    suppressed = Suppressed(layout)
    suppressed.add(Seeds({PERSON: {"zendesk.users:1"}}))

    def referred() -> set[str | None]:
        parts = content.parts("survey_responses")
        return set(pl.scan_parquet(parts, glob=False).select("interaction_id").collect().to_series())

    assert referred() == {"zendesk.tickets:1", "zendesk.tickets:3"}
    apply.keep_out([content], [], suppressed, settings, layout)
    assert referred() == {None, "zendesk.tickets:3"}
