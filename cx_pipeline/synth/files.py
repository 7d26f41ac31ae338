"""Bytes on disk: the same bytes for the same records, compressed or not."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import polars as pl
import zstandard

from cx_pipeline.synth.encode import BAD_BYTE

_GZIP_LEVEL, _ZSTD_LEVEL = 5, 3
_BAD = BAD_BYTE.encode()


def glued(texts: pl.Series, separator: str) -> bytes:
    """All texts as UTF-8, the separator after each: taken straight from the column's buffer, no string objects made."""
    column = texts.to_frame("t").select(pl.col("t") + separator).to_series().rechunk()
    arrow = column.to_arrow(compat_level=pl.CompatLevel.oldest())
    data = arrow.buffers()[2]
    return data.to_pybytes() if data is not None else b""


class _Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


@contextmanager
def _opened(path: Path) -> Iterator[_Sink]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw:
        match path.suffix:
            case ".gz":
                with gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as packed:
                    yield packed
            case ".zst":
                with zstandard.ZstdCompressor(level=_ZSTD_LEVEL).stream_writer(raw, closefd=False) as writer:
                    yield writer
            case ".zip":
                with zipfile.ZipFile(raw, "w") as archive, archive.open(_zip_entry(path.stem), "w", force_zip64=True) as member:
                    yield member
            case _:
                yield raw


def write(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file, compressed as its last suffix says, with no trace of when or by whom."""
    with _opened(path) as sink:
        for chunk in chunks:
            sink.write(chunk.replace(_BAD, b"\xff") if _BAD in chunk else chunk)


def write_archive(path: Path, documents: Mapping[str, Iterable[bytes]]) -> None:
    """Write a zip of several documents, by the same rules as `write`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, chunks in documents.items():
            with archive.open(_zip_entry(name), "w") as member:
                for chunk in chunks:
                    member.write(chunk.replace(_BAD, b"\xff") if _BAD in chunk else chunk)


def _zip_entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    return entry


def unpacked(path: Path) -> bytes:
    """The decompressed bytes, of an archive all documents one behind the other: what two machines agree on."""
    data = path.read_bytes()
    match path.suffix:
        case ".gz":
            return gzip.decompress(data)
        case ".zst":
            return zstandard.ZstdDecompressor().decompressobj().decompress(data)
        case ".zip":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return b"".join(archive.read(name) for name in archive.namelist())
        case _:
            return data
