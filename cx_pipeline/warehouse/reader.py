"""How this project itself opens a published or staged file: read-only, attached, never cached.

`duckdb.connect(path)` keeps one instance a path and process, so a long-lived process would go on seeing the file that was
there first, and a second connection with other settings would be refused. A private in-memory instance that attaches the
file avoids both and always sees the file that is published now.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb
import polars as pl
import pyarrow as pa

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
AUDITING_MB = 750
"""For audits: to look for keys that are there twice, all of a table are held, or put on the disk."""
_MOST_ROOM = 16
_OUT_OF_MEMORY = "Out of Memory Error"
_FAILED = "the engine failed while it answered"

Piece = TypeVar("Piece")


def engine_memory(least_mb: int = _ENGINE_MB) -> str:
    """What an engine may hold before it spills; each of its threads needs its own room to sort."""
    return f"{max(least_mb, _THREAD_MB * (os.cpu_count() or 1))}MB"


def reading_settings(path: Path, memory_mb: int = _ENGINE_MB) -> dict[str, str | bool | int | float | list[str]]:
    """Settings of an engine that reads a file: what does not fit is put beside the file for as long as a query lasts, and never
    where this process happens to stand."""
    return OFFLINE | {"memory_limit": engine_memory(memory_mb), "temp_directory": str(spill_folder(path))}


@contextmanager
def open_read_only(path: Path, *, memory_mb: int = _ENGINE_MB) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose default catalog is the file, read-only; its tables are named `schema.table` as for an analyst.

    Args:
        path: of the file.
        memory_mb: what it may hold of blocks it read and of what it works on; less where everything is read through once.

    Raises:
        EnvironmentProblem: the file is missing, locked by a writer, or not a readable DuckDB file.
    """
    connection = duckdb.connect(":memory:", config=reading_settings(path, memory_mb))
    try:
        try:
            connection.execute(f"ATTACH {literal(str(path))} AS {identifier(CATALOG)} (READ_ONLY)")
            connection.execute(f"USE {identifier(CATALOG)}")
        except duckdb.Error as error:
            raise EnvironmentProblem(
                "the database file cannot be opened",
                where=path.name,
                happened=type(error).__name__,
                next_step=_next_step(path),
            ) from None
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def _next_step(path: Path) -> str:
    if path.exists() and not os.access(path, os.R_OK):
        return f"let this user read {path}"
    return "cx-pipeline versions, then cx-pipeline rollback"


def batches(answer: duckdb.DuckDBPyRelation, rows: int) -> Iterator[pl.DataFrame]:
    """An answer, so many rows at once, while the engine works on what follows.

    Args:
        answer: of a connection that is asked nothing else meanwhile.
        rows: at most, of one frame.

    Raises:
        duckdb.Error: the engine failed, `duckdb.OutOfMemoryException` among them; also where it did so in the middle, of which
            Arrow knows no more than a message. The message is ours, as the engine's may quote a value.
    """
    try:
        for batch in answer.to_arrow_reader(rows):
            yield pl.DataFrame(batch)
    except duckdb.Error as error:
        raise type(error)(_FAILED) from None
    except (OSError, pa.ArrowException) as error:
        is_memory = str(error).startswith(_OUT_OF_MEMORY)
        raise (duckdb.OutOfMemoryException if is_memory else duckdb.Error)(_FAILED) from None


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


def repeated(connection: duckdb.DuckDBPyConnection, ask: Callable[[], Iterator[Piece]]) -> Iterator[Piece]:
    """What a question gives piece by piece; asked once more from the beginning, as `attempts` has it, where memory did not do.

    What was given before comes again then: for those to whom that makes no difference.
    """
    for is_last in attempts(connection):
        try:
            yield from ask()
        except duckdb.OutOfMemoryException:
            if is_last:
                raise
        else:
            return


def _times(size: str, factor: int) -> str:
    number, unit = size.split()
    return f"{float(number) * factor:.1f} {unit}"
