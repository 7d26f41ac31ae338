"""Which run a run is of: one that goes on from a failed one bears its name and its clock."""

from __future__ import annotations

import dagster as dg
import pytest
from dagster._core.storage.tags import ASSET_RESUME_RETRY_TAG, RESUME_RETRY_TAG

from assets.resources import origin


class Runs:
    """Runs by id, as an instance tells them."""

    def __init__(self, *runs: dg.DagsterRun) -> None:
        self._runs = {run.run_id: run for run in runs}

    def get_run_by_id(self, run_id: str) -> dg.DagsterRun | None:
        return self._runs.get(run_id)


def run(name: str, parent: str | None = None, **tags: str) -> dg.DagsterRun:
    root = None if parent is None else "first"
    return dg.DagsterRun(job_name="nightly", run_id=name, parent_run_id=parent, root_run_id=root, tags=tags)


@pytest.mark.parametrize("tag", [RESUME_RETRY_TAG, ASSET_RESUME_RETRY_TAG])
def test_a_run_that_goes_on_is_the_one_it_goes_on_from(tag: str) -> None:
    first, second, third = run("first"), run("second", "first", **{tag: "true"}), run("third", "second", **{tag: "true"})
    assert origin(Runs(first, second), third) is first  # type: ignore[arg-type]


def test_a_run_that_begins_anew_is_itself() -> None:
    first, again = run("first"), run("again", "first", **{RESUME_RETRY_TAG: "false"})
    assert origin(Runs(first), first) is first  # type: ignore[arg-type]
    assert origin(Runs(first), again) is again  # type: ignore[arg-type]
    on = run("on", "again", **{RESUME_RETRY_TAG: "true"})
    assert origin(Runs(first, again), on) is again  # type: ignore[arg-type]


def test_a_run_whose_first_is_forgotten_is_itself() -> None:
    on = run("on", "gone", **{RESUME_RETRY_TAG: "true"})
    assert origin(Runs(), on) is on  # type: ignore[arg-type]
