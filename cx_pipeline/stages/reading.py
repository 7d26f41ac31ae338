"""How the files of an export are read, and the state of what reads them.

What landed of a file depends on more than its bytes: on the code that reads files and on what the export tells it. When one of
these changes, a file that still lies in the raw folder is read again; where the same comes out, nothing follows from it. Limits
only ever refuse: other ones matter to files and records that were refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cx_pipeline import extract
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.settings.reading import Limits
from cx_pipeline.sources.export import Export
from cx_pipeline.stages.code_digest import NO_RESULT, code_digest
from cx_pipeline.stages.reached import Reached, Symbol, reached

_LIBRARIES = frozenset({"duckdb", "polars", "pyarrow"})


def reading(export: Export, settings: Settings, layout: Layout | None = None) -> ReadOptions:
    """How the files of an export are read. What they unpack to lies in the lake: the system's folder may be small, or memory."""
    return ReadOptions(
        page_keys=export.page_keys,
        header=export.header,
        entry=export.entry,
        known_columns=_known_columns(export),
        batch_rows=settings.batch_rows,
        temporary=layout.lake_raw if layout is not None else None,
    )


@cache
def reading_state(export: Export) -> str:
    """Changes whenever the same bytes of the export could be read otherwise."""
    told = (export.page_keys, sorted(_known_columns(export)))
    own = (_symbol(function) for function in (export.header, export.entry) if function is not None)
    return hashlib.sha256(json.dumps([told, code_state(tuple(own))]).encode()).hexdigest()[:16]


def limits_state(limits: Limits) -> str:
    """Changes with the limits."""
    return hashlib.sha256(limits.model_dump_json().encode()).hexdigest()[:16]


def _known_columns(export: Export) -> frozenset[str]:
    """Where columns are open, or headers read by the export itself, no list of names tells a header from a record."""
    return export.names if export.header is None and not export.open_columns else frozenset()


@cache
def code_state(own: tuple[Symbol, ...]) -> str:
    """The state of what reads files, with definitions of an export's own that it is given; nearly all exports give it none."""
    return code_digest(reached_by_reading(own))


def reached_by_reading(own: tuple[Symbol, ...]) -> Reached:
    """All of the room that reads, as nearly everything there leads to everything else, and what leads on from an export's own."""
    room = frozenset(Path(extract.__file__).parent.glob("*.py"))
    told = reached(own, NO_RESULT) if own else Reached(frozenset(), frozenset())
    return Reached(room | told.files, _LIBRARIES | told.libraries)


def _symbol(function: Callable[..., object]) -> Symbol:
    """The definition of a function; all of its module for one that is defined inside of another."""
    name = function.__qualname__
    return Symbol(function.__module__, name) if name.isidentifier() else Symbol(function.__module__)
