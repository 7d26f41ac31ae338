"""Versions of the dataset: what is in each by digests, what changed since the one before, and the number that follows.

A record that is gone or reads otherwise makes a MAJOR, as whoever built on it must build anew; a new one makes a MINOR. Where all
records are the same there is no new version. Of records only digests of their ids and contents are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai.meanings import CHUNKS, CONVERSATIONS, METADATA
from cx_pipeline.warehouse.quoting import identifier, literal, parquet

RECORDS = {
    "file": pl.String,
    "record": pl.String,
    "origin": pl.String,
    "digest": pl.String,
    "said": pl.String,
    "placed": pl.String,
}
CHANGES = {"file": pl.String, "change": pl.String, "reason": pl.String, "records": pl.Int64}
ADDED, EDITED, REMOVED = "added", "edited", "removed"
GONE, ERASED = "no_longer_published", "erased"
OTHER_WORDS, OTHER_SPLIT, OTHER_FACTS = "other_words", "other_split", "other_facts"
"""Why a record reads otherwise: what was said, the split or group that it is in, or anything else that is told of it."""
FIRST = "1.0.0"
_NAME = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_KEYS = {
    CONVERSATIONS: ("conversation_id", "conversation_id", "conversations"),
    CHUNKS: ("chunk_id", "conversation_id", "retrieval"),
    METADATA: ("example_id", "conversation_id", "finetune"),
}
_BY_CUSTOMER = ("features.parquet", "labels.parquet")
_SAID = ("messages", "text")
_PLACED = ("split", "group_id")


@dataclass(frozen=True, order=True)
class Number:
    """MAJOR.MINOR.PATCH."""

    major: int
    minor: int
    patch: int

    @classmethod
    def of(cls, name: str) -> Number | None:
        match = _NAME.fullmatch(name)
        return cls(*map(int, match.groups())) if match else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def versions(place: Path) -> list[str]:
    """The versions that lie in a folder, newest first."""
    if not place.is_dir():
        return []
    found = [number for path in place.iterdir() if path.is_dir() and (number := Number.of(path.name))]
    return [str(number) for number in sorted(found, reverse=True)]


def records(folder: Path) -> pl.DataFrame:
    """Rows of `RECORDS`: every record of a version. `origin`: of the conversation or customer that it comes from.

    Of features only whose they are is told: their numbers move with the cut-off.
    """
    parts = [pl.DataFrame(schema=RECORDS)]
    for file, (key, origin, _) in _KEYS.items():
        # The line of an example moves when one before it comes or goes.
        content = (key, origin, "split") if file == METADATA else pl.scan_parquet(folder / file, glob=False).collect_schema()
        parts.append(_digests(folder / file, file, key, origin, tuple(content)))
    there = [file for file in _BY_CUSTOMER if (folder / file).exists()]
    parts.extend(_digests(folder / file, file, "customer_id", "customer_id", ("customer_id",)).unique() for file in there)
    return pl.concat(parts).sort("file", "record")


def changes(before: pl.DataFrame, now: pl.DataFrame, reasons: pl.DataFrame, gone: str = GONE) -> pl.DataFrame:
    """Rows of `CHANGES`: what changed from one version to the next, and why something is gone or reads otherwise.

    Args:
        before: rows of `RECORDS`.
        now: the same of the new version.
        reasons: `conversation_id, output, reason` of what is in no output now.
        gone: why something is gone that nothing else is told of.
    """
    pairs = before.join(now, on=["file", "record"], how="full", coalesce=True, suffix="_now")
    change = (
        pl.when(pl.col("digest").is_null())
        .then(pl.lit(ADDED))
        .when(pl.col("digest_now").is_null())
        .then(pl.lit(REMOVED))
        .when(pl.col("digest") != pl.col("digest_now"))
        .then(pl.lit(EDITED))
    )
    moved = pairs.with_columns(change.alias("change")).filter(pl.col("change").is_not_null())
    said = _reasons(reasons)
    still = now.select("file", "origin", pl.lit("replaced").alias("still")).unique()
    told = moved.join(said, on=["file", "origin"], how="left").join(still, on=["file", "origin"], how="left")
    edited = (
        pl.when(pl.col("said") != pl.col("said_now"))
        .then(pl.lit(OTHER_WORDS))
        .when(pl.col("placed") != pl.col("placed_now"))
        .then(pl.lit(OTHER_SPLIT))
        .otherwise(pl.lit(OTHER_FACTS))
    )
    why = (
        pl.when(pl.col("change") == REMOVED)
        .then(pl.coalesce("still", "reason", pl.lit(gone)))
        .when(pl.col("change") == EDITED)
        .then(edited)
        .otherwise(pl.lit(""))
    )
    return (
        told.group_by("file", "change", why.alias("reason"))
        .agg(pl.len().cast(pl.Int64).alias("records"))
        .select(list(CHANGES))
        .sort("file", "change", "reason")
    )


def following(before: str | None, changed: pl.DataFrame, *, other_files_differ: bool = False) -> str | None:
    """The number of the version that comes after one; None where nothing changed.

    Args:
        before: the number of the last version.
        changed: rows of `CHANGES`.
        other_files_differ: a data file whose records are not compared, such as features, has other bytes.
    """
    number = Number.of(before) if before else None
    if number is None:
        return FIRST
    if is_major(changed):
        return str(Number(number.major + 1, 0, 0))
    if changed.height or other_files_differ:
        return str(Number(number.major, number.minor + 1, 0))
    return None


def is_major(changed: pl.DataFrame) -> bool:
    """Whether something was taken out or reads otherwise."""
    return bool(changed["change"].is_in([REMOVED, EDITED]).any())


def _digests(path: Path, file: str, key: str, origin: str, content: Sequence[str]) -> pl.DataFrame:
    """Rows of `RECORDS` of one file; digests of all of a record's content, of what is said in it and of where it is placed."""
    said, placed = ([name for name in content if name in names] for names in (_SAID, _PLACED))
    columns = ", ".join(identifier(name) for name in content)
    with duckdb.connect(":memory:") as connection:
        found: pl.DataFrame = connection.sql(
            f"""SELECT {literal(file)} AS file, sha256({identifier(key)}) AS record, sha256({identifier(origin)}) AS origin,
                       sha256(to_json(t)::VARCHAR) AS digest, {_digest(said)} AS said, {_digest(placed)} AS placed
                FROM (SELECT {columns} FROM {parquet(path)}) AS t"""
        ).pl()
    return found


def _digest(names: Sequence[str]) -> str:
    """SQL of the digest of some columns."""
    packed = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in names)
    return f"sha256(to_json(struct_pack({packed}))::VARCHAR)" if names else "''"


def _reasons(reasons: pl.DataFrame) -> pl.DataFrame:
    """`file, origin, reason`: for each file why a conversation is not in it."""
    with duckdb.connect(":memory:") as connection:
        connection.register("reasons", reasons.to_arrow())
        told: pl.DataFrame = connection.sql(
            "SELECT sha256(conversation_id) AS origin, output, min(reason) AS reason FROM reasons GROUP BY ALL"
        ).pl()
    files = pl.DataFrame(
        [(file, output) for file, (_, _, output) in _KEYS.items()] + [(METADATA, "conversations")],
        schema={"file": pl.String, "output": pl.String},
        orient="row",
    )
    return told.join(files, on="output").group_by("file", "origin").agg(pl.col("reason").min())
