"""One leg of a call."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, enum, record_id
from cx_pipeline.contracts.conditions import in_order, not_itself
from cx_pipeline.contracts.dtypes import BOOLEAN, TEXT, TIME, WHOLE
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import DIRECTION

TABLE = Table(
    name="call_legs",
    description="One leg of a call: the part between two parties, from connection or transfer to the next.",
    key=("leg_id",),
    time="enqueued_at",
    own=(
        record_id("leg_id", "leg"),
        Column("interaction_id", TEXT, "The call or ticket it belongs to, as its record key."),
        Column("initial_leg_id", TEXT, "The first leg of the call."),
        Column("previous_leg_id", TEXT, "The leg before this one."),
        Column("next_leg_id", TEXT, "The leg after this one."),
        Column("initiation", TEXT, "How the leg began, as the source names it, such as transfer or callback."),
        *enum("direction", DIRECTION, "Who called: inbound is the customer."),
        Column("queue", TEXT, "Queue it waited in."),
        Column("agent_id", TEXT, "The agent who took it, as the agent's record key."),
        Column("enqueued_at", TIME, "When it entered the queue.", unit="UTC"),
        Column("dequeued_at", TIME, "When it left the queue.", unit="UTC"),
        Column("connected_at", TIME, "When the agent was connected.", unit="UTC"),
        Column("disconnected_at", TIME, "When it ended.", unit="UTC"),
        Column("ivr_ms", WHOLE, "Time in the voice menu.", unit="ms"),
        Column("queue_ms", WHOLE, "Time in the queue.", unit="ms"),
        Column("ring_ms", WHOLE, "Time it rang at the agent.", unit="ms"),
        Column("talk_ms", WHOLE, "Time the agent and the customer talked.", unit="ms"),
        Column("hold_ms", WHOLE, "Time the customer was on hold.", unit="ms"),
        Column("hold_count", WHOLE, "Times the customer was put on hold.", unit="count"),
        Column("wrap_up_ms", WHOLE, "After-call work of the agent.", unit="ms"),
        Column("is_abandoned", BOOLEAN, "True where the customer hung up before an agent was connected."),
        Column("is_transferred", BOOLEAN, "True where the leg ended in a transfer."),
        Column("disconnect_reason", TEXT, "Who or what ended it, as the source names it."),
    ),
    own_rules=(
        in_order("call_legs.dequeued_before_enqueued", "enqueued_at", "dequeued_at", nulls=("queue_ms",)),
        in_order("call_legs.connected_before_enqueued", "enqueued_at", "connected_at"),
        in_order("call_legs.disconnected_before_connected", "connected_at", "disconnected_at", nulls=("talk_ms",)),
        not_itself("call_legs.previous_is_itself", "previous_leg_id", "leg_id"),
        not_itself("call_legs.next_is_itself", "next_leg_id", "leg_id"),
    ),
)
