"""The whole nightly run without Dagster, stage by stage. `python -m bench.ours RAW DATA`.

Everything a night does is on: both audits, the gate that looks for anybody's identifiers, the Great Expectations suites with
their pages (in a process beside, as in a night: their lap is what is still waited for), and what is written after publishing.
Two things are left out and measured apart: the score of words (`bench.marts`) and the datasets for models.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from bench.stopwatch import Stopwatch
from checks.beside import Beside
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import load_tokeniser
from cx_pipeline.quality.mart_audit import audit_file
from cx_pipeline.quality.privacy_audit import audit_privacy
from cx_pipeline.quality.settled import audit_texts
from cx_pipeline.settings import load
from cx_pipeline.settings.marts import Marts
from cx_pipeline.stages.build import build
from cx_pipeline.stages.clean import clean
from cx_pipeline.stages.cx_audit import write_audit
from cx_pipeline.stages.intake import all_dates, take_in
from cx_pipeline.stages.known_people import known_people
from cx_pipeline.stages.release import keep_registry, registry_in_force, release
from cx_pipeline.stages.run import Run, begin, only_run
from cx_pipeline.stages.scrub import scrub_contents
from cx_pipeline.stages.searched_texts import cleared
from cx_pipeline.stages.vulnerability import find_signals

STAGES = ("intake", "scrub", "clean", "build", "audit", "gate", "suites", "publish", "reports")
NIGHT = Run("bench", datetime(2026, 11, 20, 2, tzinfo=UTC))
_KEY = "42" * 32


def run(raw: Path, data: Path, night: Run = NIGHT, dates: Sequence[date] | None = None) -> None:
    """Publish deliveries into a data folder and print the laps as JSON.

    Args:
        raw: where the deliveries lie.
        data: the data folder, new or with what other nights left in it.
        night: the run, with its clock.
        dates: of the deliveries that are taken in; all there are when None.
    """
    settings = load(raw_dir=raw, data_dir=data, token_key=_KEY, keep_versions=1, marts=Marts(sentiment=False))
    layout = Layout(data.absolute())
    watch = Stopwatch()
    beside = Beside()
    with only_run(layout, night), closing(beside):
        begin(layout)
        with watch.lap("intake"):
            entries = take_in(settings, layout, all_dates(settings) if dates is None else dates)
        with watch.lap("scrub"):
            scrub_contents(entries, settings, layout)
        tokeniser = load_tokeniser(layout.state, settings.token_key)
        with watch.lap("clean"):
            made = clean(settings, layout, night, tokeniser, registry_in_force(layout))
            keep_registry(layout, night, made.registry)
        beside.begin()
        with watch.lap("build"):
            built = build(settings, layout, night, tokeniser)
        suites = beside.audit(built.path, layout.reports, night.run_id)
        with watch.lap("audit"):
            checks = audit_file(built.path)
        with watch.lap("gate"):
            privacy = audit_privacy(built.path, known_people(layout), settings.privacy, cleared(layout))
            checks += [*audit_texts(built.path), *privacy.results]
        with watch.lap("suites"):
            checks += [result for suite in suites() for result in suite.results]
        with watch.lap("publish"):
            release(built, checks, settings, layout, night, privacy.scores)
        with watch.lap("reports"):
            find_signals(settings, layout, night)
            write_audit(settings, layout)
    records = sum(entry.facts.records for entry in entries)
    published_bytes = layout.published.stat().st_size
    json.dump(watch.told(records=records, checks=len(checks), published_bytes=published_bytes), sys.stdout)


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]))
