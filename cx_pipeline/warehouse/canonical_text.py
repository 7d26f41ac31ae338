"""One canonical text for every value of every type, as SQL: the ground that content hashes stand on.

The text of a value depends on the value alone: not on the time zone, number formatting or engine version. Each text says
where it ends, so that the texts of a row can be laid end to end without two different rows ever giving one text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from duckdb.sqltypes import DuckDBPyType

from cx_pipeline.errors import InternalError
from cx_pipeline.warehouse.quoting import identifier

_NULL = "'~'"
_AS_TEXT = "CAST({0} AS VARCHAR)"
_MICROSECONDS = "CASE WHEN isfinite({0}) THEN CAST(epoch_us({0}) AS VARCHAR) ELSE CAST({0} AS VARCHAR) END"
# 17 significant digits tell any two doubles apart; adding zero makes -0.0 and 0.0 one value, as SQL sees them.
_FLOAT = "format('{{:.16e}}', CAST({0} AS DOUBLE) + 0.0)"
_INTEGERS = ("tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint")

# Engine's type: the kind of value, and a text of it that holds no semicolon.
_WITHOUT_SEMICOLON = {
    **dict.fromkeys(_INTEGERS, ("integer", _AS_TEXT)),
    **{name: (name, _AS_TEXT) for name in ("boolean", "date", "time", "uuid")},
    **dict.fromkeys(("timestamp", "timestamp_s", "timestamp_ms", "timestamp with time zone"), ("instant", _MICROSECONDS)),
    **dict.fromkeys(("float", "double"), ("float", _FLOAT)),
    "timestamp_ns": ("instant in ns", "CAST(epoch_ns({0}) AS VARCHAR)"),
    "blob": ("bytes", "hex({0})"),
    "decimal": ("decimal", _AS_TEXT),
}


@dataclass(frozen=True)
class Canonical:
    """The kind of a value, named independently of the engine, and SQL expressions whose texts, laid end to end, are its text.

    An expression may be null and then counts as an empty text. They are joined by one `concat`, which copies each text once.
    """

    kind: str
    parts: tuple[str, ...]


def joined(values: Iterable[Canonical]) -> str:
    """SQL of the canonical text of several values; never null."""
    return f"concat({', '.join(part for value in values for part in value.parts)})"


def canonical(expression: str, kind: DuckDBPyType, depth: int = 0) -> Canonical:
    """The canonical text of an SQL expression of a DuckDB type. Equal numbers of different integer widths are equal.

    Args:
        expression: SQL of the value.
        kind: its type as the engine reports it.
        depth: of nesting, so that the variables of inner lists have their own names.

    Raises:
        InternalError: the type has no text that is the same everywhere (an interval, a union).
    """
    if kind.id in _WITHOUT_SEMICOLON:
        name, text = _WITHOUT_SEMICOLON[kind.id]
        return Canonical(name, (f"coalesce({text.format(expression)}, {_NULL})", "';'"))
    if kind.id in ("varchar", "enum"):
        text = expression if kind.id == "varchar" else _AS_TEXT.format(expression)
        return Canonical("text", (f"coalesce(CAST(strlen({text}) AS VARCHAR), {_NULL})", "':'", text))
    if kind.id in ("list", "array"):
        return _list(expression, kind, depth)
    if kind.id == "struct":
        return _struct(expression, kind, depth)
    raise InternalError(f"a column of type {kind.id} has no canonical text", happened="no content hash was taken")


def _list(expression: str, kind: DuckDBPyType, depth: int) -> Canonical:
    variable, element = f"item_{depth}", _children(kind)["child"]
    item = canonical(variable, element, depth + 1)
    texts = f"list_transform(CAST({expression} AS {element}[]), lambda {variable}: {joined([item])})"
    return Canonical(f"list of {item.kind}", (f"coalesce('[' || array_to_string({texts}, '') || ']', {_NULL})",))


def _struct(expression: str, kind: DuckDBPyType, depth: int) -> Canonical:
    members = [
        (name, canonical(f"({expression}).{identifier(name)}", member, depth)) for name, member in sorted(_children(kind).items())
    ]
    kinds = ", ".join(f"{name} {member.kind}" for name, member in members)
    text = joined(member for _, member in members)
    return Canonical(f"struct of {kinds}", (f"CASE WHEN {expression} IS NULL THEN {_NULL} ELSE '(' || {text} || ')' END",))


def _children(kind: DuckDBPyType) -> dict[str, DuckDBPyType]:
    return {name: cast("DuckDBPyType", child) for name, child in kind.children}
