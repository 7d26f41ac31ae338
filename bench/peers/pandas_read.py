"""Delivered files as pandas frames of texts, whatever they are written in. What is nested stays JSON."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import zstandard

from bench.item import NO_DELIMITER, Item
from bench.peers.work import LEGACY

_QUOTE_NONE = 3


def read(item: Item, path: Path) -> pd.DataFrame:
    """All records of a file, every column text, what is absent null."""
    return _delimited(item, path) if item.format == "csv" else _json(item, path)


def _delimited(item: Item, path: Path) -> pd.DataFrame:
    quoting: dict[str, Any] = {"quoting": _QUOTE_NONE} if item.delimiter == NO_DELIMITER else {}
    frame = pd.read_csv(
        io.BytesIO(_bytes(path)), sep=item.delimiter, encoding=item.encoding, dtype=str, keep_default_na=False, **quoting
    )
    frame.columns = frame.columns.str.removeprefix("\ufeff")
    # Further rows of the header say in other words what the columns are.
    records: pd.DataFrame = frame.iloc[item.header_rows - 1 :]
    return records.rename(columns=LEGACY)


def _json(item: Item, path: Path) -> pd.DataFrame:
    frame = pd.DataFrame.from_records(list(_records(item, _bytes(path))))
    texts: pd.DataFrame = frame.apply(_texts)
    return texts


def _records(item: Item, content: bytes) -> Iterator[dict[str, Any]]:
    if item.format == "ndjson":
        yield from map(json.loads, content.splitlines())
    elif item.format == "json_array":
        yield from json.loads(content)
    elif item.format == "json_pages":
        for page in content.splitlines():
            yield from json.loads(page)[item.page_key]
    else:
        yield from _one_after_another(content.decode())


def _one_after_another(text: str) -> Iterator[dict[str, Any]]:
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        record, place = decoder.raw_decode(text, place)
        yield record
        while place < len(text) and text[place].isspace():
            place += 1


def _texts(column: pd.Series[Any]) -> pd.Series[Any]:
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "mixed":
        return column.map(json.dumps, na_action="ignore").astype("str")
    if kind == "floating":  # whole numbers beside nulls
        return column.astype("Int64").astype("str")
    return column.astype("str")


def _bytes(path: Path) -> bytes:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(entry) for entry in archive.infolist())
    content = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(content)
    if path.suffix == ".zst":
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content)) as source:
            return source.read()
    return content
