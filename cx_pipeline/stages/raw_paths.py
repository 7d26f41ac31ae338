"""Where a delivered file lies below the raw folder: as text in the manifest, and back again."""

from __future__ import annotations

import os
from pathlib import Path

from cx_pipeline.extract.delivery import DeliveryFile


def path_of(file: DeliveryFile) -> str:
    """The path below the raw folder as text: bytes of a name that are no text stand as escapes."""
    return _told(file.relative)


def files_of(raw: Path, told: str) -> list[Path]:
    """The files that such a text may stand for, none where they are gone.

    An escape may be the byte it stands for or be written in the name itself, so folders are asked for what they hold. Where two
    names are told alike, both are given: their bytes tell them apart.

    Raises:
        OSError: a folder or file that may not be looked at.
    """
    if "\\" not in told:
        return [raw / told] if (raw / told).is_file() else []
    found = [raw]
    for part in told.split("/"):
        found = [child for folder in found if folder.is_dir() for child in folder.iterdir() if _told(child.name) == part]
    return sorted(path for path in found if path.is_file())


def _told(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")
