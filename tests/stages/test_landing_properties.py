"""However nights, files, limits and readers follow each other, what landed is what the reader in force makes of what is there."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from datetime import date
from pathlib import Path
from typing import NamedTuple, cast

import polars as pl
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from cx_pipeline.extract import land
from cx_pipeline.extract.reader import FileFacts, Reader
from cx_pipeline.layout import Layout
from cx_pipeline.settings import load
from cx_pipeline.settings.reading import Limits
from cx_pipeline.sources.catalogue import get
from cx_pipeline.stages import reading as module
from cx_pipeline.stages.forgetting import book
from cx_pipeline.stages.forgetting.book import Page
from cx_pipeline.stages.intake import all_dates, manifest, open_dates, take_in
from cx_pipeline.stages.landing import made_by
from cx_pipeline.stages.manifest import Entry, Facts, landed
from cx_pipeline.stages.reading import reading_state
from tests.stages.readers import Dropping
from tests.stages.shop import lines, users

NIGHTS = ("2026-03-01", "2026-03-02", "2026-03-03")
PATHS = [f"{night}/zendesk/{name}" for night in NIGHTS for name in ("users.ndjson", "users_parts.ndjson.zip")]
_LONG = {"details": "x" * 2000}
CONTENTS = [
    lines([*users()[:2], {**users()[2], **_LONG}, users()[3]]),
    lines([*users()[4:7], {**users()[7], **_LONG}]),
]
LOW = {"max_record_bytes": 1000, "max_columns": 3, "max_entries": 1}  # the last refuses zips and no other file
EXPORT = get("zendesk.users")
DROPS = {"A": 0, "B": 0, "C": 1}


class Content(NamedTuple):
    """What lies in the lake of one content, and what every delivery of it says."""

    good: pl.DataFrame
    rejects: int
    mark: str
    told: list[Entry]


class Nights(RuleBasedStateMachine):
    """One data folder, what is done to its raw folder and settings, and nights between."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.home = tempfile.TemporaryDirectory()
        home = Path(self.home.name)
        (home / "raw").mkdir()
        self.settings = load(data_dir=home / "data", raw_dir=home / "raw", token_key="5a" * 32)
        self.layout = Layout(home / "data")
        self.held: dict[str, bytes] = {}
        self.low: set[str] = set()
        self.reader, self.clock, self.folders = "A", 1_700_000_000, 0
        self.pinned: dict[str, tuple[pl.DataFrame, Facts, str]] = {}  # its rows, and what was told of it
        self.landed: set[str] = set()
        plain = land.write

        def write(reader: Reader, folder: Path) -> FileFacts:
            return plain(cast("Reader", Dropping(reader, DROPS[self.reader])), folder)

        self.patch.setattr(land, "write", write)
        self.patch.setattr(module, "code_state", lambda _: self.reader)
        self.patch.setattr(os, "sync", lambda: None)
        self.patch.setattr(os, "fsync", lambda _: None)
        self.patch.setattr("cx_pipeline.stages.intake._PAUSE_SECONDS", 0)
        reading_state.cache_clear()

    def teardown(self) -> None:
        try:
            self.include()
            self.night()
        finally:
            self.patch.undo()
            reading_state.cache_clear()
            self.home.cleanup()

    # What happens outside.

    @initialize(paths=st.lists(st.sampled_from(PATHS), min_size=2, max_size=3, unique=True))
    def begin(self, paths: list[str]) -> None:
        """The same bytes, more than once."""
        for path in paths:
            self.deliver(path, CONTENTS[0])
        self.night()

    @rule(path=st.sampled_from(PATHS), content=st.sampled_from(CONTENTS))
    def deliver(self, path: str, content: bytes) -> None:
        """Put a file into its place; however often, it has another time."""
        file = self.settings.raw / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_zipped(content) if path.endswith(".zip") else content)
        self.held[path] = content
        self.touch_file(path)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), path=st.sampled_from(PATHS))
    def deliver_again(self, data: st.DataObject, path: str) -> None:
        self.deliver(path, self.held[self.any_path(data)])

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def touch(self, data: st.DataObject) -> None:
        self.touch_file(self.any_path(data))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        path = self.any_path(data)
        del self.held[path]
        (self.settings.raw / path).unlink()

    @rule(limit=st.sampled_from(sorted(LOW)))
    def limit(self, limit: str) -> None:
        """Lower a limit, or raise it again."""
        self.low ^= {limit}
        self.set(limits=Limits.model_validate({name: LOW[name] for name in self.low}))

    @rule(reader=st.sampled_from(sorted(DROPS)))
    def another_reader(self, reader: str) -> None:
        self.reader = reader
        reading_state.cache_clear()

    @rule()
    def exclude(self) -> None:
        self.set(exclude=frozenset({EXPORT.id}))

    @rule()
    def include(self) -> None:
        self.set(exclude=frozenset())

    @precondition(lambda self: self.can_forget())
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        entry = data.draw(st.sampled_from(self.can_forget()))
        book.write(self.layout, entry, Page(sha256=entry.sha256, records=(1,), is_done=True))
        self.pinned[entry.sha256] = _lake(self.layout)[entry.sha256].good, entry.facts, entry.landing

    # Nights.

    @rule(dying=st.sampled_from(sorted(DROPS)))
    def dead_night(self, dying: str) -> None:
        """It dies between the lake and the manifest."""
        self.another_reader(dying)
        with self.patch.context() as patch:
            patch.setattr("cx_pipeline.stages.intake._tell", lambda *_: None)
            self.take_in(self.layout)

    @rule(night=st.sampled_from(NIGHTS))
    def one_date(self, night: str) -> None:
        self.layout.prepare()
        take_in(self.settings, self.layout, [date.fromisoformat(night)])

    @rule()
    def night(self) -> None:
        before = _lake(self.layout)
        self.take_in(self.layout)
        self.nothing_is_open()
        lake = _lake(self.layout)
        self.nothing_is_lost(before, lake)
        if not self.is_excluded:
            self.books_balance(lake)
            self.as_if_fresh(lake)

    # What holds after them.

    def nothing_is_open(self) -> None:
        assert not self.is_open
        told = self.told()
        assert self.take_in(self.layout) == []
        assert self.told() == told

    def nothing_is_lost(self, before: dict[str, Content], lake: dict[str, Content]) -> None:
        with_records = {entry.delivery_id for entry in self.told() if entry.has_records}
        assert self.landed <= with_records
        self.landed = with_records
        state = reading_state(EXPORT)
        for sha256, was in before.items():
            if any((entry.read_by, entry.landing) == (state, was.mark) for entry in was.told):
                assert lake[sha256].good.height >= was.good.height

    def books_balance(self, lake: dict[str, Content]) -> None:
        for sha256, content in lake.items():
            assert len({(entry.facts.model_dump_json(), entry.landing) for entry in content.told}) == 1
            facts, landing = content.told[0].facts, content.told[0].landing
            assert landing == content.mark
            assert (facts.records, facts.damaged) == (content.good.height + content.rejects, content.rejects)
            if sha256 in self.pinned:
                good, *pinned = self.pinned[sha256]
                assert content.good.equals(good)
                assert [facts, landing] == pinned

    def as_if_fresh(self, lake: dict[str, Content]) -> None:
        """Every content of which a raw file is there is as another data folder would have it; what a lowered limit left stays."""
        self.folders += 1
        fresh = Layout(self.layout.data.with_name(f"fresh_{self.folders}"))
        self.take_in(fresh)
        for sha256, content in _lake(fresh).items():
            if sha256 in self.pinned:
                continue
            mine = lake[sha256]
            assert mine.told[0].facts.records == content.told[0].facts.records
            if not self.low:
                assert mine.good.equals(content.good)
                assert mine.told[0].facts == content.told[0].facts
            assert set(content.good["_record"]) <= set(mine.good["_record"])

    # What there is.

    def any_path(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.held)))

    def set(self, **given: object) -> None:
        self.settings = self.settings.model_copy(update=given)

    def take_in(self, layout: Layout) -> list[str]:
        """A whole night; which files it read."""
        read: list[str] = []
        layout.prepare()
        take_in(self.settings, layout, all_dates(self.settings), progress=read.append)
        return read

    @property
    def is_excluded(self) -> bool:
        return bool(self.settings.exclude)

    @property
    def is_open(self) -> bool:
        return open_dates(self.settings, self.layout) != []

    def told(self) -> list[Entry]:
        return manifest(self.layout).entries()

    def touch_file(self, path: str) -> None:
        self.clock += 1
        os.utime(self.settings.raw / path, (self.clock, self.clock))

    def can_forget(self) -> list[Entry]:
        """Records are forgotten of what is published, and so of what is taken in whole."""
        contents = [content for sha256, content in _lake(self.layout).items() if sha256 not in self.pinned]
        return [content.told[0] for content in contents if content.told[0].landing == content.mark]


def _zipped(content: bytes) -> bytes:
    """The same content in two parts."""
    made, records = io.BytesIO(), content.splitlines(keepends=True)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("users_1.ndjson", b"".join(records[:2]))
        archive.writestr("users_2.ndjson", b"".join(records[2:]))
    return made.getvalue()


def _lake(layout: Layout) -> dict[str, Content]:
    found: dict[str, Content] = {}
    for entry in manifest(layout).entries():
        if not entry.has_records:
            continue
        if entry.sha256 in found:
            found[entry.sha256].told.append(entry)
            continue
        records = landed(layout, entry.source, entry.export, entry.content) / "records"
        assert records.is_dir()
        good = land.scan(records, ["id", "name", "details"]).drop("_line").collect()
        rejects = land.scan_rejects(records).collect().height
        found[entry.sha256] = Content(good, rejects, made_by(layout, entry), [entry])
    return found


TestNights = Nights.TestCase
TestNights.settings = settings(max_examples=30, stateful_step_count=14, derandomize=True, deadline=None)
