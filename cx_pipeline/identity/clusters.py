"""Connected records: the transitive closure of the links."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cx_pipeline.identity.rules import CONFIDENCE

SINGLE = "single"


def cluster(records: pl.Series, links: pl.DataFrame) -> pl.DataFrame:
    """Group linked records.

    Args:
        records: every person record, each once.
        links: `left, right, rule`; ends that are no person record (a survivor that was never delivered) still join.

    Returns:
        `record, cluster, rule, confidence`: cluster is its smallest record key; rule names the kinds of links used, joined
        by `+`, or `single`; confidence is the weakest of them. The result does not depend on the order of rows.
    """
    nodes = pl.concat([records.alias("record"), links["left"].alias("record"), links["right"].alias("record")]).unique().sort()
    index = pl.DataFrame({"record": nodes, "node": np.arange(nodes.len(), dtype=np.int64)})
    ends = links.join(index.rename({"record": "left", "node": "i"}), on="left", how="left", maintain_order="left").join(
        index.rename({"record": "right", "node": "j"}), on="right", how="left", maintain_order="left"
    )
    size = nodes.len()
    graph = coo_matrix((np.ones(ends.height, dtype=np.int8), (ends["i"].to_numpy(), ends["j"].to_numpy())), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    grouped = index.with_columns(pl.Series("label", labels.astype(np.int64))).drop("node")
    used = (
        links.join(grouped, left_on="left", right_on="record", how="left")
        .group_by("label")
        .agg(
            pl.col("rule").unique().sort().str.join("+"),
            pl.col("rule").replace_strict(CONFIDENCE, return_dtype=pl.Float64).min().alias("confidence"),
        )
    )
    return (
        grouped.join(used, on="label", how="left")
        .with_columns(
            pl.col("record").min().over("label").alias("cluster"),
            pl.col("rule").fill_null(SINGLE),
            pl.col("confidence").fill_null(1.0),
        )
        .join(records.alias("record").to_frame(), on="record", how="semi")
        .select("record", "cluster", "rule", "confidence")
        .sort("record")
    )
