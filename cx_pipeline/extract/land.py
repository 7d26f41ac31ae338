"""Records of a delivered file to Parquet: the raw layer, every column text."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import polars as pl

from cx_pipeline.extract import rejects
from cx_pipeline.extract.reader import FileFacts, Reader

REJECTS = "rejects.parquet"
_ROW_GROUP = 16_384  # values that stay in the cache while they are encoded


def write(reader: Reader, folder: Path) -> FileFacts:
    """Stream a file's records to `folder/part-00000.parquet …` and its damaged ones to `folder/rejects.parquet`.

    The folder is written aside and renamed when it is complete, so a folder that exists is whole. An existing one is replaced.

    Returns:
        The facts of the file, complete.

    Raises:
        FileRefused: the file cannot be read to its end; nothing is left behind.
    """
    aside = folder.with_name(f".{folder.name}.landing")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    try:
        _write_parts(reader, aside)
        shutil.rmtree(folder, ignore_errors=True)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return reader.facts


def _write_parts(reader: Reader, folder: Path) -> None:
    """One part is written while the next batch is read; never more than one waits."""
    damaged: list[pl.DataFrame] = []
    waiting: Future[None] | None = None
    with ThreadPoolExecutor(max_workers=1) as writer:
        for number, batch in enumerate(batch for batch in reader):
            if batch.rejects.height:
                damaged.append(batch.rejects)
            if waiting is not None:
                waiting.result()
            if batch.good.height:
                waiting = writer.submit(_write, batch.good, folder / f"part-{number:05d}.parquet")
        if waiting is not None:
            waiting.result()
    if damaged:
        _write(pl.concat(damaged), folder / REJECTS)


def _write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP, statistics=False)


def is_same(folder: Path, other: Path) -> bool:
    """Whether two landed files hold the same records, cut into the same parts."""
    files = {path.name: path for path in folder.glob("*.parquet")}
    others = {path.name: path for path in other.glob("*.parquet")}
    if files.keys() != others.keys():
        return False
    try:
        return all(_read(files[name]).equals(_read(others[name])) for name in sorted(files))
    except (OSError, pl.exceptions.PolarsError):
        return False


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False)


def scan(folder: Path, columns: Sequence[str]) -> pl.LazyFrame:
    """The good records of a landed file in file order.

    Args:
        folder: written by `write`.
        columns: names to read; those that the file does not have are null.

    Returns:
        `_record`, `_line`, then `columns` as text.
    """
    schema: dict[str, pl.DataType] = {"_record": pl.Int64(), "_line": pl.Int64()} | {name: pl.String() for name in columns}
    parts = sorted(folder.glob("part-*.parquet"))
    if not parts:
        return pl.LazyFrame(schema=schema)
    return pl.scan_parquet(parts, schema=schema, missing_columns="insert", extra_columns="ignore", glob=False)


def scan_rejects(folder: Path) -> pl.LazyFrame:
    """The damaged records of a landed file; see `rejects.Reject`."""
    path = folder / REJECTS
    return pl.scan_parquet(path, glob=False) if path.exists() else pl.LazyFrame(schema=rejects.SCHEMA)
