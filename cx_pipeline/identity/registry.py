"""Stable ids: a person keeps their customer_id when records come, go, meet and part.

A record votes for the id it had. The pair of cluster and id with most votes is settled first, then the next pair of which
neither is settled yet, and so on; ties go to the smaller key, so the outcome does not depend on order. Ids that no cluster
got are absorbed and point to the id that most of their records have now. A cluster that got none takes up the retired id
that its records had before a merge (`revival`), or else is given a token of its smallest record key.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from cx_pipeline.errors import InternalError
from cx_pipeline.identity.revival import remembered, returning, revivable, without_yielding
from cx_pipeline.privacy.tokens import Tokeniser

REGISTRY = {"record": pl.String, "customer_id": pl.String, "is_seen": pl.Boolean}
RETIRED = {"customer_id": pl.String, "survivor": pl.String}
HELD = {"record": pl.String, "customer_id": pl.String}
EVENTS: dict[str, pl.DataType | type[pl.DataType]] = {
    "run_id": pl.String,
    "occurred_at": pl.Datetime("us"),
    "kind": pl.String,
    "customer_id": pl.String,
    "other_id": pl.String,
    "records": pl.Int64,
}
DOMAIN = "customer"
"""Of the tokens that customer ids are."""


class Assignment(NamedTuple):
    """Who has which id.

    Attributes:
        membership: `record, customer_id, is_seen`, also of records that no delivery holds any more; these are not seen.
        retired: `customer_id, survivor`.
        held: `record, customer_id`: who had an id before a merge, of the absorbed id and of the one that survived.
        events: everything that ever happened to ids, oldest run first; only ever appended to.
    """

    membership: pl.DataFrame
    retired: pl.DataFrame
    held: pl.DataFrame = pl.DataFrame(schema=HELD)
    events: pl.DataFrame = pl.DataFrame(schema=EVENTS)


def empty() -> Assignment:
    return Assignment(pl.DataFrame(schema=REGISTRY), pl.DataFrame(schema=RETIRED))


def assign(clusters: pl.DataFrame, before: Assignment, tokeniser: Tokeniser) -> Assignment:
    """Give every cluster its customer_id. The events are those of before: `events.logged` appends to them.

    Args:
        clusters: `record, cluster`.
        before: the registry of the published version.
        tokeniser: mints new ids.
    """
    membership = before.membership.select("record", "customer_id")
    voters = clusters.join(membership, on="record")
    votes = _tallied(voters, "cluster", "customer_id")
    way_back = revivable(clusters, before.retired, before.held)
    kept = _settle(without_yielding(votes, voters, way_back, before.retired, before.held))
    revived = way_back.join(kept, on="cluster", how="anti")
    gone = votes.unique("customer_id", keep="first", maintain_order=True).join(kept, on="customer_id", how="anti")
    ids = _with_minted(pl.concat([kept, revived]), clusters, before, tokeniser)
    now = clusters.join(ids, on="cluster").select("record", "customer_id")
    absorbed = gone.join(ids.rename({"customer_id": "survivor"}), on="cluster").select("customer_id", "survivor")
    still_retired = pl.concat([before.retired, absorbed]).join(revived, on="customer_id", how="anti")
    held = remembered(before.held, membership, absorbed["customer_id"])
    retired = _led(still_retired, held, now)
    held = remembered(held, membership, retired.join(absorbed, on="customer_id", how="semi")["survivor"])
    unseen = returning(membership.join(now, on="record", how="anti"), revived, before.retired, before.held)
    everybody = pl.concat(
        [now.with_columns(is_seen=pl.lit(value=True)), _resolve(unseen, retired).with_columns(is_seen=pl.lit(value=False))]
    ).sort("record")
    return Assignment(everybody, retired, _in_use(held, everybody, retired), before.events)


def _tallied(rows: pl.DataFrame, voter: str, choice: str) -> pl.DataFrame:
    """`voter, choice, votes`, most votes first, ties to the smaller."""
    counted = rows.group_by(voter, choice).agg(pl.len().alias("votes"))
    return counted.sort(["votes", voter, choice], descending=[True, False, False])


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


def _with_minted(settled: pl.DataFrame, clusters: pl.DataFrame, before: Assignment, tokeniser: Tokeniser) -> pl.DataFrame:
    """`cluster, customer_id` of every cluster."""
    taken = set(before.membership["customer_id"].to_list()) | set(before.retired["customer_id"].to_list())
    unclaimed = clusters.select("cluster").unique().join(settled, on="cluster", how="anti").sort("cluster")["cluster"]
    minted = pl.DataFrame({"cluster": unclaimed, "customer_id": _minted(unclaimed, taken, tokeniser)})
    return pl.concat([settled, minted])


def _minted(keys: pl.Series, taken: set[str], tokeniser: Tokeniser) -> pl.Series:
    """A new id for each key; all at once as long as no two of them meet."""
    ids = tokeniser.tokens(keys, DOMAIN)
    if ids.n_unique() == ids.len() and taken.isdisjoint(ids.to_list()):
        return ids
    return pl.Series([_mint(key, taken, tokeniser) for key in keys.to_list()], dtype=pl.String)


def _mint(key: str, taken: set[str], tokeniser: Tokeniser) -> str:
    for attempt in range(len(taken) + 1):
        minted = tokeniser.token(key if attempt == 0 else f"{key}#{attempt}", DOMAIN)
        if minted not in taken:
            taken.add(minted)
            return minted
    raise InternalError("a new customer_id could not be minted", expected="one free among more attempts than ids")


def _led(retired: pl.DataFrame, held: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Retired ids with the id that most of their records have now; where none is seen, wherever they led before."""
    went = held.join(retired, on="customer_id", how="semi").join(now.rename({"customer_id": "went"}), on="record")
    most = _tallied(went, "customer_id", "went").unique("customer_id", keep="first", maintain_order=True)
    led = (
        retired.unique("customer_id", keep="last", maintain_order=True)
        .join(most, on="customer_id", how="left")
        .select("customer_id", pl.coalesce("went", "survivor").alias("survivor"))
    )
    return _follow(led).sort("customer_id")


def _follow(retired: pl.DataFrame) -> pl.DataFrame:
    """Chains of survivors end at the last one."""
    while True:
        onward = retired.join(
            retired.rename({"customer_id": "survivor", "survivor": "next"}), on="survivor", how="left", maintain_order="left"
        ).with_columns(pl.coalesce("next", "survivor").alias("survivor"))
        if onward["survivor"].equals(retired["survivor"]):
            return retired
        retired = onward.drop("next")


def _resolve(membership: pl.DataFrame, retired: pl.DataFrame) -> pl.DataFrame:
    return membership.join(retired, on="customer_id", how="left").select(
        "record", pl.coalesce("survivor", "customer_id").alias("customer_id")
    )


def _in_use(held: pl.DataFrame, membership: pl.DataFrame, retired: pl.DataFrame) -> pl.DataFrame:
    """What a later parting may need: of retired ids all, of living ones only where something was absorbed, and who stayed."""
    survivors = retired.select(pl.col("survivor").alias("customer_id"))
    living = held.join(survivors, on="customer_id", how="semi").join(membership, on=["record", "customer_id"], how="semi")
    return pl.concat([held.join(retired, on="customer_id", how="semi"), living]).unique().sort("customer_id", "record")
