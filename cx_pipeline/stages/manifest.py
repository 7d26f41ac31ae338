"""The manifest: one small file a delivery, written last, so that what it names is there.

A delivery is a file of a night: (path below the raw folder, content). The same path with other content is another delivery;
nothing that was taken in is forgotten when the raw file changes or goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from cx_pipeline.layout import Layout
from cx_pipeline.stages.files import write_text


class Status(StrEnum):
    """What became of a file. Only `landed` ones have records that go on."""

    LANDED = "landed"
    QUARANTINED = "quarantined"  # readable, but a required column is missing: its records are known and kept back
    UNREADABLE = "unreadable"
    UNRECOGNISED = "unrecognised"
    EMPTY = "empty"
    GROWING = "growing"
    EXCLUDED = "excluded"
    EXPIRED = "expired"  # older than the settings keep it: its records are gone from the lake


class Facts(BaseModel):
    """What reading a file told, as in `quality.deliveries`."""

    model_config = ConfigDict(frozen=True)

    format: str = ""
    encoding: str = ""
    dialect: str = ""
    header_rows: int = 0
    preamble_rows: int = 0
    columns: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    records: int = 0
    damaged: int = 0
    damaged_by_rule: dict[str, int] = {}
    is_truncated: bool = False


class Entry(BaseModel):
    """One delivery. `content` names the landed folder; `reason` is a sentence for people, `rule` its stable name.

    `sha256` is of the file as it was delivered. `rewritten` is of what it holds since records were taken out of it (`bytes` and
    `mtime_ns` are of that file then); empty where nothing was. `read_by` is the state of the reader that looked at the file last,
    `landing` of the one that made the records that landed: where a later one read the same, they stayed. `limits` is the state
    of the limits where they may have refused something, of a file that is unreadable or has damaged records.
    """

    model_config = ConfigDict(frozen=True)

    delivery_id: str
    date: date
    source: str
    export: str
    path: str
    bytes: int
    mtime_ns: int
    sha256: str
    decompressed_bytes: int
    status: Status
    rule: str = ""
    reason: str = ""
    facts: Facts = Facts()
    rewritten: str = ""
    read_by: str = ""
    landing: str = ""
    limits: str = ""

    @property
    def content(self) -> str:
        return self.sha256[:32]

    @property
    def has_records(self) -> bool:
        return self.status in (Status.LANDED, Status.QUARANTINED)


def delivery_id(path: str, sha256: str) -> str:
    return hashlib.sha256(f"{path}\0{sha256}".encode("utf-8", "surrogateescape")).hexdigest()[:16]


class Manifest:
    """All entries below one folder. However often they are asked for, a night is read again only when its folder has changed."""

    _known: ClassVar[dict[Path, tuple[int, list[Entry]]]] = {}

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, entry: Entry) -> None:
        """Record a delivery; what was recorded of the same path while it had no content (growing, unreadable) is forgotten."""
        night = self._folder / entry.date.isoformat()
        self._known.pop(night, None)
        write_text(self._file(entry.date, entry.delivery_id), entry.model_dump_json())
        passing = delivery_id(entry.path, "")
        if passing != entry.delivery_id:
            self._file(entry.date, passing).unlink(missing_ok=True)
        self._known.pop(night, None)

    def entries(self, dates: Iterable[date] | None = None) -> list[Entry]:
        """Every delivery, or those of some dates, in the order of date and path."""
        nights = self._folder.glob("*/") if dates is None else [self._folder / day.isoformat() for day in dates]
        found = [entry for night in nights for entry in self._of(night)]
        return sorted(found, key=lambda entry: (entry.date, entry.source, entry.path, entry.delivery_id))

    def _of(self, night: Path) -> list[Entry]:
        """Every change of an entry is a rename in its folder, and changes the folder's time."""
        if not night.is_dir():
            return []
        changed = night.stat().st_mtime_ns
        known = self._known.get(night)
        if known is None or known[0] != changed:
            known = changed, [self._read(path) for path in night.glob("*.json")]
            self._known[night] = known
        return known[1]

    def _file(self, day: date, delivery: str) -> Path:
        return self._folder / day.isoformat() / f"{delivery}.json"

    @staticmethod
    def _read(path: Path) -> Entry:
        return Entry.model_validate_json(path.read_text(encoding="utf-8"))


def landed(layout: Layout, source: str, export: str, content: str) -> Path:
    """Folder of one content: its landed records and what is kept beside them."""
    return layout.lake_raw / f"{source}_{export}" / content


def place_of(layout: Layout, entry: Entry) -> Path:
    """Folder of the content of a delivery."""
    return landed(layout, entry.source, entry.export, entry.content)


def firsts(entries: Iterable[Entry]) -> dict[tuple[str, str, str], Entry]:
    """Of the deliveries with one content of one export, the one that counts: the first by date, then path."""
    chosen: dict[tuple[str, str, str], Entry] = {}
    for entry in sorted(entries, key=lambda item: (item.date, item.path, item.delivery_id)):
        if entry.has_records:
            chosen.setdefault((entry.source, entry.export, entry.sha256), entry)
    return chosen
