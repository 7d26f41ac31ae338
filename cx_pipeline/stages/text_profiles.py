"""What all silos together know of some people, as values to look for in their texts.

Values that stand for no value, and hashes of nothing, are none. Values that a record no longer carries, and those that many
share, are: they stand in texts all the same.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.privacy.known import Known, known_values

_COLUMN_OF = {
    "name": "full_name",
    "email": "emails",
    "phone": "phones",
    "address": "addresses",
    "handle": "handles",
    "external_id": "account_numbers",
}
_NAME = _COLUMN_OF["name"]
_TOLD = pl.Schema({"who": pl.String(), "column": pl.String(), "value": pl.String()})
_NO_NAME = r"[0-9]{3}"  # 'Caller +1 415 …' is what a telephone system calls who has no name
_KEY_OF_RECORD = r"^[^:]*:"


def known_of(whos: pl.Series, folder: Path) -> Known:
    """What is known of people, by `who`.

    Args:
        whos: people as `text_people` names them.
        folder: of the clean tables.
    """
    people = pl.DataFrame({"who": whos.unique().sort()}).with_columns(
        pl.col("who").str.extract(r"^([a-z]+):").alias("sort"), pl.col("who").str.replace(_KEY_OF_RECORD, "").alias("key")
    )
    agents = _agents(people, folder).with_columns(pl.lit("agent").alias("role"))
    told = pl.concat([_identities(people, folder), _orders(people, folder), _handles(people)]).unique()
    names = told.filter(column=_NAME).select("who", pl.col("value").alias(_NAME), pl.lit("customer").alias("role"))
    lists = [
        pl.col("value").filter(pl.col("column") == column).sort().alias(column)
        for column in (*_COLUMN_OF.values(), "order_numbers")
        if column != _NAME
    ]
    others = told.filter(pl.col("column") != _NAME).group_by("who").agg(lists)
    profiles = pl.concat([names, agents, others], how="diagonal").sort("who", "role", _NAME, nulls_last=True)
    return known_values(profiles, ["who"])


def _identities(people: pl.DataFrame, folder: Path) -> pl.DataFrame:
    return (
        pl.scan_parquet(folder / "customer_identities.parquet", glob=False)
        .filter(pl.col("kind").is_in(list(_COLUMN_OF)), ~pl.col("is_placeholder"), ~pl.col("is_null_hash"))
        .filter((pl.col("kind") != "name") | ~pl.col("value").str.contains(_NO_NAME))
        .select("customer_id", "kind", "value")
        .join(_keys(people, "customer", "customer_id"), on="customer_id")
        .select("who", pl.col("kind").replace_strict(_COLUMN_OF).alias("column"), "value")
        .drop_nulls()
        .unique()
        .collect()
        .cast(_TOLD)
    )


def _agents(people: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """Names of agents: an automation has none that would be anybody's."""
    return (
        pl.scan_parquet(folder / "agents.parquet", glob=False)
        .filter(~pl.col("is_bot").fill_null(value=False))
        .select("agent_id", pl.col("name").alias(_NAME))
        .join(_keys(people, "agent", "agent_id"), on="agent_id")
        .select("who", _NAME)
        .drop_nulls()
        .unique()
        .collect()
    )


def _orders(people: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """Numbers of orders: of those that are named, and of all that a customer placed."""
    placed = (
        pl.scan_parquet(folder / "orders.parquet", glob=False)
        .select("customer_id", "order_id")
        .join(_keys(people, "customer", "customer_id"), on="customer_id")
        .select("who", pl.col("order_id").alias("key"))
        .collect()
    )
    named = people.filter(sort="order").select("who", "key")
    number = pl.col("key").str.replace(_KEY_OF_RECORD, "").alias("value")
    return pl.concat([placed, named]).select("who", pl.lit("order_numbers").alias("column"), number).drop_nulls()


def _handles(people: pl.DataFrame) -> pl.DataFrame:
    return people.filter(sort="handle").select("who", pl.lit("handles").alias("column"), pl.col("key").alias("value"))


def _keys(people: pl.DataFrame, sort: str, name: str) -> pl.LazyFrame:
    return people.lazy().filter(pl.col("sort") == sort).select("who", pl.col("key").alias(name))
