"""The vocabulary of source files for what a record holds several of: elements of arrays, entries of maps, further columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from cx_pipeline.scrub import json_values
from cx_pipeline.sources.export import Context, Field, Items


def elements_of(
    name: str, column: str, *paths: str, fields: Sequence[Field], prepare: Mapping[str, pl.Expr] | None = None
) -> Items:
    """Elements of a JSON array, or of an array in each element of an array, and so on.

    Fields take an element as the column `item`, and what it lies in as `up1` (next further out), `up2` and so on, each with a
    path of its own: `identifier("item", …, at="$.id")`, `word("up1", alias="purpose", at="$.purpose")`.

    Args:
        name: what an element is, such as `parts`.
        column: raw column that holds the JSON.
        paths: path of the array in the column, then of the array in each of its elements; `$` alone when none is given.
        fields: what of an element is used.
        prepare: further columns of an item.
    """

    def of(batch: pl.DataFrame, _: Context) -> pl.DataFrame:
        held = _column(batch, column).rename({column: "item"})
        for path in paths or ("$",):
            found = json_values.elements(held.get_column("item"), path)
            outer = held.with_columns(item.alias(f"up{depth}") for depth, item in enumerate(_chain(held), 1))
            held = outer[found.get_column("row")].with_columns(found.get_column("text").alias("item"))
        return held

    return Items(name, of, tuple(fields), prepare or {}, column, paths or ("$",))


def _chain(held: pl.DataFrame) -> list[pl.Series]:
    """An item and what it lies in, from the inside out."""
    further = sorted((name for name in held.columns if name.startswith("up")), key=lambda name: int(name[2:]))
    return [held.get_column("item"), *(held.get_column(name) for name in further)]


def entries_of(
    name: str, column: str, path: str = "$", *, fields: Sequence[Field], prepare: Mapping[str, pl.Expr] | None = None
) -> Items:
    """Entries of a JSON map. Fields take the key as the column `key` and the value, as JSON text, as `item`.

    A plain value is read with the path `$`, which takes its quotes off.
    """

    def of(batch: pl.DataFrame, _: Context) -> pl.DataFrame:
        held = _column(batch, column)
        found = json_values.entries(held.get_column(column), path)
        records = held.get_column("_record").gather(found.get_column("row"))
        return pl.DataFrame([records, found.get_column("key"), found.get_column("text").alias("item")])

    return Items(name, of, tuple(fields), prepare or {}, column, (path,))


def cells_of(
    name: str,
    choose: Callable[[Sequence[str], Context], Sequence[str]],
    *,
    fields: Sequence[Field],
    about: Callable[[Sequence[str], Context], Mapping[str, Sequence[str | None]]] | None = None,
    prepare: Mapping[str, pl.Expr] | None = None,
) -> Items:
    """Cells of further columns of a wide record, one item a column, in the order of the columns.

    Fields take the name of the column as `column` and its cell as `cell`.

    Args:
        name: what a cell is, such as `answers`.
        choose: which of the file's columns, given all of them.
        fields: what is used.
        about: further text columns of an item that its column tells, given the chosen columns: one value a column.
        prepare: further columns of an item.
    """

    def of(batch: pl.DataFrame, context: Context) -> pl.DataFrame:
        chosen = list(choose([column for column in batch.columns if column not in ("_record", "_line")], context))
        told = about(chosen, context) if about is not None else {}
        each = pl.DataFrame({"column": chosen, **told}, schema={"column": pl.String, **dict.fromkeys(told, pl.String)})
        long = batch.select("_record", pl.concat_list(chosen).alias("cell")) if chosen else None
        if long is None:
            return pl.DataFrame(schema={"_record": pl.Int64, "cell": pl.String, **each.schema})
        cells = long.explode("cell")
        repeated = each[pl.int_range(cells.height, eager=True) % len(chosen)]
        return cells.hstack(repeated)

    return Items(name, of, tuple(fields), prepare or {}, takes=choose)


def _column(batch: pl.DataFrame, column: str) -> pl.DataFrame:
    """The record numbers and one raw column; empty where the file has no such column."""
    if column in batch.columns:
        return batch.select("_record", column)
    return batch.select("_record", pl.lit(None, dtype=pl.String).alias(column))
