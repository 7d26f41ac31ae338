"""Who a text is about or by: its customer, its agents, its order, found by the references that its row holds.

A person is named by one number, `who`: the hash of `<sort>:<key>`, that is `customer:<customer_id>`, `agent:<agent_id>`,
`order:<order_id>` or `handle:<name>`. The numbers mean nothing outside of a run.

The references of all clean tables are read once and held as pairs of numbers, so that each batch of texts costs what it holds,
not what the tables hold: about 16 bytes a pair, three pairs an interaction.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

from cx_pipeline.contracts.table import Table
from cx_pipeline.stages.lookup import Lookup
from cx_pipeline.stages.slices import slices

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
        records = (rows.with_columns(RECORD.alias("author_id")) for rows in slices(folder, "customer_identities"))
        authors = Lookup.of_parts((partial(_pairs, rows, "author_id", ["customer_id"]) for rows in records), "author_id")
        concerned = ["customer_id", "agent_id", "order_id"]
        parts: Iterator[Callable[[], pl.DataFrame]] = itertools.chain(
            (partial(_pairs, rows, "interaction_id", concerned) for rows in slices(folder, "interactions")),
            (partial(_who_wrote, rows, authors) for rows in slices(folder, "messages")),
            (partial(_pairs, rows, "interaction_id", ["agent_id"]) for rows in slices(folder, "call_legs")),
        )
        interactions = Lookup.of_parts(parts, "interaction_id")
        told = (partial(_told_by_response, rows) for rows in slices(folder, "survey_responses"))
        return cls(interactions, authors, Lookup.of_parts(told, "response_id"))

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


def _number(column: str) -> pl.Expr:
    return pl.when(pl.col(column).is_not_null()).then(pl.col(column).hash()).alias(column)


def _pairs(rows: pl.LazyFrame, key: str, named: list[str]) -> pl.DataFrame:
    """The number of the key, and `who` of each column that names somebody."""
    numbers = rows.select(_number(key), *(who_is(column).alias(f"_{column}") for column in named)).collect()
    return pl.concat([numbers.select(key, pl.col(f"_{column}").alias("who")).drop_nulls() for column in named])


def _who_wrote(rows: pl.LazyFrame, authors: Lookup) -> pl.DataFrame:
    """`interaction_id`, `who` of whom messages are by: agents, and the customers whose records wrote."""
    numbers = rows.select(_number("interaction_id"), _number("author_id"), who_is("author_id")).collect()
    wrote = numbers.select("interaction_id", "author_id").drop_nulls().unique()
    return pl.concat([numbers.select("interaction_id", "who").drop_nulls(), authors.find(wrote, "author_id")])


def _told_by_response(rows: pl.LazyFrame) -> pl.DataFrame:
    """`response_id` and either `who` or the number of the `interaction` that a response names; a row each."""
    customer, order = (who_is(column).alias(column) for column in ("customer_id", "order_id"))
    numbers = rows.select(_number("response_id"), customer, order, _number("interaction_id").alias("interaction")).collect()
    nothing = pl.lit(None, dtype=pl.UInt64)
    people = [
        numbers.select("response_id", pl.col(name).alias("who"), nothing.alias("interaction")).drop_nulls("who")
        for name in ("customer_id", "order_id")
    ]
    return pl.concat([*people, numbers.select("response_id", nothing.alias("who"), "interaction").drop_nulls("interaction")])
