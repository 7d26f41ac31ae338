"""Which key the ids of a data folder are made with, and how it changed: `state/keys.json`, which holds no key."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cx_pipeline.errors import ConfigError
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import Tokeniser, load_tokeniser
from cx_pipeline.settings import Settings
from cx_pipeline.stages.files import write_text


class Change(BaseModel):
    """One change of key; `map` is the file that tells which id became which, null when it was destroyed."""

    model_config = ConfigDict(frozen=True)

    before: int
    after: int
    at: datetime
    ids: int
    map: str | None


class KeyRecord(BaseModel):
    """The key in use, by version and fingerprint, and its changes, oldest first."""

    model_config = ConfigDict(frozen=True)

    version: int
    fingerprint: str
    changes: tuple[Change, ...] = ()


def tokeniser_of(settings: Settings, layout: Layout) -> Tokeniser:
    """What makes the tokens of a data folder.

    Raises:
        ConfigError: the key cannot be used.
    """
    return load_tokeniser(layout.state, settings.token_key, settings.token_key_version)


def _file(layout: Layout) -> Path:
    return layout.state / "keys.json"


def read(layout: Layout) -> KeyRecord | None:
    """None before the first run."""
    path = _file(layout)
    return KeyRecord.model_validate_json(path.read_bytes()) if path.exists() else None


def write(layout: Layout, record: KeyRecord) -> None:
    write_text(_file(layout), record.model_dump_json(indent=2) + "\n")


def settle(layout: Layout, tokeniser: Tokeniser) -> None:
    """Hold a key against the one that the data folder's ids were made with, which at first is whatever key there is.

    Raises:
        ConfigError: it is another one; going on would mix tokens of two keys, or give people new ids unsaid.
    """
    known = read(layout)
    if known is None:
        write(layout, KeyRecord(version=tokeniser.version, fingerprint=tokeniser.fingerprint))
    elif (known.version, known.fingerprint) != (tokeniser.version, tokeniser.fingerprint):
        raise ConfigError(
            "the token key is not the one that customer ids were made with",
            expected=f"the key of version {known.version}, fingerprint {known.fingerprint}",
            happened="nothing was changed or published",
            next_step="restore that key, or change over to the new one: cx-pipeline key rotate",
        )
