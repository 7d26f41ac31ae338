"""The whole nightly run without Dagster, stage by stage. `python -m bench.ours RAW DATA`."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.stopwatch import Stopwatch
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import load_tokeniser
from cx_pipeline.quality.audit import audit_books
from cx_pipeline.settings import load
from cx_pipeline.stages.build import build
from cx_pipeline.stages.clean import clean
from cx_pipeline.stages.intake import all_dates, take_in
from cx_pipeline.stages.release import keep_registry, registry_in_force, release
from cx_pipeline.stages.run import Run, begin, only_run
from cx_pipeline.stages.scrub import scrub_contents

STAGES = ("intake", "scrub", "clean", "build", "audit", "publish")
_NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
_KEY = "42" * 32


def run(raw: Path, data: Path) -> None:
    """Publish the deliveries of `raw` into a fresh data folder and print the laps as JSON."""
    settings = load(raw_dir=raw, data_dir=data, token_key=_KEY, keep_versions=1)
    layout = Layout(data.absolute())
    night = Run("bench", _NOW)
    watch = Stopwatch()
    with only_run(layout, night):
        begin(layout)
        with watch.lap("intake"):
            entries = take_in(settings, layout, all_dates(settings))
        with watch.lap("scrub"):
            scrub_contents(entries, settings, layout)
        tokeniser = load_tokeniser(layout.state, settings.token_key)
        with watch.lap("clean"):
            made = clean(settings, layout, night, tokeniser, registry_in_force(layout))
            keep_registry(layout, night, made.registry)
        with watch.lap("build"):
            built = build(settings, layout, night, tokeniser)
        with watch.lap("audit"):
            checks = audit_books(built.path)
        with watch.lap("publish"):
            release(built, checks, settings, layout, night)
    records = sum(entry.facts.records for entry in entries)
    json.dump(watch.told(records=records, published_bytes=layout.published.stat().st_size), sys.stdout)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
