"""Damaged records: what they were, where, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

SCHEMA: dict[str, pl.DataType] = {
    "_record": pl.Int64(),
    "_line": pl.Int64(),
    "_line_end": pl.Int64(),
    "rule": pl.String(),
    "detail": pl.String(),
    "raw": pl.String(),
    "digest": pl.String(),
}


class Reject(NamedTuple):
    """One damaged record.

    Attributes:
        record: its number in the file, from 1.
        line: physical line it starts on, from 1.
        line_end: physical line it ends on.
        rule: why it is damaged, such as `csv.field_count`.
        detail: what was expected and found; never a value of the data.
        raw: its text, bytes that are no UTF-8 shown as U+FFFD, cut at the cell limit.
        digest: SHA-256 of all its bytes.
    """

    record: int
    line: int
    line_end: int
    rule: str
    detail: str
    raw: str
    digest: str


def readable(data: bytes, limit: int) -> str:
    """Damaged bytes as text of at most `limit` bytes."""
    return data[:limit].decode("utf-8", errors="replace")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def frame(rejects: Sequence[Reject]) -> pl.DataFrame:
    """Damaged records as a frame, in file order."""
    return pl.DataFrame(list(rejects), schema=SCHEMA, orient="row")
