"""A delivery, or a pick-up, of part of an order."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, enum, record_id
from cx_pipeline.contracts.conditions import in_order
from cx_pipeline.contracts.dtypes import TEXT, TIME
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import FULFILMENT_METHOD

TABLE = Table(
    name="fulfilments",
    description="How part of an order reached the customer: one order may mix shipping and pick-up.",
    key=("fulfilment_id",),
    time="promised_at",
    own=(
        record_id("fulfilment_id", "fulfilment"),
        Column("order_id", TEXT, "The order, as its record key."),
        *enum("method", FULFILMENT_METHOD, "How it was to be handed over."),
        Column("location_id", TEXT, "The shop, pick-up point or warehouse."),
        Column("promised_at", TIME, "When it was promised for.", unit="UTC"),
        Column("ready_at", TIME, "When it was ready to be picked up.", unit="UTC"),
        Column("shipped_at", TIME, "When it left.", unit="UTC"),
        Column("delivered_at", TIME, "When it arrived.", unit="UTC"),
        Column("collected_at", TIME, "When the customer picked it up.", unit="UTC"),
        Column("delay_notified_at", TIME, "When the customer was told of a delay.", unit="UTC"),
        Column("status", TEXT, "Where it stands, as the source names it."),
    ),
    own_rules=(
        in_order("fulfilments.delivered_before_shipped", "shipped_at", "delivered_at"),
        in_order("fulfilments.collected_before_ready", "ready_at", "collected_at"),
    ),
)
