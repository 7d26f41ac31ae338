"""The data dictionary: every table and column of the published file, as its comments say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.describe import describe
from cx_pipeline.contracts.table import Table
from cx_pipeline.marts.catalogue import GIVEN, marts
from cx_pipeline.marts.mart import Mart
from cx_pipeline.quality.tables import FROM_BUILD, FROM_CLEAN
from cx_pipeline.reference.markdown import code, codes, page, table
from cx_pipeline.warehouse.staged_table import StagedColumn, StagedTable

_INTRODUCTION = """\
What `cx.duckdb` holds. The same words stand in the file itself: `SELECT * FROM duckdb_columns()`.

Ids are text. Times are UTC. Durations are whole milliseconds (`_ms`). Columns `text_*` are redacted.
A `*_raw` column keeps the vendor's word of the enum beside it."""


def dictionary_page() -> str:
    """The page as Markdown: the canonical tables of `main`, then those of `marts` and `quality`."""
    published = [item for item in tables().values() if not item.internal]
    return page(
        "Data dictionary",
        _INTRODUCTION,
        [
            "## Canonical tables: schema `main`",
            *map(_canonical, published),
            "## Schema `marts`",
            *(_mart(mart) for _, mart in sorted(marts().items())),
            "Tables of the settings, which the marts join:",
            *(_staged(item.table, item.key) for item in GIVEN),
            "## Schema `quality`",
            *_quality(),
        ],
    )


def _canonical(item: Table) -> str:
    rows = [(code(line["column"]), line["type"], line["meaning"], line["unit"]) for line in describe(item)]
    origin = "\n\nMade from several records, so without the common columns." if item.derived else ""
    return f"### {item.name}\n\n{item.description} Key: {codes(item.key)}.{origin}\n\n{_columns(rows)}"


def _quality() -> Iterator[str]:
    for item in (*FROM_CLEAN, *FROM_BUILD):
        yield _staged(item)


def _mart(mart: Mart) -> str:
    kind = "A view. " if mart.is_view else ""
    text = f"{mart.description} {kind}Key: {codes(mart.key)}. Made of {codes(mart.reads)}."
    return f"### {mart.id}\n\n{text}\n\n{_staged_columns(mart.columns)}"


def _staged(item: StagedTable, key: Sequence[str] = ()) -> str:
    keyed = f" Key: {codes(key)}." if key else ""
    return f"### {item.schema}.{item.name}\n\n{item.comment}{keyed}\n\n{_staged_columns(item.columns)}"


def _staged_columns(columns: Sequence[StagedColumn]) -> str:
    return _columns([(code(column.name), column.type, *_split_unit(column.comment)) for column in columns])


def _split_unit(comment: str) -> tuple[str, str]:
    """Comments of staged columns name the unit in their last sentence."""
    meaning, _, unit = comment.partition(" Unit: ")
    return meaning, unit.removesuffix(".")


def _columns(rows: list[tuple[str, str, str, str]]) -> str:
    return table(("column", "type", "meaning", "unit"), rows)
