"""How commands speak: tables for people, JSON for machines, errors that say what to do next."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cx_pipeline.extract.delivery import printable

_WIDE = 140  # where no terminal says how wide it is
_LEAST_OF_A_COLUMN = 7  # characters, its lines and margins included
_MOST_OF_A_CELL = 2_000  # characters; lines of a cell fold
out = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _WIDE)


def show(value: object) -> str:
    """A cell for people: one line, no control characters."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return printable(str(value), _MOST_OF_A_CELL)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[str] = ()) -> None:
    """Print rows; columns named in `numbers` stand at the right."""
    right = set(numbers)
    shown = [[show(cell) for cell in row] for row in rows]
    whole = _ids_that_fit(columns, shown)
    made = Table(header_style="bold")
    for column in columns:
        made.add_column(escape(column), justify="right" if column in right else "left", overflow="fold", no_wrap=column in whole)
    for row in shown:
        made.add_row(*map(escape, row))
    out.print(f"[bold]{escape(title)}[/]")  # by itself: as the table's own it would be broken at the table's width
    out.print(made)


def _ids_that_fit(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> set[str]:
    """Columns of ids, which are there to be copied and so stay on one line; none where all of them together leave no room."""
    ids = {place: column for place, column in enumerate(columns) if column.endswith("_id")}
    room = sum(max((len(row[place]) for row in rows), default=0) for place in ids)
    return set(ids.values()) if room + _LEAST_OF_A_COLUMN * len(columns) <= out.width else set()


def emit(value: Mapping[str, object] | Sequence[object]) -> None:
    """Print JSON on standard output."""
    json.dump(value, sys.stdout, default=_plain, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)


def masked(value: str | None) -> str | None:
    """The shape of a value in place of the value: letters as a, digits as 9, the rest as it is; at most 40 characters."""
    if value is None:
        return None
    shape = "".join("a" if char.isalpha() else "9" if char.isdigit() else char for char in value[:40])
    return shape + ("…" if len(value) > 40 else "")
