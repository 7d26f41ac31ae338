"""Which conversions between DuckDB types lose nothing, on the way from Parquet into a staged table."""

from __future__ import annotations

# Every value of the left type has exactly one equal value in each type on the right.
_WIDENS: dict[str, frozenset[str]] = {
    "TINYINT": frozenset({"SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}),
    "SMALLINT": frozenset({"INTEGER", "BIGINT", "HUGEINT"}),
    "INTEGER": frozenset({"BIGINT", "HUGEINT", "DOUBLE"}),
    "BIGINT": frozenset({"HUGEINT"}),
    "UTINYINT": frozenset({"USMALLINT", "UINTEGER", "UBIGINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}),
    "USMALLINT": frozenset({"UINTEGER", "UBIGINT", "INTEGER", "BIGINT", "HUGEINT"}),
    "UINTEGER": frozenset({"UBIGINT", "BIGINT", "HUGEINT"}),
    "UBIGINT": frozenset({"HUGEINT"}),
    "FLOAT": frozenset({"DOUBLE"}),
    "TIMESTAMP_S": frozenset({"TIMESTAMP"}),
    "TIMESTAMP_MS": frozenset({"TIMESTAMP"}),
    "DATE": frozenset({"TIMESTAMP"}),
}


def conversion(expression: str, source: str, target: str) -> str | None:
    """SQL that turns an expression of one DuckDB type into another without loss; None when there is no such way.

    A cast that could round, cut or fail on a value is refused here rather than left to the data.
    """
    if source == target:
        return expression
    if source == "TIMESTAMP WITH TIME ZONE" and target == "TIMESTAMP":
        return f"({expression} AT TIME ZONE 'UTC')"
    if target in _WIDENS.get(source, frozenset()) or (source.startswith("ENUM(") and target == "VARCHAR"):
        return f"CAST({expression} AS {target})"
    return None
