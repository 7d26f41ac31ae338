"""A ticket, case, conversation, contact, complaint, incident or visit."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column, customer, enum, free_text, record_id
from cx_pipeline.contracts.conditions import LANGUAGE, expected, in_order, matches, not_itself
from cx_pipeline.contracts.dtypes import TEXT, TIME, WHOLE
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import CHANNEL, DIRECTION, INTERACTION_KIND, INTERACTION_STATUS, PRIORITY

TABLE = Table(
    name="interactions",
    description="One matter between a customer and the company: a ticket, case, conversation, contact, complaint or visit.",
    key=("interaction_id",),
    time="opened_at",
    own=(
        record_id("interaction_id", "interaction"),
        Column("source_number", TEXT, "The number as people see it, leading zeros kept."),
        *enum("kind", INTERACTION_KIND, "What kind of matter it is."),
        *enum("channel", CHANNEL, "How it reached the company."),
        *enum("direction", DIRECTION, "Who started it: inbound is the customer."),
        customer("The person it is about."),
        Column("organization_id", TEXT, "The account it is about, as its record key."),
        Column("agent_id", TEXT, "The agent who owns it now, as the agent's record key."),
        Column("team", TEXT, "Team that owns it now."),
        Column("department", TEXT, "Department that owns it now."),
        Column("queue", TEXT, "Queue it waits or waited in last."),
        Column("category", TEXT, "Reason for contact, as the source names it."),
        *enum("status", INTERACTION_STATUS, "Where it stands now."),
        *enum("priority", PRIORITY, "Urgency now."),
        Column("opened_at", TIME, "When it was opened.", unit="UTC"),
        Column("first_reply_at", TIME, "When a person or bot of the company first answered in public.", unit="UTC"),
        Column("solved_at", TIME, "When it was last solved.", unit="UTC"),
        Column("closed_at", TIME, "When it was closed for good.", unit="UTC"),
        Column("reopen_count", WHOLE, "Times it was reopened after being solved.", unit="count"),
        Column("first_reply_ms", WHOLE, "From opened_at to first_reply_at, in calendar time.", unit="ms"),
        Column("resolution_ms", WHOLE, "From opened_at to solved_at, else closed_at, in calendar time.", unit="ms"),
        Column("merged_into_interaction_id", TEXT, "The interaction it was merged into."),
        Column("parent_interaction_id", TEXT, "The interaction it is part of or follows up."),
        Column("order_id", TEXT, "The order it is about, as its record key."),
        Column("language", TEXT, "Language of the matter, BCP 47 tag."),
        free_text("text_subject", "Subject line."),
    ),
    own_rules=(
        matches("interactions.language_malformed", "language", LANGUAGE, "a BCP 47 tag", repair=True),
        in_order("interactions.first_reply_before_opened", "opened_at", "first_reply_at", nulls=("first_reply_ms",)),
        in_order("interactions.solved_before_opened", "opened_at", "solved_at", nulls=("resolution_ms",)),
        in_order("interactions.closed_before_opened", "opened_at", "closed_at", nulls=("resolution_ms",)),
        in_order("interactions.closed_before_solved", "solved_at", "closed_at"),
        in_order("interactions.updated_before_opened", "opened_at", "source_updated_at"),
        expected(
            "interactions.opened_at_unknown",
            "opened_at is known, unless it is a tombstone",
            pl.col("opened_at").is_not_null() | pl.col("is_deleted"),
        ),
        RowRule(
            id="interactions.deleted_without_tombstone",
            version=1,
            title="status deleted means a tombstone; otherwise it is made one and its text dropped",
            columns=("is_deleted", "status"),
            action=Action.REPAIR,
            check=pl.col("is_deleted") | (pl.col("status") != "deleted"),
            unknown_is_fine=True,
            repair={"is_deleted": pl.lit(value=True), "text_subject": pl.lit(None, dtype=TEXT)},
        ),
        not_itself("interactions.merged_into_itself", "merged_into_interaction_id", "interaction_id"),
        not_itself("interactions.parent_is_itself", "parent_interaction_id", "interaction_id"),
    ),
)
