"""The change to a new key: everything that is kept and depends on the key, re-keyed in one step.

What depends on it and cannot be made anew from the lake are customer ids, in the registries of all kept versions. They are
re-keyed aside, in `state/rotation/`, together with the new key and a map of old to new ids. The moment that folder gets its
name decides: before it nothing has changed, after it the change is carried through, by `resume` if the process dies. All else
(the clean tables, the published file) is made anew by the next run.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict

from cx_pipeline import audit_log, faults
from cx_pipeline.errors import ConfigError
from cx_pipeline.identity.registry import DOMAIN
from cx_pipeline.identity.rekeying import ID_COLUMNS, id_map, rekeyed
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import KEY_FILE, Tokeniser, decoded, load_tokeniser, make_key, read_key
from cx_pipeline.privacy.withhold import PERSONAL_ID
from cx_pipeline.settings import Settings
from cx_pipeline.stages import key_record
from cx_pipeline.stages.files import write_text
from cx_pipeline.stages.key_record import Change, KeyRecord
from cx_pipeline.vulnerability import reviews
from cx_pipeline.warehouse import durable

"""Writes down that somebody did something: layout, action, details without personal values or keys."""
_PLAN, _MAP, _REGISTRY, _REVIEWS = "plan.json", "map.parquet", "registry", "reviews.ndjson"


_RECORDS = {
    "messages": "message_id",
    "interactions": "interaction_id",
    "survey_responses": "response_id",
    "feedback_actions": "action_id",
}
"""Tables whose records a decision on a signal may name."""


class Plan(BaseModel):
    """A change that was decided on."""

    model_config = ConfigDict(frozen=True)

    before: int
    after: int
    at: datetime
    ids: int
    map: str
    fingerprint: str


def rotate(settings: Settings, layout: Layout, now: datetime, map_file: Path | None = None) -> Change:
    """Change over to a new key, made here or named by the settings. The run lock must be held.

    Args:
        settings: with `token_key` set, that is the new key, `token_key_version` its version and `token_key_previous` the old one.
        layout: where the data folder lies.
        now: with a time zone.
        map_file: where the map of old to new ids goes; below `state/` when not given.

    Raises:
        ConfigError: the settings name no new key, or the map's place is taken or may not be written; nothing was changed.
    """
    resume(layout)
    old, new = _keys(settings, layout)
    target = (map_file or _own_map(layout, old.version, new.version)).absolute()
    if not _is_free(target):
        raise _no_place()
    aside = layout.state / f".rotation.{os.getpid()}.tmp"
    shutil.rmtree(aside, ignore_errors=True)
    (aside / _REGISTRY).mkdir(parents=True, mode=0o700)
    if settings.token_key is None:
        make_key(aside / KEY_FILE, new.version)
        new = read_key(aside / KEY_FILE)
    ids = _ids(layout, old, new)
    for path in sorted((layout.state / "registry").glob("*.parquet")):
        rekeyed(pl.read_parquet(path, glob=False), ids).write_parquet(aside / _REGISTRY / path.name)
    if reviews.file(layout).exists():
        write_text(aside / _REVIEWS, "".join(reviews.line(made).decode() for made in _reviews(layout, old, new)))
    ids.write_parquet(aside / _MAP)
    plan = Plan(before=old.version, after=new.version, at=now, ids=ids.height, map=str(target), fingerprint=new.fingerprint)
    write_text(aside / _PLAN, plan.model_dump_json())
    _to_disk(aside)
    try:
        _try(aside / _MAP, target)
    except OSError as error:
        shutil.rmtree(aside)
        raise _no_place(error.strerror or type(error).__name__) from None
    faults.point("rotation.before_decision")
    aside.rename(_folder(layout))
    durable.sync(layout.state)
    faults.point("rotation.after_decision")
    change = Change(before=plan.before, after=plan.after, at=now, ids=plan.ids, map=_carry_through(layout))
    audit_log.append(layout, "rotate_key", {"before": change.before, "after": change.after, "ids": change.ids})
    return change


def resume(layout: Layout) -> bool:
    """Carry through a change that was interrupted after it was decided on, and forget one that was not. The lock must be held.

    Returns:
        True where there was one to carry through.
    """
    for left in layout.state.glob(".rotation.*"):
        shutil.rmtree(left, ignore_errors=True)
    if not is_pending(layout):
        return False
    _carry_through(layout)
    return True


def is_pending(layout: Layout) -> bool:
    """True where a change was interrupted: the next run, or `cx-pipeline key rotate`, carries it through."""
    return _folder(layout).exists()


def old_key_file(layout: Layout, version: int) -> Path:
    """Where the key of an earlier version is kept until it is destroyed."""
    return layout.state / f"{KEY_FILE}.k{version}"


def _folder(layout: Layout) -> Path:
    return layout.state / "rotation"


def _keys(settings: Settings, layout: Layout) -> tuple[Tokeniser, Tokeniser]:
    """The old key and the new one; where the new one is made here, its version alone is meant."""
    known = key_record.read(layout)
    if settings.token_key is None:
        old = load_tokeniser(layout.state, None)
        _same(old, known)
        return old, Tokeniser(b"", old.version + 1)
    new = key_record.tokeniser_of(settings, layout)
    before = known.version if known is not None else new.version - 1
    if settings.token_key_previous is None or new.version <= before:
        raise ConfigError(
            "the settings name no new key to change over to",
            expected=f"CX_TOKEN_KEY the new key, CX_TOKEN_KEY_VERSION above {before}, CX_TOKEN_KEY_PREVIOUS the old key",
            happened="nothing was changed",
            next_step="set the three, rotate, then take CX_TOKEN_KEY_PREVIOUS away",
        )
    old = Tokeniser(decoded(settings.token_key_previous, "CX_TOKEN_KEY_PREVIOUS"), before)
    _same(old, known)
    return old, new


def _same(old: Tokeniser, known: KeyRecord | None) -> None:
    if known is not None and known.fingerprint != old.fingerprint:
        raise ConfigError(
            "the old key is not the one that customer ids were made with",
            expected=f"the key of version {known.version}, fingerprint {known.fingerprint}",
            happened="nothing was changed",
        )


def _ids(layout: Layout, old: Tokeniser, new: Tokeniser) -> pl.DataFrame:
    """Every id that is kept or was published last, with its new one.

    Ids of people who were only referred to are found by the records that were referred to; the lake still names them.
    """
    parts = [pl.read_parquet(path, glob=False) for path in sorted((layout.state / "registry").glob("*.parquet"))]
    empty = [pl.Series("ids", [], dtype=pl.String)]
    kept = pl.concat(
        [*empty, *(part[name].alias("ids") for part in parts for name in ID_COLUMNS if name in part.columns)]
    ).unique()
    records = pl.concat([*empty, *(part["record"].alias("ids") for part in parts if "record" in part.columns)]).unique()
    referred = _column(sorted((layout.lake_clean / "tables").glob("*.parquet")), "customer_id")
    lost = referred.filter(~referred.is_in(kept.implode()))
    if lost.is_empty():
        return id_map(kept, records, old, new)
    named = _column(sorted(layout.lake_scrubbed.rglob("*.parquet")), "customer_record")
    named = named.filter(~named.is_in(records.implode()))
    only_referred = id_map(lost, named, old, new).join(
        pl.DataFrame({"new_id": new.tokens(named, DOMAIN)}, schema={"new_id": pl.String}), on="new_id", how="semi"
    )
    return pl.concat([id_map(kept, records, old, new), only_referred]).unique("old_id").sort("old_id")


def _reviews(layout: Layout, old: Tokeniser, new: Tokeniser) -> list[reviews.Review]:
    """The decisions on signals, with the new tokens of records whose own ids are personal. The signals are made anew."""
    clean = layout.lake_clean / "tables"
    files = {clean / f"{table}.parquet": column for table, column in _RECORDS.items()}
    ids = pl.concat(
        [pl.Series("ids", [], dtype=pl.String), *(_column([path], name) for path, name in files.items() if path.exists())]
    )
    personal = ids.filter(ids.str.contains(PERSONAL_ID)).unique()
    renamed = dict(zip(old.tokens(personal, "id"), new.tokens(personal, "id"), strict=True))
    return [made._replace(record=_renamed(made.record, renamed)) for made in reviews.reviews(layout)]


def _renamed(record: str, renamed: dict[str, str]) -> str:
    """A record under its new token; what names a question of a response follows after a slash."""
    whole, slash, rest = record.partition("/")
    return renamed.get(record) or f"{renamed.get(whole, whole)}{slash}{rest}"


def _column(files: list[Path], name: str) -> pl.Series:
    """The distinct values of a column over those of some files that have it."""
    having = [path for path in files if name in pl.scan_parquet(path, glob=False).collect_schema()]
    found = [pl.scan_parquet(path, glob=False).select(pl.col(name).alias("ids")).unique().collect() for path in having]
    return pl.concat([pl.DataFrame(schema={"ids": pl.String}), *found])["ids"].drop_nulls().unique()


def _carry_through(layout: Layout) -> str:
    """Put everything of a decided change into its place, and say where the map is. Each step may be taken twice."""
    folder = _folder(layout)
    plan = Plan.model_validate_json((folder / _PLAN).read_bytes())
    for path in sorted((folder / _REGISTRY).glob("*.parquet")):
        _put(path, layout.state / "registry" / path.name)
        faults.point("rotation.after_registry")
    if (folder / _REVIEWS).exists():
        _put(folder / _REVIEWS, reviews.file(layout))
    placed = _put_map(folder / _MAP, plan, layout)
    faults.point("rotation.after_map")
    key, kept = layout.state / KEY_FILE, old_key_file(layout, plan.before)
    if (folder / KEY_FILE).exists():
        if read_key(key).version == plan.before:
            _put(key, kept)
        faults.point("rotation.after_old_key")
        _put(folder / KEY_FILE, key)
    faults.point("rotation.after_key")
    before = key_record.read(layout)
    changes = before.changes if before is not None else ()
    if not any(change.after == plan.after for change in changes):
        made = Change(before=plan.before, after=plan.after, at=plan.at, ids=plan.ids, map=placed)
        changes = (*changes, made)
    key_record.write(layout, KeyRecord(version=plan.after, fingerprint=plan.fingerprint, changes=changes))
    faults.point("rotation.after_record")
    done = layout.state / f".rotation.{os.getpid()}.old"
    folder.rename(done)
    shutil.rmtree(done)
    return placed


def _own_map(layout: Layout, before: int, after: int) -> Path:
    """Where the map goes that nobody named a place for, or whose place went away."""
    return layout.state / f"id_map.k{before}-k{after}.parquet"


def _is_free(target: Path) -> bool:
    """Whether nothing stands there, in a folder that does."""
    try:
        return target.parent.is_dir() and not target.exists()
    except OSError:  # a folder that may not be looked into, a name that is too long
        return False


def _no_place(reason: str = "") -> ConfigError:
    return ConfigError(
        "the map cannot be written there",
        where=reason,
        expected="a file that does not exist yet, in a folder that does and may be written to",
        happened="nothing was changed",
        next_step="name another file: --map",
    )


def _try(source: Path, target: Path) -> None:
    """Write a copy beside a target, on disk, and take it away: what cannot be written there must show before the decision."""
    copy = target.with_name(f".{os.getpid()}.map")
    try:
        _put(source, copy)
    finally:
        copy.unlink(missing_ok=True)


def _put_map(source: Path, plan: Plan, layout: Layout) -> str:
    """Put the map where it was asked for; where that went away since the decision, below `state/`, and no run is held up."""
    try:
        _put(source, Path(plan.map))
    except OSError:
        kept = _own_map(layout, plan.before, plan.after)
        _put(source, kept)
        return str(kept)
    return plan.map


def _put(source: Path, target: Path) -> None:
    """A copy that appears whole, owner-only and on disk."""
    aside = target.with_name(f".{os.getpid()}.tmp")  # short: the target's name may be as long as the file system lets it
    try:
        shutil.copyfile(source, aside)
        aside.chmod(0o600)
        durable.sync(aside)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    durable.sync(target.parent)


def _to_disk(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o700 if path.is_dir() else 0o600)
        durable.sync(path)
    durable.sync(folder)
