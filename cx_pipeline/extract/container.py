"""What a delivered file is wrapped in: plain, gzip, Zstandard or zip; magic bytes decide, never the name alone.

Compressed files are unpacked once into an anonymous temporary file: it has no name, is readable by the owner only, and is gone
with the process even when that is killed. Names inside an archive are data; nothing is ever written under them.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import pyarrow as pa

from cx_pipeline.disk import put_whole
from cx_pipeline.extract.options import EntryReader
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.extract.source import CHUNK, Source
from cx_pipeline.settings.reading import MIB, Limits

_RATIO_FROM = 16 * MIB
_DIRECTORY_BYTES_AN_ENTRY = 66 * 1024
_NOT_DATA = ("__MACOSX/", ".DS_Store")
_MAGIC = {
    "gzip": (b"\x1f\x8b",),
    "zstandard": (b"\x28\xb5\x2f\xfd",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"),
    "bzip2": tuple(b"BZh%d1AY" % level for level in range(1, 10)),
    "xz": (b"\xfd7zXZ\x00",),
    "7z": (b"7z\xbc\xaf\x27\x1c",),
    "ole": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
}
_SUFFIXES = {".gz": "gzip", ".zst": "zstandard", ".zip": "zip"}


@dataclass(frozen=True)
class Contents:
    """The documents of a file: one, or the entries of a zip in the order of their names.

    Attributes:
        documents: decompressed bytes, with the name's ending (lower case, such as `.csv`) as a hint.
        names: of the documents, the nearest first: of the entry of a zip and of the file, or of the file alone.
        sha256: of all decompressed bytes in that order, when it is known already.
        size: their number.
    """

    documents: tuple[tuple[Source, str], ...]
    sha256: str | None
    size: int
    names: tuple[tuple[str, ...], ...]

    def told(self, entry: EntryReader | None) -> tuple[str | None, ...]:
        """What the names of each document say of its records: the nearest that says something."""
        if entry is None:
            return ()
        return tuple(next((word for name in names if (word := entry(name)) is not None), None) for names in self.names)

    def content(self, entry: EntryReader | None, sha256: str) -> str:
        """SHA-256 that names what is delivered, as `content_of` has it; `sha256` is of all decompressed bytes."""
        return content_of(sha256, self.told(entry), [source.size for source, _ in self.documents])


def content_of(sha256: str, told: Sequence[str | None], sizes: Sequence[int]) -> str:
    """SHA-256 that names what is delivered: of the bytes, and where names of documents tell of their records, of that, too.

    Args:
        sha256: of all decompressed bytes.
        told: what the name of each document says, None where it says nothing; empty where nobody reads names.
        sizes: bytes of each document.
    """
    if all(word is None for word in told):
        return sha256
    said = json.dumps([sha256, list(zip(told, sizes, strict=True))])
    return hashlib.sha256(said.encode()).hexdigest()


def kind_of(head: bytes) -> str:
    """Name of the container that starts with these bytes; empty for none."""
    for kind, magics in _MAGIC.items():
        if head.startswith(magics):
            return kind
    return ""


def unpack(path: Path, limits: Limits, stack: ExitStack, folder: Path | None = None) -> Contents:
    """Open a file and what is in it; descriptors live as long as `stack`.

    Args:
        path: regular file.
        limits: what decompression may cost.
        stack: closes everything.
        folder: where temporary files go.

    Raises:
        FileRefused: `container.*`.
    """
    file = stack.enter_context(path.open("rb"))
    size = os.fstat(file.fileno()).st_size
    kind = kind_of(os.pread(file.fileno(), 8, 0))
    suffixes = [suffix.lower() for suffix in path.suffixes]
    promised = _SUFFIXES.get(suffixes[-1]) if suffixes else None
    if not kind and promised and size:
        raise FileRefused("container.corrupt", "the file is not what its name says", expected=promised)
    if not kind:
        _check_size(size, limits)
        return Contents(((Source(file.fileno(), 0, size), suffixes[-1] if suffixes else ""),), None, size, ((path.name,),))
    if kind not in _SUFFIXES.values():
        raise FileRefused("container.unsupported", f"{kind} files are not read", expected="plain, .gz, .zst or .zip")
    spool = _Spool(stack.enter_context(_temporary(folder)), limits, compressed=size)
    hint = suffixes[-2] if len(suffixes) > 1 and promised else ""
    with _named_errors(kind):
        if kind == "zip":
            entries = _unzip(file, spool, limits)
            documents = tuple((source, _ending(name)) for name, source in entries)
            return Contents(documents, spool.digest.hexdigest(), spool.size, tuple((name, path.name) for name, _ in entries))
        return Contents(((_inflate(kind, file, spool), hint),), spool.digest.hexdigest(), spool.size, ((path.name,),))


def temporary(folder: Path | None = None) -> IO[bytes]:
    """An anonymous temporary file."""
    return _temporary(folder)


def _temporary(folder: Path | None) -> IO[bytes]:
    return cast("IO[bytes]", tempfile.TemporaryFile(dir=folder, buffering=0))


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.max_file_bytes:
        raise FileRefused(
            "container.too_large",
            "the file is larger than the limit",
            expected=f"at most {limits.max_file_bytes} bytes",
            next_step="raise limits.max_file_bytes if the file is right",
        )


class _Spool:
    """Where decompressed bytes go, counted and hashed on the way."""

    def __init__(self, file: IO[bytes], limits: Limits, compressed: int) -> None:
        self._file, self._limits, self._compressed = file, limits, max(compressed, 1)
        self.digest, self.size = hashlib.sha256(), 0

    def take(self, chunks: Iterator[bytes]) -> Source:
        """Store one document."""
        begin = self.size
        for chunk in chunks:
            if self.size == begin and kind_of(chunk):
                raise FileRefused("container.nested", "an archive inside an archive")
            self.size += len(chunk)
            _check_size(self.size, self._limits)
            if self.size > _RATIO_FROM and self.size > self._limits.max_ratio * self._compressed:
                raise FileRefused(
                    "container.ratio",
                    "the file unpacks to far more than any export does",
                    expected=f"a ratio of at most {self._limits.max_ratio:g}",
                    next_step="raise limits.max_ratio if the file is right",
                )
            self.digest.update(chunk)
            put_whole(self._file, chunk)
        return Source(self._file.fileno(), begin, self.size - begin)


class _named_errors:  # noqa: N801 - reads as a statement
    """Turns what the libraries raise on broken archives into refusals that name the rule."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, FileRefused):
            return
        if isinstance(error, EOFError) or (isinstance(error, OSError) and "Truncated" in str(error)):
            raise FileRefused("container.truncated", f"the {self._kind} file ends too early") from None
        broken = (zlib.error, zipfile.BadZipFile, NotImplementedError, pa.ArrowInvalid, ValueError, MemoryError)
        if isinstance(error, broken) or (isinstance(error, OSError) and error.errno is None):
            raise FileRefused("container.corrupt", f"the {self._kind} file is damaged") from None


