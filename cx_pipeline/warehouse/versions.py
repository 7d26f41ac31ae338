"""The versions that were published: one database file and one record each, newest first.

`clean/versions/000012-20260105T020000Z-<run>.duckdb` is the same file as `cx.duckdb` (a hard link) while it is published,
and `….json` beside it says what is in it. A record is written with `pending` before the published path is replaced and
without it afterwards, so after a crash it can be told whether the replacement happened: `settle` finishes the book-keeping.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cx_pipeline.layout import Layout
from cx_pipeline.warehouse import durable

_NAME = re.compile(r"(?P<sequence>\d{6,})-\d{8}T\d{6}Z-[A-Za-z0-9_-]+")


class Publication(BaseModel):
    """One time that a version was put into the published place."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    why: Literal["publish", "rollback"]


class Version(BaseModel):
    """What is known of one version.

    Attributes:
        name: of its files, without suffix.
        sequence: counts publishings; decides what is newer, whatever the clocks said.
        run_id: of the run that built it.
        rows: `schema.table` to rows.
        content_hashes: `schema.table` to content hash.
        size_bytes: of the file.
        sha256: of the file's bytes.
        publications: when it was put into the published place, oldest first.
        pending: a publication that was begun; None once it is done.
        is_published: it is what analysts read now. Not stored: found out when listed.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    sequence: int
    run_id: str
    rows: dict[str, int]
    content_hashes: dict[str, str]
    size_bytes: int
    sha256: str
    publications: tuple[Publication, ...] = ()
    pending: Publication | None = None
    is_published: bool = False

    @property
    def published_at(self) -> datetime | None:
        """The last time it was put into the published place."""
        return self.publications[-1].at if self.publications else None

    def begun(self, at: datetime, why: Literal["publish", "rollback"]) -> Version:
        return self.model_copy(update={"pending": Publication(at=at, why=why)})

    def done(self) -> Version:
        finished = (*self.publications, self.pending) if self.pending else self.publications
        return self.model_copy(update={"publications": finished, "pending": None, "is_published": True})


def versions(layout: Layout) -> list[Version]:
    """All whole versions, newest first. A database without a readable record, or the reverse, is not one."""
    if not layout.versions.is_dir():
        return []
    found = [
        version for path in layout.versions.glob("*.json") if (version := _read(path)) and database(layout, version.name).exists()
    ]
    found.sort(key=lambda version: version.sequence, reverse=True)
    current = _published_name(layout, found)
    return [version.model_copy(update={"is_published": version.name == current}) for version in found]


def database(layout: Layout, name: str) -> Path:
    return layout.versions / f"{name}.duckdb"


def record(layout: Layout, name: str) -> Path:
    return layout.versions / f"{name}.json"


def write(layout: Layout, version: Version) -> None:
    """Store a version's record atomically."""
    durable.write_text(record(layout, version.name), version.model_dump_json(indent=2, exclude={"is_published"}) + "\n")


def next_name(layout: Layout, run_id: str, at: datetime) -> tuple[int, str]:
    """Sequence and name of the version that comes after all there are, whole or not."""
    taken = [int(match["sequence"]) for path in layout.versions.iterdir() if (match := _NAME.match(path.name))]
    sequence = max(taken, default=0) + 1
    return sequence, f"{sequence:06d}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{run_id}"


def remove(layout: Layout, name: str) -> None:
    """Remove a version, its record last: a crash in between leaves a record alone, which `settle` removes."""
    database(layout, name).unlink(missing_ok=True)
    record(layout, name).unlink(missing_ok=True)


def prune(layout: Layout, keep: int) -> list[str]:
    """Remove all but the newest `keep` versions; the published one always stays. Returns the names removed."""
    surplus = [version.name for version in versions(layout)[keep:] if not version.is_published]
    for name in surplus:
        remove(layout, name)
    return surplus


def settle(layout: Layout) -> None:
    """Finish the book-keeping of a process that died: begun publications are recorded as done or undone, halves removed."""
    for version in versions(layout):
        if version.pending is None:
            continue
        if version.is_published:
            write(layout, version.done())
        elif version.publications:
            write(layout, version.model_copy(update={"pending": None}))
        else:
            remove(layout, version.name)
    for path in layout.versions.iterdir():
        name = path.name.split(".", 1)[0]
        if not _NAME.fullmatch(name):
            continue
        half = (path.suffix == ".json" and not database(layout, name).exists()) or (
            path.suffix == ".duckdb" and not record(layout, name).exists()
        )
        if half or path.suffix == ".tmp":
            path.unlink(missing_ok=True)


def _read(path: Path) -> Version | None:
    try:
        version = Version.model_validate_json(path.read_bytes())
    except ValidationError:
        return None
    return version if version.name == path.stem else None


def _published_name(layout: Layout, found: list[Version]) -> str | None:
    """The version that is the published file: the same file, or, where links are not to be had, the same bytes."""
    if not layout.published.exists():
        return None
    for version in found:
        if layout.published.samefile(database(layout, version.name)):
            return version.name
    size = layout.published.stat().st_size
    candidates = [version for version in found if version.size_bytes == size]
    digest = durable.sha256(layout.published) if candidates else ""
    return next((version.name for version in candidates if version.sha256 == digest), None)
