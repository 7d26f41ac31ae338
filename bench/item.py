"""One file that the floor reads. Imports nothing of the library, so that the floor does not pay for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

NO_DELIMITER = "\x1f"
"""What no file holds separates nothing."""


@dataclass(frozen=True)
class Item:
    """One file for the floor.

    Attributes:
        path: the file, or its twin, relative to the plan.
        export: name of the table that it is loaded into.
        format: as the reader names it: csv, ndjson, json_pages, …
        encoding: of a text file.
        delimiter: of a delimited one; `NO_DELIMITER` where it has one column and no quotes.
        header_rows: of a delimited one.
        page_key: under which pages hold their records.
        keys: top-level names of a JSON record.
        records: what the floor must load: the undamaged ones, and those of pages that were mended.
    """

    path: str
    export: str
    format: str
    encoding: str
    delimiter: str
    header_rows: int
    page_key: str
    keys: tuple[str, ...]
    records: int


def read_plan(path: Path) -> list[Item]:
    return [Item(**{**item, "keys": tuple(item["keys"])}) for item in json.loads(path.read_text(encoding="utf-8"))]