def _inflate(kind: str, file: BinaryIO, spool: _Spool) -> Source:
    return spool.take(_gzip(file) if kind == "gzip" else _zstandard(file))


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    """Members of a gzip file, one after another; zero bytes behind the last one are padding."""
    data, members = file.read(CHUNK), 0
    while data.rstrip(b"\0"):
        inflater = zlib.decompressobj(wbits=31)
        while not inflater.eof:
            piece = inflater.decompress(data, CHUNK)
            if piece:
                yield piece
            elif not data:
                raise EOFError
            data = inflater.unconsumed_tail
            if not data and not inflater.eof:
                data = file.read(CHUNK)
        members += 1
        data = inflater.unused_data or file.read(CHUNK)
    if not members:
        raise EOFError


def _zstandard(file: BinaryIO) -> Iterator[bytes]:
    with pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd") as stream:
        while piece := stream.read(CHUNK):
            yield piece


class _BoundedReader(io.BufferedReader):
    """Refuses single reads so large that only a forged directory of a zip would ask for them."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:  # to the end of the file: how the end record is read
            here = self.tell()
            size = self.seek(0, os.SEEK_END) - here
            self.seek(here)
        if size > self.most:
            raise FileRefused("container.entries", "the zip's directory is larger than the limit")
        return super().read(size)


def _unzip(file: BinaryIO, spool: _Spool, limits: Limits) -> list[tuple[str, Source]]:
    reader = _BoundedReader(cast("io.RawIOBase", io.FileIO(os.dup(file.fileno()), "rb")))
    reader.most = max(limits.max_entries * _DIRECTORY_BYTES_AN_ENTRY, 2 * CHUNK)
    with reader, zipfile.ZipFile(reader) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not is_clutter(entry.filename)]
        if len(archive.infolist()) > limits.max_entries:
            raise FileRefused("container.entries", "the zip has too many entries", expected=f"at most {limits.max_entries}")
        if any(entry.filename.lower() == "[content_types].xml" for entry in entries):
            raise FileRefused("container.unsupported", "spreadsheets are not read", expected="a CSV export")
        if any(entry.flag_bits & 1 for entry in entries):
            raise FileRefused("container.encrypted", "the zip is encrypted")
        return [(entry.filename, _entry(archive, entry, spool)) for entry in sorted(entries, key=lambda entry: entry.filename)]


def is_clutter(name: str) -> bool:
    return name.startswith(_NOT_DATA[0]) or name.rsplit("/", 1)[-1] == _NOT_DATA[1]


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, spool: _Spool) -> Source:
    with archive.open(entry) as opened:
        read: Callable[[int], Any] = opened.read
        return spool.take(iter(lambda: read(CHUNK), b""))


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name inside the archive, not a path
