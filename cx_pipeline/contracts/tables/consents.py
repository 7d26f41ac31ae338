"""Consent as it stands."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column
from cx_pipeline.contracts.dtypes import TEXT, TIME
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import CONSENT_STATE

TABLE = Table(
    name="consents",
    description=(
        "What a person's consent is now, for one channel and purpose, over all their records and identifiers: of one "
        "identifier's events the latest counts and the stricter wins a tie, of several identifiers the strictest."
    ),
    key=("customer_id", "channel", "purpose"),
    time="since",
    derived=True,
    own=(
        Column("customer_id", TEXT, "The person.", nullable=False),
        Column("channel", TEXT, "The channel it is about; any for all.", nullable=False),
        Column("purpose", TEXT, "What the data may be used for.", nullable=False),
        Column(
            "state",
            TEXT,
            "What holds now; only granted is a yes. A grant that has expired is not_given.",
            nullable=False,
            words=CONSENT_STATE,
        ),
        Column("since", TIME, "Since when it holds; null where the source does not say.", unit="UTC"),
        Column("decided_by", TEXT, "The event_id of the event that decided.", nullable=False, record_key=True),
    ),
)
