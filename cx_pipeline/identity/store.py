"""Where registries lie: one a published run, so that the registry in force is the one of the file that analysts read.

Nothing has to be committed after publishing: a killed run leaves a registry that no published file names.
"""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.identity.registry import REGISTRY, RETIRED, Assignment, empty

_NAMES = ("members", "retired")


def save(folder: Path, run_id: str, registry: Assignment) -> None:
    """Write the registry of a run, whole and on disk when this returns."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, frame in zip(_NAMES, (registry.membership, registry.retired), strict=True):
        aside = folder / f".{run_id}.{name}.tmp"
        frame.write_parquet(aside)
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(_file(folder, run_id, name))


def load(folder: Path, run_id: str | None) -> Assignment:
    """The registry of a published run; empty before the first.

    Raises:
        EnvironmentProblem: the registry of the published run is gone; going on would give people new ids.
    """
    if run_id is None:
        return empty()
    if not all(_file(folder, run_id, name).exists() for name in _NAMES):
        raise EnvironmentProblem(
            "the registry of the published file is gone",
            where=f"state/registry, run {run_id}",
            happened="nothing was published, as customer ids could have changed",
            next_step="restore state/ from its backup, or roll back to a version whose registry is there: cx-pipeline versions",
        )
    members = pl.read_parquet(_file(folder, run_id, "members"), schema=REGISTRY)
    return Assignment(members, pl.read_parquet(_file(folder, run_id, "retired"), schema=RETIRED))


def prune(folder: Path, keep: set[str]) -> None:
    """Forget the registries of runs that are no longer kept as versions."""
    for path in folder.glob("*.parquet"):
        if path.name.split(".")[0] not in keep:
            path.unlink(missing_ok=True)


def _file(folder: Path, run_id: str, name: str) -> Path:
    return folder / f"{run_id}.{name}.parquet"
