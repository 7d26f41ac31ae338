"""The ways JSON records follow each other in a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import polars as pl

from cx_pipeline.synth import files

ROWS_A_CHUNK = 20_000


def parts(records: pl.DataFrame, size: int = ROWS_A_CHUNK) -> Iterator[pl.DataFrame]:
    """So many records at a time."""
    return (records.slice(start, size) for start in range(0, len(records), size))


class Layout(Protocol):
    """Records, as in `records.COLUMNS`, to the bytes of a file."""

    def __call__(self, records: pl.DataFrame, /) -> Iterator[bytes]: ...


def ndjson(records: pl.DataFrame) -> Iterator[bytes]:
    """One record a line."""
    return (files.glued(part["text"], "\n") for part in parts(records))


def back_to_back(records: pl.DataFrame) -> Iterator[bytes]:
    """One record right behind the other, nothing between them, as a stream writes them."""
    return (files.glued(part["text"], "") for part in parts(records))


def array(records: pl.DataFrame) -> Iterator[bytes]:
    """One JSON array, a record a line."""
    yield b"["
    for at, part in enumerate(parts(records)):
        yield (b",\n" if at else b"\n") + files.glued(part["text"], ",\n")[:-2]
    yield b"\n]\n"


def answers(key: str, size: int) -> Layout:
    """API answers one behind the other, a line each, that hold nothing but the records under `key`."""

    def written(records: pl.DataFrame) -> Iterator[bytes]:
        for part in parts(records, size):
            yield f'{{"{key}":['.encode() + files.glued(part["text"], ",")[:-1] + b"]}\n"

    return written


def pages(key: str, size: int) -> Layout:
    """API answers one behind the other, a line each: the records under `key`, and a token where there are more."""

    def written(records: pl.DataFrame) -> Iterator[bytes]:
        last = (len(records) - 1) // size
        for at, part in enumerate(parts(records, size)):
            token = "" if at == last else f',"NextToken":"page-{at + 2}"'
            yield f'{{"{key}":['.encode() + files.glued(part["text"], ",")[:-1] + f"]{token}}}\n".encode()

    return written


def listed(key: str, size: int, before: str = "", behind: str = "", close: str = "") -> Layout:
    """API answers one behind the other, a line each: the records under `key`, so many an answer, and what is around them.

    Args:
        before: members of the answer in front of the records, such as `"type":"list",`.
        behind: members behind them, such as `,"total_count":{total}`. `{page}`, `{pages}`, `{start}` and `{total}` stand for
            the number of the answer from 1 on, how many there are, the records before it, and all records.
        close: brackets behind that `before` opened.
    """

    def written(records: pl.DataFrame) -> Iterator[bytes]:
        pages = (len(records) - 1) // size + 1
        for at, part in enumerate(parts(records, size)):
            known = {"{page}": at + 1, "{pages}": pages, "{start}": at * size, "{total}": len(records)}
            ends = [before, behind]
            for name, value in known.items():
                ends = [text.replace(name, str(value)) for text in ends]
            answer = f'{{{ends[0]}"{key}":['.encode() + files.glued(part["text"], ",")[:-1] + f"]{ends[1]}{close}}}\n".encode()
            yield answer

    return written
