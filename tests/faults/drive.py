"""A whole run without Dagster, as a process of its own that can be killed: `python drive.py RAW DATA [RUN_ID]`.

It takes the same steps as the code location, in the same order, with the audit of the books as its gate.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import load_tokeniser
from cx_pipeline.quality.audit import audit_books
from cx_pipeline.settings import load
from cx_pipeline.stages.ai_dataset import prepare, promote
from cx_pipeline.stages.build import build
from cx_pipeline.stages.clean import clean
from cx_pipeline.stages.intake import all_dates, take_in
from cx_pipeline.stages.release import audited, keep_registry, registry_in_force, release
from cx_pipeline.stages.run import Run, begin, only_run
from cx_pipeline.stages.scrub import scrub_contents

KEY = "11" * 32


def drive(raw: Path, data: Path, run_id: str, **more: Any) -> None:
    settings = load(raw_dir=raw, data_dir=data, token_key=KEY, keep_versions=3, **more)
    layout = Layout(data.absolute())
    run = Run(run_id, datetime(2026, 11, 20, 2, tzinfo=UTC))
    with only_run(layout, run):
        begin(layout)
        entries = take_in(settings, layout, all_dates(settings))
        scrub_contents(entries, settings, layout)
        tokeniser = load_tokeniser(layout.state, settings.token_key)
        made = clean(settings, layout, run, tokeniser, registry_in_force(layout))
        keep_registry(layout, run, made.registry)
        built = build(settings, layout, run, tokeniser)
        checks = audit_books(built.path)
        dataset = prepare(settings, layout, run, audited(built, checks).path)
        release(built, checks, settings, layout, run, dataset=dataset)
        promote(settings, layout, dataset)


if __name__ == "__main__":
    drive(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else f"r{datetime.now(UTC):%H%M%S%f}")
