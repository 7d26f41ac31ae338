"""What all silos together know of the people in texts, as values to look for there.

Values that stand for no value, and hashes of nothing, are none. Values that a record no longer carries, and those that many
share, are: they stand in texts all the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cx_pipeline.privacy.known import Known, known_values
from cx_pipeline.stages.lookup import Lookup
from cx_pipeline.stages.slices import slices
from cx_pipeline.stages.text_people import who_is

_COLUMN_OF = {
    "name": "full_name",
    "email": "emails",
    "phone": "phones",
    "address": "addresses",
    "handle": "handles",
    "external_id": "account_numbers",
}
_NAME = _COLUMN_OF["name"]
_LISTED = (*(column for column in _COLUMN_OF.values() if column != _NAME), "order_numbers")
_COLUMN = pl.Enum([*_COLUMN_OF.values(), "order_numbers"])
_TOLD = pl.Schema({"who": pl.UInt64(), "column": _COLUMN, "value": pl.String()})
_NAMING_ORDERS = ("interactions", "survey_responses")  # whom texts of other tables are about by way of
_NO_NAME = r"[0-9]{3}"  # 'Caller +1 415 …' is what a telephone system calls who has no name
_SYSTEM_OF_RECORD = r"^[^:]*:"


@dataclass(frozen=True)
class TextProfiles:
    """Values by person, `who` as in `text_people`.

    Attributes:
        told: of customers, orders and handles: `column`, `value`.
        agents: `full_name` of each agent who is somebody.
    """

    told: Lookup
    agents: Lookup

    @classmethod
    def load(cls, folder: Path) -> TextProfiles:
        """Read what the clean tables in a folder hold of anybody."""
        ordered = (named_in(rows) for name in _NAMING_ORDERS for rows in slices(folder, name))
        told = itertools.chain(_identities(folder), _placed(folder), ordered)
        return cls(Lookup.of_parts((rows.drop_nulls().collect for rows in told), "who"), Lookup.of(_agents(folder), "who"))

    def prints(self, whos: pl.Series, named: pl.DataFrame) -> pl.DataFrame:
        """What is known of people as one number each: `who`, `print`. Whoever nothing is known of has none.

        Args:
            whos: people.
            named: as for `known_of`.
        """
        people = whos.alias("who").unique().sort().to_frame()
        asked = people.with_columns(pl.col("who").alias("_asked"))
        agents = self.agents.find(asked, "_asked").select("who", pl.lit("agent").alias("column"), pl.col(_NAME).alias("value"))
        told = pl.concat([self._told(asked, named).with_columns(pl.col("column").cast(pl.String)), agents])
        values = told.group_by("who").agg(pl.struct("column", "value").hash(seed=4).sum().alias("print"))
        return values.with_columns(pl.col("print").hash(seed=5))

    def _told(self, asked: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
        """`who`, `column`, `value` of people, each once: `asked` holds `who`, and the same as `_asked`."""
        by_rows = asked.select("who").join(named.drop_nulls(), on="who")
        return pl.concat([self.told.find(asked, "_asked"), by_rows]).unique(maintain_order=True)

    def known_of(self, whos: pl.Series, named: pl.DataFrame) -> Known:
        """What is known of people, by `who`.

        Args:
            whos: people.
            named: values that the rows of the texts name themselves, as `named_in` has them.
        """
        people = whos.alias("who").unique().sort().to_frame().with_columns(pl.col("who").alias("_asked"))
        told = self._told(people, named)
        names = told.filter(pl.col("column") == _NAME).select(
            "who", pl.col("value").alias(_NAME), pl.lit("customer").alias("role")
        )
        agents = self.agents.find(people, "_asked").with_columns(pl.lit("agent").alias("role"))
        lists = [pl.col("value").filter(pl.col("column") == column).alias(column) for column in _LISTED]
        # In order once, as sorting the few values of each person by themselves costs more than all the rest.
        others = told.filter(pl.col("column") != _NAME).sort("value").group_by("who", maintain_order=True).agg(lists)
        profiles = pl.concat([names, agents, others], how="diagonal").sort("who", "role", _NAME, nulls_last=True)
        return known_values(profiles, ["who"])


def _identities(folder: Path) -> Iterator[pl.LazyFrame]:
    somebody = (pl.col("kind").is_in(list(_COLUMN_OF)), ~pl.col("is_placeholder"), ~pl.col("is_null_hash"))
    column = pl.col("kind").replace_strict(_COLUMN_OF, return_dtype=_COLUMN).alias("column")
    for rows in slices(folder, "customer_identities"):
        named = rows.filter(*somebody).filter((pl.col("kind") != "name") | ~pl.col("value").str.contains(_NO_NAME))
        yield named.select(who_is("customer_id"), column, "value")


def _placed(folder: Path) -> Iterator[pl.LazyFrame]:
    """Numbers of the orders that a customer placed."""
    for rows in slices(folder, "orders"):
        yield rows.select(who_is("customer_id"), _column("order_numbers"), _number_of("order_id"))


def named_in(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Orders and handles that rows name, of which nothing is known but the name: `who`, `column`, `value`."""
    held = rows.collect_schema().names()
    parts = [
        rows.select(who_is(name), _column(kind), value.alias("value"))
        for name, kind, value in (("order_id", "order_numbers", _number_of("order_id")), ("author", "handles", pl.col("author")))
        if name in held
    ]
    return pl.concat([_TOLD.to_frame(eager=False), *parts])


def _column(name: str) -> pl.Expr:
    return pl.lit(name).cast(_COLUMN).alias("column")


def _number_of(column: str) -> pl.Expr:
    return pl.col(column).str.replace(_SYSTEM_OF_RECORD, "").alias("value")


def _agents(folder: Path) -> pl.DataFrame:
    """Names of agents: an automation has none that would be anybody's."""
    return (
        pl.scan_parquet(folder / "agents.parquet", glob=False)
        .filter(~pl.col("is_bot").fill_null(value=False))
        .select(who_is("agent_id"), pl.col("name").alias(_NAME))
        .drop_nulls()
        .unique()
        .sort("who", _NAME)
        .collect()
    )
