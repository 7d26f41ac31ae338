"""A change of one field of an interaction."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, enum, record_id, token
from cx_pipeline.contracts.dtypes import TEXT, TIME
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import PARTY, PLAIN_FIELDS

TABLE = Table(
    name="interaction_events",
    description="A change of one field of an interaction, such as its status or owner.",
    key=("event_id",),
    time="occurred_at",
    own=(
        record_id("event_id", "change", several=True),
        Column("interaction_id", TEXT, "The interaction that changed, as its record key."),
        Column("occurred_at", TIME, "When it changed.", unit="UTC"),
        Column("field", TEXT, "The field that changed; its canonical name where it has one.", nullable=False),
        token("old_value", "The value before; a keyed token where the field may be personal.", "by:field", plain=PLAIN_FIELDS),
        token("new_value", "The value after; a keyed token where the field may be personal.", "by:field", plain=PLAIN_FIELDS),
        *enum("actor_kind", PARTY, "Who changed it."),
        Column("actor_id", TEXT, "Who changed it, as a record key."),
    ),
)
