"""`cx-pipeline run`: launch the nightly job of the code location named in workspace.yaml, and tell how it went."""

from __future__ import annotations

import ctypes
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Self
from zoneinfo import ZoneInfo

import polars as pl
import yaml

from cx_pipeline import audit_log, errors
from cx_pipeline.commands import console
from cx_pipeline.errors import ConfigError
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.stages import journal
from cx_pipeline.stages.intake import all_dates, open_dates
from cx_pipeline.stages.release import published_run
from cx_pipeline.warehouse.reader import open_read_only

JOB = "nightly"
STOPPED = 143  # as a shell reports a process ended by SIGTERM
_GRACE_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_OUR_ERROR = re.compile(r"^cx_pipeline\.[a-z_.]+\.([A-Za-z]+): (.+)$", re.MULTILINE)
_DAGSTER = """\
# Written by cx-pipeline; your own edits stay.
telemetry:
  enabled: false
run_monitoring:
  enabled: true
run_retries:
  enabled: true
  max_retries: 1
concurrency:
  pools:
    default_limit: 1
nux:
  enabled: false
"""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: exit code, and the lines worth showing."""

    run_id: str
    exit_code: int
    summary: Mapping[str, object]


def workspace_file() -> Path:
    """workspace.yaml of the folder we are in or above it, else the one that was installed with the package.

    Raises:
        ConfigError: when there is none.
    """
    here = Path.cwd()
    installed = Path(__file__).parents[1] / "workspace.yaml"
    beside = Path(__file__).parents[2] / "workspace.yaml"
    for candidate in [*(folder / "workspace.yaml" for folder in (here, *here.parents)), installed, beside]:
        if candidate.is_file():
            return candidate
    raise ConfigError("there is no workspace.yaml", expected="one in this folder or above, or the installed one")


def environment(settings: Settings, layout: Layout) -> dict[str, str]:
    """What Dagster's processes are told: its home below the data folder, and our settings."""
    layout.prepare()
    config = layout.dagster_home / "dagster.yaml"
    if not config.exists():
        config.write_text(_DAGSTER, encoding="utf-8")
    nux = layout.dagster_home / ".nux"
    nux.mkdir(exist_ok=True)
    (nux / "nux.yaml").write_text("seen: 1\n", encoding="utf-8")  # no first-visit pop-up asking for an address
    return {
        **os.environ,
        "DAGSTER_HOME": str(layout.dagster_home),
        "CX_DATA_DIR": str(layout.data),
        "CX_RAW_DIR": str(settings.raw.absolute()),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "PYTHONWARNINGS": "ignore",
    }


def run(
    settings: Settings, *, day: date | None, everything: bool, now: datetime | None, accepts_impact: bool, as_json: bool
) -> int:
    """Take deliveries in, publish, and show the closing summary. Returns the exit code."""
    if not settings.raw.is_dir():
        raise ConfigError(
            "the folder of deliveries does not exist",
            where=str(settings.raw),
            expected="<raw>/<YYYY-MM-DD>/<source>/<export>…",
            next_step="name it with --raw-dir",
        )
    layout = Layout(settings.data_dir.absolute())
    layout.prepare()
    first, last = _range(settings, layout, day, everything)
    clock = now if now is not None else datetime.now(UTC)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    tags = {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": last.isoformat(),
        "cx/run": run_id,
        "cx/now": clock.isoformat(),
        **({"cx/accept_impact": "yes"} if accepts_impact else {}),
    }
    if accepts_impact:
        audit_log.append(layout, "accept_impact", {"run_id": run_id})
    code = _launch(settings, layout, run_id, tags, quiet=as_json)
    outcome = _outcome(layout, run_id, code)
    if as_json:
        console.emit({"run_id": run_id, "exit_code": outcome.exit_code, **outcome.summary})
    else:
        _tell(layout, outcome)
    return outcome.exit_code


def _range(settings: Settings, layout: Layout, day: date | None, everything: bool) -> tuple[date, date]:
    today = datetime.now(ZoneInfo(settings.timezone)).date()
    if day is not None:
        dates = [day]
    elif everything:
        dates = all_dates(settings)
    else:
        dates = open_dates(settings, layout)
    if not dates:
        return today, today  # nothing new: what is retained is published afresh
    if dates[0] < settings.start_date or dates[-1] > today:
        raise ConfigError(
            "a delivery date lies outside the partitions",
            where=f"{dates[0]} to {dates[-1]}",
            expected=f"dates from {settings.start_date} to today, {today}",
            next_step="set start_date, or rename the folder",
        )
    return dates[0], dates[-1]


