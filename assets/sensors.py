"""Deliveries that come after their night's run are taken in when they come."""

from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg

from assets.jobs import nightly
from cx_pipeline.layout import Layout
from cx_pipeline.settings import load
from cx_pipeline.stages.lateness import late_files, overdue

_RANGE_START, _RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_GOING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]


@dg.sensor(
    job=nightly,
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Takes in files that come for a date whose nightly run has passed, and tells which exports are overdue.",
)
def late_deliveries(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """One run for all late dates; none while a run is going, as the data folder has one writer."""
    settings = load()
    layout = Layout(settings.data_dir.absolute())
    now = datetime.now(ZoneInfo(settings.timezone))
    missing = overdue(settings, layout, now.date())
    for export in missing:
        context.log.warning("%s is overdue: last delivery %s, expected %s", export.export, export.last, export.expected)
    told = f"; overdue: {', '.join(export.export for export in missing)}" if missing else ""
    if not settings.raw.is_dir():
        return dg.SensorResult(skip_reason=f"there is no folder of deliveries{told}")
    filters = dg.RunsFilter(job_name=nightly.name, statuses=_GOING)
    if context.instance.get_runs(filters=filters, limit=1):
        return dg.SensorResult(skip_reason=f"a run is going{told}")
    late = late_files(settings, layout, now, _ran_on(context, now))
    if not late.files:
        return dg.SensorResult(skip_reason=f"no late files{told}")
    first, last = late.dates[0].isoformat(), late.dates[-1].isoformat()
    request = dg.RunRequest(
        run_key=f"late-{late.digest}", tags={_RANGE_START: first, _RANGE_END: last, "cx/late_files": str(late.files)}
    )
    return dg.SensorResult(run_requests=[request])


def _ran_on(context: dg.SensorEvaluationContext, now: datetime) -> bool:
    """Whether a run has ended well today, in the zone of the settings."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    done = dg.RunsFilter(job_name=nightly.name, statuses=[dg.DagsterRunStatus.SUCCESS], updated_after=midnight)
    return bool(context.instance.get_runs(filters=done, limit=1))
