"""A delivered file written anew without some of its records, every other record keeping its number and its text.

A record leaves a file by a blank one in its place, in the file's own format: an empty row, `{}`, a row of nulls. The new file
is read back with the same reader before it takes the old one's place; where anything else would have changed, it does not.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from cx_pipeline.extract import container, encoding
from cx_pipeline.extract.document import open_document
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.part import Document, Tally
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.extract.source import Source
from cx_pipeline.scrub.content import content_key
from cx_pipeline.settings.reading import Limits
from cx_pipeline.stages.forgetting import raw_delimited, raw_json, raw_parquet
from cx_pipeline.stages.forgetting.blanking import Blanks
from cx_pipeline.warehouse import durable

_PRIVATE = ("_record", "_line")


class Rewritten(NamedTuple):
    """What was done to a file: SHA-256 of its decompressed bytes before and after, and values blanked in what stays."""

    before: str
    after: str
    blanked: int


class CannotRewriteError(Exception):
    """The file cannot be read or written, or not written anew without changing other records; it stays as it was."""


class Place(NamedTuple):
    """Where a record stands in its document."""

    record: int
    line: int


class _Read(NamedTuple):
    """A document as the reader has it: what it is, where its records are, and what each of them says."""

    document: Document
    places: list[Place]
    said: dict[int, str]


def content_of(path: Path, options: ReadOptions, limits: Limits) -> str:
    """SHA-256 of what a file holds, as the reader tells it.

    Raises:
        CannotRewriteError: it cannot be opened.
    """
    with _refusal("read"), ExitStack() as stack:
        contents = container.unpack(path, limits, stack)
        return _content(contents, options)


def _content(contents: container.Contents, options: ReadOptions) -> str:
    return contents.content(options.entry, contents.sha256 or contents.documents[0][0].digest())


def holds(path: Path, blanks: Blanks, limits: Limits) -> bool:
    """Whether anything that is to be blanked may stand in a file.

    Raises:
        CannotRewriteError: it cannot be opened.
    """
    if not blanks:
        return False
    with _refusal("read"), ExitStack() as stack:
        for source, _ in container.unpack(path, limits, stack).documents:
            data = source.read(0, source.size)
            if data.startswith(b"PAR1") or blanks.found_in(data.replace(b"\0", b"")):
                return True
    return False


def rewrite(
    path: Path,
    numbers: Collection[int],
    blanks: Blanks,
    options: ReadOptions,
    limits: Limits,
    begun: Callable[[str], None] = lambda _: None,
) -> Rewritten:
    """Write a delivered file without some records.

    Args:
        path: of the file.
        numbers: of the records that leave.
        blanks: what is blanked in the others.
        options: how the export's files are read.
        limits: what reading may cost.
        begun: told the new SHA-256 before the new file takes the old one's place.

    Raises:
        CannotRewriteError: nothing was changed.
    """
    gone = set(numbers)
    with _refusal("read"), ExitStack() as stack:
        contents = container.unpack(path, limits, stack, options.temporary)
        before = _content(contents, options)
        tally, pieces, blanked = Tally(), [], 0
        for source, ending in contents.documents:
            made, count = _document(source, ending, gone, blanks, options, limits, tally)
            pieces.append(made)
            blanked += count
    plain = hashlib.sha256(b"".join(pieces)).hexdigest()
    after = container.content_of(plain, contents.told(options.entry), [len(piece) for piece in pieces])
    if after == before:
        return Rewritten(before, after, 0)
    _replace(path, pieces, blanks, lambda: begun(after))
    return Rewritten(before, after, blanked)


def blank(path: Path, blanks: Blanks, limits: Limits) -> int:
    """Blank values in a file of any kind that is read by no export; how many there were.

    Raises:
        CannotRewriteError: it cannot be opened, or not be written; nothing was changed.
    """
    with _refusal("read"), ExitStack() as stack:
        contents = container.unpack(path, limits, stack)
        made = [_blanked_bytes(source.read(0, source.size), encoding.detect(source), blanks) for source, _ in contents.documents]
    total = sum(count for _, count in made)
    if total:
        _replace(path, [data for data, _ in made], blanks)
    return total


@contextmanager
def _refusal(done: str) -> Iterator[None]:
    """What the reader or the machine refuses, as a refusal of this one file."""
    try:
        yield
    except FileRefused as error:
        raise CannotRewriteError(error.rule or "unreadable") from None
    except OSError as error:
        raise CannotRewriteError(f"cannot be {done}: {error.strerror or type(error).__name__}") from None


def _replace(path: Path, documents: list[bytes], blanks: Blanks, begun: Callable[[], None] = lambda: None) -> None:
    """Put the documents into the file's place in one step."""
    aside = path.with_name(f".{os.getpid()}.tmp")  # short: a name may be as long as the file system lets it
    try:
        with _refusal("written"):
            _write(aside, _wrapped(path, documents, blanks), path.stat().st_mode & 0o777)
        begun()
        with _refusal("written"):
            os.replace(aside, path)  # noqa: PTH105  # the one step
        durable.sync(path.parent)
    finally:
        with suppress(OSError):
            aside.unlink()


