"""Which records of a content are forgotten, by number: `state/forgotten/<source>_<export>/<content>.json`.

The numbers outlive the lake: when it is made anew from the raw files, which hold blank records in these places, the same records
count as filtered again, and all others keep their numbers and row ids.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict

from cx_pipeline.layout import Layout
from cx_pipeline.stages.files import write_text
from cx_pipeline.stages.manifest import Entry

POLICY = "privacy.forgotten"


class Page(BaseModel):
    """One content.

    Attributes:
        sha256: of the file as it was delivered.
        records: numbers of the records that are forgotten, in order.
        is_done: they are gone from the lake; until then the content may not be published.
    """

    model_config = ConfigDict(frozen=True)

    sha256: str
    records: tuple[int, ...] = ()
    is_done: bool = False


def page(layout: Layout, entry: Entry) -> Page | None:
    """What is forgotten of a content; None where nothing is."""
    path = _file(layout, entry.source, entry.export, entry.content)
    return Page.model_validate_json(path.read_text(encoding="utf-8")) if path.exists() else None


def numbers(layout: Layout, entry: Entry) -> pl.Series:
    """Numbers of the forgotten records of a content, in order."""
    known = page(layout, entry)
    return pl.Series("record_number", list(known.records) if known is not None else [], dtype=pl.Int64)


def write(layout: Layout, entry: Entry, made: Page) -> None:
    write_text(_file(layout, entry.source, entry.export, entry.content), made.model_dump_json())


def _file(layout: Layout, source: str, export: str, content: str) -> Path:
    return layout.state / "forgotten" / f"{source}_{export}" / f"{content}.json"
