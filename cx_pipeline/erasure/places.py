"""Every place that may hold something of a person, by name, with the files in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cx_pipeline.layout import Layout
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.settings import Settings

_SKIPPED = ("token.key", "run.lock")


def files(layout: Layout, settings: Settings) -> Iterator[tuple[str, Path]]:
    """Name of the place and path of every file, each file once; what only this forget itself needs is left out."""
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
            if real in seen or path.is_symlink() or not path.is_file() or own in path.parents:
                continue
            seen.add(real)
            if path.parent == layout.state and path.name in _SKIPPED:
                continue
            yield place, path


def shown_path(path: Path, layout: Layout, settings: Settings) -> str:
    """A path below the data or the raw folder."""
    for root, name in ((settings.raw, "raw"), (layout.data, "data")):
        if root.absolute() in path.absolute().parents:
            return shown(f"{name}/{path.absolute().relative_to(root.absolute()).as_posix()}")
    return shown(path.name)
