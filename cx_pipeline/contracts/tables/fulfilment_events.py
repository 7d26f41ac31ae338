"""Something that happened to a fulfilment."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, enum, record_id
from cx_pipeline.contracts.dtypes import TEXT, TIME
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import FULFILMENT_EVENT

TABLE = Table(
    name="fulfilment_events",
    description="A step of a fulfilment, such as ready to be picked up, collected or delivered, with its time.",
    key=("event_id",),
    time="occurred_at",
    own=(
        record_id("event_id", "event"),
        Column("fulfilment_id", TEXT, "The fulfilment, as its id."),
        Column("order_id", TEXT, "The order, as its record key."),
        *enum("kind", FULFILMENT_EVENT, "What happened."),
        Column("occurred_at", TIME, "When it happened.", unit="UTC"),
        Column("promised_at", TIME, "For when it was promised, as known then.", unit="UTC"),
    ),
)
