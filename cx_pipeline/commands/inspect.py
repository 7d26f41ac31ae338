"""`cx-pipeline status`, `sources` and `quarantine`: what there is and what was kept back."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from cx_pipeline.commands import console
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.errors import ConfigError, DataError
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.sources.catalogue import exports
from cx_pipeline.stages import journal
from cx_pipeline.stages.intake import left_out, open_dates
from cx_pipeline.stages.lateness import overdue
from cx_pipeline.warehouse.reader import open_read_only

_DRIFT = """
    SELECT delivery_date, source_system, source_entity, kind, detail
    FROM quality.anomalies JOIN quality.deliveries USING (delivery_id) WHERE kind LIKE 'drift.%'
    ORDER BY delivery_date DESC, source_system, source_entity, kind, detail LIMIT 50
"""


def _published(settings: Settings) -> Layout:
    layout = Layout(settings.data_dir.absolute())
    if not layout.published.exists():
        raise DataError("nothing has been published yet", where=str(layout.published), next_step="cx-pipeline run")
    return layout


def _today(settings: Settings) -> date:
    return datetime.now(ZoneInfo(settings.timezone)).date()


def status(settings: Settings, *, as_json: bool) -> int:
    """What is published, what waits, and how the last run's audit ended."""
    layout = Layout(settings.data_dir.absolute())
    if not layout.data.is_dir():
        console.err.print(
            f"warning: there is no data folder {layout.data}; cx-pipeline run makes it", markup=False, soft_wrap=True
        )
    waiting = [day.isoformat() for day in open_dates(settings, layout)] if settings.raw.is_dir() else []
    left = left_out(settings)
    facts: dict[str, object] = {
        "data": str(layout.data),
        "waiting_delivery_dates": waiting,
        "unreadable_deliveries": left.unreadable,
        "passed_over": left.passed_over,
        "overdue": [f"{late.export} (expected {late.expected})" for late in overdue(settings, layout, _today(settings))],
        "published": layout.published.exists(),
    }
    deliveries: list[dict[str, object]] = []
    drift: list[dict[str, object]] = []
    if layout.published.exists():
        with open_read_only(layout.published) as connection:
            run = connection.sql("SELECT run_id, now, version FROM quality.runs").pl().to_dicts()[0]
            facts |= {"run_id": run["run_id"], "run_now": str(run["now"]), "built_by": run["version"]}
            deliveries = (
                connection.sql(
                    """SELECT delivery_date, source_system, source_entity, status, count(*) AS files,
                              sum(records)::BIGINT AS records, sum(damaged)::BIGINT AS damaged
                       FROM quality.deliveries GROUP BY ALL ORDER BY ALL"""
                )
                .pl()
                .to_dicts()
            )
            drift = connection.sql(_DRIFT).pl().to_dicts()
    last = sorted((layout.state / "runs").glob("*"), key=lambda path: path.name)
    if last:
        facts["last_run"] = last[-1].name
        # A run that was refused or stopped was not audited: then what is said of the published one holds.
        audited = next((run for run in (last[-1].name, str(facts.get("run_id", ""))) if journal.checks(layout, run)), "")
        unpassed = [check for check in journal.checks(layout, audited) if check.status != "passed"] if audited else []
        facts["audited_run"] = audited
        facts["checks_not_passed"] = [f"{check.table}: {check.name} {check.status} ({check.severity})" for check in unpassed]
    if as_json:
        console.emit({**facts, "deliveries": deliveries, "schema_drift": drift})
        return 0
    console.table(
        "status",
        ("", "is"),
        [(name, ", ".join(value) if isinstance(value, list) else str(value)) for name, value in facts.items()],
    )
    if deliveries:
        columns = tuple(deliveries[0])
        console.table("deliveries", columns, (tuple(row.values()) for row in deliveries), ("files", "records", "damaged"))
    if drift:
        console.table("schema drift, newest first", tuple(drift[0]), (tuple(row.values()) for row in drift))
    return 0


def sources(*, as_json: bool) -> int:
    """Every vendor with its exports, formats and canonical tables, from the source objects themselves."""
    rows = [
        {
            "source": export.source,
            "export": export.name,
            "formats": ", ".join(export.formats),
            "tables": ", ".join(mapping.table for mapping in export.tables if not tables()[mapping.table].internal),
            "required": ", ".join(sorted(export.required)),
            "what": export.title,
        }
        for export in exports().values()
    ]
    if as_json:
        console.emit(rows)
    else:
        console.table("sources", tuple(rows[0]), (tuple(row.values()) for row in rows))
    return 0


def quarantine_list(settings: Settings, *, as_json: bool) -> int:
    """What was kept back, by file and rule."""
    with open_read_only(_published(settings).published) as connection:
        found = connection.sql(
            """SELECT raw_path, stage, table_name, rule, column_name, count(*) AS findings, min(line) AS first_line,
                      min(row_id) AS example_row_id
               FROM quality.quarantine GROUP BY ALL ORDER BY findings DESC, raw_path, stage, table_name, rule, column_name"""
        ).pl()
    if as_json:
        console.emit(found.to_dicts())
    elif found.is_empty():
        console.out.print("nothing is in quarantine")
    else:
        console.table("quarantine", found.columns, found.rows(), ("findings", "first_line"))
    return 0


def quarantine_show(settings: Settings, row_id: str, *, show_values: bool, as_json: bool) -> int:
    """Every rule that one record broke, with the shape of the value at fault, or the value where asked."""
    layout = _published(settings)
    with open_read_only(layout.published) as connection:
        found = (
            connection.sql(
                """SELECT raw_path, record_number, line, stage, table_name, rule, severity, column_name, status
                   FROM quality.quarantine WHERE row_id = $row ORDER BY ALL""",
                params={"row": row_id},
            )
            .pl()
            .to_dicts()
        )
    if not found:
        raise ConfigError("no such row is in quarantine", next_step="cx-pipeline quarantine list")
    values = _values(layout, row_id)
    for item in found:
        value = values.get((item["rule"], item["column_name"]))
        item["value"] = value if show_values else console.masked(value)
    if as_json:
        console.emit(found)
    else:
        for item in found:
            console.table("quarantined", ("", "is"), [(name, str(value)) for name, value in item.items() if value is not None])
    return 0


def _values(layout: Layout, row_id: str) -> dict[tuple[object, object], str | None]:
    rows = (
        pl.scan_parquet(layout.lake_clean / "tables" / "quality.quarantine.parquet", glob=False)
        .filter(pl.col("row_id") == row_id)
        .select("rule", "column_name", "value_digest")
        .collect()
        .rows()
    )
    return {(rule, column): value for rule, column, value in rows}


__all__ = ["quarantine_list", "quarantine_show", "sources", "status"]
