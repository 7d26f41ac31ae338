"""Columns as Croissant fields: DuckDB's types, lists and structs in the words of schema.org."""

from __future__ import annotations

from collections.abc import Iterator

from cx_pipeline.ai.facts import ColumnFact

_TYPES = {
    "BOOLEAN": "sc:Boolean",
    "DATE": "sc:Date",
    "TIME": "sc:Time",
    "TIMESTAMP": "sc:DateTime",
    "TIMESTAMP WITH TIME ZONE": "sc:DateTime",
    "VARCHAR": "sc:Text",
    "UUID": "sc:Text",
    "JSON": "sc:Text",
    "FLOAT": "sc:Float",
    "DOUBLE": "sc:Float",
    "DECIMAL": "sc:Float",
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"), "sc:Integer"
    ),
}
_LIST = "[]"


def data_type(type_: str) -> str:
    """The type of schema.org of a DuckDB type that is no list and no struct; text for one that is not known."""
    return _TYPES.get(type_.split("(", maxsplit=1)[0].strip(), "sc:Text")


def members(type_: str) -> Iterator[tuple[str, str]]:
    """Name and type of each member of `STRUCT(...)`, in order; names may be quoted, types nested."""
    inner = type_.strip().removeprefix("STRUCT(").removesuffix(")")
    depth, is_quoted, start = 0, False, 0
    parts = []
    for place, character in enumerate(inner):
        if character == '"':
            is_quoted = not is_quoted
        elif not is_quoted and character in "()":
            depth += 1 if character == "(" else -1
        elif character == "," and depth == 0 and not is_quoted:
            parts.append(inner[start:place])
            start = place + 1
    for part in (*parts, inner[start:]):
        name, _, kind = _name_and_type(part.strip())
        yield name, kind.strip()


def field(record_set: str, column: ColumnFact, source: dict[str, object]) -> dict[str, object]:
    """A `cr:Field` for a column; structs have a sub-field for each member.

    Args:
        record_set: its id.
        column: of the file.
        source: `fileObject` or `fileSet` that the column is read from.
    """
    meaning = f"{column.meaning} Unit: {column.unit}." if column.unit else column.meaning
    place = {**source, "extract": {"column": column.name}}
    return _field(f"{record_set}/{column.name}", column.name, column.type, place, meaning)


def _field(identity: str, name: str, type_: str, place: dict[str, object], meaning: str) -> dict[str, object]:
    made: dict[str, object] = {"@type": "cr:Field", "@id": identity, "name": name, "description": meaning}
    base = type_.strip()
    if base.endswith(_LIST):
        made |= {"isArray": True, "arrayShape": "-1"}
        base = base.removesuffix(_LIST)
    if not base.startswith("STRUCT("):
        return made | {"dataType": data_type(base), "source": place}
    parts = [
        _field(f"{identity}/{part}", part, kind, {**place, "transform": {"jsonPath": f"$.{part}"}}, f"{part} of {name}.")
        for part, kind in members(base)
    ]
    return made | {"subField": parts}


def _name_and_type(part: str) -> tuple[str, str, str]:
    if part.startswith('"'):
        name, _, kind = part[1:].partition('" ')
        return name, " ", kind
    return part.partition(" ")
