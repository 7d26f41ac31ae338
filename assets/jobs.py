"""The nightly job and its schedule."""

import dagster as dg

from assets.names import JOB
from cx_pipeline.settings import load

nightly = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.all(),
    # One process: the work is parallel inside Polars and DuckDB, and a process a step costs more than the step.
    executor_def=dg.in_process_executor,
    description="Raw exports in, one audited DuckDB file out.",
)


@dg.schedule(
    job=nightly,
    cron_schedule=load().schedule,
    execution_timezone=load().timezone,
    default_status=dg.DefaultScheduleStatus.STOPPED,
    description="Every night: takes in the folder of the day on which the run starts.",
)
def nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Ask for the partition of the day in the schedule's own zone."""
    day = context.scheduled_execution_time.date().isoformat()
    return dg.RunRequest(run_key=day, partition_key=day)
