"""What is said at the end of a run: how it went, what was published, or what stopped it and what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from rich.markup import escape

from cx_pipeline import errors
from cx_pipeline.commands import console
from cx_pipeline.layout import Layout
from cx_pipeline.stages import journal
from cx_pipeline.stages.release import published_run
from cx_pipeline.warehouse.reader import open_read_only

STOPPED = 143  # as a shell reports a process ended by SIGTERM
_OUR_ERROR = re.compile(r"^cx_pipeline\.[a-z_.]+\.([A-Za-z]+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: exit code, and the lines worth showing."""

    run_id: str
    exit_code: int
    summary: Mapping[str, object]


def outcome(layout: Layout, run_id: str, code: int) -> Outcome:
    """What became of a run whose process ended with `code`."""
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


def tell(layout: Layout, found: Outcome) -> None:
    """Show it to people, with what to do next where it was not published."""
    if found.exit_code == 0:
        _tell_published(found.summary)
        return
    if found.exit_code == STOPPED:
        return
    if "published" in found.summary:
        console.err.print(f"[bold red]published[/], but the dataset for models failed: {escape(str(found.summary['published']))}")
        console.err.print(str(found.summary["error"]), markup=False)
        console.err.print(f"next: read {found.summary['log']}, then cx-pipeline ai build", markup=False)
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
    warned = {status: files for status, files in deliveries.items() if status not in ("landed", "duplicate", "expired")}
    files = ", ".join(f"{count} {status}" for status, count in deliveries.items())
    checks: dict[str, int] = summary["checks"]  # type: ignore[assignment]
    console.out.print(
        f"files: {files}; checks: {', '.join(f'{count} {status}' for status, count in checks.items())}", markup=False
    )
    word = "published with warnings" if warned or quarantine else "published"
    console.out.print(f"[bold green]{word}[/]: {escape(str(summary['published']))}", soft_wrap=True)


__all__ = ["STOPPED", "Outcome", "outcome", "tell"]
