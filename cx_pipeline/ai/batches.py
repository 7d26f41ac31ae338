"""What is made of conversations a batch at a time, so that no more than one batch of texts is held at once.

A batch is whole conversations in the order of their ids. What is made of it lies as Parquet in a scratch folder, one file a kind
and batch; only ids, marks and counts are put together over all batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai import published
from cx_pipeline.ai.labels import common_lines
from cx_pipeline.ai.messages import labelled_lines, prepared
from cx_pipeline.ai.repeats import DECISIONS, repeats, said

AT_ONCE = 8_000
"""Conversations of a batch; some 30 MB of texts."""
RAW, LINES, MESSAGES, TEXTS, CONVERSATIONS, CHUNKS, EXAMPLES = (
    "raw",
    "lines",
    "messages",
    "texts",
    "conversations",
    "chunks",
    "examples",
)


@dataclass(frozen=True)
class Batches:
    """The files of a scratch folder.

    Attributes:
        folder: where they lie.
        numbers: of the batches; at least one, which may be empty.
    """

    folder: Path
    numbers: Sequence[int]

    def path(self, kind: str, number: int) -> Path:
        return self.folder / f"{kind}-{number:05}.parquet"

    def put(self, kind: str, number: int, rows: pl.DataFrame) -> None:
        rows.write_parquet(self.path(kind, number), compression="zstd", compression_level=1)

    def get(self, kind: str, number: int) -> pl.DataFrame:
        return pl.read_parquet(self.path(kind, number), glob=False)

    def each(self, kind: str) -> Iterator[pl.DataFrame]:
        """One batch after the other."""
        for number in self.numbers:
            yield self.get(kind, number)

    def scan(self, kind: str) -> pl.LazyFrame:
        """All batches; to take some columns of."""
        return pl.scan_parquet([self.path(kind, number) for number in self.numbers], glob=False)

    def drop(self, kind: str) -> None:
        for number in self.numbers:
            self.path(kind, number).unlink()


def read(connection: duckdb.DuckDBPyConnection, allowed: pl.DataFrame, scratch: Path, customers: int) -> Batches:
    """Lay the messages of allowed conversations down as `MESSAGES`, each with all that is found out about it.

    Args:
        connection: to the published file.
        allowed: conversations that may be used for something.
        scratch: an empty folder.
        customers: a line that the company sent to so many is boilerplate.
    """
    found = Batches(scratch, [])
    numbers = []
    ids = allowed["conversation_id"] if allowed.height else pl.Series("conversation_id", [""])
    for number, batch in enumerate(published.messages(connection, ids, AT_ONCE)):
        found.put(RAW, number, batch)
        found.put(LINES, number, labelled_lines(batch, allowed))
        numbers.append(number)
    found = Batches(scratch, numbers)
    common = common_lines(found.scan(LINES), customers)
    for number in numbers:
        found.put(MESSAGES, number, prepared(found.get(RAW, number), found.get(LINES, number), common, allowed))
    found.drop(RAW)
    found.drop(LINES)
    return found


def without_repeats(batches: Batches) -> pl.DataFrame:
    """Take messages that repeat one of the same side of the same conversation out of `MESSAGES`; rows of `repeats.DECISIONS`."""
    decided = [pl.DataFrame(schema=DECISIONS)]
    for number in batches.numbers:
        messages = batches.get(MESSAGES, number)
        decided.append(_within(messages))
        batches.put(MESSAGES, number, _without(messages, decided[-1]))
    return pl.concat(decided)


def _within(messages: pl.DataFrame) -> pl.DataFrame:
    """Short messages are no repeats."""
    telling = messages.filter(~pl.col("is_low_information"), ~pl.col("is_boilerplate"))
    side = pl.concat_str("conversation_id", "role", pl.col("is_public").cast(pl.String), separator="\n")
    items = telling.select(
        pl.col("message_id").alias("id"), side.alias("owner"), pl.col("sent_at").alias("at"), said(pl.col("body")).alias("said")
    )
    return repeats(items).decisions


def _without(messages: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    counted = decisions.group_by(pl.col("kept").alias("message_id")).agg((pl.len() + 1).cast(pl.Int64).alias("n_occurrences"))
    left = messages.join(
        decisions.select(pl.col("removed").alias("message_id")), on="message_id", how="anti", maintain_order="left"
    )
    return left.join(counted, on="message_id", how="left", maintain_order="left").with_columns(
        pl.col("n_occurrences").fill_null(1), pl.int_range(1, pl.len() + 1).over("conversation_id").alias("position")
    )
