"""Intake: files of the raw folder become landed text records and manifest entries.

Landed records are filed under their content, so the same bytes delivered twice are read once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from functools import partial
from pathlib import Path

from cx_pipeline import faults
from cx_pipeline.errors import DataError
from cx_pipeline.extract import land
from cx_pipeline.extract.delivery import DeliveryFile, Skip, discover, settle
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import FileFacts, open_file
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.settings import Settings
from cx_pipeline.side_by_side import side_by_side
from cx_pipeline.sources import catalogue
from cx_pipeline.sources.catalogue import recognise
from cx_pipeline.sources.export import Context, Export
from cx_pipeline.stages.drift import drifted
from cx_pipeline.stages.files import scratch_folder, whole_folder
from cx_pipeline.stages.forgetting import book, lake_copy
from cx_pipeline.stages.forgetting.blanking import Blanks
from cx_pipeline.stages.manifest import Entry, Facts, Manifest, Status, delivery_id, landed
from cx_pipeline.stages.raw_paths import path_of

_PAUSE_SECONDS = 0.3
_LANDING = threading.Lock()  # two files of the same bytes may be read at once, and land in one place
Progress = Callable[[str], None]
EXCLUDED = "delivery.excluded"
NOT_OPENED = "delivery.not_opened"
DRIFTED = "delivery.schema_drift"
MISSING_COLUMN = "delivery.missing_column"


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
    return {(entry.path, entry.bytes, entry.mtime_ns) for entry in manifest(layout).entries() if _is_settled(entry, settings)}


def all_dates(settings: Settings) -> list[date]:
    return sorted({file.date for file in discover(settings.raw).files if file.date >= settings.start_date})


def unreadable(settings: Settings) -> list[str]:
    """Files and folders below the raw folder that the system does not let us look at; every run tries them again."""
    return [shown(skipped.relative) for skipped in discover(settings.raw).skipped if skipped.reason is Skip.UNREADABLE]


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
    book = manifest(layout)
    wanted = [
        file for file in discover(settings.raw).files if file.date in set(dates) and (sources is None or file.source in sources)
    ]
    settled = {(entry.path, entry.bytes, entry.mtime_ns): entry for entry in book.entries(dates) if _is_settled(entry, settings)}
    fresh = [file for file in wanted if not _still_there(settled.get((path_of(file), file.size, file.mtime_ns)), layout)]
    growing = {skipped.relative for skipped in settle(fresh, _PAUSE_SECONDS)[1] if skipped.reason is Skip.GROWING}
    for file in fresh:
        if file.relative in growing:
            book.put(_growing(file))
    waiting: list[Entry] = []
    for entry in _read(sorted(_without(fresh, growing), key=lambda file: -file.size), settings, layout, progress):
        if _is_judged(entry):
            waiting.append(entry)
        else:
            book.put(entry)
    for entry in sorted(waiting, key=lambda entry: (entry.date, entry.path)):
        book.put(_judged(entry, settings, layout))
    chosen = {path_of(file) for file in wanted}
    return [entry for entry in book.entries(dates) if entry.path in chosen or sources is None or entry.source in sources]


def _without(files: Iterable[DeliveryFile], growing: Collection[str]) -> list[DeliveryFile]:
    return [file for file in files if file.relative not in growing]


def _read(files: Iterable[DeliveryFile], settings: Settings, layout: Layout, progress: Progress) -> Iterator[Entry]:
    """Land files, several at once."""
    rewritten = [entry for entry in manifest(layout).entries() if entry.rewritten]

    def read(file: DeliveryFile) -> Entry:
        progress(f"reading {shown(file.relative)}")
        return _take_file(file, rewritten, settings, layout)

    return side_by_side(partial(read, file) for file in files)


def _is_judged(entry: Entry) -> bool:
    """Whether it depends on the delivery before if this one goes on."""
    export = catalogue.exports().get(f"{entry.source}.{entry.export}")
    return entry.status is Status.LANDED and export is not None and "quarantine" in export.on_drift.values()


def _judged(entry: Entry, settings: Settings, layout: Layout) -> Entry:
    """A landed delivery, kept back where columns drifted that wait to be accepted; those before it stand in the manifest."""
    waiting = drifted("quarantine", entry, catalogue.exports()[f"{entry.source}.{entry.export}"], settings, layout)
    if not waiting:
        return entry
    reason = f"columns drifted and are not accepted: {', '.join(waiting)}"
    return entry.model_copy(update={"status": Status.QUARANTINED, "rule": DRIFTED, "reason": reason})


def _is_settled(entry: Entry, settings: Settings) -> bool:
    """Whether looking at the same file again could tell nothing new: settings and sources may be others than they were."""
    if entry.status is Status.EXCLUDED:
        return f"{entry.source}.{entry.export}" in settings.exclude
    if entry.status is Status.EXPIRED:
        return True
    if entry.status is Status.UNRECOGNISED or entry.rule == MISSING_COLUMN:
        export = recognise(entry.source, Path(entry.path).name)
        return export is None or (entry.rule == MISSING_COLUMN and bool(export.missing(entry.facts.columns)))
    if entry.rule == DRIFTED:
        return not any(column.startswith(f"{entry.source}.{entry.export}.") for column in settings.accept_drift)
    return entry.status is not Status.GROWING and entry.rule != NOT_OPENED


def _still_there(entry: Entry | None, layout: Layout) -> bool:
    if entry is None:
        return False
    return not entry.has_records or landed(layout, entry.source, entry.export, entry.content).is_dir()


def _take_file(file: DeliveryFile, rewritten: Collection[Entry], settings: Settings, layout: Layout) -> Entry:
    export = recognise(file.source, file.path.name)
    if export is None:
        return _entry(file, Status.UNRECOGNISED, "delivery.unrecognised", "no export of this source begins with this name")
    try:
        _ask_to_read(file)
        if export.id in settings.exclude:
            return _exclude(file, export, settings, layout)
        return _land(file, export, rewritten, settings, layout)
    except DataError as error:
        if error.rule == "file.changed":
            return _growing(file)
        return _entry(file, Status.UNREADABLE, error.rule or "delivery.unreadable", error.what, export)


def _ask_to_read(file: DeliveryFile) -> None:
    try:
        file.path.open("rb").close()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"the file cannot be opened: {reason}", rule=NOT_OPENED) from None


def reading(export: Export, settings: Settings, layout: Layout | None = None) -> ReadOptions:
    """How the files of an export are read. What they unpack to lies in the lake: the system's folder may be small, or memory."""
    return ReadOptions(
        page_keys=export.page_keys,
        header=export.header,
        entry=export.entry,
        # Where columns are open, or headers read by the export itself, no list of names tells a header from a record.
        known_columns=export.names if export.header is None and not export.open_columns else frozenset(),
        batch_rows=settings.batch_rows,
        temporary=layout.lake_raw if layout is not None else None,
    )


