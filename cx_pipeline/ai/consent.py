"""Whose conversations and features may be used: of everybody concerned, a yes to what the output is for."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from cx_pipeline.ai.facts import ConsentFact, Withheld
from cx_pipeline.identity.permissions import BECAUSE, WITHHELD, Permits, gate
from cx_pipeline.privacy.outputs import PurposeBound

ANOTHER_PERSON = "another_person_in_it"
"""Somebody else than the customer wrote in it, who did not permit it."""


class Permitted(NamedTuple):
    """What an output may hold.

    Attributes:
        ids: of conversations or customers, sorted.
        withheld: `conversation_id` or `customer_id`, and the `reason`, of the others.
        ledger: the same in counts, as rows of `permissions.WITHHELD`.
        fact: the people in counts.
    """

    ids: pl.Series
    withheld: pl.DataFrame
    ledger: pl.DataFrame
    fact: ConsentFact


def permitted(conversations: pl.DataFrame, others: pl.DataFrame, output: PurposeBound, permits: Permits) -> Permitted:
    """The conversations that an output may hold.

    Args:
        conversations: `conversation_id, customer_id, is_test, is_deleted`.
        others: `conversation_id, customer_id` of further people who wrote in one.
        output: what the conversations are for.
        permits: what everybody permits now.
    """
    asked = conversations.select("conversation_id", "customer_id", "is_test", "is_deleted")
    gated = gate(asked.lazy(), output, permits)
    own, refused = gated.rows.collect(), gated.refused.collect()
    unasked = gate(others.lazy(), output, permits).refused.collect()
    shared = own.join(unasked, on="conversation_id", how="semi").with_columns(pl.lit(ANOTHER_PERSON).alias(BECAUSE))
    left = pl.concat([refused, shared])
    may = own.join(unasked, on="conversation_id", how="anti")
    fact = ConsentFact(_name(output), output.purpose, _people(asked), _people(own))
    return Permitted(may["conversation_id"].sort(), _reasons(left, "conversation_id"), _ledger(left, output), fact)


def permitted_customers(customers: pl.DataFrame, output: PurposeBound, permits: Permits) -> Permitted:
    """The customers that an output may tell of.

    Args:
        customers: `customer_id, is_test, is_deleted`; marked where all that identifies them is.
        output: what it is for.
        permits: what everybody permits now.
    """
    gated = gate(customers.lazy(), output, permits)
    left = gated.refused.collect()
    ids = gated.rows.select("customer_id").collect().to_series().sort()
    people = customers.filter(~pl.col("is_test"), ~pl.col("is_deleted")).height
    fact = ConsentFact(_name(output), output.purpose, people, len(ids))
    return Permitted(ids, _reasons(left, "customer_id"), _ledger(left, output), fact)


def withheld_counts(permitted: Permitted, unit: str) -> tuple[Withheld, ...]:
    """What an output leaves out, by reason."""
    return tuple(
        Withheld(permitted.fact.output, unit, reason, rows)
        for reason, rows in permitted.ledger.select("reason", "rows").iter_rows()
    )


def _name(output: PurposeBound) -> str:
    return output.name.removeprefix("ai.")


def _people(rows: pl.DataFrame) -> int:
    return rows["customer_id"].drop_nulls().n_unique()


def _reasons(left: pl.DataFrame, key: str) -> pl.DataFrame:
    return left.select(key, pl.col(BECAUSE).alias("reason")).sort(key)


def _ledger(left: pl.DataFrame, output: PurposeBound) -> pl.DataFrame:
    counted = left.group_by(pl.col(BECAUSE).alias("reason")).agg(
        pl.col("customer_id").drop_nulls().n_unique().alias("subjects"), pl.len().alias("rows")
    )
    named = counted.with_columns(
        pl.lit(output.name).alias("output"), pl.lit(output.purpose).alias("purpose"), pl.lit(output.channel).alias("channel")
    )
    return named.select(pl.col(name).cast(dtype) for name, dtype in WITHHELD.items()).sort("reason")
