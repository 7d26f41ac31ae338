"""Registries lie beside each other, one a published run."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.identity import store
from cx_pipeline.identity.registry import EVENTS, HELD, REGISTRY, RETIRED, Assignment, empty


def registry(*customers: str) -> Assignment:
    members = pl.DataFrame(
        {
            "record": [f"r{customer}" for customer in customers],
            "customer_id": list(customers),
            "is_seen": [True] * len(customers),
        },
        schema=REGISTRY,
    )
    retired = pl.DataFrame({"customer_id": ["old"], "survivor": ["new"]}, schema=RETIRED)
    held = pl.DataFrame({"record": ["r"], "customer_id": ["old"]}, schema=HELD)
    events = pl.DataFrame([("run1", datetime(2026, 3, 1), "absorbed", "old", "new", 1)], schema=EVENTS, orient="row")
    return Assignment(members, retired, held, events)


def test_before_the_first_run_nobody_is_known(tmp_path: Path) -> None:
    found = store.load(tmp_path / "registry", None)
    assert found.membership.equals(empty().membership)
    assert found.retired.schema == pl.Schema(RETIRED)


def test_what_was_saved_comes_back_by_its_run(tmp_path: Path) -> None:
    store.save(tmp_path, "run1", registry("a"))
    store.save(tmp_path, "run2", registry("a", "b"))
    assert store.load(tmp_path, "run1").membership.equals(registry("a").membership)
    assert store.load(tmp_path, "run2").membership.equals(registry("a", "b").membership)
    assert all(one.equals(other) for one, other in zip(store.load(tmp_path, "run2"), registry("a", "b"), strict=True))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_registry_of_nobody_comes_back(tmp_path: Path) -> None:
    store.save(tmp_path, "run1", empty())
    assert store.load(tmp_path, "run1").membership.rows() == []


def test_saving_again_replaces(tmp_path: Path) -> None:
    store.save(tmp_path, "run1", registry("a"))
    store.save(tmp_path, "run1", registry("b"))
    assert store.load(tmp_path, "run1").membership.equals(registry("b").membership)


@pytest.mark.parametrize("lost", ["members", "retired", "held", "events"])
def test_a_registry_that_is_gone_stops_the_run(tmp_path: Path, lost: str) -> None:
    """Going on with an empty one would give people new ids without a word."""
    store.save(tmp_path, "run1", registry("a"))
    (tmp_path / f"run1.{lost}.parquet").unlink()
    with pytest.raises(EnvironmentProblem, match="registry of the published file is gone"):
        store.load(tmp_path, "run1")


def test_registries_of_runs_no_longer_kept_are_forgotten(tmp_path: Path) -> None:
    for run in ("run1", "run2", "run3"):
        store.save(tmp_path, run, registry(run))
    store.prune(tmp_path, {"run1", "run3"})
    parts = ("events", "held", "members", "retired")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{run}.{part}.parquet" for run in ("run1", "run3") for part in parts
    ]


def test_the_folder_is_its_owners(tmp_path: Path) -> None:
    store.save(tmp_path / "registry", "run1", registry("a"))
    assert stat.S_IMODE((tmp_path / "registry").stat().st_mode) == 0o700


def test_a_registry_from_before_merges_were_remembered_is_read(tmp_path: Path) -> None:
    store.save(tmp_path, "run1", registry("a"))
    for part in ("held", "events"):
        (tmp_path / f"run1.{part}.parquet").unlink()
    members = tmp_path / "run1.members.parquet"
    pl.read_parquet(members).drop("is_seen").write_parquet(members)
    found = store.load(tmp_path, "run1")
    assert found.membership.equals(registry("a").membership)
    assert (found.held.height, found.events.height) == (0, 0)
    assert found.events.schema == pl.Schema(EVENTS)
