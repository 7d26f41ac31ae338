from __future__ import annotations

import duckdb
import polars as pl
import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.contracts.describe import describe
from cx_pipeline.contracts.dtypes import MONEY, TEXT, TEXTS, TIME, WHOLE, sql_type
from cx_pipeline.contracts.table import Table
from cx_pipeline.errors import InternalError


@pytest.mark.parametrize(
    ("dtype", "sql"),
    [
        (TEXT, "VARCHAR"),
        (TIME, "TIMESTAMP"),
        (WHOLE, "BIGINT"),
        (MONEY, "DECIMAL(18,4)"),
        (TEXTS, "VARCHAR[]"),
        (pl.List(pl.Struct({"kind": TEXT, "n": WHOLE})), 'STRUCT("kind" VARCHAR, "n" BIGINT)[]'),
    ],
)
def test_types_are_written_as_duckdb_does(dtype: pl.DataType, sql: str) -> None:
    assert sql_type(dtype) == sql


@pytest.mark.parametrize(
    "dtype", [pl.Int32(), pl.Datetime("ms"), pl.Datetime("us", "UTC"), pl.Decimal(10, 2), pl.List(pl.Date())]
)
def test_types_outside_the_model_are_refused(dtype: pl.DataType) -> None:
    with pytest.raises(InternalError, match="the canonical model has no type"):
        sql_type(dtype)


@pytest.mark.parametrize("table", tables().values(), ids=lambda table: table.name)
def test_duckdb_reads_the_types_back_as_the_published_schema(table: Table) -> None:
    columns = ", ".join(f'"{entry["column"]}" {entry["type"]}' for entry in describe(table))
    with duckdb.connect() as connection:
        connection.execute(f"create table described ({columns})")
        assert connection.sql("from described").pl().schema == table.published_schema


def test_a_description_says_how_personal_values_appear() -> None:
    words = {entry["column"]: entry for entry in describe(tables()["interactions"])}
    assert words["resolution_ms"] == {
        "column": "resolution_ms",
        "type": "BIGINT",
        "meaning": "From opened_at to solved_at, else closed_at, in calendar time.",
        "unit": "ms",
    }
    assert words["priority"]["meaning"] == "Urgency now. One of low, normal, high, urgent."
    assert words["text_subject"]["meaning"].endswith(
        "Redacted: personal values are replaced by tags; the raw text stays in the lake."
    )
    agents = {entry["column"]: entry["meaning"] for entry in describe(tables()["agents"])}
    assert agents["name_token"] == "The agent's name. Keyed token of domain name."
    attributes = {entry["column"]: entry["meaning"] for entry in describe(tables()["customer_attributes"])}
    assert "Keyed token of the domain that attribute names, but for country" in attributes["value"]
