"""Readable values of the lake beside the tokens that were published for them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tests.accuracy.compare import asked

# The domain, the value in the lake, the token in the published file, and what identifies a row in both.
_PLACES = {
    "customer_identities": ("kind", "value", "value_token", "row_id"),
    "consent_events": ("identity.kind", "identity.token", "identity.token", "event_id"),
    "customer_attributes": ("attribute", "value", "value", "customer_id"),
    "agents": ("'name'", "name", "name_token", "row_id"),
}


def pairs(published: Path, lake: Path) -> pl.DataFrame:
    """`place, domain, value, token`: personal values of some tables, with what stands for them in the published file.

    Rows that are not alone with their domain and key are left out, as they cannot be told apart.
    """
    parts = []
    for table, (domain, value, token, key) in _PLACES.items():
        told = f"{domain} AS domain, {key} AS key"
        readable = _alone(asked(published, f"SELECT {told}, {value} AS value FROM read_parquet('{lake / table}.parquet')"))
        made = _alone(asked(published, f"SELECT {told}, {token} AS token FROM main.{table}"))
        parts.append(readable.join(made, on=["domain", "key"]).select(pl.lit(table).alias("place"), "domain", "value", "token"))
    return pl.concat(parts).filter(pl.col("value").is_not_null(), pl.col("token").str.contains("^k[0-9]+_"))


def _alone(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.struct("domain", "key").is_unique())