def _launch(settings: Settings, layout: Layout, run_id: str, tags: dict[str, str], *, quiet: bool) -> int:
    workspace = workspace_file()
    location = yaml.safe_load(workspace.read_text(encoding="utf-8"))["load_from"][0]["python_module"]
    log = layout.state / "runs" / run_id / "dagster.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "dagster",
        "job",
        "execute",
        "-m",
        location["module_name"],
        "-j",
        JOB,
        "--tags",
        json.dumps(tags),
    ]
    if location.get("working_directory"):
        command += ["-d", str((workspace.parent / location["working_directory"]).resolve())]
    with log.open("w", encoding="utf-8") as handle:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter, arguments as a list
            command,
            env=environment(settings, layout),
            stdout=handle,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  # no threads run here yet
        )
        before = signal.signal(signal.SIGTERM, _stop)
        try:
            return _watch(process, layout, run_id, quiet=quiet)
        except KeyboardInterrupt:
            return _end(process)
        finally:
            signal.signal(signal.SIGTERM, before)


def _die_with_parent() -> None:
    """Ask the kernel to end the run when this process is killed, so that no orphan goes on holding the data folder."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _stop(number: int, frame: FrameType | None) -> None:
    """A first request to stop ends the run in order; a second one ends it at once."""
    del frame
    signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt


def _end(process: subprocess.Popen[bytes]) -> int:
    console.err.print("stopping; the published file stays as it was")
    process.send_signal(signal.SIGINT)  # Dagster marks the run as cancelled
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return STOPPED


def _watch(process: subprocess.Popen[bytes], layout: Layout, run_id: str, *, quiet: bool) -> int:
    progress = journal.folder(layout, run_id) / "progress.jsonl"
    shown = 0
    with console.err.status("starting") if not quiet else _Silent() as status:
        while process.poll() is None:
            lines = progress.read_text(encoding="utf-8").splitlines() if progress.exists() else []
            if len(lines) > shown:
                shown = len(lines)
                status.update(json.loads(lines[-1])["what"])
            time.sleep(0.1)
    return process.returncode


class _Silent:
    """A status line that says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, what: str) -> None:
        del what


def _outcome(layout: Layout, run_id: str, code: int) -> Outcome:
    checks = journal.checks(layout, run_id)
    if code == 0 and published_run(layout) == run_id:
        return Outcome(run_id, 0, _summary(layout))
    if code == STOPPED:
        return Outcome(run_id, STOPPED, {"stopped": True})
    blocked = [f"{check.table}: {check.name} {check.status}" for check in checks if check.blocks]
    if blocked:
        return Outcome(run_id, 3, {"blocked_by": blocked})
    log = journal.folder(layout, run_id) / "dagster.log"
    told = _OUR_ERROR.findall(log.read_text(encoding="utf-8", errors="replace"))
    if not told:
        return Outcome(run_id, 1, {"log": str(log)})
    name, message = told[-1]
    # What fails after publishing leaves the file published, and is told as what it is.
    is_published = {"published": str(layout.published)} if published_run(layout) == run_id else {}
    return Outcome(run_id, getattr(errors, name, errors.CxError).exit_code, {"error": message, "log": str(log), **is_published})


