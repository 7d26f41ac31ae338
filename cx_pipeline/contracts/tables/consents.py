"""Consent as it stands."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.dtypes import TEXT, TIME
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import CONSENT_STATE

TABLE = Table(
    name="consents",
    description="What a person's consent is now, for one channel and purpose. Derived from the events: withdrawal wins a tie.",
    key=("customer_id", "channel", "purpose"),
    time="since",
    derived=True,
    own=(
        Column("customer_id", TEXT, "The person.", nullable=False),
        Column("channel", TEXT, "The channel it is about; any for all.", nullable=False),
        Column("purpose", TEXT, "What the data may be used for.", nullable=False),
        Column("state", TEXT, "What holds now; only granted is a yes.", nullable=False, words=CONSENT_STATE),
        Column("since", TIME, "Since when it holds.", unit="UTC"),
        Column("decided_by", TEXT, "The event that decided.", nullable=False),
    ),
)
