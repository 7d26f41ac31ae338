"""Values inside JSON text: many paths in one parse, elements of arrays, entries of maps.

DuckDB parses; it is several times faster than a pass for each path and keeps numbers of any length as they are written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import duckdb
import polars as pl

_TEXT, _ROW = "text", "row"


class Place(NamedTuple):
    """A value: the column that holds the JSON text, and the path in it, such as `$.author.id`."""

    column: str
    path: str


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 2, "python_enable_replacements": False})


def values(frame: pl.DataFrame, places: Sequence[Place]) -> list[pl.Series]:
    """The values at some places as text, one column a place, named by its path.

    Strings come unescaped, numbers and booleans as written, objects and arrays as JSON text. Null where the JSON is null,
    not JSON at all, or has no such path.
    """
    # DuckDB knows no filters in paths.
    series = {
        place: frame.get_column(place.column).str.json_path_match(place.path).alias(place.path)
        for place in places
        if "?(" in place.path
    }
    plain = [place for place in places if place not in series]
    found = series | (_plain_values(frame, plain) if plain else {})
    return [found[place] for place in places]


def _plain_values(frame: pl.DataFrame, places: Sequence[Place]) -> dict[Place, pl.Series]:
    columns = list(dict.fromkeys(place.column for place in places))
    paths = {column: list(dict.fromkeys(place.path for place in places if place.column == column)) for column in columns}
    with _engine().cursor() as cursor:
        given = pl.DataFrame([_readable(frame.get_column(column)).alias(f"j{n}") for n, column in enumerate(columns)])
        cursor.register("given", given.to_arrow())
        wanted = ", ".join(f"json_extract_string(j{n}, $p{n}) AS c{n}" for n in range(len(columns)))
        told = {f"p{n}": paths[column] for n, column in enumerate(columns)}
        found = cursor.sql(f"SELECT {wanted} FROM given", params=told).pl()
    series = {}
    for n, column in enumerate(columns):
        got = found.get_column(f"c{n}")
        for index, path in enumerate(paths[column]):
            series[Place(column, path)] = got.list.get(index, null_on_oob=True).alias(path)
    return series


def elements(texts: pl.Series, path: str = "$") -> pl.DataFrame:
    """Every element of the array at a path of each text.

    Returns:
        `row` (index of the text, from 0), `number` (of the element in its array, from 1), `text` (JSON text; SQL null and JSON
        null elements are left out), in order. An object instead of an array counts as an array of one.
    """
    with _engine().cursor() as cursor:
        cursor.register("given", pl.DataFrame({_ROW: pl.int_range(texts.len(), eager=True), _TEXT: _readable(texts)}).to_arrow())
        found = cursor.sql(
            """
            SELECT "row", unnest(CASE json_type(text, $one)
                                 WHEN 'ARRAY' THEN json_extract(text, $all) WHEN 'OBJECT' THEN [json_extract(text, $one)]
                                 END)::VARCHAR AS text
            FROM given WHERE text IS NOT NULL
            """,
            params={"one": path, "all": f"{path}[*]"},
        ).pl()
    return _numbered(found.filter(pl.col(_TEXT) != "null"))


def entries(texts: pl.Series, path: str = "$") -> pl.DataFrame:
    """Every entry of the map at a path of each text.

    Returns:
        `row`, `number`, `key`, `text` (JSON text of the value), in order.
    """
    with _engine().cursor() as cursor:
        cursor.register("given", pl.DataFrame({_ROW: pl.int_range(texts.len(), eager=True), _TEXT: _readable(texts)}).to_arrow())
        found = cursor.sql(
            """
            SELECT "row", unnest(json_keys(map)) AS key, unnest(json_extract(map, '$.*'))::VARCHAR AS text
            FROM (SELECT "row", json_extract(text, $path) AS map FROM given WHERE json_type(text, $path) = 'OBJECT')
            """,
            params={"path": path},
        ).pl()
    return _numbered(found)


def _numbered(found: pl.DataFrame) -> pl.DataFrame:
    ordered = found.sort(_ROW, maintain_order=True).cast({_ROW: pl.Int64})
    return ordered.with_columns(pl.int_range(1, pl.len() + 1).over(_ROW).alias("number"))


def _readable(texts: pl.Series) -> pl.Series:
    """Null where a text is no JSON; half characters (a lone surrogate, of a text cut in an emoji) become U+FFFD."""
    blank = texts.is_null() | (texts.str.strip_chars() == "")
    with _engine().cursor() as cursor:
        cursor.register("given", pl.DataFrame({_TEXT: texts}).to_arrow())
        valid = cursor.sql("SELECT coalesce(json_valid(text), false) AS valid FROM given").pl().get_column("valid")
    odd = (~valid & ~blank).arg_true()
    repaired = texts.set(~valid, None)
    if odd.is_empty():
        return repaired
    return repaired.scatter(odd, [_without_half_characters(text) for text in texts.gather(odd)])


def _without_half_characters(text: str) -> str | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    whole = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole if isinstance(value, (dict, list)) else None


def as_frame(places: Mapping[str, Place], frame: pl.DataFrame) -> pl.DataFrame:
    """The values at some places, each under a name of its own."""
    found = values(frame, list(places.values()))
    return pl.DataFrame([series.alias(name) for name, series in zip(places, found, strict=True)])
