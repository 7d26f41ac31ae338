"""What building a staged file hands on to its audit and its publishing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Built:
    """A staged file that is whole and closed.

    Attributes:
        path: of the file, in the staging folder.
        run_id: of the run that built it.
        rows: `schema.table` to rows, for every table written.
    """

    path: Path
    run_id: str
    rows: Mapping[str, int]
