"""Train, validation and test without leakage between them.

What hangs together stays together: conversations of one customer, and conversations or messages that are nearly the same. Test
is what reaches into the newest time: a group belongs to it when any of its conversations begins at the cut or after it, so that
nothing that is trained on is younger than the cut. Validation is drawn from the other groups by a hash of their earliest
conversation, so that a group that grows stays where it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import polars as pl

from cx_pipeline.ai.near import components

TRAIN, VALIDATION, TEST = "train", "validation", "test"
SPLITS = (TRAIN, VALIDATION, TEST)
_FEWEST = 3
_TOO_LARGE = 0.3
"""A group of more than this share of all conversations is trained on, but for what begins after the cut, which is left out."""


class Split(NamedTuple):
    """`rows`: conversation_id, group_id, split; null where it straddles the cut. `test_from`: the cut."""

    rows: pl.DataFrame
    test_from: datetime | None


def groups(conversations: pl.DataFrame, clusters: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """`conversation_id, group_id`: the smallest sets of conversations that share nothing with each other.

    Args:
        conversations: `conversation_id, customer_id, started_at`.
        clusters: of `conversation_id, cluster`: conversations of one cluster are alike.
    """
    nodes = conversations.select("conversation_id", "customer_id", "started_at").sort(
        "started_at", "conversation_id", nulls_last=True
    )
    numbered = nodes.with_row_index("node")
    node = numbered.select("conversation_id", "node")
    by_person = numbered.filter(pl.col("customer_id").is_not_null()).select("node", pl.col("customer_id").alias("key"))
    alike = [rows.join(node, on="conversation_id").select("node", pl.col("cluster").alias("key")) for rows in clusters]
    edges = pl.concat(
        frame.unique().sort("node").select(pl.col("node").first().over("key").alias("left"), pl.col("node").alias("right"))
        for frame in (by_person, *alike)
    )
    first = components(numbered.height, edges)
    ids = numbered["conversation_id"].gather(first)
    digests = [hashlib.sha256(str(name).encode()).hexdigest()[:16] for name in ids.unique(maintain_order=True)]
    named = pl.DataFrame({"first": ids.unique(maintain_order=True), "group_id": pl.Series(digests, dtype=pl.String)})
    return (
        numbered.with_columns(ids.alias("first"))
        .join(named, on="first", maintain_order="left")
        .select("conversation_id", "group_id")
    )


def split(
    conversations: pl.DataFrame, grouped: pl.DataFrame, *, test: float, validation: float, test_from: datetime | None = None
) -> Split:
    """Assign every conversation.

    Args:
        conversations: `conversation_id, started_at, is_example`; shares are shares of the examples.
        grouped: as from `groups`.
        test: share of the conversations that test should have.
        validation: the same of validation.
        test_from: the cut of the version before, which holds as long as test has half to twice its share.
    """
    rows = conversations.select("conversation_id", "started_at", "is_example").join(
        grouped, on="conversation_id", maintain_order="left"
    )
    by_group = rows.group_by("group_id").agg(
        pl.len().alias("all"), pl.col("is_example").sum().alias("size"), pl.col("started_at").max().alias("last")
    )
    by_group = by_group.sort("group_id")
    large = pl.col("all") > max(1.0, rows.height * _TOO_LARGE)
    small = by_group.filter(~large)
    cut = test_from if test_from is not None and _fits(small, test_from, test) else _cut(small, test)
    is_late = pl.lit(value=False) if cut is None else pl.col("last") >= cut
    judged = by_group.with_columns(
        pl.when(is_late & ~large).then(pl.lit(TEST)).otherwise(pl.lit(TRAIN)).alias("split"), large.alias("is_large")
    )
    judged = _with_validation(judged, min(1.0, validation / max(1.0 - test, 1e-9)))
    named = rows.join(judged.select("group_id", "split", "is_large"), on="group_id", maintain_order="left")
    straddles = pl.lit(value=False) if cut is None else pl.col("is_large") & (pl.col("started_at") >= cut)
    return Split(
        named.select("conversation_id", "group_id", pl.when(~straddles).then("split").alias("split")).sort("conversation_id"), cut
    )


def _cut(by_group: pl.DataFrame, share: float) -> datetime | None:
    """The latest moment for which the groups that reach beyond it are a share of all; none where there are too few groups."""
    if by_group.height < _FEWEST or share <= 0:
        return None
    ordered = by_group.drop_nulls("last").sort("last", "group_id", descending=[True, False])
    wanted = max(1.0, int(by_group["size"].sum()) * share)
    reached = ordered.with_columns(pl.col("size").cum_sum().alias("sum")).filter(pl.col("sum") >= wanted)
    moment = reached["last"].first()
    return moment if isinstance(moment, datetime) else None


def _fits(by_group: pl.DataFrame, cut: datetime, share: float) -> bool:
    total = int(by_group["size"].sum())
    late = int(by_group.filter(pl.col("last") >= cut)["size"].sum())
    return total > 0 and share / 2 <= late / total <= share * 2


def _with_validation(judged: pl.DataFrame, share: float) -> pl.DataFrame:
    """Groups by the digits of their id; at least one with an example where there is one to spare."""
    drawn = pl.col("group_id").str.slice(0, 8).str.to_integer(base=16) < share * 16**8
    free = (pl.col("split") == TRAIN) & ~pl.col("is_large")
    useful = free & (pl.col("size") > 0)
    first = pl.col("group_id").filter(useful).min()
    none = ~(drawn & useful).any() & (useful.sum() > 1)
    is_drawn = (drawn & free) | (none & useful & (pl.col("group_id") == first)) if share > 0 else pl.lit(value=False)
    return judged.with_columns(pl.when(is_drawn).then(pl.lit(VALIDATION)).otherwise("split").alias("split"))
