"""What every step is given: the settings, the data folder it holds alone, and the run with its frozen clock."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import dagster as dg
from dagster._core.storage.event_log import EventLogStorage
from dagster._core.storage.tags import ASSET_RESUME_RETRY_TAG, RESUME_RETRY_TAG
from pydantic import PrivateAttr

from checks.beside import Beside
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings, load
from cx_pipeline.sources.asked_for import refuse_unknown
from cx_pipeline.stages import journal
from cx_pipeline.stages.run import Run, begin, only_run

RUN_TAG = "cx/run"
NOW_TAG = "cx/now"
ACCEPT_TAG = "cx/accept_impact"
_GOES_ON = (RESUME_RETRY_TAG, ASSET_RESUME_RETRY_TAG)
_OLDEST = 10  # of Python: so many collections of the middle generation before all that is left is looked through


class Pipeline(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Holds the data folder's lock from the first step of a run in a process to the last."""

    _run: Run = PrivateAttr()
    _settings: Settings | None = PrivateAttr(None)
    _beside: Beside = PrivateAttr(default_factory=Beside)

    @property
    def settings(self) -> Settings:
        """Read once, so that all steps of a run in a process see the same."""
        if self._settings is None:
            self._settings = load()
            refuse_unknown(self._settings)
        return self._settings

    @property
    def layout(self) -> Layout:
        return Layout(self.settings.data_dir.absolute())

    @property
    def run(self) -> Run:
        return self._run

    @property
    def beside(self) -> Beside:
        """The process of the audit."""
        return self._beside

    def progress(self, what: str) -> None:
        """Tell whoever watches the run what it is at."""
        journal.note(self.layout, self.run, what)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Pipeline"]:
        os.umask(0o077)  # whatever a step writes is the owner's alone, unless it says otherwise
        self._run = _run_of(context)
        with _loaded_set_aside(), only_run(self.layout, self._run):
            begin(self.layout)
            _bury(context)
            try:
                yield self
            finally:
                self._beside.close()


@contextmanager
def _loaded_set_aside() -> Iterator[None]:
    """While a run lasts garbage is looked for among what it makes, not in all that was loaded before it."""
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], _OLDEST)
    try:
        yield
    finally:
        gc.unfreeze()


def _bury(context: dg.InitResourceContext) -> None:
    """Runs that Dagster still shows as going, while we hold the data folder, have died: say so in their record."""
    assert context.instance is not None
    assert context.run is not None
    going = dg.RunsFilter(job_name=context.run.job_name, statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
    for run in context.instance.get_runs(filters=going):
        if run.run_id != context.run.run_id:
            context.instance.report_run_failed(run, "The process of this run ended without a word; a later run found it.")
    free_pools(context.instance.event_log_storage, context.run.run_id)


def free_pools(storage: EventLogStorage, run_id: str) -> None:
    """Places in pools that dead runs still hold are given back, or a step of this run would wait for one for ever."""
    for pool in storage.get_concurrency_keys():
        told = storage.get_concurrency_info(pool)
        for holder in (told.active_run_ids | told.pending_run_ids | told.assigned_run_ids) - {run_id}:
            storage.free_concurrency_slots_for_run(holder)


def _run_of(context: dg.InitResourceContext) -> Run:
    if context.run is None or context.instance is None:
        raise dg.DagsterInvariantViolationError("the pipeline resource needs a run")
    begun = origin(context.instance, context.run)
    record = context.instance.get_run_record_by_id(begun.run_id)
    created = record.create_timestamp if record is not None else datetime.now().astimezone()
    tags = context.run.tags
    now = datetime.fromisoformat(tags[NOW_TAG]) if NOW_TAG in tags else created
    return Run(tags.get(RUN_TAG, f"{created:%Y%m%dT%H%M%S}-{begun.run_id[:8]}"), now, tags.get(ACCEPT_TAG) == "yes")


def origin(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun:
    """The run that one goes on from: what it has already made, the registry among it, bears its name."""
    while run.parent_run_id is not None and any(run.tags.get(tag) == "true" for tag in _GOES_ON):
        before = instance.get_run_by_id(run.parent_run_id)
        if before is None:
            break
        run = before
    return run
