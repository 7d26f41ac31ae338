"""The envelopes that API answers put around their records, each in its vendor's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from cx_pipeline.synth import files
from cx_pipeline.synth.layouts import Layout, parts

Paging = Callable[[int, bool], str]
"""Members behind the records, such as `"hasMore":true`, by the number of the page (from 0) and whether it is the last."""


def enveloped(key: str, size: int, paging: Paging) -> Layout:
    """API answers one behind the other, a line each: the records under `key`, then what the vendor says of further pages."""

    def written(records: pl.DataFrame) -> Iterator[bytes]:
        last = (len(records) - 1) // size
        for at, part in enumerate(parts(records, size)):
            yield f'{{"{key}":['.encode() + files.glued(part["text"], ",")[:-1] + f"],{paging(at, at == last)}}}\n".encode()

    return written
