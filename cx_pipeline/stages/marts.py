"""The marts of a staged file: tables of the settings and of the customer's words first, then one query a mart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import polars as pl

from cx_pipeline.errors import InternalError
from cx_pipeline.marts import sentiment
from cx_pipeline.marts.catalogue import DECLARED, marts
from cx_pipeline.marts.mart import SCHEMA, Mart
from cx_pipeline.settings import Settings
from cx_pipeline.stages.run import Run
from cx_pipeline.warehouse.quoting import identifier, qualified
from cx_pipeline.warehouse.reader import CATALOG, batches
from cx_pipeline.warehouse.staging import StagedFile

_TEXTS_AT_ONCE = 100_000


def build_marts(
    settings: Settings,
    staged: StagedFile,
    run: Run,
    state: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Write every mart into a staged file that holds the canonical and quality tables. The engine spills what is large.

    Args:
        settings: what the marts count by.
        staged: the file.
        run: its clock is the marts' clock.
        state: folder where scores of texts are kept from night to night; without it all texts are scored anew.
        progress: told what is made.
    """
    last = max(run.now_utc, _last_told(staged))
    for item in DECLARED:
        staged.write_frames(item.table, [item.rows(settings, last)])
    progress(f"building {sentiment.TABLE.id}")
    store = state / sentiment.STORE if state is not None else None
    staged.write_frames(sentiment.TABLE.table, sentiment.scored(_words(staged), store) if settings.marts.sentiment else ())
    for mart in marts().values():
        progress(f"building {mart.id}")
        if mart.is_view:
            staged.write_view(mart.query)
        else:
            staged.write_query(mart.query)
        _as_declared(staged, mart)


def _words(staged: StagedFile) -> Iterator[pl.DataFrame]:
    """What customers said, so many texts at a time; by a cursor of its own, as the file is written meanwhile."""
    with staged.connection.cursor() as cursor:
        cursor.execute(f"USE {identifier(CATALOG)}").fetchall()
        yield from batches(cursor.sql(sentiment.WORDS), _TEXTS_AT_ONCE)


def _last_told(staged: StagedFile) -> datetime:
    """The latest time of an interaction: its clock may run ahead of the run's."""
    [(told,)] = staged.connection.execute(
        "SELECT greatest(max(opened_at), max(closed_at), max(solved_at)) FROM main.interactions WHERE opened_at < '2100-01-01'"
    ).fetchall()
    return min(told, datetime(2100, 1, 1)) if isinstance(told, datetime) else datetime.min  # UTC


def _as_declared(staged: StagedFile, mart: Mart) -> None:
    """What the header promises is what the query gives: names, order and types.

    Raises:
        InternalError: it is not.
    """
    described = staged.connection.sql(f"SELECT * FROM {qualified(SCHEMA, mart.name)} LIMIT 0")
    found = dict(zip(described.columns, map(str, described.types), strict=True))
    declared = {column.name: column.type for column in mart.columns}
    if list(found.items()) != list(declared.items()):
        differing = sorted({name for name, _ in found.items() ^ declared.items()}) or ["their order"]
        raise InternalError(
            "the columns of a mart are not those of its header",
            where=f"{mart.id}: {', '.join(differing)}",
            happened="nothing was published",
        )
