"""A message, comment, note or tweet."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column, enum, free_text, record_id
from cx_pipeline.contracts.conditions import LANGUAGE, matches
from cx_pipeline.contracts.dtypes import BOOLEAN, TEXT, TIME, WHOLE
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import PARTY

TABLE = Table(
    name="messages",
    description="One message of an interaction: an e-mail, comment, note, chat line or tweet.",
    key=("message_id",),
    time="sent_at",
    own=(
        record_id("message_id", "message", several=True),
        Column("interaction_id", TEXT, "The interaction it belongs to, as its record key."),
        Column(
            "position", WHOLE, "Place in the interaction by time, from 1; null until its messages are together.", unit="count"
        ),
        *enum("author_kind", PARTY, "Who wrote it."),
        Column("author_id", TEXT, "Who wrote it, as the record key of a person or agent, such as zendesk.users:123."),
        Column("is_public", BOOLEAN, "True where the customer can read it; false for an internal note."),
        Column("is_auto_reply", BOOLEAN, "True for out-of-office and other automatic answers."),
        Column("sent_at", TIME, "When it was sent.", unit="UTC"),
        Column("language", TEXT, "Language of the text, BCP 47 tag."),
        free_text("text_masked", "The text with personal values replaced by their kind.", stored_as="text"),
        free_text("text_tokenised", "The text with personal values replaced by keyed tokens.", in_lake=False),
        Column(
            "pii_counts",
            pl.List(pl.Struct({"kind": TEXT, "count": WHOLE})),
            "How many personal values of each kind the text held; empty for none, null where there is no text.",
            in_lake=False,
        ),
        Column("is_truncated_history", BOOLEAN, "True where the source left out older messages of the interaction."),
        Column("attachment_count", WHOLE, "Attachments.", unit="count"),
    ),
    own_rules=(matches("messages.language_malformed", "language", LANGUAGE, "a BCP 47 tag", repair=True),),
)
