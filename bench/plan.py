"""The plan of the floor: every file of a world, and how it is written, so that the floor spends no time on guessing.

Engines that parse strictly give up on a file, or lose a whole page, where one record is damaged. So that they do all of
the work, and none of the repairing, the floor reads a twin of such a file without its damaged records (in pages: with what
broke them mended); every other file it reads as it is.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.item import NO_DELIMITER, Item
from bench.world import PLAN
from cx_pipeline.extract.delivery import discover
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import FileFacts, open_file
from cx_pipeline.sources.catalogue import recognise
from cx_pipeline.synth import files

_DELIMITER = re.compile(r"delimiter=(\S+)")
_SPELLED_OUT = {"TAB": "\t", "none": NO_DELIMITER}
_ABSENT_VALUE = re.compile(rb'":,')
# Formats where one file, or one page of it, is one JSON text: what breaks a record is mended instead of cut out.
_MENDED = frozenset({"json_pages", "json_array", "json_objects"})


def make_plan(folder: Path) -> None:
    """Write the plan of `folder/raw`, and the twins it needs to `folder/mended`."""
    items = [item for file in discover(folder / "raw").files if (item := _item(file.path, file.source, folder)) is not None]
    (folder / PLAN).write_text(json.dumps([asdict(item) for item in items], indent=1), encoding="utf-8")


def _item(path: Path, source: str, folder: Path) -> Item | None:
    export = recognise(source, path.name)
    if export is None:
        return None
    spans: list[tuple[int, int]] = []
    with open_file(path, ReadOptions(page_keys=export.page_keys, header=export.header)) as reader:
        for batch in reader:
            spans.extend(batch.rejects.select("_line", "_line_end").rows())
        facts = reader.facts
    if facts.format == "empty":
        return None
    delimiter = _DELIMITER.search(facts.dialect)
    return Item(
        path=_readable(path, facts, spans, folder).relative_to(folder).as_posix(),
        export=export.id,
        format=facts.format,
        encoding=facts.encoding,
        delimiter=_SPELLED_OUT.get(delimiter[1], delimiter[1]) if delimiter else ",",
        header_rows=facts.header_rows,
        page_key=_page_key(path, export.page_keys) if facts.format == "json_pages" else "",
        keys=facts.columns,
        records=facts.records if facts.format in _MENDED else facts.records - facts.damaged,
    )


def _readable(path: Path, facts: FileFacts, spans: Iterable[tuple[int, int]], folder: Path) -> Path:
    if not facts.damaged:
        return path
    content = files.unpacked(path)
    mended = _ABSENT_VALUE.sub(b'":null,', content) if facts.format in _MENDED else _without(content, spans, facts.encoding)
    twin = folder / "mended" / path.relative_to(folder / "raw")
    files.write(twin, [mended])
    return twin


def _without(content: bytes, spans: Iterable[tuple[int, int]], encoding: str) -> bytes:
    """The text without some lines, counted from 1, both ends included."""
    codec = encoding.removesuffix("-sig")
    lines = content.decode(codec, "surrogateescape").split("\n")
    gone = {line for first, last in spans for line in range(first, last + 1)}
    kept = "\n".join(line for number, line in enumerate(lines, 1) if number not in gone)
    return kept.encode(codec, "surrogateescape")


def _page_key(path: Path, known: tuple[str, ...]) -> str:
    first: dict[str, Any] = json.loads(files.unpacked(path).split(b"\n", 1)[0].replace(b'":,', b'":null,'))
    return next(key for key in known if key in first)


if __name__ == "__main__":
    make_plan(Path(sys.argv[1]))
