"""Find the exports: every `Export` in every module of this room."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from pathlib import Path

import cx_pipeline.sources as room
from cx_pipeline.errors import ConfigError
from cx_pipeline.sources.export import Export


@cache
def exports() -> dict[str, Export]:
    """`source.export` to Export, sorted."""
    found: dict[str, Export] = {}
    for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Export):
                found[value.id] = value
    return dict(sorted(found.items()))


def by_source() -> dict[str, list[Export]]:
    grouped: dict[str, list[Export]] = {}
    for export in exports().values():
        grouped.setdefault(export.source, []).append(export)
    return grouped


def get(export_id: str) -> Export:
    """The export called `source.export`.

    Raises:
        ConfigError: naming the exports there are.
    """
    known = exports()
    if export_id not in known:
        raise ConfigError(f"there is no export {export_id}", expected=", ".join(known), next_step="cx-pipeline sources")
    return known[export_id]


def recognise(source: str, file_name: str) -> Export | None:
    """The export that a file of a source's folder holds, by the longest export name that its name begins with.

    The name must end there or go on with something that is no letter, so `Case-2.csv` is `Case` and `CaseComment.csv` is not.
    """
    fitting = [
        export
        for export in by_source().get(source, [])
        if re.match(rf"{re.escape(export.name)}(?![A-Za-z])", file_name, flags=re.IGNORECASE)
    ]
    return max(fitting, key=lambda export: len(export.name), default=None)


_ENDINGS = re.compile(r"(?:\.(?:csv|tsv|txt|json|jsonl|ndjson|parquet|zip|gz|zst))+$", re.IGNORECASE)
_WHEN = re.compile(
    r"(?<![A-Za-z0-9])\d{4}[-_.]?\d{2}[-_.]?\d{2}(?:[T_ -]?\d{2}[-_.:h]?\d{2}(?:[-_.:m]?\d{2})?Z?)?(?![A-Za-z0-9])"
)


def label_of(export: Export, file_name: str) -> str:
    """What a file's name says beyond the export's name, dates and endings: `responses_SV_3xk_2026-11-01.csv` says `SV_3xk`."""
    rest = _ENDINGS.sub("", file_name)[len(export.name) :]
    return _WHEN.sub("", rest).strip(" _-.()")


def source_files(source: str) -> list[Path]:
    """The modules that declare a source: one file, or all those of its folder."""
    folder = Path(room.__path__[0]) / source
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
