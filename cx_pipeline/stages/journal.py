"""What a run leaves under `state/runs/<run id>/`: progress while it works, its audit, what it built."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from cx_pipeline.layout import Layout
from cx_pipeline.quality.check_result import CheckResult, CheckSeverity, CheckStatus
from cx_pipeline.quality.score import Score
from cx_pipeline.stages.files import write_text
from cx_pipeline.stages.run import Run
from cx_pipeline.warehouse.built import Built

_KEEP = 50
WARNING = "warning: "
"""Begins a line of progress that is told again at the end of the run."""


def folder(layout: Layout, run_id: str) -> Path:
    return layout.state / "runs" / run_id


def note(layout: Layout, run: Run, what: str) -> None:
    """Append a line of progress."""
    place = folder(layout, run.run_id)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (place / "progress.jsonl").open("a", encoding="utf-8") as handle:
        handle.write(json.dumps({"at": time.time(), "what": what}) + "\n")


def warnings(layout: Layout, run_id: str) -> list[str]:
    """What a run warned of, in its order."""
    path = folder(layout, run_id) / "progress.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    told = [str(json.loads(line)["what"]) for line in lines]
    return [what.removeprefix(WARNING) for what in told if what.startswith(WARNING)]


def put_built(layout: Layout, built: Built) -> None:
    text = json.dumps({"path": str(built.path), "rows": dict(built.rows)})
    write_text(folder(layout, built.run_id) / "built.json", text)


def built(layout: Layout, run: Run) -> Built:
    read = json.loads((folder(layout, run.run_id) / "built.json").read_text(encoding="utf-8"))
    return Built(Path(read["path"]), run.run_id, read["rows"])


def put_checks(layout: Layout, run: Run, results: Iterable[CheckResult]) -> None:
    write_text(folder(layout, run.run_id) / "checks.json", json.dumps([asdict(item) for item in results]))


def checks(layout: Layout, run_id: str) -> list[CheckResult]:
    """The audit of a run; empty when it was not reached."""
    path = folder(layout, run_id) / "checks.json"
    if not path.exists():
        return []
    return [_check(item) for item in json.loads(path.read_text(encoding="utf-8"))]


def _check(item: Mapping[str, object]) -> CheckResult:
    fields = dict(item)
    fields["status"] = CheckStatus(str(item["status"]))
    fields["severity"] = CheckSeverity(str(item["severity"]))
    return CheckResult(**fields)  # type: ignore[arg-type]


def put_scores(layout: Layout, run: Run, scores: Iterable[Score]) -> None:
    write_text(folder(layout, run.run_id) / "scores.json", json.dumps([asdict(item) for item in scores]))


def scores(layout: Layout, run_id: str) -> list[Score]:
    """The figures of a run's audit; empty when it was not reached."""
    path = folder(layout, run_id) / "scores.json"
    return [Score(**item) for item in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []


def prune(layout: Layout) -> None:
    """Keep the newest journals; run ids begin with their time."""
    runs = sorted((layout.state / "runs").glob("*"), key=lambda path: path.name)
    for old in runs[:-_KEEP]:
        shutil.rmtree(old, ignore_errors=True)
