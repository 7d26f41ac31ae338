"""Forget one person: intent first, then every place, then the search for what is left, then the certificate.

Each step ends in the same state when it is done again, so an interrupted forget is finished by the next one. The run lock is held
throughout, and the list of the forgotten is written before anything is removed: whatever happens, no run brings the person back.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline import audit_log, faults
from cx_pipeline.erasure import certificate, databases, datasets, identity_files, intent, loose_files, places
from cx_pipeline.erasure.certificate import Certificate, FileChange, VersionChange
from cx_pipeline.erasure.handles import Handles, handles
from cx_pipeline.erasure.intent import Intent, Touched
from cx_pipeline.erasure.residue import Search, spellings
from cx_pipeline.erasure.subject import Selector, Subject, find
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.settings import Settings
from cx_pipeline.stages.clean import contents_of, retained
from cx_pipeline.stages.contents import Content
from cx_pipeline.stages.forgetting.apply import Cleared, keep_out
from cx_pipeline.stages.forgetting.reach import Reached
from cx_pipeline.stages.forgetting.suppressed import KINDS, Suppressed
from cx_pipeline.stages.key_record import tokeniser_of
from cx_pipeline.stages.manifest import Entry, Status, firsts
from cx_pipeline.stages.raw_paths import files_of
from cx_pipeline.stages.release import registry_in_force
from cx_pipeline.stages.run import Run, begin, only_run
from cx_pipeline.warehouse import versions

Progress = Callable[[str], None]


class Plan(NamedTuple):
    """What a dry run tells: nothing personal.

    Attributes:
        customers: ids that would go.
        records: delivered records that would go, by export.
        identifiers: how many of each kind would be kept out from then on.
        shared: how many of the person's identifiers other people carry as well.
        places: place to how often something of the person stands in it.
        unfinished: forgets that were interrupted, and would be finished first.
        unsearched: files that cannot be read.
    """

    customers: int
    records: dict[str, int]
    identifiers: dict[str, int]
    shared: int
    places: dict[str, int]
    unfinished: int
    unsearched: int


class _Looked(NamedTuple):
    """A file of a place, how often something of the person stands in it, and why it could not be read, where it could not."""

    place: str
    path: Path
    found: int
    refused: str


def plan(selector: Selector, settings: Settings, layout: Layout) -> Plan:
    """Say what a forget would do; changes nothing.

    Raises:
        ConfigError: nobody, or more than one person, is named.
    """
    with only_run(layout, _run("dry-run")):
        secret = tokeniser_of(settings, layout)
        subject = find(selector, registry_in_force(layout), settings, layout)
        suppressed = Suppressed(layout, keeps=False)
        suppressed.add(subject.seeds)
        entries = retained(settings, layout)
        contents = contents_of(entries, settings, layout, makes=False)
        found = keep_out(contents, _kept_back(entries), suppressed, settings, layout, known=subject.blanks, acts=False).reached
        touched = _touched(found, entries)
        known = _handles(subject, frozenset(found.keys), touched, secret)
        counts = Counter[str]()
        looked = list(_looked(_search(subject, known, settings), layout, settings))
        for file in looked:
            counts[file.place] += file.found
        return Plan(
            customers=len(subject.customers),
            records=_by_export(touched),
            identifiers=_numbers(subject),
            shared=subject.shared,
            places=dict(counts),
            unfinished=len(intent.pending(layout)),
            unsearched=sum(bool(file.refused) for file in looked),
        )


def forget(
    selector: Selector, settings: Settings, layout: Layout, who: str | None = None, progress: Progress = lambda _: None
) -> list[Certificate]:
    """Forget a person; what was interrupted before is finished first.

    Returns:
        A certificate for each forget that is finished now.

    Raises:
        ConfigError: nobody, or more than one person, is named; nothing was changed.
        EnvironmentProblem: a file could not be written; doing it again goes on from there.
    """
    run = _run("forget")
    with only_run(layout, run):
        begin(layout)
        secret = tokeniser_of(settings, layout)
        token = secret.token("\0".join(selector.told), "forgotten.selector")
        finished = [_finish(unfinished, settings, layout, secret, progress) for unfinished in intent.pending(layout)]
        if token in {made.selector for made in finished}:
            return finished
        progress("finding the person")
        subject = find(selector, registry_in_force(layout), settings, layout)
        begun = Intent(
            request=f"{run.now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
            at=run.now,
            who=who or audit_log.user(),
            selector=token,
            customers=subject.customers,
            records=subject.records,
            identifiers=subject.identifiers,
            names=subject.names,
            shared=subject.shared,
            versions={version.name: version.sha256 for version in versions.versions(layout)},
        )
        intent.write(layout, begun)
        faults.point("forget.after_intent")
        return [*finished, _finish(begun, settings, layout, secret, progress)]


def _run(what: str) -> Run:
    now = datetime.now(UTC)
    return Run(f"{what}-{now:%Y%m%dT%H%M%S}", now)


def _finish(begun: Intent, settings: Settings, layout: Layout, secret: Tokeniser, progress: Progress) -> Certificate:
    """Everything from the intent to the certificate; done again, it ends in the same state."""
    subject = begun.subject
    suppressed = Suppressed(layout)
    suppressed.add(subject.seeds)
    faults.point("forget.after_suppressed")
    entries = retained(settings, layout)
    contents: list[Content] = contents_of(entries, settings, layout, progress)
    told = begun

    def found(reached: Reached) -> None:
        """What is about to be removed, known before it is."""
        nonlocal told
        told = _joined(told, reached, entries)
        intent.write(layout, told)
        faults.point("forget.after_reach")

    blanks = subject.blanks
    cleared = keep_out(contents, _kept_back(entries), suppressed, settings, layout, known=blanks, progress=progress, found=found)
    faults.point("forget.after_lake")
    known = _handles(subject, told.keys, told.contents, secret)
    progress("taking the person out of the clean tables and the registry")
    removed = {"values of other records, lake": cleared.blanked, "clean tables": loose_files.clear_clean_layer(layout, known)}
    faults.point("forget.after_clean")
    removed |= identity_files.clear(layout, settings, known)
    faults.point("forget.after_registry")
    progress("writing the published file and its versions anew")
    removed["versions"] = sum(databases.clear_versions(layout, known, settings.storage_version).values())
    removed["signals of vulnerability"] = databases.clear_signals(layout, known, settings.storage_version)
    faults.point("forget.after_versions")
    progress("cutting the dataset for models anew")
    removed["datasets"] = datasets.cut_anew(settings, layout, _run("forget"), progress)
    faults.point("forget.after_dataset")
    removed |= loose_files.clear_others(layout, settings, known)
    faults.point("forget.before_search")
    progress("searching every file for what is left")
    looked = list(_looked(_search(subject, known, settings), layout, settings))
    made = _certificate(told, cleared, removed, looked, settings, layout)
    certificate.write(layout, made)
    faults.point("forget.after_certificate")
    audit_log.append(layout, "forget", _audited(made), who=told.who)
    intent.done(layout, told)
    return made


def _kept_back(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in firsts(entries).values() if entry.status is Status.QUARANTINED]


def _touched(reached: Reached, entries: list[Entry]) -> tuple[Touched, ...]:
    by_id = {entry.delivery_id: entry for entry in entries}
    return tuple(
        Touched(source=entry.source, export=entry.export, sha256=entry.sha256, records=tuple(sorted(numbers)))
        for delivery, numbers in sorted(reached.numbers.items())
        if (entry := by_id.get(delivery)) is not None
    )


def _joined(told: Intent, reached: Reached, entries: list[Entry]) -> Intent:
    """What was known before an interruption, and what is found now."""
    numbers: dict[tuple[str, str, str], set[int]] = {}
    for touched in (*told.contents, *_touched(reached, entries)):
        numbers.setdefault((touched.source, touched.export, touched.sha256), set()).update(touched.records)
    contents = tuple(
        Touched(source=source, export=export, sha256=sha256, records=tuple(sorted(records)))
        for (source, export, sha256), records in sorted(numbers.items())
    )
    return told.model_copy(update={"keys": told.keys | reached.keys | told.records, "contents": contents})


def _handles(subject: Subject, keys: frozenset[str], touched: tuple[Touched, ...], secret: Tokeniser) -> Handles:
    rows = intent.rows_of(touched)
    return handles(subject.customers, keys | subject.records, rows, subject.blanks, secret)


def _search(subject: Subject, known: Handles, settings: Settings) -> Search:
    return Search(spellings(subject.of("email"), subject.of("phone")), pl.concat([known.customers, known.keys]), settings.limits)


def _looked(search: Search, layout: Layout, settings: Settings) -> Iterator[_Looked]:
    """Every file that there is; one that goes meanwhile holds nothing."""
    for place, path in places.files(layout, settings):
        try:
            yield _Looked(place, path, search.file(path), "")
        except FileNotFoundError:
            continue
        except OSError as error:
            yield _Looked(place, path, 0, f"cannot be read: {error.strerror or type(error).__name__}")


def _by_export(touched: tuple[Touched, ...]) -> dict[str, int]:
    counts = Counter[str]()
    for item in touched:
        counts[f"{item.source}.{item.export}"] += len(item.records)
    return dict(sorted(counts.items()))


def _numbers(subject: Subject) -> dict[str, int]:
    return {kind: len(subject.seeds.of(kind)) for kind in KINDS if subject.seeds.of(kind)}


def _certificate(
    told: Intent, cleared: Cleared, removed: dict[str, int], looked: list[_Looked], settings: Settings, layout: Layout
) -> Certificate:
    def named(file: _Looked) -> str:
        return places.shown_path(file.path, layout, settings)

    records = {(item.source, item.export, item.sha256): len(item.records) for item in told.contents}
    theirs = [
        entry
        for entry in intent.entries_of(layout)
        if entry.has_records and (entry.source, entry.export, entry.sha256) in records
    ]
    files = [
        FileChange(file=shown(entry.path), before=entry.sha256, after=entry.rewritten, records=count)
        for entry in theirs
        if entry.rewritten and (count := records[entry.source, entry.export, entry.sha256])
    ]
    changed = [
        VersionChange(name=version.name, before=before, after=version.sha256, is_published=version.is_published)
        for version in versions.versions(layout)
        if (before := told.versions.get(version.name, "")) != version.sha256
    ]
    return Certificate(
        request=told.request,
        selector=told.selector,
        asked_at=told.at.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        who=told.who,
        customers=len(told.customers),
        records=_by_export(told.contents),
        identifiers=_numbers(told.subject),
        shared=told.shared,
        removed=removed,
        files=tuple(files),
        versions=tuple(changed),
        refused=cleared.refused,
        residues={named(file): file.found for file in looked if file.found},
        searched=sum(not file.refused for file in looked),
        unsearched={named(file): file.refused for file in looked if file.refused},
        missing=sum(not _is_there(entry, settings) for entry in theirs),
    )


def _is_there(entry: Entry, settings: Settings) -> bool:
    """Whether the file of a delivery is; what may not be looked at is told as refused."""
    try:
        return bool(files_of(settings.raw, entry.path))
    except OSError:
        return True


def _audited(made: Certificate) -> dict[str, object]:
    return {
        "request": made.request,
        "selector": made.selector,
        "records": sum(made.records.values()),
        "files": len(made.files),
        "versions": len(made.versions),
        "residues": sum(made.residues.values()),
    }
