"""Dagster's history over kept connections: the same files as its own storage, open only as long as it says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from assets.history import EventLog
from assets.resources import free_pools
from cx_pipeline.commands.run import environment
from cx_pipeline.layout import Layout
from cx_pipeline.settings import load


@dg.asset(check_specs=[dg.AssetCheckSpec("right", asset="thing")])
def thing() -> Iterator[dg.MaterializeResult[None]]:
    yield dg.MaterializeResult(metadata={"rows": 3}, check_results=[dg.AssetCheckResult(check_name="right", passed=True)])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    told = environment(load(data_dir=tmp_path), Layout(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", told["DAGSTER_HOME"])
    return Path(told["DAGSTER_HOME"])


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as made:
        yield made


_HANDLES = Path("/proc/self/fd")


def _open_files(folder: Path) -> set[str]:
    found = [handle.readlink() for handle in _HANDLES.iterdir() if handle.is_symlink()]
    return {path.name for path in found if path.is_relative_to(folder) and path.suffix == ".db"}


def test_the_home_names_this_storage(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.event_log_storage, EventLog)


def test_what_is_written_is_read_by_dagsters_own_storage(instance: dg.DagsterInstance, home: Path) -> None:
    done = dg.materialize([thing], instance=instance)
    theirs = SqliteEventLogStorage(str(home / "history" / "runs"))
    theirs.register_instance(instance)
    ours = [event.dagster_event_type for event in instance.all_logs(done.run_id)]
    assert [event.dagster_event_type for event in theirs.get_logs_for_run(done.run_id)] == ours
    assert theirs.get_latest_materialization_events([thing.key])[thing.key] is not None
    assert instance.get_latest_materialization_event(thing.key) is not None


@pytest.mark.skipif(not _HANDLES.is_dir(), reason="the system does not tell which files are open")
def test_at_most_two_files_stay_open_and_none_when_it_is_closed(instance: dg.DagsterInstance, home: Path) -> None:
    runs = [dg.materialize([thing], instance=instance).run_id for _ in range(3)]
    for run_id in runs:
        assert instance.all_logs(run_id)
    assert len(_open_files(home / "history" / "runs")) <= 2
    instance.event_log_storage.dispose()
    assert _open_files(home / "history" / "runs") == set()
    assert instance.all_logs(runs[0])


def test_a_file_changes_with_each_event(instance: dg.DagsterInstance, home: Path) -> None:
    """The UI follows a run by watching its file."""
    run_id = dg.materialize([thing], instance=instance).run_id
    path = home / "history" / "runs" / f"{run_id}.db"
    os.utime(path, (0, 0))
    instance.report_engine_event("hello", job_name="a", run_id=run_id)
    assert path.stat().st_mtime > 0


def test_wiped_history_is_begun_anew(instance: dg.DagsterInstance) -> None:
    first = dg.materialize([thing], instance=instance).run_id
    instance.wipe()
    assert not instance.all_logs(first)
    assert instance.all_logs(dg.materialize([thing], instance=instance).run_id)


@pytest.mark.parametrize(("edited", "kept"), [("", False), ("# mine\n", True)])
def test_an_earlier_home_gets_this_storage_unless_somebody_edited_it(tmp_path: Path, edited: str, *, kept: bool) -> None:
    layout, settings = Layout(tmp_path), load(data_dir=tmp_path)
    environment(settings, layout)
    config = layout.dagster_home / "dagster.yaml"
    now = config.read_text(encoding="utf-8")
    before = now[: now.index("storage:\n")] + edited
    config.write_text(before, encoding="utf-8")
    environment(settings, layout)
    assert config.read_text(encoding="utf-8") == (before if kept else now)


def test_a_place_in_a_pool_that_a_dead_run_holds_is_given_back(instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    storage.initialize_concurrency_limit_to_default("duckdb_writer")
    assert storage.claim_concurrency_slot("duckdb_writer", "dead", "cx_staged").is_claimed
    assert not storage.claim_concurrency_slot("duckdb_writer", "mine", "cx_staged").is_claimed
    free_pools(storage, "mine")
    assert storage.claim_concurrency_slot("duckdb_writer", "mine", "cx_staged").is_claimed
