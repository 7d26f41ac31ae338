"""Whose conversations may be used: of everybody who wrote in one, a yes to what the output is for."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from cx_pipeline.ai.facts import ConsentFact, Withheld
from cx_pipeline.identity.permissions import NOBODY, OTHER_BASIS, Permits, gate
from cx_pipeline.privacy.outputs import PurposeBound
from cx_pipeline.privacy.purposes import Question

ANOTHER_PERSON = "another_person_in_it"
"""Somebody else than the customer wrote in it, who did not permit it."""


class Permitted(NamedTuple):
    """`ids`: of conversations, sorted. `withheld`: conversation_id, reason of the others. `fact`: in counts."""

    ids: pl.Series
    withheld: pl.DataFrame
    fact: ConsentFact

    def counts(self, output: str) -> tuple[Withheld, ...]:
        counted = self.withheld.group_by("reason").len().sort("reason")
        return tuple(Withheld(output, "conversation", reason, count) for reason, count in counted.iter_rows())


def permitted(conversations: pl.DataFrame, others: pl.DataFrame, output: PurposeBound, permits: Permits) -> Permitted:
    """The conversations that an output may hold.

    Args:
        conversations: `conversation_id, customer_id, is_test, is_deleted`.
        others: `conversation_id, customer_id` of further people who wrote in one.
        output: what the conversations are for.
        permits: what everybody permits now.
    """
    asked = conversations.select("conversation_id", "customer_id", "is_test", "is_deleted")
    own = gate(asked.lazy(), output, permits).rows.select("conversation_id").collect()
    further = others.join(gate(others.lazy(), output, permits).rows.collect(), on=others.columns, how="anti")
    ids = own.join(further, on="conversation_id", how="anti")["conversation_id"].sort()
    people = pl.concat([asked.join(own, on="conversation_id", how="semi").select("customer_id")])
    fact = ConsentFact(
        output.name.removeprefix("ai."),
        output.purpose,
        asked["customer_id"].drop_nulls().n_unique(),
        people["customer_id"].drop_nulls().n_unique(),
    )
    return Permitted(ids, _reasons(asked, ids, further, output, permits), fact)


def _reasons(asked: pl.DataFrame, ids: pl.Series, further: pl.DataFrame, output: PurposeBound, permits: Permits) -> pl.DataFrame:
    known, others = permits.reasons(Question(output.purpose, output.channel))
    left = asked.filter(~pl.col("conversation_id").is_in(ids.implode())).join(known.collect(), on="customer_id", how="left")
    said = pl.col("reason").fill_null(others)
    named = (
        pl.when(pl.col("is_deleted").fill_null(value=False))
        .then(pl.lit("is_deleted"))
        .when(pl.col("is_test").fill_null(value=False))
        .then(pl.lit("is_test"))
        .when(pl.col("customer_id").is_null())
        .then(pl.lit(NOBODY))
        .when(said.is_in(["granted", OTHER_BASIS]) & pl.col("conversation_id").is_in(further["conversation_id"].implode()))
        .then(pl.lit(ANOTHER_PERSON))
        .otherwise(said)
    )
    return left.select("conversation_id", named.alias("reason")).sort("conversation_id")
