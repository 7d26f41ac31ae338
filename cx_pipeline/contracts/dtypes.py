"""The column types of the canonical model, and how DuckDB writes them."""

from __future__ import annotations

import polars as pl

from cx_pipeline.errors import InternalError

TEXT = pl.String()
TIME = pl.Datetime("us")  # UTC, no zone attached
BOOLEAN = pl.Boolean()
WHOLE = pl.Int64()  # counts, and durations in milliseconds
NUMBER = pl.Float64()
MONEY = pl.Decimal(18, 4)
TEXTS = pl.List(pl.String())

_SQL = {TEXT: "VARCHAR", TIME: "TIMESTAMP", BOOLEAN: "BOOLEAN", WHOLE: "BIGINT", NUMBER: "DOUBLE", MONEY: "DECIMAL(18,4)"}


def sql_type(dtype: pl.DataType) -> str:
    """DuckDB's name of a column type, such as `TIMESTAMP` or `STRUCT(source VARCHAR)[]`.

    Raises:
        InternalError: for a type the canonical model does not use.
    """
    if isinstance(dtype, pl.List):
        return f"{_inner(dtype.inner)}[]"
    if isinstance(dtype, pl.Struct):
        inner = ", ".join(f'"{field.name}" {_inner(field.dtype)}' for field in dtype.fields)
        return f"STRUCT({inner})"
    if dtype not in _SQL:
        raise InternalError(f"the canonical model has no type {dtype}", expected="one of cx_pipeline.contracts.dtypes")
    return _SQL[dtype]


def _inner(dtype: object) -> str:
    if not isinstance(dtype, pl.DataType):
        raise InternalError("an inner type is not an instance", expected="one of cx_pipeline.contracts.dtypes")
    return sql_type(dtype)
