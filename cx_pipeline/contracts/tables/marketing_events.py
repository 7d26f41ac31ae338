"""A send, open, click, bounce or unsubscribe."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, customer, enum, record_id
from cx_pipeline.contracts.dtypes import TEXT, TIME
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import MARKETING_KIND

TABLE = Table(
    name="marketing_events",
    description="What happened to one marketing message at one recipient.",
    key=("event_id",),
    time="occurred_at",
    own=(
        record_id("event_id", "event"),
        customer("The recipient."),
        Column("campaign", TEXT, "The campaign, as the source names it."),
        *enum("kind", MARKETING_KIND, "What happened.", nullable=False),
        Column("occurred_at", TIME, "When it happened.", unit="UTC"),
    ),
)
