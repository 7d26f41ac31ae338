"""Where an engine that only reads puts what does not fit: beside the file, in a folder named after its process."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

_SPILL = re.compile(r"\.spill-([0-9]{1,10})")


def spill_folder(database: Path) -> Path:
    """The folder for what this process spills of queries over a file; the engine makes and removes it."""
    return database.parent / f".spill-{os.getpid()}"


def is_in_use(folder: Path) -> bool:
    """Whether a folder is the spill folder of a process that is alive."""
    found = _SPILL.fullmatch(folder.name)
    return found is not None and _is_alive(int(found[1]))


def remove_spills(place: Path) -> list[str]:
    """Remove the spill folders in a place whose processes are gone; returns the names removed."""
    if not place.is_dir():
        return []
    dead = [path for path in sorted(place.iterdir()) if _SPILL.fullmatch(path.name) and not is_in_use(path)]
    for path in dead:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return [path.name for path in dead]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's, and alive
        return True
    return process > 0
