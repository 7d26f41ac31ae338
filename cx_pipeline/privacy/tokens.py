"""Keyed tokens: the one function that turns a personal value into something that can be joined and published.

token = `k<version>_` + base32(HMAC-SHA-256(key, domain NUL value))[:26], lower case: 130 bits, so that distinct values do not
meet. EDPB Guidelines 01/2025 on pseudonymisation ask for a MAC with a secret kept apart: the key lies under `state/`, never
in the published file. What is exported for one purpose has tokens of its own (`Tokeniser.for_purpose`), so that two exports
cannot be joined by whoever has both.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from cx_pipeline import disk
from cx_pipeline.errors import ConfigError

KEY_VERSION = 1
TOKEN_SHAPE = r"^k[0-9]+_[a-z2-7]{26}$"  # noqa: S105  # a shape, no secret
KEY_FILE = "token.key"
_VERSIONED = re.compile(r"k([0-9]{1,6}):(.*)")
_KEY_BYTES = 32
_PURPOSE_LABEL = "cx-pipeline key of a purpose"
_TOKEN_CHARS = 26
_BITS_A_CHAR = 5
_BASE32 = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype=np.uint8)


@dataclass(frozen=True)
class Tokeniser:
    """Makes tokens with one key. The key is left out of `repr`."""

    key: bytes = field(repr=False)
    version: int = KEY_VERSION

    def token(self, value: str, domain: str) -> str:
        digest = hmac.digest(self.key, f"{domain}\0{value}".encode(), "sha256")
        return f"k{self.version}_{base64.b32encode(digest)[:_TOKEN_CHARS].decode().lower()}"

    def tokens(self, values: pl.Series, domain: str) -> pl.Series:
        """Tokens of a text column; null stays null. Computed once a distinct value."""
        distinct = values.drop_nulls().unique(maintain_order=True)
        if distinct.is_empty():
            return pl.Series(values.name, [None] * values.len(), dtype=pl.String)
        made = _written([*_digests(self.key, domain, distinct)], f"k{self.version}_")
        if distinct.len() == values.len():
            return made.alias(values.name)
        return values.replace_strict(distinct, made, default=None, return_dtype=pl.String).alias(values.name)

    def for_purpose(self, purpose: str) -> Tokeniser:
        """Makes the tokens of an export for one purpose: of the same version, and joinable with those of no other purpose.

        The published file has the tokens of the key itself. The key of a purpose is HMAC-SHA-256(key, label NUL purpose).
        """
        return replace(self, key=hmac.digest(self.key, f"{_PURPOSE_LABEL}\0{purpose}".encode(), "sha256"))

    @property
    def fingerprint(self) -> str:
        """Names the key without telling it."""
        return hashlib.sha256(b"cx-pipeline key fingerprint" + self.key).hexdigest()[:16]


def _digests(key: bytes, domain: str, values: pl.Series) -> Iterator[bytes]:
    """The digest of each value; the key is prepared once, where `hmac.digest` would for each, which takes twice the time."""
    begun = hmac.new(key, f"{domain}\0".encode(), "sha256")
    for value in values.to_list():
        digest = begun.copy()
        digest.update(value.encode())
        yield digest.digest()


def _written(digests: list[bytes], prefix: str) -> pl.Series:
    """The prefix and the first characters of the base32 text of each digest, as `Tokeniser.token` writes them."""
    bits = np.unpackbits(np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(len(digests), -1), axis=1)
    codes = np.zeros((len(digests), _TOKEN_CHARS), dtype=np.uint8)
    for place in range(_BITS_A_CHAR):
        codes |= bits[:, place : _TOKEN_CHARS * _BITS_A_CHAR : _BITS_A_CHAR] << (_BITS_A_CHAR - 1 - place)
    letters = _BASE32[codes]
    begin = np.frombuffer(prefix.encode(), dtype=np.uint8)
    texts = np.hstack([np.broadcast_to(begin, (len(digests), len(begin))), letters])
    offsets = np.arange(len(digests) + 1, dtype=np.int64) * texts.shape[1]
    made = pl.from_arrow(
        pa.Array.from_buffers(pa.large_string(), len(digests), [None, pa.py_buffer(offsets), pa.py_buffer(texts.tobytes())])
    )
    assert isinstance(made, pl.Series)
    return made


def load_tokeniser(state: Path, configured: str | None, version: int = KEY_VERSION) -> Tokeniser:
    """The key from the settings, else from `state/token.key`, made there on first use with owner-only rights.

    Args:
        state: folder of the key file.
        configured: the key of the settings in hex.
        version: of the configured key; a key file says its own.

    Raises:
        ConfigError: if the configured key is not at least 32 bytes in hex, or the key file is damaged.
    """
    if configured is not None:
        return Tokeniser(decoded(configured, "CX_TOKEN_KEY"), version)
    path = state / KEY_FILE
    if not path.exists():
        make_key(path, KEY_VERSION)
    return read_key(path)


def read_key(path: Path) -> Tokeniser:
    """The key of a file: hex, and before it `k<version>:` from the second version on.

    Raises:
        ConfigError: the file is damaged.
    """
    text = path.read_text(encoding="ascii", errors="replace").strip()
    versioned = _VERSIONED.fullmatch(text)
    return Tokeniser(decoded(versioned[2], path.name), int(versioned[1])) if versioned else Tokeniser(decoded(text, path.name))


def make_key(path: Path, version: int) -> None:
    """Make a random key, owner-only and on disk when this returns; a key that is there already stays."""
    said = "" if version == KEY_VERSION else f"k{version}:"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(said + secrets.token_hex(_KEY_BYTES))
        handle.flush()
        os.fsync(handle.fileno())
    try:
        os.link(temporary, path)  # refuses to replace a key that another process made meanwhile
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in disk.NO_HARD_LINKS:
            raise
        _make_new(path, temporary.read_bytes())
    finally:
        temporary.unlink()
    disk.sync(path.parent)


def _make_new(path: Path, data: bytes) -> None:
    """Where a file cannot be given a second name: in its own place, whole and on disk or not at all; what is there stays."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    try:
        disk.write_whole(descriptor, data)
        os.fsync(descriptor)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(descriptor)


def decoded(text: str, where: str) -> bytes:
    """The bytes of a key in hex.

    Raises:
        ConfigError: they are no key; the text is not shown.
    """
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < _KEY_BYTES:
        raise ConfigError(
            "the token key cannot be used",
            where=where,
            expected=f"at least {_KEY_BYTES} bytes in hex",
            happened="nothing was read or written",
            next_step="restore the key from its backup; a new key changes every token and customer_id",
        )
    return key
