"""Who a text is about or by: its customer, its agents, its order, found by the references that its row holds.

A person is named by one text, `<sort>:<key>`: `customer:<customer_id>`, `agent:<agent_id>`, `order:<order_id>`, `handle:<name>`.
Everything is read from the clean tables for the rows at hand alone, so that memory depends on their number.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.contracts.table import Table

RECORD = pl.concat_str("source_system", pl.lit("."), "source_entity", pl.lit(":"), "source_id")
REFERENCES = ("customer_id", "interaction_id", "response_id", "agent_id", "author_id", "order_id", "author")
"""Columns, by their names in the clean tables, that say whom a text concerns."""
_LINKS = {"row": pl.UInt32, "who": pl.String}


def references(table: Table) -> list[str]:
    """The columns of a clean table that say whom its texts concern."""
    stored = {column.name if column.resolved else column.lake_name for column in table.columns if column.in_lake}
    return [name for name in REFERENCES if name in stored]


def people_of(rows: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """The people of each row.

    Args:
        rows: `row`, a number, and any of `REFERENCES`.
        folder: of the clean tables.

    Returns:
        `row`, `who`: each pair once, in order. Of an interaction everybody who has a part in it: its customer, who owns it, who
        wrote in it, who took its calls. A row of nobody known has none.
    """
    if "response_id" in rows.columns and "customer_id" not in rows.columns:
        told = _of(folder, "survey_responses", "response_id", rows["response_id"], "customer_id", "interaction_id", "order_id")
        rows = rows.join(told.unique("response_id"), on="response_id", how="left", maintain_order="left")
    parts = [_named(rows, "row"), _by_authors(rows, "row", folder)]
    if "interaction_id" in rows.columns:
        parts.append(_by_interaction(rows.select("row", "interaction_id").drop_nulls(), folder))
    return pl.concat(parts).unique().sort("row", "who")


def _by_interaction(asked: pl.DataFrame, folder: Path) -> pl.DataFrame:
    ids = asked["interaction_id"].unique()
    about = _of(folder, "interactions", "interaction_id", ids, "customer_id", "agent_id", "order_id")
    said = _of(folder, "messages", "interaction_id", ids, "author_id").unique()
    calls = _of(folder, "call_legs", "interaction_id", ids, "agent_id").unique()
    told = [_named(part, "interaction_id") for part in (about, said, calls)]
    told.append(_by_authors(said, "interaction_id", folder))
    return asked.join(pl.concat(told).unique(), on="interaction_id").select(*_LINKS)


def _named(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Whom the columns of a row name: the key, and `who`."""
    sorts = {"customer_id": "customer", "agent_id": "agent", "author_id": "agent", "order_id": "order", "author": "handle"}
    parts = [
        rows.select(key, pl.concat_str(pl.lit(f"{sort}:"), name).alias("who")).drop_nulls()
        for name, sort in sorts.items()
        if name in rows.columns
    ]
    return pl.concat([pl.DataFrame(schema={key: rows.schema[key], "who": pl.String}), *parts])


def _by_authors(rows: pl.DataFrame, key: str, folder: Path) -> pl.DataFrame:
    """The customers whose records wrote: the key, and `who`."""
    empty = pl.DataFrame(schema={key: rows.schema[key], "who": pl.String})
    if "author_id" not in rows.columns:
        return empty
    asked = rows.select(key, "author_id").drop_nulls()
    records = pl.LazyFrame({"author_id": asked["author_id"].unique()})
    found = (
        _scan(folder, "customer_identities")
        .select("customer_id", RECORD.alias("author_id"))
        .join(records, on="author_id", how="semi")
        .drop_nulls()
        .unique()
        .collect()
    )
    return asked.join(found, on="author_id").select(key, pl.concat_str(pl.lit("customer:"), "customer_id").alias("who"))


def _of(folder: Path, table: str, key: str, ids: pl.Series, *columns: str) -> pl.DataFrame:
    """Some columns of the rows of a clean table that have one of these ids."""
    wanted = pl.LazyFrame({key: ids.drop_nulls().unique()})
    return _scan(folder, table).select(key, *columns).join(wanted, on=key, how="semi").collect()


def _scan(folder: Path, table: str) -> pl.LazyFrame:
    return pl.scan_parquet(folder / f"{table}.parquet", glob=False)
