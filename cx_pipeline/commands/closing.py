"""What is said at the end of a run: how it went, what was published, or what stopped it and what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl
from rich.markup import escape

from cx_pipeline import errors
from cx_pipeline.commands import console
from cx_pipeline.layout import Layout
from cx_pipeline.sources.catalogue import exports
from cx_pipeline.stages import journal
from cx_pipeline.stages.release import published_run
from cx_pipeline.warehouse.reader import open_read_only

STOPPED = 143  # as a shell reports a process ended by SIGTERM
# What follows publishing: how Dagster calls the step, what it makes, and the command that makes it without another night.
_AFTER = {
    "ai__ai_dataset": ("the dataset for models", "cx-pipeline ai build"),
    "warehouse__vulnerability": ("the search for signs of vulnerability", "cx-pipeline run"),
    "reports__cx_audit": ("the page of the audit", "cx-pipeline audit"),
}
_MOST_TOLD = 5  # files
_FAILED_STEP = re.compile(r'Execution of step "(\w+)" failed(?! and has requested a retry)')
_OUR_ERROR = re.compile(r"^cx_pipeline\.[a-z_.]+\.([A-Za-z]+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: exit code, and the lines worth showing."""

    run_id: str
    exit_code: int
    summary: Mapping[str, object]


def outcome(layout: Layout, run_id: str, code: int) -> Outcome:
    """What became of a run whose process ended with `code`. Whatever ends it after publishing leaves the file published."""
    is_published = _is_published(layout, run_id, code)
    published = {"published": str(layout.published)} if is_published else {}
    if code == 0 and is_published:
        warned = journal.warnings(layout, run_id)
        return Outcome(run_id, 0, _summary(layout) | ({"warnings": warned} if warned else {}))
    if code == STOPPED:
        return Outcome(run_id, STOPPED, {"stopped": True, **published})
    blocked = [f"{check.table}: {check.name} {check.status}" for check in journal.checks(layout, run_id) if check.blocks]
    if blocked and not is_published:
        return Outcome(run_id, 3, {"blocked_by": blocked})
    log = journal.folder(layout, run_id) / "dagster.log"
    said = log.read_text(encoding="utf-8", errors="replace")
    told = _OUR_ERROR.findall(said)
    error = {"error": told[-1][1]} if told else {}
    if is_published:
        failed = {"failed_steps": [step for step in _AFTER if step in _FAILED_STEP.findall(said)]}
        return Outcome(run_id, errors.CxError.exit_code, {**error, "log": str(log), **published, **failed})
    exit_code = getattr(errors, told[-1][0], errors.CxError).exit_code if told else errors.CxError.exit_code
    return Outcome(run_id, exit_code, {**error, "log": str(log)})


def _is_published(layout: Layout, run_id: str, code: int) -> bool:
    try:
        return published_run(layout) == run_id
    except errors.EnvironmentProblem:
        if code == 0:
            raise
        return False  # why the run ended is more to the point than why an older file cannot be opened


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


def tell(layout: Layout, found: Outcome) -> None:
    """Show it to people, with what to do next where it was not published."""
    if found.exit_code == 0:
        _tell_published(found.summary)
        return
    if found.exit_code == STOPPED:
        _tell_stopped(found.summary)
        return
    if "published" in found.summary:
        _tell_failed_after(found.summary)
        return
    if found.exit_code == 3:
        console.err.print("[bold red]blocked[/]: the audit of the staged file failed; the published file stays as it was")
        for name in found.summary["blocked_by"]:  # type: ignore[attr-defined]
            console.err.print(f"  {name}", markup=False)
        _tell_impact(layout)
        console.err.print("next: cx-pipeline status, and reports/data_docs/index.html below the data folder")
        return
    console.err.print("[bold red]failed[/]: the published file stays as it was")
    if "error" in found.summary:
        console.err.print(str(found.summary["error"]), markup=False)
    console.err.print(f"next: read {found.summary['log']}, or the run in cx-pipeline ui", markup=False)


