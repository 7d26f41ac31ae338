"""One tool's folder of one night: writes files and has the truth of each noted in the same breath."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cx_pipeline.synth import encode, files, layouts
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.encode import Dialect
from cx_pipeline.synth.layouts import Layout, parts
from cx_pipeline.synth.records import nothing
from cx_pipeline.synth.truth import TruthBook

REPEATED = 3
"""How many records of a page the next one repeats."""


@dataclass(frozen=True)
class Delivery:
    """`<out>/<date>/<source>/`. Every method writes one file; records are frames of `records.COLUMNS`."""

    out: Path
    day: str
    source: str
    night: int
    book: TruthBook

    def name(self, file: str) -> str:
        return f"{self.day}/{self.source}/{file}"

    def path(self, file: str) -> Path:
        return self.out / self.name(file)

    def on(self, day: date, night: int) -> Delivery:
        """The same tool's folder of another night."""
        return Delivery(self.out, day.isoformat(), self.source, night, self.book)

    def lines(self, export: str, file: str, records: pl.DataFrame, **notes: Any) -> None:
        """NDJSON: one record a line."""
        self.json(export, file, records, layouts.ndjson, **notes)

    def json(self, export: str, file: str, records: pl.DataFrame, layout: Layout, **notes: Any) -> None:
        """JSON records in one of the layouts."""
        self._write(export, file, records, layout(records), notes)

    def pages(self, export: str, file: str, records: pl.DataFrame, page: ApiPage, **notes: Any) -> None:
        """Incremental API pages, one behind the other; each repeats the last records of the one before."""
        places = page.places(len(records))
        order = np.concatenate(places) if places else np.arange(0)
        repeats = {"overlapping_window": len(order) - len(records)} if len(order) > len(records) else {}
        traps = {**notes.pop("traps", {}), **repeats}
        self._write(export, file, records[order], page.chunks(records, places), {**notes, "traps": traps, "pages": len(places)})

    def table(
        self,
        export: str,
        file: str,
        header: Sequence[str],
        records: pl.DataFrame,
        /,
        *,
        dialect: Dialect = encode.VENDOR,
        below: Sequence[Sequence[str]] = (),
        **notes: Any,
    ) -> None:
        """A delimited file with a header row and those `below` it; `cut_bytes` among the notes are missing at its end."""
        encoded = _encoded(_rows([header, *below], records, dialect), dialect, notes.get("cut_bytes", 0))
        self._write(export, file, records, encoded, {**notes, "encoding": dialect.encoding})

    def archive(
        self, export: str, file: str, documents: Mapping[str, tuple[Sequence[str], pl.DataFrame]], dialect: Dialect, **notes: Any
    ) -> None:
        """A zip of several delimited files: header row and records of each by its name."""
        tables = {name: _encoded(_rows([header], records, dialect), dialect, 0) for name, (header, records) in documents.items()}
        files.write_archive(self.path(file), tables)
        # The documents of a zip are read in the order of their names.
        every = pl.concat([nothing(), *(records for _, (_, records) in sorted(documents.items()))])
        self.book.file(self.name(file), export, self.night, every, {**notes, "encoding": dialect.encoding})

    def empty(self, export: str, file: str) -> None:
        """A file of no bytes."""
        self._write(export, file, nothing(), iter(()), {"skipped": "empty", "traps": {"empty_file": 1}})

    def again(self, export: str, earlier: Path, file: str, records: pl.DataFrame) -> None:
        """The bytes of an earlier file under another name."""
        target = self.path(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(earlier, target)
        notes = {"same_bytes_as": earlier.relative_to(self.out).as_posix(), "traps": {"same_file_again": 1}}
        self.book.file(self.name(file), export, self.night, records, notes)

    def _write(self, export: str, file: str, records: pl.DataFrame, chunks: Iterator[bytes], notes: Mapping[str, Any]) -> None:
        files.write(self.path(file), chunks)
        self.book.file(self.name(file), export, self.night, records, notes)


@dataclass(frozen=True)
class ApiPage:
    """The envelope around records in an incremental API answer."""

    key: str
    size: int
    clock: str
    url: str
    sideload: bytes = b""

    def places(self, count: int) -> list[Ints]:
        """Which records each page holds, in order."""
        starts = range(0, count, self.size)
        return [np.arange(max(0, start - (REPEATED if start else 0)), min(count, start + self.size)) for start in starts]

    def chunks(self, records: pl.DataFrame, places: Sequence[Ints]) -> Iterator[bytes]:
        """One page a chunk, a line end behind it; what is side-loaded goes into the first."""
        for at, rows in enumerate(places):
            part = records[rows]
            end = int(part[self.clock].to_numpy().max())
            last = at == len(places) - 1
            link = "null" if last else f'"{self.url}?start_time={end}"'
            side = b',"users":[' + self.sideload + b"]" if self.sideload and at == 0 else b""
            tail = f',"next_page":{link},"count":{len(rows)},"end_of_stream":{str(last).lower()},"end_time":{end}}}\n'
            yield b'{"%s":[' % self.key.encode() + files.glued(part["text"], ",")[:-1] + b"]" + side + tail.encode()


def _rows(headers: Sequence[Sequence[str]], records: pl.DataFrame, dialect: Dialect) -> Iterator[bytes]:
    """Header rows, then the records."""
    for names in headers:
        yield encode.csv_line(names, dialect.delimiter).encode() + dialect.newline.encode()
    for part in parts(records):
        yield files.glued(part["text"], dialect.newline)


def _encoded(chunks: Iterator[bytes], dialect: Dialect, cut: int) -> Iterator[bytes]:
    """UTF-8 chunks in the dialect's encoding; the byte order mark only once."""
    if dialect.encoding == "utf-8":
        yield from _shortened(chunks, cut)
    elif dialect.encoding == "utf-8-sig":
        yield b"\xef\xbb\xbf"
        yield from _shortened(chunks, cut)
    elif dialect.encoding == "utf-16":
        yield b"\xff\xfe"
        yield from _shortened((chunk.decode().encode("utf-16-le") for chunk in chunks), cut)
    else:
        yield from _shortened((chunk.decode().encode(dialect.encoding) for chunk in chunks), cut)


def _shortened(chunks: Iterator[bytes], cut: int) -> Iterator[bytes]:
    if not cut:
        yield from chunks
        return
    whole = b"".join(chunks)
    yield whole[:-cut]
