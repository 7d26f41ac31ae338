"""Into what batches a clean table is cut on its way into the published file, by what its texts will cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from cx_pipeline.privacy.searched import Searched
from cx_pipeline.stages.last_pass import last_pass

_TEXTS_AT_ONCE, _MOST_ROWS = 50_000, 400_000
_PLAIN_ROWS = 150_000  # of a table without texts, where many together save next to nothing
_BYTES_AT_ONCE, _MOST_BYTES = 16 << 20, 40 << 20  # of texts, and of all columns, as the file holds them


def batches(
    parquet: Path, form: Callable[[pl.LazyFrame], pl.LazyFrame], known: Searched | None, texts: Sequence[str] = ()
) -> list[Callable[[], pl.DataFrame]]:
    """The making of the published form of a clean table, so many rows at a time; none where there is no such table.

    Looking at a handful of texts costs nearly as much as looking at thousands: the fewer there are, the more rows go together,
    and the longer they are, the fewer; and the fewer, the wider the table is.
    """
    if not parquet.exists():
        return []
    rows = pl.scan_parquet(parquet, glob=False)

    def batch(start: int) -> pl.DataFrame:
        return last_pass(form(rows.slice(start, at_once).collect().lazy()).collect(), known)

    held = pq.read_metadata(parquet)
    said, size = _told(held, texts)
    at_once = max(_TEXTS_AT_ONCE, min(_MOST_ROWS, _TEXTS_AT_ONCE * held.num_rows // said)) if said else _PLAIN_ROWS
    whole = sum(held.row_group(group).total_byte_size for group in range(held.num_row_groups))
    for most, bytes_held in ((_BYTES_AT_ONCE, size), (_MOST_BYTES, whole)):
        at_once = max(1, min(at_once, most * held.num_rows // max(bytes_held, 1)))
    return [partial(batch, start) for start in range(0, held.num_rows, at_once)]


def _told(held: pq.FileMetaData, texts: Sequence[str]) -> tuple[int, int]:
    """How many rows at most say something in one of some columns, and the bytes of all they say, as the file's footer has it."""
    columns = [held.row_group(group).column(place) for group in range(held.num_row_groups) for place in range(held.num_columns)]
    own = [column for column in columns if column.path_in_schema in texts]
    filled = Counter[str]()
    for column in own:
        counted = column.statistics is not None and column.statistics.has_null_count
        filled[column.path_in_schema] += column.num_values - (column.statistics.null_count if counted else 0)
    return max(filled.values(), default=0), sum(column.total_uncompressed_size for column in own)
