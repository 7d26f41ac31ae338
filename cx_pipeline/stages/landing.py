"""Landing: one file of the raw folder becomes landed text records and the manifest entry that tells of them.

Records are filed under the content of the file. Where another reader made what lies there, the file is read again, and its
records take the place of the old ones only if they differ, so that a change of the reader costs what it changes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cx_pipeline import faults
from cx_pipeline.errors import DataError
from cx_pipeline.extract import land
from cx_pipeline.extract.delivery import DeliveryFile
from cx_pipeline.extract.reader import FileFacts, facts_of, open_file
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.sources.catalogue import recognise
from cx_pipeline.sources.export import Export
from cx_pipeline.stages.files import scratch_folder, whole_folder
from cx_pipeline.stages.forgetting import book, lake_copy
from cx_pipeline.stages.forgetting.blanking import Blanks
from cx_pipeline.stages.manifest import Entry, Facts, Status, delivery_id, place_of
from cx_pipeline.stages.raw_paths import path_of
from cx_pipeline.stages.reading import limits_state, reading, reading_state

EXCLUDED = "delivery.excluded"
NOT_OPENED = "delivery.not_opened"
MISSING_COLUMN = "delivery.missing_column"
_MADE_BY, _FACTS = "read_by", "facts.json"


@dataclass(frozen=True)
class Landing:
    """Lands files, several at once if need be.

    Attributes:
        settings: of the run.
        layout: of its data folder.
        known: what was delivered before.
    """

    settings: Settings
    layout: Layout
    known: Iterable[Entry]
    _rewritten: dict[tuple[str, str], Entry] = field(init=False, default_factory=dict)
    _contents: dict[tuple[str, str, str], dict[str, Entry]] = field(init=False, default_factory=dict)  # then by delivery
    _before: dict[str, Entry] = field(init=False, default_factory=dict)
    _files: dict[tuple[str, int, int], Entry] = field(init=False, default_factory=dict)
    _locks: dict[Path, threading.Lock] = field(init=False, default_factory=dict)  # files of the same bytes land in one place

    def __post_init__(self) -> None:
        for entry in self.known:
            if entry.rewritten:
                self._rewritten.setdefault((entry.source, entry.rewritten), entry)
            if entry.has_records:
                self._before[entry.delivery_id] = entry
                self._files[entry.path, entry.bytes, entry.mtime_ns] = entry
            self.note(entry)

    def note(self, entry: Entry) -> None:
        """Know of a delivery as it is told of from now on."""
        if entry.has_records:
            self._contents.setdefault(_content_of(entry), {})[entry.delivery_id] = entry

    def others(self, entry: Entry) -> list[Entry]:
        """Deliveries with the same content that are told of already."""
        return list(self._contents.get(_content_of(entry), {}).values())

    def stands(self, entry: Entry) -> bool:
        """Whether a delivery went on before and is as it was: reading it again is no reason to judge it again."""
        before = self._before.get(entry.delivery_id)
        told = (Status.LANDED, entry.facts, entry.landing)
        return before is not None and (before.status, before.facts, before.landing) == told

    def take(self, file: DeliveryFile) -> Entry:
        """What became of a file; it never raises for what is wrong with that one."""
        export = recognise(file.source, file.path.name)
        if export is None:
            return _entry(file, Status.UNRECOGNISED, "delivery.unrecognised", "no export of this source begins with this name")
        try:
            _ask_to_read(file)
            if export.id in self.settings.exclude:
                return self._exclude(file, export)
            return self._land(file, export)
        except DataError as error:
            if error.rule == "file.changed":
                return growing(file)
            return self._refused(_entry(file, Status.UNREADABLE, error.rule or "delivery.unreadable", error.what, export), export)

    def _refused(self, entry: Entry, export: Export) -> Entry:
        """A file of which nothing landed. What an earlier reading of the very same file took in stays, and says so."""
        state = {"read_by": reading_state(export), "limits": limits_state(self.settings.limits)}
        before = self._files.get((entry.path, entry.bytes, entry.mtime_ns))
        if before is None or entry.rule == NOT_OPENED:
            return entry.model_copy(update=state)
        return before.model_copy(update={**state, "reason": f"as it was read before; now it is refused: {entry.rule}"})

    def _land(self, file: DeliveryFile, export: Export) -> Entry:
        state = reading_state(export)  # of the code that is about to read
        options = reading(export, self.settings, self.layout)
        # By the name itself: two names may be told alike, and are read at once.
        with scratch_folder(self.layout.lake_raw / delivery_id(file.relative, "")) as folder:
            with open_file(file.path, options, self.settings.limits) as reader:
                facts = land.write(reader, folder / "landed")
            rewritten = self._restore(facts, export, folder / "landed")
            damage = dict(land.scan_rejects(folder / "landed").group_by("rule").len().sort("rule").collect().rows())
            if facts.format == "empty":
                return self._refused(_empty(file, export), export)
            if _changed(file):
                return growing(file)
            limits = limits_state(self.settings.limits) if facts.damaged else ""
            told = {"rewritten": rewritten, "read_by": state, "limits": limits}
            entry = _entry(file, Status.LANDED, "", "", export, facts, damage).model_copy(update=told)
            faults.point("intake.before_landed")
            with self._locks.setdefault(place_of(self.layout, entry), threading.Lock()):
                entry = self._put(folder / "landed", entry)
        faults.point("intake.before_manifest")
        missing = export.missing(entry.facts.columns) if entry.facts.records and not self.stands(entry) else []
        if missing:
            reason = f"required column missing: {', '.join(missing)}"
            return entry.model_copy(update={"status": Status.QUARANTINED, "rule": MISSING_COLUMN, "reason": reason})
        return entry

    def _put(self, records: Path, entry: Entry) -> Entry:
        """Put the records of a content in their place, unless what they should be lies there; which reading made those."""
        target, others = place_of(self.layout, entry), self.others(entry)
        if target.is_dir() and book.page(self.layout, entry) is not None:
            # Records to forget are known by their numbers in the reading that lies there.
            last = next(iter(others), entry)
            told = {"facts": last.facts, "read_by": last.read_by, "limits": last.limits, "landing": made_by(self.layout, entry)}
            return entry.model_copy(update=told)
        if target.is_dir() and (alike := self._read_alike(entry, others)) is not None:
            told = {"facts": alike.facts, "limits": alike.limits, "landing": alike.landing}
            return entry.model_copy(update=told)
        reading_of = f"{entry.read_by} {entry.limits}".strip()
        if not self._stays(target, records, entry, others, reading_of):
            with whole_folder(target) as aside:
                records.rename(aside / "records")
                (aside / _MADE_BY).write_text(reading_of, encoding="utf-8")
                (aside / _FACTS).write_text(entry.facts.model_dump_json(), encoding="utf-8")
        return entry.model_copy(update={"landing": made_by(self.layout, entry)})

    def _read_alike(self, entry: Entry, others: list[Entry]) -> Entry | None:
        """A delivery of which this reader took in what lies there, and refused nothing of it that it does not refuse now."""
        mark = made_by(self.layout, entry)
        alike = (other for other in others if (other.read_by, other.landing) == (entry.read_by, mark))
        return next((other for other in alike if other.limits in ("", entry.limits)), None)

    def _stays(self, target: Path, records: Path, entry: Entry, others: list[Entry], reading_of: str) -> bool:
        if not target.is_dir() or made_by(self.layout, entry) == reading_of:
            return target.is_dir()
        return all(other.facts == entry.facts for other in others) and land.is_same(records, target / "records")

    def _restore(self, facts: FileFacts, export: Export, records: Path) -> str:
        """A file written anew without forgotten people is the content it was before: same row ids, blank records left out."""
        known = self._rewritten.get((export.source, facts.sha256))
        if known is None:
            return ""
        facts.sha256 = known.sha256
        lake_copy.clear_landed(records, book.numbers(self.layout, known), Blanks([], []))
        return known.rewritten

    def _exclude(self, file: DeliveryFile, export: Export) -> Entry:
        """Read only to be counted: what policy leaves out is not stored. What landed before stays as it is told of."""
        facts = facts_of(file.path, reading(export, self.settings, self.layout), self.settings.limits)
        if facts.format == "empty":
            return self._refused(_empty(file, export), export)
        entry = _entry(file, Status.EXCLUDED, EXCLUDED, "the settings exclude this export", export, facts)
        before = self._before.get(entry.delivery_id)
        return entry if before is None else before.model_copy(update={"bytes": file.size, "mtime_ns": file.mtime_ns})


def made_by(layout: Layout, entry: Entry) -> str:
    """The reading that made what lies in the place of a content, told there: a night may die before the manifest says so."""
    mark = place_of(layout, entry) / _MADE_BY
    return mark.read_text(encoding="utf-8") if mark.exists() else ""


def as_it_lies(layout: Layout, entry: Entry) -> Entry:
    """A delivery as the records in its place are: a night that died before it told of them may have put them there."""
    told = place_of(layout, entry) / _FACTS
    mark = made_by(layout, entry)
    if not entry.has_records or mark == entry.landing or not told.exists():
        return entry
    facts = Facts.model_validate_json(told.read_text(encoding="utf-8"))
    return entry.model_copy(update={"facts": facts, "landing": mark})


def as_read_now(other: Entry, entry: Entry) -> Entry:
    """A delivery whose content was read anew from another file of the same bytes: it says what that one says."""
    told = {"facts": entry.facts, "landing": entry.landing, "read_by": entry.read_by, "limits": entry.limits}
    if MISSING_COLUMN in (other.rule, entry.rule) or other.status is entry.status is Status.LANDED:
        told |= {"status": entry.status, "rule": entry.rule, "reason": entry.reason}
    return other.model_copy(update=told)


def _content_of(entry: Entry) -> tuple[str, str, str]:
    return entry.source, entry.export, entry.sha256


def _ask_to_read(file: DeliveryFile) -> None:
    try:
        file.path.open("rb").close()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError(f"the file cannot be opened: {reason}", rule=NOT_OPENED) from None


def _changed(file: DeliveryFile) -> bool:
    now = file.path.stat()
    return (now.st_size, now.st_mtime_ns) != (file.size, file.mtime_ns)


def _empty(file: DeliveryFile, export: Export) -> Entry:
    return _entry(file, Status.EMPTY, "delivery.empty", "the file holds nothing", export)


def growing(file: DeliveryFile) -> Entry:
    return _entry(file, Status.GROWING, "delivery.growing", "the file was still being written; the next run takes it in")


def _entry(
    file: DeliveryFile,
    status: Status,
    rule: str,
    reason: str,
    export: Export | None = None,
    facts: FileFacts | None = None,
    damage: dict[str, int] | None = None,
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
