"""The files of a cut, and what there is to tell of each."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq

from cx_pipeline.ai import batches
from cx_pipeline.ai.dataset import Cut
from cx_pipeline.ai.facts import ColumnFact, FileFact
from cx_pipeline.ai.meanings import CHUNKS, COLUMNS, CONVERSATIONS, DUPLICATES, EXAMPLE_MESSAGES, FILES, METADATA, UNITS
from cx_pipeline.ai.splits import SPLITS
from cx_pipeline.privacy.outputs import TRAINING
from cx_pipeline.warehouse import durable
from cx_pipeline.warehouse.quoting import parquet

_ABOUT = ("conversation_id", "customer_id", "source_system", "channel", "department", "language", "started_at")
_METADATA = (
    "example_id",
    "split",
    "line",
    "conversation_id",
    "customer_id",
    "group_id",
    "source_system",
    "channel",
    "department",
    "language",
    "started_at",
    "turns",
    "token_estimate",
)


def write(cut: Cut, folder: Path) -> None:
    """Write conversations, chunks, examples with their metadata, and duplicates into a folder; on the disk when it returns."""
    (folder / "finetune").mkdir()
    purpose = pl.lit(TRAINING.purpose).alias("consent_purpose")
    placed = (
        rows.join(cut.placed, on="conversation_id", how="inner", maintain_order="left").with_columns(purpose)
        for rows in cut.files.each(batches.CONVERSATIONS)
    )
    _batches(placed, folder / CONVERSATIONS)
    _batches(cut.files.each(batches.CHUNKS), folder / CHUNKS)
    _parquet(cut.duplicates, folder / DUPLICATES)
    _parquet(_metadata(cut), folder / METADATA)
    # Lines lie in the order of the batches, which is that of the conversations.
    for split in SPLITS:
        path = folder / "finetune" / f"{split}.jsonl"
        mine = cut.placed.filter(split=split)
        with path.open("wb") as lines:
            for made in cut.files.each(batches.EXAMPLES):
                made.join(mine, on="conversation_id", how="semi", maintain_order="left").select("messages").write_ndjson(lines)
        durable.sync(path)
    durable.sync(folder / "finetune")


def _metadata(cut: Cut) -> pl.DataFrame:
    """What is known of each line of the fine-tuning files."""
    told = cut.files.scan(batches.EXAMPLES).select("example_id", "conversation_id", "turns", "token_estimate").collect()
    about = cut.files.scan(batches.CONVERSATIONS).select(*_ABOUT).collect()
    order = pl.col("split").replace_strict({name: place for place, name in enumerate(SPLITS)}, return_dtype=pl.Int8)
    known = told.join(cut.placed, on="conversation_id").join(about, on="conversation_id").sort(order, "conversation_id")
    return known.with_columns(pl.int_range(1, pl.len() + 1).over("split").alias("line")).select(_METADATA)


def file_facts(folder: Path) -> tuple[FileFact, ...]:
    """The data files of a version that this room writes, in the order of `meanings.FILES`."""
    return tuple(_file(folder, name) for name in FILES)


def _file(folder: Path, name: str) -> FileFact:
    path = folder / name
    if path.suffix == ".jsonl":
        with path.open("rb") as lines:
            rows = sum(1 for _ in lines)
        columns: tuple[ColumnFact, ...] = (ColumnFact("messages", "STRUCT(role VARCHAR, content VARCHAR)[]", EXAMPLE_MESSAGES),)
    else:
        columns, rows = _columns(path)
    return FileFact(name, durable.sha256(path), rows, path.stat().st_size, columns, FILES[name])


def _columns(path: Path) -> tuple[tuple[ColumnFact, ...], int]:
    with duckdb.connect(":memory:") as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM {parquet(path)}").fetchall()
    counts = pl.scan_parquet(path, glob=False).select(pl.len().alias("rows"), pl.all().null_count()).collect().row(0)
    facts = (
        ColumnFact(str(name), str(kind), COLUMNS[str(name)], int(nulls), UNITS.get(str(name)))
        for (name, kind, *_), nulls in zip(described, counts[1:], strict=True)
    )
    return tuple(facts), int(counts[0])


def _batches(parts: Iterable[pl.DataFrame], path: Path) -> None:
    """One file of all batches, a row group each; the same rows give the same bytes."""
    with ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for rows in parts:
            table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=3))
            writer.write_table(table)
    durable.sync(path)


def _parquet(rows: pl.DataFrame, path: Path) -> None:
    rows.write_parquet(path, compression="zstd", compression_level=3)
    durable.sync(path)
