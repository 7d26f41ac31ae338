"""`cx-pipeline audit`: write the page that tells how customers fare."""

from __future__ import annotations

from cx_pipeline.commands import console
from cx_pipeline.errors import DataError
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.stages.cx_audit import write_audit


def audit(settings: Settings, *, as_json: bool) -> int:
    """Write the page of what is published now, and say where it lies."""
    layout = Layout(settings.data_dir.absolute())
    if not layout.published.exists():
        raise DataError("nothing has been published yet", where=str(layout.published), next_step="cx-pipeline run")
    target = write_audit(settings, layout)
    if as_json:
        console.emit({"page": str(target), "size_bytes": target.stat().st_size})
    else:
        console.out.print(str(target), markup=False, soft_wrap=True)
    return 0
