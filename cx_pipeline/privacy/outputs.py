"""Which published tables may hold a person's rows for a declared purpose only.

A table that is listed here is checked before publishing: every row's person must permit what the row is for. Whoever writes
such a table filters it with `cx_pipeline.identity.permissions.gate`.
"""

from __future__ import annotations

from dataclasses import dataclass

from cx_pipeline.privacy.purposes import ANY


@dataclass(frozen=True)
class PurposeBound:
    """A table for a purpose.

    Attributes:
        name: `schema.table`.
        subject: column with the customer_id of whom a row is about.
        purpose: data use that all rows are for; empty where `purpose_column` says it of each row.
        channel: in which the person is contacted; `any` where nobody is, or in all ways.
        purpose_column, channel_column: columns that say it of each row.
    """

    name: str
    subject: str = "customer_id"
    purpose: str = ""
    channel: str = ANY
    purpose_column: str = ""
    channel_column: str = ""


CONTACTABLE = PurposeBound("main.contactable_customers", purpose_column="purpose", channel_column="channel")
OUTPUTS: tuple[PurposeBound, ...] = (CONTACTABLE,)
TRAINING = PurposeBound("ai.training", purpose="train_ai_system")
"""Conversations and fine-tuning examples: what a model may learn from."""
FEATURES = PurposeBound("ai.features", purpose=TRAINING.purpose)
"""Features and labels of customers: what a model may learn from as well."""
RETRIEVAL = PurposeBound("ai.retrieval", purpose="functional.service.improve")
"""Chunks: what a model may look up, which is not to learn it."""
