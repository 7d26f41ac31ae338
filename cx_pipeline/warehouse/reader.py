"""How this project itself opens a published or staged file: read-only, attached, never cached.

`duckdb.connect(path)` keeps one instance a path and process, so a long-lived process would go on seeing the file that was
there first, and a second connection with other settings would be refused. A private in-memory instance that attaches the
file avoids both and always sees the file that is published now.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from cx_pipeline.errors import EnvironmentProblem
from cx_pipeline.warehouse.quoting import identifier, literal
from cx_pipeline.warehouse.spills import spill_folder

CATALOG = "cx"
OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


_ENGINE_MB, _THREAD_MB = 1_000, 250
SPARING_MB = 512
"""For what is read through once: nothing of it is worth keeping, so more memory would make it no faster."""
_MOST_ROOM = 16


def engine_memory(least_mb: int = _ENGINE_MB) -> str:
    """What an engine may hold before it spills; each of its threads needs its own room to sort."""
    return f"{max(least_mb, _THREAD_MB * (os.cpu_count() or 1))}MB"


@contextmanager
def open_read_only(path: Path, *, memory_mb: int = _ENGINE_MB) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose default catalog is the file, read-only; its tables are named `schema.table` as for an analyst.

    Args:
        path: of the file.
        memory_mb: what it may hold of blocks it read and of what it works on; less where everything is read through once.

    Raises:
        EnvironmentProblem: the file is missing, locked by a writer, or not a readable DuckDB file.
    """
    # What does not fit is put beside the file for as long as a query lasts, and never where this process happens to stand.
    room: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": engine_memory(memory_mb),
        "temp_directory": str(spill_folder(path)),
    }
    connection = duckdb.connect(":memory:", config=OFFLINE | room)
    try:
        try:
            connection.execute(f"ATTACH {literal(str(path))} AS {identifier(CATALOG)} (READ_ONLY)")
            connection.execute(f"USE {identifier(CATALOG)}")
        except duckdb.Error as error:
            raise EnvironmentProblem(
                "the database file cannot be opened",
                where=path.name,
                happened=type(error).__name__,
                next_step="cx-pipeline versions, then cx-pipeline rollback",
            ) from None
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def attempts(connection: duckdb.DuckDBPyConnection) -> Iterator[bool]:
    """Whether it is the last attempt at a question, each with twice the memory of the one before; for `OutOfMemoryException`.

    Some of what a query holds cannot be put on the disk, such as what a view reads several times, and how much that is depends
    on the rows. When no more attempts are drawn, the connection has the memory it had.
    """
    [(usual,)] = connection.execute("SELECT current_setting('memory_limit')").fetchall()
    room = 1
    try:
        while room < _MOST_ROOM:
            yield False
            room *= 2
            connection.execute(f"SET memory_limit = {literal(_times(usual, room))}")
        yield True
    finally:
        if room > 1:
            connection.execute(f"SET memory_limit = {literal(usual)}")


def _times(size: str, factor: int) -> str:
    number, unit = size.split()
    return f"{float(number) * factor:.1f} {unit}"
