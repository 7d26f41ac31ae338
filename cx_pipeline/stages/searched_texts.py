"""What texts were searched for whom, beside the clean tables: what the build tells its gate, and the next night.

Kept under the state of the program, as another search may find what this one did not.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl

from cx_pipeline.layout import Layout
from cx_pipeline.privacy.needles import Needles
from cx_pipeline.privacy.searched import NOTHING, Cleared, Hashes, Searched
from cx_pipeline.stages.files import sweep, whole_folder
from cx_pipeline.stages.kept_texts import program
from cx_pipeline.warehouse.durable import sync

FOLDER = "searched"
"""Name of the folder beside the clean tables."""
_TEXTS, _NEEDLES = "texts.parquet", "needles.parquet"


def searched(layout: Layout, known: Needles | None) -> Searched | None:
    """The search for known people, with what was searched before; None where nobody is known."""
    return None if known is None else Searched(known, cleared(layout))


def cleared(layout: Layout) -> Cleared:
    """What was found to hold nobody, by this very program; nothing where that was never kept, or cannot be read."""
    folder = _folder(layout)
    if not folder.is_dir():
        return NOTHING
    try:
        return Cleared(*(pl.read_parquet(folder / name, glob=False)["hash"].to_numpy() for name in (_TEXTS, _NEEDLES)))
    except (OSError, pl.exceptions.PolarsError):
        return NOTHING


def keep(layout: Layout, made: Searched | None) -> None:
    """Keep what was searched, in place of all that was kept before."""
    if made is None:
        return
    found, target = made.told(), _folder(layout)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(target.parent)
    with whole_folder(target) as folder:
        _write(found.texts, folder / _TEXTS)
        _write(found.needles, folder / _NEEDLES)
    for other in target.parent.iterdir():
        if other != target:
            shutil.rmtree(other, ignore_errors=True)


def _folder(layout: Layout) -> Path:
    return layout.lake_clean / FOLDER / program()


def _write(hashes: Hashes, path: Path) -> None:
    pl.DataFrame({"hash": hashes}).write_parquet(path, compression="uncompressed", statistics=False)
    sync(path)