def _land(file: DeliveryFile, export: Export, forgotten: Collection[Entry], settings: Settings, layout: Layout) -> Entry:
    options = reading(export, settings, layout)
    # By the name itself: two names may be told alike, and are read at once.
    with scratch_folder(layout.lake_raw / delivery_id(file.relative, "")) as folder:
        with open_file(file.path, options, settings.limits) as reader:
            facts = land.write(reader, folder / "landed")
        rewritten = _restore(facts, export, forgotten, folder / "landed", layout)
        damage = dict(land.scan_rejects(folder / "landed").group_by("rule").len().sort("rule").collect().rows())
        if facts.format == "empty":
            return _entry(file, Status.EMPTY, "delivery.empty", "the file holds nothing", export)
        if _changed(file):
            return _growing(file)
        missing = export.missing(facts.columns) if facts.records else []
        faults.point("intake.before_landed")
        target = landed(layout, export.source, export.name, facts.sha256[:32])
        with _LANDING:
            if not target.is_dir():  # the same bytes may have landed from another file
                with whole_folder(target) as aside:
                    (folder / "landed").rename(aside / "records")
    faults.point("intake.before_manifest")
    if missing:
        named = ", ".join(missing)
        missing_column = f"required column missing: {named}"
        return _entry(file, Status.QUARANTINED, MISSING_COLUMN, missing_column, export, facts, damage, rewritten)
    return _entry(file, Status.LANDED, "", "", export, facts, damage, rewritten)


def _restore(facts: FileFacts, export: Export, forgotten: Iterable[Entry], records: Path, layout: Layout) -> str:
    """A file written anew without forgotten people is the content it was before: same row ids, blank records left out."""
    known = [entry for entry in forgotten if entry.rewritten == facts.sha256 and entry.source == export.source]
    if not known:
        return ""
    facts.sha256 = known[0].sha256
    lake_copy.clear_landed(records, book.numbers(layout, known[0]), Blanks([], []))
    return known[0].rewritten


def _exclude(file: DeliveryFile, export: Export, settings: Settings, layout: Layout) -> Entry:
    """Read only to be counted: what policy leaves out is not stored."""
    with open_file(file.path, reading(export, settings, layout), settings.limits) as reader:
        for _ in reader:
            pass
        return _entry(file, Status.EXCLUDED, EXCLUDED, "the settings exclude this export", export, reader.facts)


def _changed(file: DeliveryFile) -> bool:
    now = file.path.stat()
    return (now.st_size, now.st_mtime_ns) != (file.size, file.mtime_ns)


def _growing(file: DeliveryFile) -> Entry:
    return _entry(file, Status.GROWING, "delivery.growing", "the file was still being written; the next run takes it in")


def _entry(
    file: DeliveryFile,
    status: Status,
    rule: str,
    reason: str,
    export: Export | None = None,
    facts: FileFacts | None = None,
    damage: dict[str, int] | None = None,
    rewritten: str = "",
) -> Entry:
    sha256 = facts.sha256 if facts is not None else ""
    return Entry(
        delivery_id=delivery_id(path_of(file), sha256),
        date=file.date,
        source=file.source,
        export=export.name if export is not None else "",
        path=path_of(file),
        bytes=file.size,
        mtime_ns=file.mtime_ns,
        sha256=sha256,
        decompressed_bytes=facts.bytes if facts is not None else 0,
        status=status,
        rule=rule,
        reason=reason,
        facts=Facts() if facts is None else _facts(facts, damage or {}),
        rewritten=rewritten,
    )


def _facts(facts: FileFacts, damage: dict[str, int]) -> Facts:
    return Facts(
        format=facts.format,
        encoding=facts.encoding,
        dialect=facts.dialect,
        header_rows=facts.header_rows,
        preamble_rows=facts.preamble_rows,
        columns=facts.columns,
        renamed=facts.renamed,
        labels=facts.labels,
        ignored=facts.ignored,
        records=facts.records,
        damaged=facts.damaged,
        damaged_by_rule=damage,
        is_truncated=facts.is_truncated,
    )


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
