"""ServiceNow: incidents, as the Table API and exported lists hold them."""

from __future__ import annotations

from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import looks_like_test_person, looks_like_test_subject
from cx_pipeline.sources.columns import (
    as_written,
    boolean,
    choice,
    decimal,
    duration,
    each,
    email_address,
    html,
    identifier,
    identity,
    key_of,
    line,
    names,
    person_name,
    phone_number,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Items, Rows, TableMap
from cx_pipeline.sources.servicenow_cells import NAMES, REFERENCES, derive, entries, shown
from cx_pipeline.sources.spellings import spellings_of

# A record id, or the number of a record in lists exported without ids.
record_id = partial(identifier, shape=shaped("ServiceNow", "^(?:[0-9A-Fa-f]{32}|[A-Za-z][0-9A-Za-z_]{1,63}|[0-9]{1,7})$"))

_INCIDENTS, _USERS, _GROUPS, _COMPANIES = (
    f"servicenow.{name}" for name in ("incidents", "sys_user", "sys_user_group", "core_company")
)
_STATES = {
    "1": "new",
    "2": "open",
    "3": "on_hold",
    "4": "pending",
    "5": "on_hold",
    "6": "solved",
    "7": "closed",
    "8": "closed",
    "in progress": "open",
    "active": "open",
    "work in progress": "open",
    "assigned": "open",
    "reopened": "open",
    "awaiting user info": "pending",
    "awaiting caller": "pending",
    "awaiting problem": "on_hold",
    "awaiting evidence": "on_hold",
    "awaiting change": "on_hold",
    "awaiting vendor": "on_hold",
    "resolved": "solved",
    "closed complete": "closed",
    "closed incomplete": "closed",
    "closed skipped": "closed",
    "canceled": "closed",
    "cancelled": "closed",
}
_PRIORITIES = {
    **dict.fromkeys(("1", "critical", "1 - critical"), "urgent"),
    **dict.fromkeys(("2", "high", "2 - high"), "high"),
    **dict.fromkeys(("3", "moderate", "3 - moderate", "medium", "3 - medium"), "normal"),
    **dict.fromkeys(("4", "low", "4 - low", "5", "planning", "5 - planning"), "low"),
}
_CHANNELS = {
    "email": "email",
    "e-mail": "email",
    "phone": "phone",
    "phone call": "phone",
    "chat": "chat",
    "live chat": "chat",
    "virtual_agent": "chat",
    "self-service": "web",
    "selfservice": "web",
    "web": "web",
    "portal": "web",
    "walk-in": "in_store",
    "sms": "sms",
    "social": "social",
    "social media": "social",
    "messaging": "messenger",
    "api": "api",
    "integration": "api",
    "event": "api",
    "event management": "api",
    "monitoring": "api",
    "alert": "api",
    "auto monitor": "api",
    "direct opening": "other",
    "direct": "other",
    "walk in": "in_store",
    "other": "other",
}
_NOTE = "work"


def _test_incident(context: Context) -> pl.Expr:
    by_person = looks_like_test_person(pl.col("raw.caller"), pl.col("caller_email"), context.test_domains)
    return looks_like_test_subject(pl.col("short_description")) | by_person


def _user(reference: str) -> pl.Expr:
    """Key of a user; one told by name alone is written with an @, so that it is published as a token."""
    name = pl.concat_str(pl.lit("@"), pl.col(shown(reference)).str.strip_chars().str.to_lowercase())
    named = pl.when(written(shown(reference))).then(name)
    return key_of(_USERS, pl.coalesce(reference, named))


def _milliseconds(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_milliseconds()


def _became(column: str, status: str, actor: str | None = None) -> Rows:
    return Rows(
        contains=each(column),
        when=written(f"raw.{column}"),
        columns={
            "event_id": pl.concat_str("record", pl.lit(f"#{column}")),
            "interaction_id": pl.col("record"),
            "occurred_at": pl.col(column),
            "field": pl.lit("status"),
            "new_value": pl.lit(status),
            "actor_id": _user(actor) if actor is not None else pl.lit(None, dtype=pl.String),
        },
    )


_TOLD = ("caller_id", shown("caller_id"), "caller_email", "caller_phone")
_JOURNAL = Items(
    "journal",
    entries,
    fields=(timestamp("said_at"), as_written("author"), word("kind"), html("text")),
    prepare={"is_note": pl.col("item.kind").fill_null("").str.to_lowercase().str.contains(_NOTE)},
)

INCIDENTS = Export(
    source="servicenow",
    name="incidents",
    title="Incidents, with their comments and work notes where the export shows them.",
    formats=("JSON (API pages, object)", "NDJSON", "CSV"),
    page_keys=("result", "records"),
    ignore=frozenset({"_fivetran_synced", "sys_mod_count", "sys_tags", "__status"}),
    known=spellings_of(NAMES)
    | names(
        """
        result active activity_due additional_assignee_list approval approval_history approval_set business_duration
        business_impact business_service business_stc cause caused_by child_incidents close_code close_notes cmdb_ci
        correlation_display correlation_id delivery_plan delivery_task due_date escalation expected_start follow_up
        group_list hold_reason impact knowledge location made_sla notify order origin_id origin_table parent problem_id
        reassignment_count rejection_goto reopened_by rfc service_offering severity sla_due subcategory sys_class_name
        sys_created_by sys_domain sys_domain_path sys_updated_by time_worked universal_request upon_approval upon_reject
        urgency user_input watch_list wf_activity work_end work_notes_list work_start calendar_integration contract
        """
    ),
    key="sys_id",
    clock=("sys_updated_on",),
    derive=derive,
    fields=(
        record_id("sys_id"),
        identifier("number", shaped("ServiceNow number", "^[A-Za-z0-9_-]{1,40}$")),
        timestamp("opened_at"),
        timestamp("sys_created_on"),
        timestamp("sys_updated_on"),
        timestamp("resolved_at"),
        timestamp("closed_at"),
        timestamp("reopened_time"),
        *(as_written(name) for name in REFERENCES),
        *(as_written(shown(name)) for name in REFERENCES if name != "assignment_group"),
        word(shown("assignment_group"), alias="group"),
        person_name(shown("caller_id"), alias="caller"),
        email_address("caller_email"),
        phone_number("caller_phone"),
        choice("state", "servicenow_state", _STATES),
        choice("incident_state", "servicenow_state", _STATES),
        choice("priority", "servicenow_priority", _PRIORITIES),
        choice("contact_type", "servicenow_channel", _CHANNELS, alias="channel"),
        word("category"),
        line("short_description"),
        html("description"),
        as_written("comments"),
        as_written("work_notes"),
        as_written("comments_and_work_notes"),
        duration("calendar_duration", "s"),
        duration("calendar_stc", "s"),
        decimal("reopen_count"),
        boolean("deleted"),
    ),
    deleted=pl.col("deleted").fill_null(value=False),
    test=_test_incident,
    prepare={
        "own": pl.concat_str(pl.lit(f"{_INCIDENTS}:"), "sys_id"),
        "is_person": pl.any_horizontal(
            pl.col(name).is_not_null() for name in ("caller_id", "caller", "caller_email", "caller_phone")
        ),
        "customer": pl.when("is_person").then(pl.coalesce(key_of(_USERS, "caller_id"), "own")),
        "status": pl.coalesce("state", "incident_state"),
        "began_at": pl.coalesce("opened_at", "sys_created_on"),
    },
    tables=(
        TableMap(
            "interactions",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "interaction_id": pl.col("record"),
                        "source_number": pl.col("number"),
                        "kind": pl.lit("incident"),
                        "channel": pl.col("channel"),
                        "channel_raw": pl.col("raw.channel"),
                        "customer_record": pl.col("customer"),
                        "organization_id": key_of(_COMPANIES, "company"),
                        "agent_id": _user("assigned_to"),
                        "team": pl.coalesce("group", key_of(_GROUPS, "assignment_group")),
                        "category": pl.col("category"),
                        "status": pl.col("status"),
                        "status_raw": pl.coalesce("raw.state", "raw.incident_state"),
                        "priority": pl.col("priority"),
                        "priority_raw": pl.col("raw.priority"),
                        "opened_at": pl.col("began_at"),
                        "solved_at": pl.col("resolved_at"),
                        "closed_at": pl.col("closed_at"),
                        "reopen_count": pl.col("reopen_count"),
                        # The vendor's duration is calendar time, too, and ends when the incident was resolved.
                        "resolution_ms": pl.coalesce(
                            "calendar_duration",
                            "calendar_stc",
                            _milliseconds("began_at", "resolved_at"),
                            _milliseconds("began_at", "closed_at"),
                        ),
                        "parent_interaction_id": key_of(_INCIDENTS, "parent_incident"),
                        "text_subject": pl.when(~pl.col("is_deleted")).then("short_description"),
                    },
                ),
            ),
        ),
        TableMap(
            "interaction_events",
            rows=(
                _became("reopened_time", "open"),
                _became("resolved_at", "solved", "resolved_by"),
                _became("closed_at", "closed", "closed_by"),
            ),
        ),
        TableMap(
            "messages",
            rows=(
                Rows(
                    contains=each("description"),
                    when=written("raw.description"),
                    columns={
                        "message_id": pl.concat_str("record", pl.lit("#description")),
                        "interaction_id": pl.col("record"),
                        "author_id": pl.coalesce(_user("opened_by"), "customer"),
                        "is_public": pl.lit(value=True),
                        "sent_at": pl.col("began_at"),
                        "text": pl.when(~pl.col("is_deleted")).then("description"),
                    },
                ),
                Rows(
                    items=_JOURNAL,
                    contains=each(),
                    columns={
                        "message_id": pl.concat_str("record", pl.lit("#journal-"), pl.col("item.number").cast(pl.String)),
                        "interaction_id": pl.col("record"),
                        "author_kind": pl.when(
                            (pl.col("item.author").str.to_lowercase() == pl.col(shown("caller_id")).str.to_lowercase())
                            & ~pl.col("is_note")
                        )
                        .then(pl.lit("customer"))
                        .when(pl.col("item.author").str.to_lowercase() == "system")
                        .then(pl.lit("system"))
                        .otherwise(pl.lit("agent")),
                        "is_public": ~pl.col("is_note"),
                        "sent_at": pl.col("item.said_at"),
                        "text": pl.when(~pl.col("is_deleted")).then("item.text"),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=pl.any_horizontal(written(name) for name in _TOLD).cast(pl.Int64),
                    when=pl.col("is_person"),
                    columns={
                        "customer_record": pl.col("customer"),
                        "first_seen_at": pl.col("began_at"),
                        "last_seen_at": pl.col("began_at"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                identity("name", "caller", pl.col("customer"), shown("caller_id"), since=pl.col("began_at")),
                identity("email", "caller_email", pl.col("customer"), "caller_email", since=pl.col("began_at")),
                identity("phone", "caller_phone", pl.col("customer"), "caller_phone", since=pl.col("began_at")),
            ),
        ),
    ),
)
