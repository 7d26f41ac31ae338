"""Paths as settings take them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator


def _not_empty(value: object) -> object:
    """An empty path would be the folder we are in, which nobody asked for."""
    if isinstance(value, str) and not value.strip():
        raise ValueError("a path must not be empty")
    return value


def _openable(path: Path) -> Path:
    """DuckDB takes what follows a question mark for options of the file, and a backslash for a folder's end."""
    if "?" in str(path) or (os.sep == "/" and "\\" in str(path)):
        raise ValueError("no database file can be opened in a folder with a question mark or a backslash in its name")
    return path


Place = Annotated[Path, BeforeValidator(_not_empty)]
DataPlace = Annotated[Place, AfterValidator(_openable)]  # where database files lie
