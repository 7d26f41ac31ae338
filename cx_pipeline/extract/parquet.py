"""Parquet as all-text records: what is nested becomes JSON text."""

from __future__ import annotations

import os
from collections.abc import Iterator

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from cx_pipeline.extract.delimited_header import unique_names
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.part import Document, Part, Tally
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.extract.source import Source
from cx_pipeline.settings.reading import MIB, Limits

_MAGIC = b"PAR1"
_NO_ROW_GROUP_LARGER_BYTES = 2048 * MIB


class _File:
    """The least of a binary file that Arrow needs, over a source."""

    def __init__(self, source: Source) -> None:
        self._source, self._at = source, 0
        self.closed = False

    def read(self, count: int = -1) -> bytes:
        data = self._source.read(self._at, self._source.size if count < 0 else count)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._source.size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def flush(self) -> None:
        return None

    def close(self) -> None:
        self.closed = True


def is_parquet(source: Source) -> bool:
    return source.size > 8 and source.read(0, 4) == _MAGIC


def open_parquet(source: Source, options: ReadOptions, limits: Limits) -> Document:
    """Read the schema.

    Raises:
        FileRefused: `container.corrupt`, `container.too_large` (declared), `limit.columns`.
    """
    try:
        file = pq.ParquetFile(pa.PythonFile(_File(source), mode="r"))
    except (pa.ArrowException, OSError):
        raise FileRefused("container.corrupt", "the Parquet file is damaged") from None
    metadata = file.metadata
    if len(file.schema_arrow) > limits.max_columns:
        raise FileRefused("limit.columns", "the file has too many columns", expected=f"at most {limits.max_columns}")
    declared = [metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)]
    if sum(declared) > limits.max_file_bytes or max(declared, default=0) > _NO_ROW_GROUP_LARGER_BYTES:
        raise FileRefused("container.too_large", "the Parquet file declares more data than the limit")
    names, renamed = unique_names(list(file.schema_arrow.names))

    def read(tally: Tally) -> Iterator[Part]:
        rows = min(options.batch_rows, 65_536)
        try:
            for batch in file.iter_batches(batch_size=rows):
                table = pa.Table.from_batches([batch]).rename_columns(list(names))
                frame = pl.from_arrow(table)
                assert isinstance(frame, pl.DataFrame)
                yield Part([_numbered(frame, tally)], [], batch.nbytes)
        except (pa.ArrowException, OSError):
            raise FileRefused("container.corrupt", "the Parquet file is damaged") from None

    return Document("parquet", columns=list(names), renamed=list(renamed), read=read)


def _numbered(frame: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    first = tally.record + 1
    tally.record += frame.height
    number = pl.int_range(first, first + frame.height, dtype=pl.Int64)
    columns = [_text(name, dtype) for name, dtype in frame.schema.items()]
    return frame.select(number.alias("_record"), number.alias("_line"), *columns)


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Struct):
        return pl.when(column.is_not_null()).then(column.struct.json_encode()).alias(name)
    if isinstance(dtype, pl.List | pl.Array):
        wrapped = pl.struct(column.alias("value")).struct.json_encode()
        return pl.when(column.is_not_null()).then(wrapped.str.slice(9).str.head(-1)).alias(name)
    if dtype == pl.Binary:
        return column.bin.encode("hex").alias(name)
    return column.cast(pl.String).replace("", None)