def _summary(layout: Layout) -> dict[str, object]:
    with open_read_only(layout.published) as connection:

        def rows(sql: str) -> list[tuple[object, ...]]:
            return connection.execute(sql).fetchall()

        def figures(sql: str) -> dict[str, int]:
            return {str(name): int(count) for name, count in connection.execute(sql).fetchall()}

        return {
            "published": str(layout.published),
            "deliveries": figures("SELECT status, count(*) FROM quality.deliveries GROUP BY ALL ORDER BY ALL"),
            "ledger": [
                dict(
                    zip(("stage", "rows_in", "published", "quarantined", "superseded", "duplicate", "filtered"), row, strict=True)
                )
                for row in rows(
                    """SELECT stage, sum(rows_in)::BIGINT, sum(published)::BIGINT, sum(quarantined)::BIGINT,
                              sum(superseded)::BIGINT, sum(duplicate)::BIGINT, sum(filtered)::BIGINT
                       FROM quality.ledger GROUP BY stage
                       ORDER BY list_position(['extract', 'scrub', 'dedupe', 'map'], stage)"""
                )
            ],
            "quarantine": figures("SELECT rule, count(*) FROM quality.quarantine GROUP BY ALL ORDER BY 2 DESC, 1"),
            "tables": figures(
                """SELECT table_name, estimated_size FROM duckdb_tables()
                   WHERE schema_name = 'main' AND estimated_size > 0 AND NOT internal ORDER BY 1"""
            ),
            "checks": figures(
                """SELECT CASE WHEN status = 'failed' AND severity = 'warning' THEN 'warned' ELSE status END, count(*)
                   FROM quality.checks GROUP BY ALL ORDER BY ALL"""
            ),
        }


def _tell(layout: Layout, outcome: Outcome) -> None:
    if outcome.exit_code == 0:
        _tell_published(outcome.summary)
        return
    if outcome.exit_code == STOPPED:
        return
    if "published" in outcome.summary:
        console.err.print(f"[bold red]published[/], but the dataset for models failed: {outcome.summary['published']}")
        console.err.print(str(outcome.summary["error"]), markup=False)
        console.err.print(f"next: read {outcome.summary['log']}, then cx-pipeline ai build", markup=False)
        return
    if outcome.exit_code == 3:
        console.err.print("[bold red]blocked[/]: the audit of the staged file failed; the published file stays as it was")
        for name in outcome.summary["blocked_by"]:  # type: ignore[attr-defined]
            console.err.print(f"  {name}", markup=False)
        _tell_impact(layout)
        console.err.print("next: cx-pipeline status, and reports/data_docs/index.html below the data folder")
        return
    console.err.print("[bold red]failed[/]: the published file stays as it was")
    if "error" in outcome.summary:
        console.err.print(str(outcome.summary["error"]), markup=False)
    console.err.print(f"next: read {outcome.summary['log']}, or the run in cx-pipeline ui", markup=False)


def _tell_impact(layout: Layout) -> None:
    """What would change for customer ids beyond its limit, and how to let it."""
    path = layout.lake_clean / "tables" / "quality.identity_impact.parquet"
    if not path.exists():
        return
    rows = [row for row in pl.read_parquet(path).to_dicts() if row["is_beyond"] and not row["is_accepted"]]
    if rows:
        columns = ("metric", "before", "after", "change", "allowed")
        console.table("beyond its limit", columns, [[row[name] for name in columns] for row in rows], columns[1:])
        console.err.print("where that is meant: cx-pipeline run --accept-impact")


def _tell_published(summary: Mapping[str, object]) -> None:
    ledger: list[dict[str, object]] = summary["ledger"]  # type: ignore[assignment]
    columns = ("stage", "rows_in", "published", "quarantined", "superseded", "duplicate", "filtered")
    console.table("ledger", columns, ([line[name] for name in columns] for line in ledger), columns[1:])
    quarantine: dict[str, int] = summary["quarantine"]  # type: ignore[assignment]
    if quarantine:
        console.table("kept back, by rule", ("rule", "findings"), quarantine.items(), ("findings",))
    tables: dict[str, int] = summary["tables"]  # type: ignore[assignment]
    console.table("published tables", ("table", "rows"), tables.items(), ("rows",))
    deliveries: dict[str, int] = summary["deliveries"]  # type: ignore[assignment]
    warned = {status: files for status, files in deliveries.items() if status not in ("landed", "duplicate", "expired")}
    files = ", ".join(f"{count} {status}" for status, count in deliveries.items())
    checks: dict[str, int] = summary["checks"]  # type: ignore[assignment]
    console.out.print(
        f"files: {files}; checks: {', '.join(f'{count} {status}' for status, count in checks.items())}", markup=False
    )
    word = "published with warnings" if warned or quarantine else "published"
    console.out.print(f"[bold green]{word}[/]: {summary['published']}", soft_wrap=True)


__all__ = ["Outcome", "environment", "run", "workspace_file"]
