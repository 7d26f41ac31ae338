"""Intake: files of the raw folder become landed text records and manifest entries.

Landed records are filed under their content, so the same bytes delivered twice are read once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

from cx_pipeline.extract.delivery import DeliveryFile, Skip, discover, settle
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.settings import Settings
from cx_pipeline.side_by_side import side_by_side
from cx_pipeline.sources import catalogue
from cx_pipeline.sources.catalogue import recognise
from cx_pipeline.sources.export import Context, Export
from cx_pipeline.stages.drift import drifted
from cx_pipeline.stages.forgetting import book
from cx_pipeline.stages.landing import MISSING_COLUMN, NOT_OPENED, Landing, as_it_lies, as_read_now, growing, made_by
from cx_pipeline.stages.manifest import Entry, Manifest, Status, place_of
from cx_pipeline.stages.raw_paths import path_of
from cx_pipeline.stages.reading import limits_state, reading_state

_PAUSE_SECONDS = 0.3
Progress = Callable[[str], None]
DRIFTED = "delivery.schema_drift"


def manifest(layout: Layout) -> Manifest:
    return Manifest(layout.state / "manifest")


def open_dates(settings: Settings, layout: Layout) -> list[date]:
    """Dates of the raw folder with files not yet taken in as they are now."""
    known = settled_files(settings, layout)
    return sorted(
        {
            file.date
            for file in discover(settings.raw).files
            if (path_of(file), file.size, file.mtime_ns) not in known and file.date >= settings.start_date
        }
    )


def settled_files(settings: Settings, layout: Layout) -> set[tuple[str, int, int]]:
    """Path, size and mtime (ns) of every file that another look could tell nothing new of."""
    return {_file_of(entry) for entry in manifest(layout).entries() if _is_settled(entry, settings, layout)}


def _file_of(entry: Entry) -> tuple[str, int, int]:
    return entry.path, entry.bytes, entry.mtime_ns


def all_dates(settings: Settings) -> list[date]:
    return sorted({file.date for file in discover(settings.raw).files if file.date >= settings.start_date})


class LeftOut(NamedTuple):
    """Files and folders below the raw folder that are not taken in.

    Attributes:
        unreadable: that the system does not let us look at; every run tries them again.
        passed_over: that are no deliveries by their names or places, and why.
    """

    unreadable: list[str]
    passed_over: list[str]


def left_out(settings: Settings) -> LeftOut:
    """What lies below the raw folder and is no delivery, but for what is on its way."""
    found = [each for each in discover(settings.raw).skipped if each.reason not in (Skip.TEMPORARY, Skip.GROWING, Skip.EMPTY)]
    return LeftOut(
        [shown(each.relative) for each in found if each.reason is Skip.UNREADABLE],
        [f"{shown(each.relative)}: {each.reason}" for each in found if each.reason is not Skip.UNREADABLE],
    )


def unrecognised(layout: Layout, first: date, last: date) -> list[Entry]:
    """Deliveries of some dates that no export is named like; they were not read."""
    entries = manifest(layout).entries()
    return [entry for entry in entries if entry.status is Status.UNRECOGNISED and first <= entry.date <= last]


def take_in(
    settings: Settings,
    layout: Layout,
    dates: Collection[date],
    sources: Collection[str] | None = None,
    progress: Progress = lambda _: None,
) -> list[Entry]:
    """Take in every file of some dates (and sources) that is not taken in yet.

    Returns:
        The entries of these dates and sources, old and new.
    """
    told = manifest(layout)
    _make_up(told, layout, sources)
    wanted = [
        file for file in discover(settings.raw).files if file.date in set(dates) and (sources is None or file.source in sources)
    ]
    own = (entry for entry in told.entries(dates) if sources is None or entry.source in sources)
    settled = {_file_of(entry) for entry in own if _is_settled(entry, settings, layout)}
    fresh = [file for file in wanted if (path_of(file), file.size, file.mtime_ns) not in settled]
    unfinished = {skipped.relative for skipped in settle(fresh, _PAUSE_SECONDS)[1] if skipped.reason is Skip.GROWING}
    for file in fresh:
        if file.relative in unfinished:
            told.put(growing(file))
    landing = Landing(settings, layout, told.entries())
    waiting: list[Entry] = []
    for entry in _read(sorted(_without(fresh, unfinished), key=lambda file: -file.size), landing, progress):
        if _is_judged(entry, landing):
            waiting.append(entry)
        else:
            _tell(told, entry, landing)
    for entry in sorted(waiting, key=lambda entry: (entry.date, entry.path)):
        _tell(told, _judged(entry, settings, layout), landing)
    chosen = {path_of(file) for file in wanted}
    return [entry for entry in told.entries(dates) if entry.path in chosen or sources is None or entry.source in sources]


def _without(files: Iterable[DeliveryFile], left_out: Collection[str]) -> list[DeliveryFile]:
    return [file for file in files if file.relative not in left_out]


def _read(files: Iterable[DeliveryFile], landing: Landing, progress: Progress) -> Iterator[Entry]:
    """Land files, several at once."""

    def read(file: DeliveryFile) -> Entry:
        progress(f"reading {shown(file.relative)}")
        return landing.take(file)

    return side_by_side(partial(read, file) for file in files)


def _make_up(told: Manifest, layout: Layout, sources: Collection[str] | None) -> None:
    """Tell of what a night that died left in the lake, untold: the raw files may be gone by now, or refused."""
    for entry in told.entries():
        if sources is not None and entry.source not in sources:
            continue
        lying = as_it_lies(layout, entry)
        if lying != entry:
            told.put(lying.model_copy(update={"read_by": ""}))  # by whom is told by the next reading


def _tell(told: Manifest, entry: Entry, landing: Landing) -> None:
    """Put an entry into the manifest; first those of the same content that was read anew, so that a dead night does so again."""
    entry = as_it_lies(landing.layout, entry)  # one that is refused now says what it said, and another file may be read anew
    others = [other for other in landing.others(entry) if entry.has_records and other.delivery_id != entry.delivery_id]
    for each in [*(as_read_now(other, entry) for other in others if other.landing != entry.landing), entry]:
        told.put(each)
        landing.note(each)


def _is_judged(entry: Entry, landing: Landing) -> bool:
    """Whether it depends on the delivery before if this one goes on; what did so already and is as it was stays."""
    export = catalogue.exports().get(f"{entry.source}.{entry.export}")
    is_guarded = export is not None and "quarantine" in export.on_drift.values()
    return entry.status is Status.LANDED and is_guarded and not landing.stands(entry)


def _judged(entry: Entry, settings: Settings, layout: Layout) -> Entry:
    """A landed delivery, kept back where columns drifted that wait to be accepted; those before it stand in the manifest."""
    waiting = drifted("quarantine", entry, catalogue.exports()[f"{entry.source}.{entry.export}"], settings, layout)
    if not waiting:
        return entry
    reason = f"columns drifted and are not accepted: {', '.join(waiting)}"
    return entry.model_copy(update={"status": Status.QUARANTINED, "rule": DRIFTED, "reason": reason})


def _is_settled(entry: Entry, settings: Settings, layout: Layout) -> bool:
    """Whether looking at the same file again could tell nothing new; all that decides may be other now."""
    is_excluded = f"{entry.source}.{entry.export}" in settings.exclude
    if entry.status is Status.EXPIRED or (is_excluded and (entry.has_records or entry.status is Status.EXCLUDED)):
        return True
    is_lost = entry.has_records and not place_of(layout, entry).is_dir()
    if is_lost or entry.status in (Status.GROWING, Status.EXCLUDED) or entry.rule == NOT_OPENED:
        return False
    if entry.status is Status.UNRECOGNISED:
        return recognise(entry.source, Path(entry.path).name) is None
    export = catalogue.exports().get(f"{entry.source}.{entry.export}")
    if export is None:
        return True
    return not _is_let_through(entry, export, settings, layout) and _is_read_as_now(entry, export, settings, layout)


def _is_let_through(entry: Entry, export: Export, settings: Settings, layout: Layout) -> bool:
    """Whether what kept a delivery back is no reason any more."""
    if entry.rule == MISSING_COLUMN:
        return not export.missing(entry.facts.columns)
    return entry.rule == DRIFTED and not drifted("quarantine", entry, export, settings, layout)


def _is_read_as_now(entry: Entry, export: Export, settings: Settings, layout: Layout) -> bool:
    """Whether what reads files is what read this one, and what it read lies in its place."""
    if entry.has_records and book.page(layout, entry) is not None:
        return True  # records to forget are known by the numbers of that reading
    if entry.read_by == reading_state(export) and entry.limits in ("", limits_state(settings.limits)):
        return not entry.has_records or made_by(layout, entry) == entry.landing
    # Under another export it would be another content, and what lies under this one nobody's.
    return entry.has_records and recognise(entry.source, Path(entry.path).name) is not export


def unknown_columns(entries: Iterable[Entry], exports: dict[str, Export]) -> dict[str, tuple[str, ...]]:
    """Columns that no field of the export reads, by delivery: kept in the raw layer, and worth a look."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        export = exports.get(f"{entry.source}.{entry.export}")
        if export is None or export.open_columns:
            continue
        spelled = export.spelled(entry.facts.columns).values()
        taken = (name for items in export.items if items.takes for name in items.takes(entry.facts.columns, Context()))
        used = {*export.reads, *export.ignore, *export.known, *spelled, *taken}
        extra = tuple(name for name in entry.facts.columns if name not in used)
        if extra:
            found[entry.delivery_id] = extra
    return found
