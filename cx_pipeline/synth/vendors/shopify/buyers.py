"""Who bought in which of the two shops, and what these know of them."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth.vendors.shopify import site
from cx_pipeline.synth.world import World


def first_bought(world: World, market: int) -> pl.DataFrame:
    """One row a customer of a shop: person, `since` (first order) and `last`, and how many orders and cents."""
    return (
        world.orders.filter(site.market(pl.col("order")) == market)
        .group_by("person")
        .agg(since=pl.col("ordered").min(), last=pl.col("ordered").max(), orders=pl.len(), cents=pl.col("total").sum())
        .sort("person")
    )


def agrees(world: World, persons: pl.Series) -> pl.Series:
    """Who wants to be written to."""
    return pl.Series(world.dice.chance("shopify/agrees", persons.to_numpy(), 0.6))
