"""An agent, as they were in a period."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, record_id, token
from cx_pipeline.contracts.conditions import in_order, not_itself
from cx_pipeline.contracts.dtypes import BOOLEAN, TEXT, TIME
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="agents",
    description="A person or bot that answers for the company, with the period in which the row holds.",
    key=("agent_id", "valid_from"),
    time="valid_from",
    own=(
        record_id("agent_id", "agent"),
        token("name_token", "The agent's name.", "name"),
        Column("role", TEXT, "Role, as the source names it."),
        Column("team", TEXT, "Team."),
        Column("department", TEXT, "Department."),
        Column("manager_id", TEXT, "The manager, as the agent's record key."),
        Column("is_bot", BOOLEAN, "True for automations that write under an agent's name."),
        Column("is_active", BOOLEAN, "True while the account may log in."),
        Column("timezone", TEXT, "IANA time zone the agent works in."),
        Column("valid_from", TIME, "From when the row holds; null where the source keeps no history.", unit="UTC"),
        Column("valid_to", TIME, "Until when the row held; null while it does.", unit="UTC"),
    ),
    own_rules=(
        not_itself("agents.manager_is_itself", "manager_id", "agent_id"),
        in_order("agents.valid_to_before_valid_from", "valid_from", "valid_to"),
    ),
)
