"""Rules that follow from what a column is, so that no table has to repeat them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.common import DQ_FLAGS, IS_DELETED
from cx_pipeline.contracts.rule import Action, RowRule

# Customer-experience tools do not reach further back; zero epochs and 0001-01-01 do. Later than `_LATEST` stands for "never".
_EARLIEST = datetime(1990, 1, 1)
_LATEST = datetime(2100, 1, 1)
_RECORD_KEY = r"^[a-z0-9_]+\.[A-Za-z0-9_-]+:."
# A subject or message beyond this is a pasted log or an attachment that went into the wrong field.
_LONGEST_TEXT_BYTES = 100_000


def standard_rules(table: str, columns: tuple[Column, ...], time: str | None) -> tuple[RowRule, ...]:
    """The rules that a table's columns imply: presence, vocabularies, no negative amounts, plausible times, text limits."""
    stored = [column for column in columns if column.in_lake]
    has_flags = any(column.name == DQ_FLAGS for column in stored)
    rules: list[RowRule] = []
    for column in stored:
        rules.extend(_of_column(table, column, is_time=column.name == time, has_flags=has_flags))
    texts = [column for column in stored if column.is_free_text]
    if texts and has_flags:
        rules.append(_tombstone_without_text(table, texts))
    return tuple(rules)


def _of_column(table: str, column: Column, *, is_time: bool, has_flags: bool) -> Iterator[RowRule]:
    if not column.nullable:
        yield _present(table, column)
    if column.record_key:
        yield _record_key(table, column)
    if column.words:
        yield _known_word(table, column)
    if column.unit in ("ms", "count") and has_flags:
        yield _not_negative(table, column)
    if is_time and has_flags:
        yield _plausible(table, column)
    if column.is_free_text and has_flags:
        yield _not_endless(table, column)


def _present(table: str, column: Column) -> RowRule:
    name = column.lake_name
    is_text = column.dtype == pl.String()
    return RowRule(
        id=f"{table}.{name}_missing",
        version=1,
        title=f"{name} is there" + (" and not empty" if is_text else ""),
        columns=(name,),
        action=Action.QUARANTINE,
        check=pl.col(name) != "" if is_text else pl.col(name).is_not_null(),
    )


def _record_key(table: str, column: Column) -> RowRule:
    name = column.lake_name
    return RowRule(
        id=f"{table}.{name}_malformed",
        version=1,
        title=f"{name} is of the form <source>.<export>:<id>",
        columns=(name,),
        action=Action.QUARANTINE,
        check=(pl.col(name) == "") | pl.col(name).str.contains(_RECORD_KEY),
        unknown_is_fine=True,
    )


def _known_word(table: str, column: Column) -> RowRule:
    name = column.lake_name
    return RowRule(
        id=f"{table}.{name}_unknown_word",
        version=1,
        title=f"{name} is one of {', '.join(column.words)}",
        columns=(name,),
        action=Action.QUARANTINE,
        check=pl.col(name).is_in(list(column.words)),
        unknown_is_fine=True,
    )


def _not_negative(table: str, column: Column) -> RowRule:
    name = column.lake_name
    return RowRule(
        id=f"{table}.{name}_negative",
        version=1,
        title=f"{name} is not negative; otherwise it is nulled",
        columns=(name,),
        action=Action.REPAIR,
        check=pl.col(name) >= 0,
        unknown_is_fine=True,
        repair={name: pl.lit(None, dtype=column.dtype)},
    )


def _plausible(table: str, column: Column) -> RowRule:
    name = column.lake_name
    return RowRule(
        id=f"{table}.{name}_implausible",
        version=1,
        title=f"{name} lies between {_EARLIEST.year} and {_LATEST.year}",
        columns=(name,),
        action=Action.FLAG,
        check=pl.col(name).is_between(_EARLIEST, _LATEST, closed="left"),
        unknown_is_fine=True,
    )


def _not_endless(table: str, column: Column) -> RowRule:
    name = column.lake_name
    return RowRule(
        id=f"{table}.{name}_too_long",
        version=1,
        title=f"{name} has no more than {_LONGEST_TEXT_BYTES:,} bytes",
        columns=(name,),
        action=Action.FLAG,
        check=pl.col(name).str.len_bytes() <= _LONGEST_TEXT_BYTES,
        unknown_is_fine=True,
    )


def _tombstone_without_text(table: str, texts: list[Column]) -> RowRule:
    names = tuple(column.lake_name for column in texts)
    return RowRule(
        id=f"{table}.deleted_with_text",
        version=1,
        title="a tombstone carries no text; otherwise the text is dropped",
        columns=(*names, IS_DELETED),
        action=Action.REPAIR,
        check=~pl.col(IS_DELETED) | pl.all_horizontal(pl.col(name).is_null() for name in names),
        unknown_is_fine=True,
        repair={name: pl.lit(None, dtype=pl.String()) for name in names},
    )
