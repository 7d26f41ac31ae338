"""A shift of an agent, as planned and as worked."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, record_id
from cx_pipeline.contracts.conditions import in_order
from cx_pipeline.contracts.dtypes import TEXT, TIME, WHOLE
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="shifts",
    description="A stretch of time that an agent was to work, or did: a shift, or a part of one such as a break.",
    key=("shift_id",),
    time="planned_start_at",
    own=(
        record_id("shift_id", "shift"),
        Column("agent_id", TEXT, "Whose shift it is, as the agent's record key."),
        Column("activity", TEXT, "What it is for, as the source names it, such as phone, break or training."),
        Column("team", TEXT, "Team it is worked for."),
        Column("queue", TEXT, "Queue it is worked on."),
        Column("location_id", TEXT, "Shop or office it is worked at."),
        Column("planned_start_at", TIME, "When it was to begin.", unit="UTC"),
        Column("planned_end_at", TIME, "When it was to end.", unit="UTC"),
        Column("started_at", TIME, "When it began.", unit="UTC"),
        Column("ended_at", TIME, "When it ended.", unit="UTC"),
        Column("break_ms", WHOLE, "Unpaid breaks in it.", unit="ms"),
        Column("status", TEXT, "Where it stands, as the source names it, such as published or cancelled."),
    ),
    own_rules=(
        in_order("shifts.planned_end_before_start", "planned_start_at", "planned_end_at"),
        in_order("shifts.ended_before_started", "started_at", "ended_at"),
    ),
)
