"""Stable ids: a person keeps their customer_id when records come, go, meet and part.

A record votes for the id it had. The pair of cluster and id with most votes is settled first, then the next pair of which
neither is settled yet, and so on; ties go to the smaller key, so the outcome does not depend on order. Ids that no cluster
got are absorbed and point to the id of the cluster where most of their records went. A cluster that got none is given a
token of its smallest record key.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from cx_pipeline.errors import InternalError
from cx_pipeline.privacy.tokens import Tokeniser

REGISTRY = {"record": pl.String, "customer_id": pl.String}
_DOMAIN = "customer"
RETIRED = {"customer_id": pl.String, "survivor": pl.String}


class Assignment(NamedTuple):
    """`membership`: record, customer_id (also of records no longer seen). `retired`: customer_id, survivor."""

    membership: pl.DataFrame
    retired: pl.DataFrame


def empty() -> Assignment:
    return Assignment(pl.DataFrame(schema=REGISTRY), pl.DataFrame(schema=RETIRED))


def assign(clusters: pl.DataFrame, before: Assignment, tokeniser: Tokeniser) -> Assignment:
    """Give every cluster its customer_id.

    Args:
        clusters: `record, cluster`.
        before: the registry of the published version.
        tokeniser: mints new ids.
    """
    votes = (
        clusters.join(before.membership, on="record")
        .group_by("cluster", "customer_id")
        .agg(pl.len().alias("votes"))
        .sort(["votes", "cluster", "customer_id"], descending=[True, False, False])
    )
    kept = _settle(votes)
    gone = votes.unique("customer_id", keep="first", maintain_order=True).join(kept, on="customer_id", how="anti")
    absorbed = gone.join(kept.rename({"customer_id": "survivor"}), on="cluster")
    taken = set(before.membership["customer_id"].to_list()) | set(before.retired["customer_id"].to_list())
    unclaimed = clusters.select("cluster").unique().join(kept, on="cluster", how="anti").sort("cluster")["cluster"]
    minted = pl.DataFrame(
        {
            "cluster": unclaimed,
            "customer_id": _minted(unclaimed, taken, tokeniser),
        }
    )
    ids = pl.concat([kept, minted.select("cluster", "customer_id")])
    now = clusters.join(ids, on="cluster").select("record", "customer_id")
    unseen = before.membership.join(now, on="record", how="anti")
    retired = _follow(pl.concat([before.retired, absorbed.select("customer_id", "survivor")]))
    return Assignment(
        pl.concat([now, _resolve(unseen, retired)]).sort("record"),
        retired.join(now, on="customer_id", how="anti")
        .unique("customer_id", keep="last", maintain_order=True)
        .sort("customer_id"),
    )


def _settle(votes: pl.DataFrame) -> pl.DataFrame:
    """`cluster, customer_id`, each at most once. `votes` comes in order of precedence."""
    settled = [votes.clear().select("cluster", "customer_id")]
    left = votes
    while not left.is_empty():
        # First for its cluster and first for its id: nothing that comes before can take either away.
        mutual = left.filter(pl.col("cluster").is_first_distinct() & pl.col("customer_id").is_first_distinct())
        settled.append(mutual.select("cluster", "customer_id"))
        left = left.join(mutual, on="cluster", how="anti", maintain_order="left").join(
            mutual, on="customer_id", how="anti", maintain_order="left"
        )
    return pl.concat(settled)


def _minted(keys: pl.Series, taken: set[str], tokeniser: Tokeniser) -> pl.Series:
    """A new id for each key; all at once as long as no two of them meet."""
    ids = tokeniser.tokens(keys, _DOMAIN)
    if ids.n_unique() == ids.len() and taken.isdisjoint(ids.to_list()):
        return ids
    return pl.Series([_mint(key, taken, tokeniser) for key in keys.to_list()], dtype=pl.String)


def _mint(key: str, taken: set[str], tokeniser: Tokeniser) -> str:
    for attempt in range(len(taken) + 1):
        minted = tokeniser.token(key if attempt == 0 else f"{key}#{attempt}", _DOMAIN)
        if minted not in taken:
            taken.add(minted)
            return minted
    raise InternalError("a new customer_id could not be minted", expected="one free among more attempts than ids")


def _follow(retired: pl.DataFrame) -> pl.DataFrame:
    """Chains of survivors end at the last one."""
    while True:
        onward = retired.join(
            retired.rename({"customer_id": "survivor", "survivor": "next"}).unique("survivor", keep="last", maintain_order=True),
            on="survivor",
            how="left",
            maintain_order="left",
        ).with_columns(pl.coalesce(pl.when(pl.col("next") != pl.col("customer_id")).then("next"), "survivor").alias("survivor"))
        if onward["survivor"].equals(retired["survivor"]):
            return retired
        retired = onward.drop("next")


def _resolve(membership: pl.DataFrame, retired: pl.DataFrame) -> pl.DataFrame:
    last = retired.unique("customer_id", keep="last", maintain_order=True)
    return membership.join(last, on="customer_id", how="left").select(
        "record", pl.coalesce("survivor", "customer_id").alias("customer_id")
    )
