"""What was written more than once: copies by one person give way to the earliest, letters that many people send are marked.

A copy is exact when its words are the same in lower case, else near: its word runs overlap with those of the text that is kept by
0.8 or more. Equal texts of different people are a template and stay, each as its person's; they hang together in the splits.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from cx_pipeline.ai.near import components, near_pairs

EXACT, NEAR = "exact", "near"
DECISIONS = {"kept": pl.String, "removed": pl.String, "method": pl.String, "jaccard": pl.Float64}
CLUSTERS = {"id": pl.String, "cluster": pl.UInt32, "people": pl.UInt32}


class Repeats(NamedTuple):
    """What repeats what.

    Attributes:
        decisions: rows of `DECISIONS`: one an item that gives way.
        clusters: rows of `CLUSTERS`: each item with the cluster of alike texts that it is in, and how many owners it has.
    """

    decisions: pl.DataFrame
    clusters: pl.DataFrame


def said(texts: pl.Expr) -> pl.Expr:
    """Texts as they are compared: words in lower case, with a space between; of equal ones the words are the same."""
    return texts.str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars()


def repeats(items: pl.DataFrame) -> Repeats:
    """Find the repeats among texts.

    Args:
        items: `id, owner, at, said` (as from `said`): of one owner the earliest is kept, of equally early ones the first by id.
    """
    ordered = items.sort("at", "id", nulls_last=True)
    distinct = ordered["said"].unique(maintain_order=True).to_frame("said").with_row_index("place")
    placed = ordered.join(distinct, on="said", maintain_order="left").with_row_index("order")
    near = near_pairs(distinct["said"])
    alike = pl.concat([near.pairs.select("left", "right"), near.kin])
    cluster = components(distinct.height, alike)
    clustered = placed.with_columns(cluster.gather(placed["place"]).alias("cluster")).with_columns(
        pl.col("owner").n_unique().over("cluster").alias("people")
    )
    return Repeats(
        _decisions(placed, near.pairs),
        clustered.select("id", pl.col("cluster").cast(pl.UInt32), pl.col("people").cast(pl.UInt32)).sort("id"),
    )


def _decisions(placed: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    owned = placed.filter(pl.col("owner").is_not_null())
    first = owned.unique(["owner", "place"], keep="first", maintain_order=True).select("order", "owner", "place")
    left, right = (first.rename({"order": side, "place": f"{side}_place"}) for side in ("from", "to"))
    between = (
        pairs.join(left, left_on="left", right_on="from_place")
        .join(right, left_on=["right", "owner"], right_on=["to_place", "owner"])
        .select(pl.min_horizontal("from", "to").alias("early"), pl.max_horizontal("from", "to").alias("late"), "jaccard")
        .sort("late", "early")
    )
    kept_by = _given_way(between)
    near = pl.DataFrame(kept_by, schema={"late": pl.UInt32, "early": pl.UInt32, "jaccard": pl.Float64}, orient="row")
    firsts = first.select("owner", "place", pl.col("order").alias("early"))
    exact = (
        owned.join(firsts, on=["owner", "place"], maintain_order="left")
        .filter(pl.col("order") != pl.col("early"))
        .select(pl.col("order").alias("late"), "early")
        # What the earliest copy gave way to keeps all of its copies.
        .join(
            near.rename({"late": "middle", "early": "kept", "jaccard": "similar"}), left_on="early", right_on="middle", how="left"
        )
        .select("late", pl.coalesce("kept", "early").alias("early"), pl.col("similar").alias("jaccard"))
    )
    method = pl.when(pl.col("jaccard").is_null()).then(pl.lit(EXACT)).otherwise(pl.lit(NEAR))
    both = pl.concat([near, exact]).with_columns(method.alias("method"), pl.col("jaccard").fill_null(1.0))
    ids = placed.select("order", "id")
    return (
        both.join(ids.rename({"id": "kept"}), left_on="early", right_on="order")
        .join(ids.rename({"id": "removed"}), left_on="late", right_on="order")
        .select(pl.col(name).cast(dtype) for name, dtype in DECISIONS.items())
        .sort("removed")
    )


def _given_way(pairs: pl.DataFrame) -> list[tuple[int, int, float]]:
    """Each item that is like an earlier one that stays; only pairs of one owner are walked, of which there are few."""
    gone: dict[int, tuple[int, float]] = {}
    for early, late, similar in pairs.iter_rows():
        if early not in gone and late not in gone:
            gone[late] = (early, similar)
    return [(late, early, similar) for late, (early, similar) in gone.items()]
