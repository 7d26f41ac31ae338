"""A run without its orchestrator: the same stages in the same order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import Tokeniser, load_tokeniser
from cx_pipeline.quality.audit import audit_books
from cx_pipeline.quality.check_result import CheckResult
from cx_pipeline.quality.leaks import find_leaks
from cx_pipeline.settings import Settings, load
from cx_pipeline.stages.ai_dataset import Dataset, prepare, promote
from cx_pipeline.stages.build import build
from cx_pipeline.stages.clean import Cleaned, clean
from cx_pipeline.stages.intake import all_dates, take_in
from cx_pipeline.stages.known_people import known_people
from cx_pipeline.stages.manifest import Entry
from cx_pipeline.stages.release import audited, keep_registry, registry_in_force, release
from cx_pipeline.stages.run import Run, begin, only_run
from cx_pipeline.stages.scrub import scrub_contents
from cx_pipeline.warehouse.built import Built
from cx_pipeline.warehouse.publish import Published
from cx_pipeline.warehouse.reader import open_read_only

NOW = datetime(2026, 3, 3, 2, tzinfo=UTC)
KEY = "5a" * 32


@dataclass
class Pipeline:
    """One data folder."""

    raw: Path
    data: Path
    given: dict[str, Any] = field(default_factory=dict)
    progress: list[str] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return load(**{"data_dir": self.data, "raw_dir": self.raw, "token_key": KEY, **self.given})

    @property
    def layout(self) -> Layout:
        return Layout(self.data.absolute())

    @property
    def tokeniser(self) -> Tokeniser:
        return load_tokeniser(self.layout.state, self.settings.token_key, self.settings.token_key_version)

    def take_in(self) -> list[Entry]:
        self.layout.prepare()
        return take_in(self.settings, self.layout, all_dates(self.settings), progress=self.progress.append)

    def clean(self, run: Run) -> Cleaned:
        begin(self.layout)
        scrub_contents(self.take_in(), self.settings, self.layout, self.progress.append)
        made = clean(self.settings, self.layout, run, self.tokeniser, registry_in_force(self.layout), self.progress.append)
        keep_registry(self.layout, run, made.registry)
        return made

    def build(self, run: Run) -> Built:
        self.clean(run)
        return build(self.settings, self.layout, run, self.tokeniser, self.progress.append)

    def publish(self, run_id: str) -> Published:
        run = Run(run_id, NOW)
        with only_run(self.layout, run):
            built = self.build(run)
            return release(built, self.audit(built), self.settings, self.layout, run)

    def publish_with_dataset(self, run_id: str) -> Dataset:
        """The whole night: the dataset is cut from the audited file, and a version once that is published."""
        run = Run(run_id, NOW)
        with only_run(self.layout, run):
            built = self.build(run)
            checks = self.audit(built)
            made = prepare(self.settings, self.layout, run, audited(built, checks).path)
            release(built, checks, self.settings, self.layout, run, dataset=made)
            return promote(self.settings, self.layout, made)

    def audit(self, built: Built) -> list[CheckResult]:
        return [*audit_books(built.path), *find_leaks(built.path, known_people(self.layout))]

    def query(self, sql: str, **values: Any) -> pl.DataFrame:
        """Ask the published file."""
        with open_read_only(self.layout.published) as connection:
            found: pl.DataFrame = connection.sql(sql, params=values or None).pl()
            return found
