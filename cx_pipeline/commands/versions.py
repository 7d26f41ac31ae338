"""`cx-pipeline versions` and `rollback`."""

from __future__ import annotations

from datetime import UTC, datetime

from cx_pipeline import audit_log
from cx_pipeline.commands import console
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.stages.cx_audit import write_audit
from cx_pipeline.stages.run import Run, only_run
from cx_pipeline.warehouse import rollback as warehouse_rollback
from cx_pipeline.warehouse import versions as warehouse_versions


def versions(settings: Settings, *, as_json: bool) -> int:
    """Show the kept versions, newest first."""
    found = sorted(
        warehouse_versions.versions(Layout(settings.data_dir.absolute())), key=lambda item: item.sequence, reverse=True
    )
    if as_json:
        console.emit([version.model_dump(mode="json") for version in found])
        return 0
    columns = ("name", "published", "published at", "run", "rows", "MiB")
    rows = [
        (
            version.name,
            "now" if version.is_published else "",
            version.published_at,
            version.run_id,
            sum(count for name, count in version.rows.items() if name.startswith("main.")),
            round(version.size_bytes / 2**20, 1),
        )
        for version in found
    ]
    console.table("versions", columns, rows, ("rows", "MiB"))
    return 0


def rollback(settings: Settings, name: str) -> int:
    """Publish an older version again."""
    layout = Layout(settings.data_dir.absolute())
    now = datetime.now(UTC)
    with only_run(layout, Run(f"rollback-{now:%Y%m%dT%H%M%S}", now)):
        version = warehouse_rollback.rollback(layout, name, now=now)
        audit_log.append(layout, "rollback", {"version": version.name, "run_id": version.run_id})
        write_audit(settings, layout)  # the page tells of what is published
    console.out.print(f"published again: {version.name}, built by run {version.run_id}", markup=False)
    return 0
