"""One document of a file: which format it is in, and who reads it."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack

from cx_pipeline.extract import container, delimited_document, delimited_straighten, encoding, json_document, parquet
from cx_pipeline.extract.encoding import Encoding
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.part import Document
from cx_pipeline.extract.source import Source
from cx_pipeline.settings.reading import Limits

_JSON_ENDINGS = (".json", ".ndjson", ".jsonl")
_JSON_START = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[\[{\]])")
_SPACE = b" \t\r\n\f\v\0"


def open_document(source: Source, ending: str, options: ReadOptions, limits: Limits, stack: ExitStack) -> Document:
    """Find out what a document is.

    Args:
        source: its bytes as delivered, decompressed.
        ending: of its name, such as `.csv`; a hint where the bytes leave room.
        options, limits: see `open_file`.
        stack: closes temporary files.

    Raises:
        FileRefused: it cannot be read at all.
    """
    if parquet.is_parquet(source):
        return parquet.open_parquet(source, options, limits)
    found = encoding.detect(source)
    text = _as_utf8(source, found, options, stack)
    if _is_blank(text):
        return Document("empty", found.name)
    head = text.read(0, 4096)
    if ending in _JSON_ENDINGS or _JSON_START.match(head):
        return json_document.open_json(text, found, options, limits)
    return delimited_document.open_delimited(_straightened(text, options, stack), found, options, limits)


def _as_utf8(source: Source, found: Encoding, options: ReadOptions, stack: ExitStack) -> Source:
    if found.is_utf8:
        return source.skip(found.mark)
    spool = stack.enter_context(container.temporary(options.temporary))
    encoding.to_utf8(source, found, spool)
    return Source(spool.fileno(), 0, os.fstat(spool.fileno()).st_size)


def _straightened(source: Source, options: ReadOptions, stack: ExitStack) -> Source:
    rewrite = delimited_straighten.crooked(source, options.comparable_columns)
    if rewrite is None:
        return source
    spool = stack.enter_context(container.temporary(options.temporary))
    delimited_straighten.straighten(source, rewrite, spool)
    return Source(spool.fileno(), 0, os.fstat(spool.fileno()).st_size)


def _is_blank(source: Source) -> bool:
    return all(not chunk.strip(_SPACE) for chunk in source.chunks(size=64 * 1024))
