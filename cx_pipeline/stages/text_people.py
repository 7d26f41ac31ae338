"""Who a text is about or by: its customer, its agents, its order, found by the references that its row holds.

A person is named by one number, `who`: the hash of `<sort>:<key>`, that is `customer:<customer_id>`, `agent:<agent_id>`,
`order:<order_id>` or `handle:<name>`. The numbers mean nothing outside of a run.

The references of all clean tables are read once and held as pairs of numbers, so that each batch of texts costs what it holds,
not what the tables hold: about 16 bytes a pair, three pairs an interaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cx_pipeline.contracts.table import Table
from cx_pipeline.stages.lookup import Lookup

RECORD = pl.concat_str("source_system", pl.lit("."), "source_entity", pl.lit(":"), "source_id")
REFERENCES = ("customer_id", "interaction_id", "response_id", "agent_id", "author_id", "order_id", "author")
"""Columns, by their names in the clean tables, that say whom a text concerns."""
SORTS = {"customer_id": "customer", "agent_id": "agent", "author_id": "agent", "order_id": "order", "author": "handle"}
"""Columns that name a person, and as what."""
_LINKS = pl.Schema({"row": pl.UInt32(), "who": pl.UInt64()})


def references(table: Table) -> list[str]:
    """The columns of a clean table that say whom its texts concern."""
    stored = {column.name if column.resolved else column.lake_name for column in table.columns if column.in_lake}
    return [name for name in REFERENCES if name in stored]


def who_is(column: str) -> pl.Expr:
    """The number of whom a column names."""
    named = pl.concat_str(pl.lit(f"{SORTS[column]}:"), column)
    return pl.when(named.is_not_null()).then(named.hash()).alias("who")


@dataclass(frozen=True)
class TextPeople:
    """Who has a part in what.

    Attributes:
        interactions: number of an interaction to `who`: its customer and order, who owns it, wrote in it, took its calls.
        authors: number of a record that writes to `who`: the customer it is part of.
        responses: number of a survey response to `who`, and to the number of its `interaction`; either may be null.
    """

    interactions: Lookup
    authors: Lookup
    responses: Lookup

    @classmethod
    def load(cls, folder: Path) -> TextPeople:
        """Read the references of the clean tables in a folder."""
        records = _pairs(
            _scan(folder, "customer_identities").select(RECORD.alias("author_id"), "customer_id"), "author_id", ["customer_id"]
        )
        authors = Lookup.of(records, "author_id")
        about = _pairs(_scan(folder, "interactions"), "interaction_id", ["customer_id", "agent_id", "order_id"])
        said = _pairs(_scan(folder, "messages"), "interaction_id", ["author_id"])
        calls = _pairs(_scan(folder, "call_legs"), "interaction_id", ["agent_id"])
        wrote = _scan(folder, "messages").select(_number("interaction_id"), _number("author_id")).drop_nulls().unique().collect()
        by_record = authors.find(wrote, "author_id")
        parts = pl.concat([about, said, calls, by_record]).unique()
        answered = _scan(folder, "survey_responses").select(_number("response_id"), *_SAID_OF_RESPONSE).collect()
        whom = answered.unpivot(["customer_id", "order_id"], index="response_id", value_name="who").drop("variable").drop_nulls()
        told = pl.concat(
            [
                whom.with_columns(pl.lit(None, dtype=pl.UInt64).alias("interaction")),
                answered.select("response_id", pl.lit(None, dtype=pl.UInt64).alias("who"), "interaction").drop_nulls(
                    "interaction"
                ),
            ]
        )
        return cls(Lookup.of(parts, "interaction_id"), authors, Lookup.of(told.unique(), "response_id"))

    def of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The people of each row.

        Args:
            rows: `row`, a number, and any of `REFERENCES`.

        Returns:
            `row`, `who`: each pair once, in order. A row of nobody known has none.
        """
        parts = [rows.select("row", who_is(name)).drop_nulls() for name in SORTS if name in rows.columns]
        if "author_id" in rows.columns:
            parts.append(self.authors.find(rows.select("row", _number("author_id")), "author_id"))
        if "interaction_id" in rows.columns:
            parts.append(self.interactions.find(rows.select("row", _number("interaction_id")), "interaction_id"))
        if "response_id" in rows.columns and "customer_id" not in rows.columns:
            told = self.responses.find(rows.select("row", _number("response_id")), "response_id")
            parts.append(told.select("row", "who").drop_nulls())
            parts.append(self.interactions.find(told.select("row", "interaction"), "interaction"))
        return pl.concat([_LINKS.to_frame(), *parts]).unique().sort("row", "who")


_SAID_OF_RESPONSE = (
    who_is("customer_id").alias("customer_id"),
    who_is("order_id").alias("order_id"),
    pl.when(pl.col("interaction_id").is_not_null()).then(pl.col("interaction_id").hash()).alias("interaction"),
)


def _number(column: str) -> pl.Expr:
    return pl.when(pl.col(column).is_not_null()).then(pl.col(column).hash()).alias(column)


def _pairs(rows: pl.LazyFrame, key: str, named: list[str]) -> pl.DataFrame:
    """The number of the key, and `who` of each column that names somebody; each pair once."""
    parts = [rows.select(_number(key), who_is(column)).drop_nulls() for column in named]
    return pl.concat(parts).unique().collect()


def _scan(folder: Path, table: str) -> pl.LazyFrame:
    return pl.scan_parquet(folder / f"{table}.parquet", glob=False)
