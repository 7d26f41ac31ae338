"""Whom nothing may bring back: keyed tokens of the keys and identifiers of forgotten people, in `state/suppressed`.

The list is only ever appended to and holds no readable value: each entry is a kind and an HMAC of a domain of its own, so that it
joins with no published token. Its key is its own, beside it: the key of the tokens may be changed, and the list still matches.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline.disk import write_whole
from cx_pipeline.errors import DataError
from cx_pipeline.layout import Layout
from cx_pipeline.privacy.tokens import KEY_VERSION, Tokeniser, make_key, read_key

PERSON, RECORD, EMAIL, EXTERNAL_ID = "person", "record", "email", "external_id"
PHONE, PHONE_NAME, PHONE_DIGITS = "phone", "phone_name", "phone_digits"
KINDS = (PERSON, RECORD, EMAIL, EXTERNAL_ID, PHONE, PHONE_NAME, PHONE_DIGITS)
JOINT = "\x1f"
"""Between a phone number and the name it was carried with."""


class Seeds(NamedTuple):
    """Readable keys and identifiers by kind: what is to be suppressed."""

    values: dict[str, set[str]]

    def of(self, kind: str) -> set[str]:
        return self.values.get(kind, set())


def _key(layout: Layout) -> Tokeniser:
    path = layout.state / "suppressed.key"
    make_key(path, KEY_VERSION)
    return read_key(path)


class Suppressed:
    """The list; without `keeps`, what is added is not written down."""

    def __init__(self, layout: Layout, *, keeps: bool = True) -> None:
        self._keeps = keeps
        self._path, self._tokeniser = layout.state / "suppressed", _key(layout)
        self._tokens = _read(self._path)

    def __len__(self) -> int:
        return sum(len(tokens) for tokens in self._tokens.values())

    @property
    def state(self) -> str:
        """Names what the list says, so that a delivery that was held against it need not be again."""
        return f"{len(self)} {self._tokeniser.fingerprint}"

    def add(self, seeds: Seeds) -> int:
        """Append what is not on the list yet, on disk when this returns; how many entries that was."""
        fresh = [
            (kind, token)
            for kind, values in sorted(seeds.values.items())
            for token in sorted(set(self._of(kind, values)) - self._tokens.get(kind, set()))
        ]
        if not fresh:
            return 0
        if self._keeps:
            self._write(fresh)
        for kind, token in fresh:
            self._tokens.setdefault(kind, set()).add(token)
        return len(fresh)

    def _write(self, fresh: list[tuple[str, str]]) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            is_torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            lines = "".join(json.dumps({"kind": kind, "token": token}) + "\n" for kind, token in fresh)
            write_whole(descriptor, b"\n" * is_torn + lines.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def matched(self, kind: str, values: pl.Series) -> pl.Series:
        """The values of a text column that are on the list, each once."""
        known = self._tokens.get(kind)
        distinct = values.drop_nulls().unique()
        if not known or distinct.is_empty():
            return distinct.clear()
        tokens = self._tokeniser.tokens(distinct, _domain(kind))
        return distinct.filter(tokens.is_in(pl.Series(list(known), dtype=pl.String).implode()))

    def _of(self, kind: str, values: Iterable[str]) -> list[str]:
        return [self._tokeniser.token(value, _domain(kind)) for value in values]


def _domain(kind: str) -> str:
    return f"forgotten.{kind}"


def _read(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    if not path.exists():
        return found
    lines = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        entry = _parsed(line)
        if entry is not None:
            found.setdefault(entry[0], set()).add(entry[1])
        elif line and number < len(lines) and not _is_torn(lines, number):
            raise DataError(
                "the list of forgotten people is damaged",
                where=f"state/{path.name}, line {number}",
                happened="nothing was published, as forgotten people could come back",
                next_step="restore state/ from its backup",
            )
    return found


def _is_torn(lines: list[str], number: int) -> bool:
    """A line that a dying process left unfinished: it begins an entry, and forgetting again wrote it whole."""
    return lines[number - 1].startswith("{") and not lines[number - 1].endswith("}")


def _parsed(line: str) -> tuple[str, str] | None:
    try:
        read = json.loads(line)
        return str(read["kind"]), str(read["token"])
    except (ValueError, TypeError, KeyError):
        return None
