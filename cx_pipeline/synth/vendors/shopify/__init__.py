"""Shopify as two shops' exports are: rows a line out of the admin of one, API answers of the other."""

from __future__ import annotations

from pathlib import Path

from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.shopify import customers, fulfillment_events, fulfillment_orders, orders_api, orders_csv, who
from cx_pipeline.synth.world import World

SOURCE = "shopify"


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of all exports."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        for export in (orders_csv, orders_api, customers, fulfillment_orders, fulfillment_events):
            export.write(world, folder)
    who.note(world, book)
