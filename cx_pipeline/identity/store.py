"""Where registries lie: one a published run, so that the registry in force is the one of the file that analysts read.

Nothing has to be committed after publishing: a killed run leaves a registry that no published file names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.identity.registry import EVENTS, HELD, REGISTRY, RETIRED, Assignment, empty

_SCHEMAS: Mapping[str, Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "members": REGISTRY,
    "retired": RETIRED,
    "held": HELD,
    "events": EVENTS,
}
_NAMES = tuple(_SCHEMAS)
# What registries were made of before merges were remembered; these go on, with what they know.
_FIRST_NAMES = ("members", "retired")


def save(folder: Path, run_id: str, registry: Assignment) -> None:
    """Write the registry of a run, whole and on disk when this returns."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, frame in zip(_NAMES, registry, strict=True):
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
    there = tuple(name for name in _NAMES if _file(folder, run_id, name).exists())
    if there not in (_NAMES, _FIRST_NAMES):
        raise EnvironmentProblem(
            "the registry of the published file is gone",
            where=f"state/registry, run {run_id}",
            happened="nothing was published, as customer ids could have changed",
            next_step="restore state/ from its backup, or roll back to a version whose registry is there: cx-pipeline versions",
        )
    parts = [_read(_file(folder, run_id, name), _SCHEMAS[name]) for name in there]
    return Assignment(*parts)


def _read(path: Path, schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """One part; a record of which an older registry does not say whether it was seen counts as seen."""
    found = pl.read_parquet(path, glob=False)
    if "is_seen" in schema and "is_seen" not in found.columns:
        found = found.with_columns(is_seen=pl.lit(value=True))
    return found.match_to_schema(pl.Schema(schema))


def prune(folder: Path, keep: set[str]) -> None:
    """Forget the registries of runs that are no longer kept as versions."""
    for path in folder.glob("*.parquet"):
        if path.name.split(".")[0] not in keep:
            path.unlink(missing_ok=True)


def _file(folder: Path, run_id: str, name: str) -> Path:
    return folder / f"{run_id}.{name}.parquet"
