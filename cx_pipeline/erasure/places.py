"""Every place that may hold something of a person, by name, with the files in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cx_pipeline.layout import Layout
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.settings import Settings

_SKIPPED = ("token.key", "run.lock")


def files(layout: Layout, settings: Settings) -> Iterator[tuple[str, Path]]:
    """Name of the place and path of every file, each file once; what only this forget itself needs is left out.

    A folder that may not be looked into is given as a file is: whoever reads it is told why it cannot be.
    """
    named = (
        ("raw files", settings.raw),
        ("lake, landed", layout.lake_raw),
        ("lake, scrubbed", layout.lake_scrubbed),
        ("lake, clean", layout.lake_clean),
        ("kept versions", layout.versions),
        ("staging", layout.staging),
        ("registry", layout.state / "registry"),
        ("Dagster", layout.dagster_home),
        ("state", layout.state),
        ("AI datasets", layout.data / "ai"),
        ("reports", layout.reports),
        ("published file", layout.clean),
        ("other", layout.data),
    )
    seen: set[Path] = set()
    own = layout.state / "forgetting"
    for place, folder in named:
        for path in sorted(folder.rglob("*")):
            real = path.resolve()
            if real in seen or not (is_file(path) or _is_closed(path)) or own in path.parents:
                continue
            seen.add(real)
            if path.parent == layout.state and path.name in _SKIPPED:
                continue
            yield place, path


def is_file(path: Path) -> bool:
    """Whether a path is a file, or may be one for all that can be told; links aside."""
    try:
        return path.is_file() and not path.is_symlink()
    except OSError:  # in a folder that tells names and no more
        return True


def _is_closed(path: Path) -> bool:
    """Whether this is a folder that does not tell what it holds."""
    return path.is_dir() and not path.is_symlink() and not os.access(path, os.R_OK)


def shown_path(path: Path, layout: Layout, settings: Settings) -> str:
    """A path below the data or the raw folder."""
    for root, name in ((settings.raw, "raw"), (layout.data, "data")):
        if root.absolute() in path.absolute().parents:
            return shown(f"{name}/{path.absolute().relative_to(root.absolute()).as_posix()}")
    return shown(path.name)
