"""Who may read what: where identifiers are, files are their owner's alone, whatever the process that wrote them was told."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cx_pipeline.layout import OWNER_ONLY, Layout

_FILE = 0o600


def private(layout: Layout) -> tuple[Path, ...]:
    """The folders that hold identifiers, or tell about people who asked to be forgotten."""
    return layout.data / "lake", layout.state, layout.staging, layout.reports / "forget"


def secure(layout: Layout) -> int:
    """Make everything below the private folders, and the file of signals, owner-only; how many files and folders were not."""
    alone = layout.vulnerability
    return sum(_tighten(folder) for folder in private(layout) if folder.is_dir()) + (alone.is_file() and _narrow(alone, _FILE))


def _tighten(folder: Path) -> int:
    changed = int(_narrow(folder, OWNER_ONLY))
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.is_symlink():
                continue
            changed += _tighten(path) if entry.is_dir() else _narrow(path, _FILE)
    return changed


def _narrow(path: Path, mode: int) -> bool:
    """Take away what others may do; sockets and pipes are left as they are."""
    found = path.lstat().st_mode
    if not (stat.S_ISREG(found) or stat.S_ISDIR(found)) or not stat.S_IMODE(found) & 0o077:
        return False
    path.chmod(mode)
    return True
