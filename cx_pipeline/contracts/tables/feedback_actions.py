"""A tag on a piece of feedback, with what was done about it."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column, record_id
from cx_pipeline.contracts.conditions import expected, in_order
from cx_pipeline.contracts.dtypes import TEXT, TIME
from cx_pipeline.contracts.table import Table

FEEDBACK_TABLES = ("survey_responses", "reviews", "messages", "interactions")

TABLE = Table(
    name="feedback_actions",
    description="A tag on a piece of feedback and the action it led to: the closed loop.",
    key=("action_id",),
    time="opened_at",
    own=(
        record_id("action_id", "action", several=True),
        Column("feedback_table", TEXT, "The table that holds the feedback.", words=FEEDBACK_TABLES),
        Column("feedback_id", TEXT, "The feedback's id in that table; null where the source links to none."),
        Column("tag", TEXT, "The tag."),
        Column("department", TEXT, "Department that is to act."),
        Column("opened_at", TIME, "When the action was asked for.", unit="UTC"),
        Column("done_at", TIME, "When it was done.", unit="UTC"),
        Column("notified_at", TIME, "When the customer was told.", unit="UTC"),
        Column("status", TEXT, "Where the action stands, as the source names it."),
    ),
    own_rules=(
        expected(
            "feedback_actions.feedback_unknown",
            "the feedback that led to the action is named",
            pl.col("feedback_id").is_not_null() & pl.col("feedback_table").is_not_null(),
        ),
        in_order("feedback_actions.done_before_opened", "opened_at", "done_at"),
        in_order("feedback_actions.notified_before_opened", "opened_at", "notified_at"),
    ),
)
