"""Whose customer record and whose order is whose."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth.allot import met
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.shopify import customers, orders_csv, site
from cx_pipeline.synth.world import World


def note(world: World, book: TruthBook) -> None:
    """Note the buyer of every customer record, and of those orders that name their buyer by themselves."""
    person = pl.concat_str(pl.lit("person-"), pl.col("person").cast(pl.String))
    for market in (site.CSV, site.API):
        number = site.customer_id(pl.col("person"), market)
        came = customers.trapped(world, market).filter(pl.col("since") <= world.timeline.end)
        own = came.filter(~met(came["trap"], "test_person", "redacted"))
        record = pl.concat_str(pl.lit("shopify.customers:"), number)
        book.people(own.select(record_key=record, person=person, kind=pl.lit("shopper"), link=pl.lit("email")))
    mine = world.orders.filter((site.market(pl.col("order")) == site.CSV) & (pl.col("ordered") <= world.timeline.end))
    known = mine.filter(~met(orders_csv.trap_of(world, mine["order"]), "order_without_email", "test_order"))
    book.people(
        known.select(
            record_key=pl.concat_str(pl.lit("shopify.orders:"), site.order_id(pl.col("order"))),
            person=person,
            kind=pl.lit("shopper"),
            link=pl.lit("email"),
        )
    )
