"""A search for what is left of a person, in every file there is, decompressed: written apart from what removes it, on purpose.

Identifiers are looked for in every spelling that people and tools give them, byte by byte; ids and record keys as whole cells of
tables. What the search finds is named by file and count, never by value.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import phonenumbers
import polars as pl
import pyarrow as pa

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.extract import container
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.settings.reading import Limits
from cx_pipeline.warehouse.catalog import relations
from cx_pipeline.warehouse.quoting import qualified
from cx_pipeline.warehouse.reader import CATALOG, open_read_only

_ROWS_AT_ONCE = 50_000
_NUMBER_CHARS = b"0123456789"
_MAIL_CHARS = b"abcdefghijklmnopqrstuvwxyz0123456789._%+-"
_ESCAPES = (b"\\n", b"\\r", b"\\t", b"\\b", b"\\f")
_BOOKS = frozenset({"row_fates", "ledger"})
_MIDDLE = 64


def spellings(emails: Iterable[str], phones: Iterable[str]) -> list[bytes]:
    """Every way in which an address or a number may stand in a file, lower case."""
    found: set[str] = set()
    for email in emails:
        plain = email.lower()
        found |= {plain, plain.replace("@", "%40"), plain.replace("@", "\\u0040")}
    for phone in phones:
        found |= _numbers(phone)
    return sorted({text.encode() for text in found})


def _numbers(phone: str) -> set[str]:
    """A number in E.164, and as the plan of its country writes it."""
    found = {phone, phone.lstrip("+")}
    try:
        parsed = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return found
    national = str(parsed.national_number)
    if len(national) < 8:
        return found
    international = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    groups = international.split(" ", 1)[-1].replace("-", " ").split()
    at_home = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    found |= {national, at_home, at_home.replace(" ", ""), international.lstrip("+")}
    found |= {mark.join(groups) for mark in (" ", "-", ".", "/")}
    if len(groups) == 3:
        found |= {f"({groups[0]}) {groups[1]}-{groups[2]}", f"({groups[0]}){groups[1]}-{groups[2]}"}
    return {text for text in found if sum(char.isdigit() for char in text) >= 8}


class Search:
    """What is looked for.

    Args:
        spelled: as from `spellings`.
        handles: ids, record keys and row ids, looked for as whole cells of tables.
        limits: what unpacking may cost.
    """

    def __init__(self, spelled: list[bytes], handles: pl.Series, limits: Limits) -> None:
        self._spelled, self._handles, self._limits = spelled, handles, limits

    def file(self, path: Path) -> int:
        """How often anything of the person stands in a file.

        Raises:
            OSError: it cannot be read.
        """
        data = path.read_bytes()
        if data.startswith(b"PAR1"):
            return self.data(data) + self._parquet(path)
        if path.suffix == ".duckdb" or data[8:12] == b"DUCK":
            return self.data(data) + self._database(path)
        total = self.data(data)
        if container.kind_of(data[:8]):
            total += sum(self.data(document) for document in self._documents(path, data))
        return total

    def data(self, data: bytes) -> int:
        """Occurrences in bytes, also of two bytes a character."""
        total = self._count(data.lower())
        if b"\0" in data and self._spelled:
            total += self._count(data.replace(b"\0", b"").lower()) if total == 0 and _is_wide(data) else 0
        return total

    def _count(self, data: bytes) -> int:
        return sum(1 for text in self._spelled for _ in _standing(data, text))

    def _documents(self, path: Path, data: bytes) -> Iterator[bytes]:
        try:
            with ExitStack() as stack:
                for source, _ in container.unpack(path, self._limits, stack).documents:
                    yield source.read(0, source.size)
        except FileRefused:
            yield _as_far_as_it_goes(data)

    def _parquet(self, path: Path) -> int:
        try:
            frame = pl.read_parquet(path, glob=False)
        except pl.exceptions.PolarsError:
            return 0
        is_book = path.name.removeprefix("quality.").removesuffix(".parquet") in _BOOKS
        return sum(self._frame(rows, is_book=is_book) for rows in frame.iter_slices(_ROWS_AT_ONCE))

    def _frame(self, frame: pl.DataFrame, *, is_book: bool) -> int:
        buffer = io.BytesIO()
        frame.select(pl.col(pl.String, pl.List, pl.Struct)).write_ndjson(buffer) if frame.height else None
        total = self.data(buffer.getvalue())
        texts = [name for name, dtype in frame.schema.items() if dtype == pl.String()]
        if texts and not is_book:
            total += sum(int(frame.get_column(name).is_in(self._handles.implode()).sum()) for name in texts)
        return total

    def _database(self, path: Path) -> int:
        try:
            with open_read_only(path) as connection:
                tables = [table for table in relations(connection, CATALOG) if not table.is_view]
                total = 0
                for table in tables:
                    is_book = table.schema == "quality" and table.name in _BOOKS
                    rows = connection.sql(f"SELECT COLUMNS(*)::VARCHAR FROM {qualified(table.schema, table.name)}").pl()
                    total += sum(self._frame(part, is_book=is_book) for part in rows.iter_slices(_ROWS_AT_ONCE))
                return total
        except (duckdb.Error, EnvironmentProblem):
            return 0


def _is_wide(data: bytes) -> bool:
    return data[:_MIDDLE].count(b"\0") * 3 >= min(len(data), _MIDDLE)


def _standing(data: bytes, text: bytes) -> Iterator[int]:
    """Places where a spelling stands by itself, not as a piece of a longer address or number."""
    is_mail = text.translate(None, b"0123456789+().-/ ") != b""
    around = _MAIL_CHARS if is_mail else _NUMBER_CHARS
    at = data.find(text)
    while at >= 0:
        before, after = data[at - 1 : at] if at else b"", data[at + len(text) : at + len(text) + 2]
        escaped = data[max(0, at - 2) : at] in _ESCAPES
        goes_on = after[:1] in {bytes([char]) for char in b"abcdefghijklmnopqrstuvwxyz0123456789-"} if is_mail else None
        ends = not goes_on and not (after[:1] == b"." and after[1:2].isalnum()) if is_mail else after[:1] not in _split(around)
        if (not before or before not in _split(around) or (is_mail and escaped)) and (not after or ends):
            yield at
        at = data.find(text, at + 1)


def _split(chars: bytes) -> set[bytes]:
    return {bytes([char]) for char in chars}


def _as_far_as_it_goes(data: bytes) -> bytes:
    """What can be unpacked of a file that is cut short or damaged."""
    made = bytearray()
    try:
        if data.startswith(b"\x1f\x8b"):
            made += zlib.decompressobj(wbits=31).decompress(data)
        elif data.startswith(b"\x28\xb5\x2f\xfd"):
            with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
                while piece := stream.read(1 << 16):
                    made += piece
    except (zlib.error, OSError, pa.ArrowInvalid):
        return bytes(made)
    return bytes(made)
