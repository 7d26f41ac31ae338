"""One good row of every canonical table in its lake form, and for every rule what to change in it to break that rule alone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from cx_pipeline.contracts.rule import RowRule
from cx_pipeline.contracts.table import Table

Row = dict[str, Any]


def day(number: int) -> datetime:
    return datetime(2024, 5, number, 9, 30)


_BEFORE = datetime(2020, 1, 1)

_COMMON: Row = {
    "source_system": "zendesk",
    "source_entity": "tickets",
    "source_id": "0042",
    "source_updated_at": day(20),
    "is_deleted": False,
    "is_test": False,
    "dq_flags": [],
    "row_id": "r1",
}

_OWN: dict[str, Row] = {
    "agents": {"agent_id": "zendesk.users:7", "manager_id": "zendesk.users:8", "valid_from": day(1), "valid_to": day(2)},
    "call_legs": {
        "leg_id": "connect.contacts:1",
        "previous_leg_id": "connect.contacts:0",
        "next_leg_id": "connect.contacts:2",
        "direction": "inbound",
        "enqueued_at": day(1),
        "dequeued_at": day(2),
        "connected_at": day(2),
        "disconnected_at": day(3),
        **dict.fromkeys(("ivr_ms", "queue_ms", "ring_ms", "talk_ms", "hold_ms", "hold_count", "wrap_up_ms"), 5),
    },
    "consent_events": {
        "event_id": "salesforce.Contact:003#email",
        "identity": {"kind": "email", "token": "ann@example.org"},
        "purpose": "marketing",
        "state": "granted",
        "occurred_at": day(1),
        "expires_at": day(2),
    },
    "consents": {
        "customer_id": "k1_a",
        "channel": "email",
        "purpose": "marketing",
        "state": "granted",
        "since": day(1),
        "decided_by": "salesforce.Contact:003#email",
    },
    "consent_words": {
        "kind": "purpose",
        "word": "newsletter",
        "stands_for": "marketing.communications.email",
        "mapped_by": "known",
        "persons": 3,
    },
    "contactable_customers": {
        "customer_id": "k1_a",
        "purpose": "marketing.communications",
        "channel": "email",
        "basis": "consent",
        "since": day(1),
        "decided_by": "salesforce.Contact:003#email",
    },
    "customer_attributes": {
        "customer_id": "k1_a",
        "attribute": "country",
        "value": "NL",
        "source_system": "zendesk",
        "rule": "recency",
        "is_conflicting": False,
        "source_values": [{"source": "zendesk", "value": "NL", "updated_at": day(1)}],
    },
    "customer_identities": {
        "kind": "email",
        "value": "ann@example.org",
        "value_domain": "example.org",
        "is_placeholder": False,
        "is_null_hash": False,
        "merged_into_source_id": "0043",
        "valid_from": day(1),
        "valid_to": day(2),
    },
    "customers": {
        "customer_id": "k1_a",
        "source_count": 2,
        "record_count": 3,
        "resolution_confidence": 0.98,
        "first_seen_at": day(1),
        "last_seen_at": day(2),
    },
    "feedback_actions": {
        "action_id": "medallia.actions:1",
        "feedback_table": "reviews",
        "feedback_id": "play.reviews:1",
        "opened_at": day(1),
        "done_at": day(2),
        "notified_at": day(3),
    },
    "fulfilment_events": {"event_id": "shopify.fulfillment_events:1", "kind": "ready", "occurred_at": day(1)},
    "fulfilments": {
        "fulfilment_id": "shopify.fulfillments:1",
        "method": "pick_up",
        "promised_at": day(2),
        "ready_at": day(1),
        "shipped_at": day(1),
        "delivered_at": day(2),
        "collected_at": day(3),
    },
    "interaction_events": {"event_id": "zendesk.audits:1#0", "field": "status", "actor_kind": "agent", "occurred_at": day(1)},
    "interactions": {
        "interaction_id": "zendesk.tickets:0042",
        "kind": "ticket",
        "channel": "email",
        "direction": "inbound",
        "customer_record": "zendesk.users:5",
        "status": "closed",
        "priority": "high",
        "opened_at": day(1),
        "first_reply_at": day(2),
        "solved_at": day(3),
        "closed_at": day(4),
        "reopen_count": 0,
        "first_reply_ms": 86_400_000,
        "resolution_ms": 172_800_000,
        "merged_into_interaction_id": "zendesk.tickets:1",
        "parent_interaction_id": "zendesk.tickets:2",
        "language": "pt-BR",
        "text_subject": "Parcel late",
    },
    "marketing_events": {"event_id": "klaviyo.events:1", "kind": "click", "occurred_at": day(1)},
    "messages": {
        "message_id": "zendesk.comments:1",
        "position": 1,
        "author_kind": "customer",
        "sent_at": day(1),
        "language": "en",
        "text": "Where is it?",
        "attachment_count": 0,
    },
    "opportunities": {
        "opportunity_id": "salesforce.Opportunity:1",
        "kind": "opportunity",
        "amount": Decimal("10.5"),
        "currency": "EUR",
        "opened_at": day(1),
        "closed_at": day(2),
        "is_won": True,
    },
    "order_lines": {"line_id": "shopify.orders:1#1", "quantity": 2, "price": Decimal("1.25"), "currency": "EUR"},
    "orders": {
        "order_id": "shopify.orders:1",
        "total": Decimal("2.50"),
        "currency": "EUR",
        "ordered_at": day(1),
        "paid_at": day(2),
        "cancelled_at": day(3),
    },
    "organizations": {
        "organization_id": "zendesk.organizations:1",
        "parent_id": "zendesk.organizations:2",
        "domain": "example.org",
    },
    "people": {
        "customer_record": "salesforce.Contact:003",
        "country": "NL",
        "language": "nl",
        "first_seen_at": day(1),
        "last_seen_at": day(2),
        "is_contact": False,
        "merged_into_source_id": "0043",
    },
    "response_origins": {"response_id": "typeform.responses:1", "network": "f1e2"},
    "returns": {
        "return_id": "shopify.returns:1",
        "kind": "refund",
        "amount": Decimal("2.50"),
        "currency": "EUR",
        "opened_at": day(1),
        "received_at": day(2),
        "credited_at": day(3),
    },
    "reviews": {
        "review_id": "play.reviews:1",
        "platform": "google_play",
        "territory": "NL",
        "rating": 4.0,
        "created_at": day(1),
        "updated_at": day(2),
        "replied_at": day(3),
        "version_number": 1,
        "is_current": True,
        "text_title": "Good",
        "text_body": "Works",
    },
    "shifts": {
        "shift_id": "workforce.shifts:1",
        "planned_start_at": day(1),
        "planned_end_at": day(2),
        "started_at": day(1),
        "ended_at": day(2),
        "break_ms": 1_800_000,
    },
    "survey_answers": {
        "response_id": "qualtrics.responses:1",
        "question_key": "Q1",
        "answer_state": "answered",
        "text_answer": "Fine",
    },
    "survey_responses": {
        "response_id": "delighted.responses:1",
        "audience": "customer",
        "metric": "nps",
        "score_original": "9",
        "score": 9.0,
        "scale_min": 0.0,
        "scale_max": 10.0,
        "nps_group": "promoter",
        "started_at": day(1),
        "submitted_at": day(2),
        "completion": "complete",
        "duplicate_of": "delighted.responses:0",
        "language": "en",
        "text_comment": "Nice",
    },
    "web_events": {
        "event_key": "e1",
        "event_name": "page_view",
        "occurred_at": day(1),
        "page_path": "/help",
        "metric_rating": "good",
    },
}

# Rules that only one table has.
_BREAKS: dict[str, Row] = {
    "agents.manager_is_itself": {"manager_id": "zendesk.users:7"},
    "agents.valid_to_before_valid_from": {"valid_to": _BEFORE},
    "call_legs.connected_before_enqueued": {"connected_at": _BEFORE},
    "call_legs.dequeued_before_enqueued": {"dequeued_at": _BEFORE},
    "call_legs.disconnected_before_connected": {"disconnected_at": _BEFORE},
    "call_legs.next_is_itself": {"next_leg_id": "connect.contacts:1"},
    "call_legs.previous_is_itself": {"previous_leg_id": "connect.contacts:1"},
    "consent_events.expires_before_occurred": {"expires_at": _BEFORE},
    "consent_events.grant_without_time": {"occurred_at": None},
    "consent_events.identity_incomplete": {"identity": {"kind": "email", "token": ""}},
    "customer_identities.email_malformed": {"value": "ann@example@org"},
    "customer_identities.kind_unknown_word": {"kind": "no such word", "value_domain": None},
    "customer_identities.merged_into_itself": {"merged_into_source_id": "0042"},
    "customer_identities.phone_malformed": {"kind": "phone", "value": "0201234567", "value_domain": None},
    "customer_identities.valid_to_before_valid_from": {"valid_to": _BEFORE},
    "customer_identities.value_domain_personal": {"value_domain": "ann@example.org"},
    "customer_identities.value_missing": {"value": None},
    "customers.counts_contradict": {"source_count": 4},
    "customers.last_seen_before_first_seen": {"last_seen_at": _BEFORE},
    "customers.resolution_confidence_outside_scale": {"resolution_confidence": 98.0},
    "feedback_actions.feedback_unknown": {"feedback_id": None},
    "feedback_actions.done_before_opened": {"done_at": _BEFORE},
    "feedback_actions.notified_before_opened": {"notified_at": _BEFORE},
    "fulfilments.collected_before_ready": {"collected_at": _BEFORE},
    "fulfilments.delivered_before_shipped": {"delivered_at": _BEFORE},
    "interactions.closed_before_opened": {"closed_at": _BEFORE, "solved_at": None},
    "interactions.closed_before_solved": {"closed_at": day(2)},
    "interactions.deleted_with_text": {"is_deleted": True},
    "interactions.deleted_without_tombstone": {"status": "deleted"},
    "interactions.first_reply_before_opened": {"first_reply_at": _BEFORE},
    "interactions.language_malformed": {"language": "English"},
    "interactions.merged_into_itself": {"merged_into_interaction_id": "zendesk.tickets:0042"},
    "interactions.opened_at_unknown": {"opened_at": None},
    "interactions.parent_is_itself": {"parent_interaction_id": "zendesk.tickets:0042"},
    "interactions.solved_before_opened": {"solved_at": _BEFORE},
    "interactions.updated_before_opened": {"source_updated_at": _BEFORE},
    "messages.deleted_with_text": {"is_deleted": True},
    "messages.language_malformed": {"language": "English"},
    "opportunities.amount_without_currency": {"currency": None},
    "opportunities.closed_before_opened": {"closed_at": _BEFORE},
    "opportunities.currency_malformed": {"currency": "€", "amount": None},
    "opportunities.outcome_without_close": {"closed_at": None},
    "order_lines.currency_malformed": {"currency": "euro"},
    "order_lines.price_without_currency": {"currency": None},
    "orders.cancelled_before_ordered": {"cancelled_at": _BEFORE},
    "orders.currency_malformed": {"currency": "euro"},
    "orders.paid_before_ordered": {"paid_at": _BEFORE},
    "orders.total_without_currency": {"currency": None},
    "organizations.domain_personal": {"domain": "ann@example.org"},
    "organizations.parent_is_itself": {"parent_id": "zendesk.organizations:1"},
    "people.merged_into_itself": {"merged_into_source_id": "0042"},
    "returns.amount_without_currency": {"currency": None},
    "returns.credited_before_opened": {"credited_at": _BEFORE},
    "returns.currency_malformed": {"currency": "euro"},
    "returns.received_before_opened": {"received_at": _BEFORE},
    "reviews.deleted_with_text": {"is_deleted": True, "text_title": None},
    "reviews.rating_outside_scale": {"rating": 19.0},
    "reviews.replied_before_created": {"replied_at": _BEFORE},
    "reviews.territory_malformed": {"territory": "Netherlands"},
    "reviews.updated_before_created": {"updated_at": _BEFORE},
    "reviews.version_number_below_one": {"version_number": 0},
    "shifts.ended_before_started": {"ended_at": _BEFORE},
    "shifts.planned_end_before_start": {"planned_end_at": _BEFORE},
    "survey_answers.answer_to_nothing": {"answer_state": "not_asked"},
    "survey_answers.deleted_with_text": {"is_deleted": True},
    "survey_responses.deleted_with_text": {"is_deleted": True},
    "survey_responses.duplicate_of_itself": {"duplicate_of": "delighted.responses:1"},
    "survey_responses.language_malformed": {"language": "English"},
    "survey_responses.metric_unknown_word": {"metric": "no such word", "nps_group": None},
    "survey_responses.nps_group_contradicts_score": {"nps_group": "passive"},
    "survey_responses.score_outside_scale": {"score": 19.0},
    "survey_responses.score_without_scale": {"scale_max": None, "nps_group": None},
    "survey_responses.submitted_before_started": {"submitted_at": _BEFORE},
    "survey_responses.submitted_at_implausible": {"submitted_at": datetime(1970, 1, 1), "started_at": None},
    "web_events.page_path_with_query": {"page_path": "/help?email=ann"},
}

# What breaks the rules that follow from a column, by the end of their id.
_STANDARD: dict[str, Any] = {
    "_missing": None,
    "_malformed": "0042",
    "_unknown_word": "no such word",
    "_negative": -1,
    "_implausible": datetime(1970, 1, 1),
    "_too_long": "x" * 100_001,
}


def good_row(table: Table) -> Row:
    """Every stored column of the table, null where the row does not need it."""
    known = {**({} if table.derived else _COMMON), **_OWN[table.name]}
    assert set(known) <= set(table.lake_schema), f"{table.name} stores no {sorted(set(known) - set(table.lake_schema))}"
    return dict.fromkeys(table.lake_schema) | known


def bad_row(table: Table, rule: RowRule) -> Row:
    """The good row, changed so that it breaks one rule. A KeyError means that a rule has no bad row yet."""
    if rule.id in _BREAKS:
        return good_row(table) | _BREAKS[rule.id]
    column = rule.columns[0]
    return good_row(table) | {column: _STANDARD[rule.id.removeprefix(f"{table.name}.{column}")]}


def frame_of(table: Table, rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=table.lake_schema, orient="row")


def declared() -> set[str]:
    """Rules with a bad row of their own."""
    return set(_BREAKS)
