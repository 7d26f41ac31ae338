"""The folder a world is written to: empty, or another world's, which goes first."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from cx_pipeline.errors import ConfigError

TRUTH = "truth"


def prepare(out: Path) -> None:
    """Make room for a world: what an earlier one wrote is deleted, and nothing else ever is.

    Raises:
        ConfigError: for a folder with files that no world of the generator accounts for; nothing is deleted then.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    earlier = _written(out)
    if earlier is None:
        raise ConfigError(
            "the folder is in use, and what is in it was not made by the generator",
            expected="an empty folder, or one that holds an earlier world",
            happened="nothing was written",
            next_step="name another folder with --out",
        )
    for path in earlier:
        path.unlink(missing_ok=True)
    for folder in sorted({parent for path in earlier for parent in path.parents if out in parent.parents}, reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    shutil.rmtree(out / TRUTH)


def _written(out: Path) -> list[Path] | None:
    """The deliveries that the truth of an earlier world lists; None where there is no such truth."""
    try:
        counts = json.loads((out / TRUTH / "counts.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(counts, dict) or not {"world", "exports", "files"} <= counts.keys():
        return None
    names = [Path(name) for name in counts["files"]]
    if any(name.is_absolute() or ".." in name.parts for name in names):
        return None
    return [out / name for name in names]
