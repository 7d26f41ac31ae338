"""What a data folder publishes and keeps, for comparison."""

from __future__ import annotations

import polars as pl

from cx_pipeline.warehouse.built import Built
from tests.stages.pipeline import Pipeline


def tables(world: Pipeline) -> dict[str, pl.DataFrame]:
    """Every canonical table, in one order, without the name of the run."""
    names = world.query("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY ALL").to_series()
    return {name: world.query(f'FROM main."{name}" ORDER BY ALL').drop("run_id", strict=False) for name in names}


def members(world: Pipeline) -> pl.DataFrame:
    """Who has which id by the registry."""
    return pl.read_parquet(world.layout.state / "registry" / "run1.members.parquet").select("record", "customer_id")


def described(world: Pipeline) -> pl.DataFrame:
    """Every column with its type and comment."""
    return world.query(
        """SELECT schema_name, table_name, column_name, data_type, comment, is_nullable FROM duckdb_columns()
           WHERE NOT internal ORDER BY ALL"""
    )


def passed(world: Pipeline) -> bool:
    """Whether the books of the published file balance."""
    checks = world.audit(Built(world.layout.published, "run", {}))
    assert len(checks) > 50
    return [check for check in checks if check.blocks] == []
