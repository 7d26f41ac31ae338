"""Hold every delivery against the last one of its kind. The profile of a content is made once and kept beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache, partial
from pathlib import Path

import polars as pl

from cx_pipeline.extract import land
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.withhold import shown
from cx_pipeline.quality.column_profile import Profile, profile
from cx_pipeline.quality.drift import Drift, DriftKind, drift
from cx_pipeline.settings import Settings
from cx_pipeline.side_by_side import side_by_side
from cx_pipeline.sources.catalogue import label_of
from cx_pipeline.sources.export import Context, Export, Policy
from cx_pipeline.stages.code_digest import digest_of
from cx_pipeline.stages.files import write_text
from cx_pipeline.stages.fingerprint import bound_to, rules_of
from cx_pipeline.stages.manifest import Entry, Manifest, Status
from cx_pipeline.stages.reached import Symbol

_DRIVER = Symbol("cx_pipeline.quality.column_profile", "profile")
_DELIMITED = ("csv", "parquet")
_PROFILES_AT_HAND = 256  # a delivery is held against the one before it, which was looked at some exports ago


def profile_of(layout: Layout, export: Export, content: str, columns: Iterable[str]) -> Profile:
    """The profile of one landed content, from beside it or made now."""
    path = _path_of(layout, export, content)
    if path.exists():
        return _kept(path)
    names = list(columns)
    made = profile(land.scan(path.parent / "records", names), names, export)
    write_text(path, made.as_json())
    for other in path.parent.glob("profile-*.json"):
        if other != path:
            other.unlink(missing_ok=True)
    return made


def _path_of(layout: Layout, export: Export, content: str) -> Path:
    return layout.lake_raw / f"{export.source}_{export.name}" / content / f"profile-{_state(export)}.json"


@cache
def _state(export: Export) -> str:
    """Changes whenever the same records of the export could make another profile."""
    code = digest_of([_DRIVER, *bound_to(export)])
    return hashlib.sha256(json.dumps([code, rules_of(export, Context())]).encode()).hexdigest()[:8]


def _kept(path: Path) -> Profile:
    return Profile.of_json(path.read_text(encoding="utf-8"))


def last_before(entry: Entry, entries: Iterable[Entry], export: Export) -> Entry | None:
    """The delivery that a delivery is held against: the last landed one before it of the same kind (see `_likeness`)."""
    like = _likeness(entry, export)
    known = [other for other in entries if _place(other) < _place(entry) and _is_base(other) and _likeness(other, export) == like]
    return max(known, key=_place, default=None)


def _place(entry: Entry) -> tuple[date, str, str]:
    return entry.date, entry.path, entry.delivery_id


def _is_base(entry: Entry) -> bool:
    return entry.status is Status.LANDED and entry.facts.records > entry.facts.damaged


def _likeness(entry: Entry, export: Export) -> tuple[str, str, str, bool]:
    """Same export, same survey where the file's name tells it, written in the same way."""
    label = label_of(export, Path(entry.path).name) if export.is_named_by_file else ""
    return entry.source, entry.export, label, _is_delimited(entry)


def _is_delimited(entry: Entry) -> bool:
    return entry.facts.format in _DELIMITED


def drift_of(entry: Entry, last: Entry | None, export: Export, layout: Layout) -> list[Drift]:
    """How one delivery differs from the one it is held against; nothing where there is none or it has no records."""
    if last is None or not _differ(entry, last):
        return []
    before, now = (profile_of(layout, export, one.content, one.facts.columns) for one in (last, entry))
    return drift(before, now, export, is_delimited=_is_delimited(entry))


def _differ(entry: Entry, last: Entry) -> bool:
    """Could two deliveries tell different things: other contents, and records to look at?"""
    return last.content != entry.content and entry.facts.records > entry.facts.damaged


def drifts(entries: Iterable[Entry], exports: Mapping[str, Export], layout: Layout) -> dict[str, list[Drift]]:
    """Every difference of every delivery whose records are known, by delivery."""
    bases: dict[tuple[str, str, str, bool], Entry] = {}
    pairs: list[tuple[Export, Entry, Entry]] = []
    for entry in sorted(entries, key=_place):
        export = exports.get(f"{entry.source}.{entry.export}")
        if export is None or not entry.has_records:
            continue
        like = _likeness(entry, export)
        last = bases.get(like)
        if last is not None and _differ(entry, last):
            pairs.append((export, last, entry))
        if _is_base(entry):
            bases[like] = entry
    _make_profiles(pairs, layout)
    kept = lru_cache(maxsize=_PROFILES_AT_HAND)(_kept)
    told = {}
    for export, last, entry in pairs:
        before, now = (kept(_path_of(layout, export, one.content)) for one in (last, entry))
        told[entry.delivery_id] = drift(before, now, export, is_delimited=_is_delimited(entry))
    return {delivery: items for delivery, items in told.items() if items}


def _make_profiles(pairs: Iterable[tuple[Export, Entry, Entry]], layout: Layout) -> None:
    """Make the profiles that are not there yet, several at once: most of a first night's time goes there."""
    contents = {(export.id, entry.content): (export, entry) for export, *two in pairs for entry in two}
    jobs = (
        partial(profile_of, layout, export, entry.content, entry.facts.columns)
        for export, entry in contents.values()
        if not _path_of(layout, export, entry.content).exists()
    )
    for _ in side_by_side(jobs):
        pass


def differences(entries: Iterable[Entry], export: Export, layout: Layout) -> dict[str, list[Drift]]:
    """How some deliveries of one export differ from those before them, by delivery."""
    known = Manifest(layout.state / "manifest").entries()
    mine = [entry for entry in entries if entry.has_records]
    return {entry.delivery_id: drift_of(entry, last_before(entry, known, export), export, layout) for entry in mine}


def with_drift(anomalies: pl.DataFrame, entries: Iterable[Entry], exports: Mapping[str, Export], layout: Layout) -> pl.DataFrame:
    """The table of anomalies, with the differences of every delivery."""
    rows = [
        (delivery, str(item.kind), shown(item.detail))
        for delivery, told in drifts(entries, exports, layout).items()
        for item in told
    ]
    return pl.concat([anomalies, pl.DataFrame(rows, schema=anomalies.schema, orient="row")])


def drifted(policy: Policy, entry: Entry, export: Export, settings: Settings, layout: Layout) -> list[str]:
    """Columns of one policy that drifted in this delivery and are not accepted by the settings."""
    last = last_before(entry, Manifest(layout.state / "manifest").entries(), export)
    told = {
        column
        for item in drift_of(entry, last, export, layout)
        for column in (item.column, item.was)
        # New words of a choice column are null and flagged by themselves; nothing more is to be held.
        if column and not item.is_harmless and (policy != "hold" or item.kind is not DriftKind.GROWN_ENUM)
    }
    usual = export.on_drift.get("*", "evolve")
    return sorted(
        column
        for column in told
        if export.on_drift.get(column, usual) == policy
        and not {f"{export.id}.{column}", f"{export.id}.*"} & settings.accept_drift
    )
