"""A delimited document: dialect, header, and then its records."""

from __future__ import annotations

from collections.abc import Iterator

from cx_pipeline.extract import delimited_dialect, delimited_header
from cx_pipeline.extract.delimited import DelimitedReader
from cx_pipeline.extract.delimited_block import Table
from cx_pipeline.extract.delimited_tables import FirstTable
from cx_pipeline.extract.encoding import Encoding
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.part import Document, Part, Tally
from cx_pipeline.extract.source import Source
from cx_pipeline.settings.reading import Limits


def open_delimited(source: Source, encoding: Encoding, options: ReadOptions, limits: Limits) -> Document:
    """Find the dialect and read the header.

    Raises:
        FileRefused: `csv.header`, `csv.no_header`, `limit.columns`.
    """
    start = delimited_header.find_start(source)
    samples = delimited_dialect.samples(source, start.position)
    found = delimited_dialect.detect(samples, start.delimiter, options.comparable_columns)
    header = delimited_header.read_columns(source, start.position, found, limits, options)
    before = source.read(0, header.position) + b"\n\n"
    first_line = 1 + found.dialect.count_lines(before, 0, len(before) - 2)
    names = tuple(name.encode() for name in header.written)
    first = FirstTable(found.dialect, header.raws, names, header.digits)
    table = Table(found.dialect, header.names, encoding.is_valid, header.has_spare, first)

    def read(tally: Tally) -> Iterator[Part]:
        records = source.skip(header.position)
        for part in DelimitedReader(records, table, limits, tally, first_line=first_line, block=options.block_bytes):
            if any(header.names[-1] in frame.columns for frame in part.frames):
                document.columns[:] = header.names
                document.renamed[:] = header.renamed
            yield part

    document = Document(
        "csv",
        encoding.name,
        found.dialect.describe(found.ends),
        header.rows,
        header.skipped,
        list(header.names),
        list(header.renamed),
        list(header.labels),
        read=read,
    )
    if header.has_spare:
        spare = document.columns.pop()
        document.renamed = [pair for pair in document.renamed if pair[1] != spare]
    return document
