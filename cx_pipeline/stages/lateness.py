"""Late deliveries: files that came after their night's run, and exports that should have come by now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from cx_pipeline.extract.delivery import DeliveryFile, discover
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.sources.catalogue import recognise
from cx_pipeline.stages.intake import manifest, settled_files
from cx_pipeline.stages.manifest import Entry, Status
from cx_pipeline.stages.raw_paths import path_of
from cx_pipeline.stages.reading import limits_state, reading_state

# Two gaps between deliveries are the least that tells of a rhythm.
_RHYTHM = 3
_QUIET = timedelta(minutes=2)


class LateFiles(NamedTuple):
    """Files not yet taken in, of dates whose night has passed.

    Attributes:
        dates: their delivery dates, in order.
        files: how many there are.
        digest: changes with the files and with what decides on them, so that each set of them is asked for once.
    """

    dates: tuple[date, ...]
    files: int
    digest: str


class Overdue(NamedTuple):
    """An export that has come at a rhythm and has not come when it should have.

    Attributes:
        export: as `source.export`.
        last: date of its last delivery.
        expected: date on which the next one was due.
    """

    export: str
    last: date
    expected: date


def late_files(settings: Settings, layout: Layout, now: datetime, ran_today: bool) -> LateFiles:
    """Files that no nightly run will take in by itself.

    Args:
        settings: of the pipeline.
        layout: of its data folder.
        now: with a zone; files touched within the last two minutes are left to the next look.
        ran_today: whether today's run has passed, so that files of today are late, too.
    """
    today = now.date()
    known = settled_files(settings, layout)
    found = [
        file
        for file in discover(settings.raw).files
        if settings.start_date <= file.date <= today
        and (file.date < today or ran_today)
        and (path_of(file), file.size, file.mtime_ns) not in known
        and now.timestamp() - file.mtime_ns / 1e9 >= _QUIET.total_seconds()
    ]
    looked_at = sorted(f"{path_of(file)} {file.size} {file.mtime_ns} {_looked_at_by(file, settings)}" for file in found)
    told = "\n".join([*looked_at, *sorted(settings.accept_drift), *sorted(settings.exclude)])
    digest = hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return LateFiles(tuple(sorted({file.date for file in found})), len(found), digest)


def _looked_at_by(file: DeliveryFile, settings: Settings) -> str:
    """The state of what reads a file; empty where no export is recognised in it."""
    export = recognise(file.source, file.path.name)
    return f"{reading_state(export)} {limits_state(settings.limits)}" if export is not None else ""


def overdue(settings: Settings, layout: Layout, today: date) -> list[Overdue]:
    """Exports whose next delivery is past due by their own rhythm: the median gap between the dates they came on."""
    came: dict[str, set[date]] = {}
    for entry in _delivered(manifest(layout).entries()):
        came.setdefault(f"{entry.source}.{entry.export}", set()).add(entry.date)
    late = []
    for export, dates in sorted(came.items()):
        if len(dates) < _RHYTHM or export in settings.exclude:
            continue
        ordered = sorted(dates)
        gap = median((after - before).days for before, after in pairwise(ordered))
        expected = ordered[-1] + timedelta(days=round(gap))
        if expected < today:
            late.append(Overdue(export, ordered[-1], expected))
    return late


def _delivered(entries: Iterable[Entry]) -> Iterable[Entry]:
    return (entry for entry in entries if entry.export and entry.status not in (Status.GROWING, Status.UNREADABLE))