def _document(
    source: Source, ending: str, gone: set[int], blanks: Blanks, options: ReadOptions, limits: Limits, tally: Tally
) -> tuple[bytes, int]:
    """One document without the records, and how many values were blanked in the others."""
    first = tally.record
    read = _read(source, ending, options, limits, tally, blanks)
    if read is None:
        return source.read(0, source.size), 0
    mine = {number for number in gone if first < number <= tally.record}
    data = source.read(0, source.size)
    if read.document.format == "parquet":
        made, count = raw_parquet.without(data, {number - first - 1 for number in mine}, blanks)
        candidates: Iterator[tuple[bytes, int]] = iter([(made, count)])
    else:
        candidates = _text_candidates(data, source, read, mine, blanks)
    for made, count in candidates:
        if _is_same(made, ending, first, read, mine, options, limits):
            return made, count
    raise CannotRewriteError(f"{read.document.format}: other records would have changed")


def _text_candidates(data: bytes, source: Source, read: _Read, mine: set[int], blanks: Blanks) -> Iterator[tuple[bytes, int]]:
    """Ways to cut the records out, the likeliest first, in the file's own encoding."""
    found = encoding.detect(source)
    mark, body = data[: found.mark], data[found.mark :]
    wide = found.name.startswith(("utf-16", "utf-32"))
    text = body.decode(found.name, "surrogatepass").encode("utf-8", "surrogatepass") if wide else body
    document = read.document
    if document.format == "csv":
        cut = raw_delimited.without(text, document, [place.record for place in read.places], [p.line for p in read.places], mine)
    else:
        cut = raw_json.without(text, document, [place.record for place in read.places], [p.line for p in read.places], mine)
    for made in cut:
        is_json = document.format != "csv"
        clean, count = blanks.in_json(made) if is_json else blanks.in_bytes(made)
        back = clean.decode("utf-8", "surrogatepass").encode(found.name, "surrogatepass") if wide else clean
        yield mark + back, count


def _read(source: Source, ending: str, options: ReadOptions, limits: Limits, tally: Tally, blanks: Blanks) -> _Read | None:
    """Every record of a document with what it says once the values are blanked; None where it holds none."""
    with ExitStack() as stack:
        document = open_document(source, ending, options, limits, stack)
        if document.format == "empty":
            return None
        places: list[Place] = []
        said: dict[int, str] = {}
        for part in document.read(tally):
            for frame in part.frames:
                clean, _ = blanks.in_frame(frame, is_json=document.format not in ("csv", "parquet"))
                names = [name for name in clean.columns if name not in _PRIVATE]
                keyed = clean.select("_record", "_line", content_key(clean, names).alias("key"))
                places += [Place(record, line) for record, line in keyed.select("_record", "_line").iter_rows()]
                said.update(keyed.select("_record", "key").iter_rows())
            for reject in part.rejects:
                places.append(Place(reject.record, reject.line))
                blanked = blanks.in_bytes if document.format == "csv" else blanks.in_json
                said[reject.record] = f"{reject.rule}: {blanked(reject.raw.encode())[0].decode()}"
        return _Read(document, sorted(places), said)


def _is_same(made: bytes, ending: str, first: int, before: _Read, mine: set[int], options: ReadOptions, limits: Limits) -> bool:
    """Whether the new document reads as the old one did, but for the records that left, which say nothing now."""
    with container.temporary(options.temporary) as spool:
        spool.write(made)
        source = Source(spool.fileno(), 0, len(made))
        tally = Tally(record=first)
        try:
            after = _read(source, ending, options, limits, tally, Blanks([], []))
        except FileRefused:
            return False
    if after is None or after.said.keys() != before.said.keys():
        return False
    if any(after.said[number] != told for number, told in before.said.items() if number not in mine):
        return False
    lines = dict(before.places)
    return all(lines[number] == line for number, line in after.places if number not in mine)


def _blanked_bytes(data: bytes, found: encoding.Encoding, blanks: Blanks) -> tuple[bytes, int]:
    if not found.name.startswith(("utf-16", "utf-32")):
        return blanks.in_bytes(data)
    mark, body = data[: found.mark], data[found.mark :]
    text, count = blanks.in_bytes(body.decode(found.name, "replace").encode())
    return mark + text.decode().encode(found.name), count


def _wrapped(path: Path, documents: list[bytes], blanks: Blanks) -> bytes:
    """The documents in the container that the file has now."""
    with path.open("rb") as file:
        kind = container.kind_of(file.read(8))
    if kind == "gzip":
        return gzip.compress(documents[0], mtime=0)
    if kind == "zstandard":
        packed = pa.compress(documents[0], codec="zstd", asbytes=True)
        assert isinstance(packed, bytes)
        return packed
    return _zipped(path, documents, blanks) if kind == "zip" else documents[0]


def _zipped(path: Path, documents: list[bytes], blanks: Blanks) -> bytes:
    """All entries in their order, with their dates and methods; those that hold records are the new documents."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        held = sorted(name for name in old.namelist() if not name.endswith("/") and not container.is_clutter(name))
        fresh = dict(zip(held, documents, strict=True))
        for entry in old.infolist():
            kept = fresh[entry.filename] if entry.filename in fresh else blanks.in_bytes(old.read(entry))[0]
            copied = zipfile.ZipInfo(entry.filename, entry.date_time)
            copied.compress_type, copied.external_attr = entry.compress_type, entry.external_attr
            new.writestr(copied, kept)
    return made.getvalue()


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    path.chmod(mode)
