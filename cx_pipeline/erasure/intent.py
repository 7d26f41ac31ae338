"""What a forget set out to do, written before it does it, so that an interrupted one can be finished.

It holds readable keys and identifiers, for without them nothing could be finished: owner-only, below `state/`, gone at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict

from cx_pipeline.erasure.subject import Subject
from cx_pipeline.layout import Layout
from cx_pipeline.stages.batch import row_ids, row_prefix
from cx_pipeline.stages.files import write_text
from cx_pipeline.stages.manifest import Entry, Manifest

ROWS = {"row_id": pl.String, "source": pl.String, "export": pl.String, "sha256": pl.String, "record_number": pl.Int64}


class Touched(BaseModel):
    """The forgotten records of one content."""

    model_config = ConfigDict(frozen=True)

    source: str
    export: str
    sha256: str
    records: tuple[int, ...]


class Intent(BaseModel):
    """One forget.

    Attributes:
        request: its id.
        at: when it was asked for.
        who: asked.
        selector: how the person was named, as a keyed token.
        customers, records, identifiers, names, shared: as in `Subject`.
        keys: of all their records, as far as they were found.
        contents: which records of which contents these are.
        versions: kept versions to the SHA-256 they had.
    """

    model_config = ConfigDict(frozen=True)

    request: str
    at: datetime
    who: str
    selector: str
    customers: frozenset[str]
    records: frozenset[str]
    identifiers: dict[str, frozenset[str]]
    names: frozenset[str]
    shared: int
    keys: frozenset[str] = frozenset()
    contents: tuple[Touched, ...] = ()
    versions: dict[str, str] = {}

    @property
    def subject(self) -> Subject:
        return Subject(self.customers, self.records, self.identifiers, self.names, self.shared)


def rows_of(contents: Iterable[Touched]) -> pl.DataFrame:
    """Every forgotten record of some contents: columns of `ROWS`."""
    parts = [
        pl.DataFrame({"record_number": list(touched.records)}, schema={"record_number": pl.Int64}).select(
            row_ids(row_prefix(touched.source, touched.export, touched.sha256), pl.col("record_number")).alias("row_id"),
            pl.lit(touched.source).alias("source"),
            pl.lit(touched.export).alias("export"),
            pl.lit(touched.sha256).alias("sha256"),
            "record_number",
        )
        for touched in contents
    ]
    return pl.concat([pl.DataFrame(schema=ROWS), *parts])


def entries_of(layout: Layout) -> list[Entry]:
    """Every delivery that was taken in."""
    return Manifest(layout.state / "manifest").entries()


def folder(layout: Layout) -> Path:
    return layout.state / "forgetting"


def write(layout: Layout, intent: Intent) -> None:
    write_text(_file(layout, intent), intent.model_dump_json())


def pending(layout: Layout) -> list[Intent]:
    """What was begun and not finished, oldest first."""
    found = [Intent.model_validate_json(path.read_text(encoding="utf-8")) for path in folder(layout).glob("*.json")]
    return sorted(found, key=lambda intent: (intent.at, intent.request))


def done(layout: Layout, intent: Intent) -> None:
    _file(layout, intent).unlink(missing_ok=True)


def _file(layout: Layout, intent: Intent) -> Path:
    return folder(layout) / f"{intent.request}.json"
