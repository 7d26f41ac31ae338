"""A JSON document: how its records are laid out, and who reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from cx_pipeline.extract.encoding import Encoding
from cx_pipeline.extract.json_check import Checker
from cx_pipeline.extract.json_cursor import Cursor
from cx_pipeline.extract.json_elements import Elements
from cx_pipeline.extract.json_lines import read_lines
from cx_pipeline.extract.json_names import Names
from cx_pipeline.extract.json_pages import Pages, find_page_key
from cx_pipeline.extract.json_rows import Context
from cx_pipeline.extract.json_signature import Signature
from cx_pipeline.extract.json_wrapped import Wrapped, find_wrapped_key
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.part import Document, Part, Tally
from cx_pipeline.extract.source import Source
from cx_pipeline.settings.reading import Limits

_HEAD = 1 << 20
_MOST_LINES = 50


def open_json(source: Source, encoding: Encoding, options: ReadOptions, limits: Limits) -> Document:
    """Find out whether the document is an array, lines, pages, or objects back to back."""
    page_key = _page_key(source, options)
    wrapped_key = "" if page_key else _wrapped_key(source, options)
    layout = "json_pages" if page_key or wrapped_key else _layout(source)
    document = Document(layout, encoding.name)

    def read(tally: Tally) -> Iterator[Part]:
        checker = Checker()
        names = Names(document.columns, document.renamed, limits.max_columns)
        context = Context(names, limits, tally, checker, encoding.is_valid)
        try:
            if page_key:
                yield from Pages(source, context, page_key, options.block_bytes, document.ignored)
            elif wrapped_key:
                yield from Wrapped(source, context, wrapped_key, options.block_bytes)
            elif layout == "ndjson":
                yield from read_lines(source, context, options.block_bytes)
            else:
                yield from _read_elements(source, context, options.block_bytes)
        finally:
            checker.close()

    document.read = read
    return document


def _page_key(source: Source, options: ReadOptions) -> str:
    cursor = Cursor(source)
    first = cursor.peek()
    if first == b"[":
        cursor.move(cursor.position + 1)
        first = cursor.peek()
    return find_page_key(cursor, options.page_keys) if first == b"{" else ""


def _wrapped_key(source: Source, options: ReadOptions) -> str:
    cursor = Cursor(source)
    return find_wrapped_key(cursor, options.page_keys) if cursor.peek(b"[") == b"{" else ""


def _layout(source: Source) -> str:
    """An array by its bracket; lines when most of the first lines are an object each; else objects back to back."""
    cursor = Cursor(source)
    if cursor.peek() == b"[":
        return "json_array"
    head = source.read(0, _HEAD)
    lines = [line.strip(b" \t\r,") for line in head.split(b"\n")]
    if len(head) < source.size:
        lines = lines[:-1]
    lines = [line for line in lines if line][:_MOST_LINES]
    good = sum(_is_object(line) for line in lines)
    single = len(lines) <= 1 and len(head) == source.size
    return "ndjson" if 2 * good >= len(lines) > 0 and not (single and good) else "json_objects"


def _is_object(line: bytes) -> bool:
    if not line.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(line, strict=False), dict)
    except (ValueError, RecursionError):
        return False


def _read_elements(source: Source, context: Context, block: int) -> Iterator[Part]:
    """Arrays and objects at the top of the document, one after another."""
    signature = Signature.learn(source.read(0, _HEAD))
    cursor = Cursor(source)
    while first := cursor.peek(b","):
        is_array = first == b"["
        if is_array:
            cursor.move(cursor.position + 1)
        elements = Elements(source, context, signature, block, position=cursor.position, line=cursor.line, is_array=is_array)
        yield from elements
        cursor.position, cursor.line = elements.position, elements.line
