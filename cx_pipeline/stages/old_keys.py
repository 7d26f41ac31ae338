"""What is left of earlier keys, and how it is destroyed: the keys themselves, and the maps of old to new ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from cx_pipeline import audit_log
from cx_pipeline.errors import ConfigError
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import KEY_FILE
from cx_pipeline.settings import Settings
from cx_pipeline.stages import key_record, rotation
from cx_pipeline.warehouse import durable
from cx_pipeline.warehouse.reader import open_read_only

_OLD = re.compile(re.escape(KEY_FILE) + r"\.k([0-9]+)")


class KeyStatus(NamedTuple):
    """What there is of keys; no key, and nothing made of one but its fingerprint."""

    version: int
    fingerprint: str
    is_configured: bool
    published_version: int | None
    is_pending: bool
    old_keys: tuple[int, ...]
    changes: tuple[Mapping[str, object], ...]


def status(settings: Settings, layout: Layout) -> KeyStatus:
    """The state of keys. A first key is not made for it.

    Raises:
        ConfigError: there is no key yet, or it is damaged.
    """
    if settings.token_key is None and not (layout.state / KEY_FILE).exists():
        raise ConfigError("there is no key yet", expected="a run before", next_step="cx-pipeline run")
    tokeniser = key_record.tokeniser_of(settings, layout)
    known = key_record.read(layout)
    return KeyStatus(
        tokeniser.version,
        tokeniser.fingerprint,
        settings.token_key is not None,
        published_version(layout),
        rotation.is_pending(layout),
        old_versions(layout),
        tuple(change.model_dump(mode="json") for change in known.changes) if known is not None else (),
    )


def published_version(layout: Layout) -> int | None:
    """Version of the key that the published file's tokens were made with; None before the first."""
    if not layout.published.exists():
        return None
    with open_read_only(layout.published) as connection:
        columns = {row[0] for row in connection.execute("DESCRIBE quality.runs").fetchall()}
        if "key_version" not in columns:
            return 1  # files of before there were versions
        row = connection.execute("SELECT key_version FROM quality.runs").fetchone()
    return int(row[0]) if row and row[0] is not None else None


def old_versions(layout: Layout) -> tuple[int, ...]:
    """Versions of the earlier keys that are kept, oldest first."""
    return tuple(sorted(int(match[1]) for path in layout.state.glob(f"{KEY_FILE}.k*") if (match := _OLD.fullmatch(path.name))))


def forget_maps(layout: Layout) -> int:
    """Destroy every map of old to new ids that is still there; returns how many. The run lock must be held.

    Copies that somebody made, backups and snapshots of the disk are out of reach.
    """
    known = key_record.read(layout)
    if known is None:
        return 0
    kept = [change for change in known.changes if change.map is not None]
    for change in kept:
        _destroy(Path(str(change.map)))
    changes = tuple(change.model_copy(update={"map": None}) for change in known.changes)
    key_record.write(layout, known.model_copy(update={"changes": changes}))
    if kept:
        audit_log.append(layout, "forget_id_maps", {"maps": len(kept)})
    return len(kept)


def forget_old_keys(layout: Layout) -> tuple[int, ...]:
    """Destroy the earlier keys that are kept; returns their versions. The run lock must be held.

    Raises:
        ConfigError: the published file still has tokens of one of them.
    """
    found = old_versions(layout)
    published = published_version(layout)
    if published in found:
        raise ConfigError(
            f"the published file has tokens of version {published}",
            happened="no key was destroyed",
            next_step="cx-pipeline run publishes with the new key; then destroy the old one",
        )
    for version in found:
        _destroy(rotation.old_key_file(layout, version))
    if found:
        audit_log.append(layout, "forget_old_keys", {"versions": list(found)})
    return found


def _destroy(path: Path) -> None:
    """Overwrite and remove; where the file system keeps old blocks, this cannot reach them."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
    durable.sync(path)
    path.unlink()
    durable.sync(path.parent)
