"""The files of a cut, and what there is to tell of each."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import polars as pl

from cx_pipeline.ai.dataset import Cut
from cx_pipeline.ai.facts import ColumnFact, FileFact
from cx_pipeline.ai.meanings import CHUNKS, COLUMNS, CONVERSATIONS, DUPLICATES, EXAMPLE_MESSAGES, FILES, METADATA, UNITS
from cx_pipeline.ai.splits import SPLITS
from cx_pipeline.warehouse import durable
from cx_pipeline.warehouse.quoting import literal

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
    _parquet(cut.conversations, folder / CONVERSATIONS)
    _parquet(cut.chunks, folder / CHUNKS)
    _parquet(cut.duplicates, folder / DUPLICATES)
    told = with_ids(cut.examples)
    _parquet(told.select(_METADATA), folder / METADATA)
    for split in SPLITS:
        path = folder / "finetune" / f"{split}.jsonl"
        told.filter(split=split).select("messages").write_ndjson(path)
        durable.sync(path)
    durable.sync(folder / "finetune")


def with_ids(examples: pl.DataFrame) -> pl.DataFrame:
    """Examples with their `example_id`, which changes with the conversation or the content."""
    said = examples.select(
        pl.concat_str("conversation_id", pl.struct("messages").struct.json_encode(), separator="|")
    ).to_series()
    ids = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in said]
    return examples.with_columns(pl.Series("example_id", ids, dtype=pl.String))


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
        described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})").fetchall()
    counts = pl.scan_parquet(path, glob=False).select(pl.len().alias("rows"), pl.all().null_count()).collect().row(0)
    facts = (
        ColumnFact(str(name), str(kind), COLUMNS[str(name)], int(nulls), UNITS.get(str(name)))
        for (name, kind, *_), nulls in zip(described, counts[1:], strict=True)
    )
    return tuple(facts), int(counts[0])


def _parquet(rows: pl.DataFrame, path: Path) -> None:
    rows.write_parquet(path, compression="zstd", compression_level=3)
    durable.sync(path)
