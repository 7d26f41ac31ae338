"""Where versions of the dataset lie, what is noted of each, and which may stay.

A version that takes something out is a MAJOR, and everything before it holds what is gone: somebody's withdrawn or forgotten
words, or what reads otherwise now. So only versions of the newest MAJOR stay, however a run ended.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from cx_pipeline.ai.versions import CHANGES, RECORDS, Number, versions
from cx_pipeline.layout import OWNER_ONLY, READABLE, Layout
from cx_pipeline.warehouse import durable

MANIFEST, CHECKSUMS, HISTORY = "manifest.json", "SHA256SUMS", "history"
_FIGURES = ".figures.json"


def newest(layout: Layout) -> str | None:
    """The version that is in force."""
    return next(iter(versions(layout.ai)), None)


def last_number(layout: Layout) -> Number | None:
    """Of the newest version there ever was, also where its files are gone."""
    numbers = [Number.of(name) for name in (*told_versions(layout), *versions(layout.ai))]
    return max((number for number in numbers if number), default=None)


def manifest(layout: Layout, version: str | None) -> dict[str, Any]:
    """What is noted of a version; nothing where there is none."""
    path = layout.ai / version / MANIFEST if version else None
    if path is None or not path.exists():
        return {}
    noted: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return noted


def history(layout: Layout, version: str) -> pl.DataFrame | None:
    """Rows of `versions.CHANGES`: what a version changed; None where nothing is known of it."""
    path = layout.ai / HISTORY / f"{version}.json"
    return pl.read_json(path, schema=CHANGES) if path.exists() else None


def told_versions(layout: Layout) -> list[str]:
    """Every version there ever was, oldest first, also those whose files are gone."""
    place = layout.ai / HISTORY
    numbers = [Number.of(path.stem) for path in place.glob("*.json")] if place.is_dir() else []
    return [str(number) for number in sorted(number for number in numbers if number)]


def figures(layout: Layout, version: str) -> dict[str, Any]:
    """`made_at`, `factors` of readiness, and columns that `shifted`, of a version; nothing where they are not known."""
    path = layout.ai / HISTORY / f"{version}{_FIGURES}"
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return told


def records_of(layout: Layout, version: str | None) -> pl.DataFrame:
    """Rows of `versions.RECORDS` of a version; none where nothing is known of it."""
    path = layout.ai / HISTORY / f"{version}.parquet"
    nothing = pl.DataFrame(schema=RECORDS)
    # What was not noted yet is null.
    return pl.concat([nothing, pl.read_parquet(path, glob=False)], how="diagonal") if version and path.exists() else nothing


def seal(folder: Path, noted: Mapping[str, object]) -> None:
    """Write the manifest and, last, the checksums of every file; readable for everybody who may read the data folder."""
    durable.write_text(folder / MANIFEST, json.dumps(noted, indent=2, default=str) + "\n")
    lines = [f"{durable.sha256(file)}  {file.relative_to(folder).as_posix()}\n" for file in files_of(folder)]
    durable.write_text(folder / CHECKSUMS, "".join(lines))
    for path in (folder, *folder.rglob("*")):
        path.chmod(READABLE if path.is_dir() else 0o644)


def files_of(folder: Path) -> list[Path]:
    """All files of a version, by name."""
    return sorted(file for file in folder.rglob("*") if file.is_file())


def keep(
    layout: Layout, folder: Path, version: str, records: pl.DataFrame, changed: pl.DataFrame, figures: Mapping[str, object]
) -> None:
    """Move a sealed folder to its place; what it changed and its figures are told from then on, also when it is removed."""
    place = layout.ai / HISTORY
    place.mkdir(mode=OWNER_ONLY, exist_ok=True)
    path = place / f"{version}.parquet"
    records.write_parquet(path, compression="zstd", compression_level=3)
    durable.sync(path)
    durable.write_text(place / f"{version}{_FIGURES}", json.dumps(figures) + "\n")
    durable.write_text(place / f"{version}.json", changed.write_json() + "\n")
    folder.rename(layout.ai / version)
    durable.sync(layout.ai)


def settle(layout: Layout, keeps: int) -> None:
    """Remove all versions before the newest MAJOR, and of the others all but the newest."""
    found = versions(layout.ai)
    stay = [name for name in found if name.partition(".")[0] == found[0].partition(".")[0]][:keeps]
    remove(layout, [name for name in found if name not in stay])


def remove(layout: Layout, names: list[str]) -> None:
    """Remove versions with the digests of their records; what they changed stays told."""
    for name in names:
        aside = layout.ai / f".{name}.old"  # a version is there whole or not at all; `sweep` takes what a killed run leaves
        shutil.rmtree(aside, ignore_errors=True)
        (layout.ai / name).rename(aside)
        shutil.rmtree(aside)
    there = set(versions(layout.ai))
    for digests in (layout.ai / HISTORY).glob("*.parquet"):
        if digests.stem not in there:
            digests.unlink()
