"""Who may be contacted for what, and how."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.dtypes import TEXT, TIME
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="contactable_customers",
    description=(
        "A customer who may be contacted in a channel for a purpose, at the time of the run: they granted it and no silo knows "
        "better, or the settings declare another legal basis and they did not object. Who is not here is not to be contacted."
    ),
    key=("customer_id", "purpose", "channel"),
    time="since",
    derived=True,
    own=(
        Column("customer_id", TEXT, "The person.", nullable=False),
        Column("purpose", TEXT, "What for, as a fideslang data use.", nullable=False),
        Column("channel", TEXT, "How: email, sms, phone, push, post, messenger or in_app.", nullable=False),
        Column("basis", TEXT, "Legal basis: consent, or the one that the settings declare.", nullable=False),
        Column("since", TIME, "Since when the consent holds; null where it is another basis, or not told.", unit="UTC"),
        Column("decided_by", TEXT, "The event_id of the event that granted it; null where it is another basis.", record_key=True),
    ),
)