def tell_left(after_today: Sequence[str], unreadable: Sequence[str], timezone: str) -> None:
    """Show what lies in the folder of deliveries and was not taken in, with what to do about it."""
    if after_today:
        console.err.print(f"warning: dated after today and not taken in yet: {', '.join(after_today)}", markup=False)
        console.err.print(f"next: wait for the day, set timezone (now {timezone}), or rename the folder", markup=False)
    if unreadable:
        console.err.print(f"warning: cannot be looked at and not taken in: {', '.join(unreadable)}", markup=False)
        console.err.print("next: let the user of the pipeline read it; the next run tries again", markup=False)


def tell_unknown(files: Mapping[str, str]) -> None:
    """Show the files that no export is named like, by path and the folder of their source, and what may have been meant."""
    if not files:
        return
    sources = {export.source for export in exports().values()}
    others = sorted({source for source in files.values() if source and source not in sources})
    meant = [f"{source}: {near[0]}?" for source in others if (near := get_close_matches(source, sources, n=1))]
    more = f" and {len(files) - _MOST_TOLD} more" if len(files) > _MOST_TOLD else ""
    named = ", ".join(list(files)[:_MOST_TOLD])
    console.err.print(f"warning: named like no export, and not read: {named}{more}", markup=False, soft_wrap=True)
    console.err.print("; ".join(["next: cx-pipeline sources names every export", *meant]), markup=False, soft_wrap=True)


def _tell_stopped(summary: Mapping[str, object]) -> None:
    if "published" in summary:
        console.err.print(f"[bold red]published[/], but stopped before what follows it: {escape(str(summary['published']))}")
        console.err.print("next: cx-pipeline run", markup=False)
    else:
        console.err.print("[bold red]stopped[/]: the published file stays as it was")


def _tell_failed_after(summary: Mapping[str, object]) -> None:
    """What failed of that which follows publishing; a process that was killed has left no word of it."""
    steps: list[str] = summary["failed_steps"]  # type: ignore[assignment]
    named = " and ".join(_AFTER[step][0] for step in steps) or "what follows it"
    commands = " and ".join(_AFTER[step][1] for step in steps) or "cx-pipeline run"
    console.err.print(f"[bold red]published[/], but {named} failed: {escape(str(summary['published']))}")
    if "error" in summary:
        console.err.print(str(summary["error"]), markup=False)
    console.err.print(f"next: read {summary['log']}, then {commands}", markup=False)


def _tell_impact(layout: Layout) -> None:
    """What would change for customer ids beyond its limit, and how to let it."""
    path = layout.lake_clean / "tables" / "quality.identity_impact.parquet"
    if not path.exists():
        return
    rows = [row for row in pl.read_parquet(path, glob=False).to_dicts() if row["is_beyond"] and not row["is_accepted"]]
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
    told: list[str] = summary.get("warnings", [])  # type: ignore[assignment]
    warned = {status: files for status, files in deliveries.items() if status not in ("landed", "duplicate", "expired")}
    files = ", ".join(f"{count} {status}" for status, count in deliveries.items())
    checks: dict[str, int] = summary["checks"]  # type: ignore[assignment]
    console.out.print(
        f"files: {files}; checks: {', '.join(f'{count} {status}' for status, count in checks.items())}", markup=False
    )
    for what in told:
        console.err.print(f"{journal.WARNING}{what}", markup=False, soft_wrap=True)
    word = "published with warnings" if warned or quarantine or told else "published"
    console.out.print(f"[bold green]{word}[/]: {escape(str(summary['published']))}", soft_wrap=True)
    if word != "published":
        console.err.print("next: cx-pipeline status, and cx-pipeline quarantine list", markup=False)


__all__ = ["STOPPED", "Outcome", "outcome", "tell", "tell_left", "tell_unknown"]
