"""What commands show of a scrubbed row where values are not asked for: as they are where they tell of nobody, else their shape.

A time, a number, a word of a closed vocabulary and an id that is a code tell of nobody. All other text may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from cx_pipeline.commands import console
from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.column import Column
from cx_pipeline.privacy.withhold import is_plain_id

_CODE = re.compile(r"[A-Za-z0-9_.:#-]*[0-9][A-Za-z0-9_.:#-]*")
_OWN = frozenset({"row_id", "delivery_id", "source_system", "source_entity"})  # of every row, whatever its table


def cells(table: str, row: Mapping[str, object], *, show_values: bool) -> dict[str, object]:
    """A row of a canonical table as it lies in the lake, without what is null and what is the row's own book-keeping."""
    # What only decides who is who, birthdays among it, is never published.
    columns = {} if tables()[table].internal else {column.lake_name: column for column in tables()[table].columns}
    return {
        name: value if show_values or _tells_of_nobody(name, columns.get(name), value) else console.masked(str(value))
        for name, value in row.items()
        if value is not None and not name.startswith("_")
    }


def _tells_of_nobody(name: str, column: Column | None, value: object) -> bool:
    if name in _OWN or isinstance(value, bool):
        return True
    if column is None or column.secret is not None:
        return False
    if not isinstance(value, str):
        return not column.dtype.is_nested()
    if column.words:
        return value in column.words
    return is_plain_id(column) and _CODE.fullmatch(value) is not None


def upright(table: str, rows: pl.DataFrame, *, show_values: bool) -> tuple[list[str], list[list[object]]]:
    """Columns of a table that say something, and what each row says there: a column is a line, as there are many of them."""
    told = [cells(table, row, show_values=show_values) for row in rows.to_dicts()]
    names = list(dict.fromkeys(name for row in told for name in row))
    return names, [[row.get(name) for row in told] for name in names]
