"""People who part again: who had which id before a merge, and who takes it up when the merge is undone.

For every merge the registry remembers who had the absorbed id, and who had the one that survived (`held`). When the records
of one id are found to be several people, the surviving id belongs to those who had it before the merge, and each retired id
to the cluster with more than half of the records that had it, so an unmerged customer gets the old id back.
"""

from __future__ import annotations

import polars as pl


def revivable(clusters: pl.DataFrame, retired: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """`cluster, customer_id`: the one retired id that a cluster may take up again, where no living one is left for it.

    More than half of the id's records that are still seen must be there, so it is never two clusters' at once.
    """
    had = clusters.join(held.join(retired, on="customer_id", how="semi"), on="record")
    counted = had.group_by("customer_id", "cluster").agg(pl.len().alias("records"))
    most = counted.filter(pl.col("records") * 2 > pl.col("records").sum().over("customer_id"))
    ordered = most.sort(["records", "customer_id"], descending=[True, False])
    return ordered.unique("cluster", keep="first", maintain_order=True).select("cluster", "customer_id")


def without_yielding(
    votes: pl.DataFrame, voters: pl.DataFrame, way_back: pl.DataFrame, retired: pl.DataFrame, held: pl.DataFrame
) -> pl.DataFrame:
    """Votes without those for an id that a cluster only got by a merge, where they who had it before stand elsewhere.

    However much a customer has grown since the merge, the id goes to whose it was.

    Args:
        votes: `cluster, customer_id, votes`; their order is kept.
        voters: `record, cluster, customer_id`.
        way_back: as from `revivable`: only who has an id to go back to gives way.
        retired: `customer_id, survivor`.
        held: who had an id before a merge.
    """
    had_it = voters.join(held, on=["record", "customer_id"], how="semi").select("cluster", "customer_id").unique()
    merged_into = way_back.join(retired, on="customer_id").select("cluster", pl.col("survivor").alias("customer_id"))
    yielding = merged_into.join(had_it, on=["cluster", "customer_id"], how="anti").join(had_it, on="customer_id", how="semi")
    return votes.join(yielding, on=["cluster", "customer_id"], how="anti", maintain_order="left")


def remembered(held: pl.DataFrame, membership: pl.DataFrame, merging: pl.Series) -> pl.DataFrame:
    """`held` with the records of ids that take part in a merge. What is known of an id from an earlier merge stays as it was.

    Args:
        held: as before.
        membership: `record, customer_id` before the merge.
        merging: the ids.
    """
    unknown = merging.unique().alias("customer_id").to_frame().join(held, on="customer_id", how="anti")
    return pl.concat([held, membership.join(unknown, on="customer_id", how="semi").select("record", "customer_id")])


def returning(unseen: pl.DataFrame, revived: pl.DataFrame, retired: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """`record, customer_id` of unseen records: whoever is where a merge put them goes back with a revived id.

    Of several revived ids that a record had, merge upon merge, it goes to the one with the fewest records: the innermost.
    """
    sizes = held.group_by("customer_id").agg(pl.len().alias("records"))
    back = (
        held.join(revived, on="customer_id", how="semi")
        .join(retired, on="customer_id")
        .join(sizes, on="customer_id")
        .join(unseen.rename({"customer_id": "survivor"}), on=["record", "survivor"])
        .sort("record", "records", "customer_id")
        .unique("record", keep="first", maintain_order=True)
        .select("record", pl.col("customer_id").alias("back"))
    )
    return unseen.join(back, on="record", how="left").select("record", pl.coalesce("back", "customer_id").alias("customer_id"))
