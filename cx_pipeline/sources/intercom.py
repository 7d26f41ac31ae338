"""Intercom: conversations with their parts, contacts and admins, as API objects, lists and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from cx_pipeline.scrub import booleans
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person, looks_like_test_subject
from cx_pipeline.sources.columns import (
    as_written,
    boolean,
    choice,
    country,
    decimal,
    each,
    email_address,
    external_id,
    html,
    identity,
    key_of,
    language_code,
    line,
    names,
    person_name,
    phone_number,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.intercom_parts import (
    ADMINS_EXPORT,
    AUTHORS,
    BOT_ADDRESS,
    BOT_NAME,
    CONTACTS_EXPORT,
    PARTS,
    TEAMS_EXPORT,
    at,
    attachments_in,
    author,
    author_kind,
    is_event,
    is_said,
    letters,
    number,
    seconds,
)
from cx_pipeline.sources.spellings import spelt

_FORMATS = ("JSON (object, array, API pages)", "NDJSON", "CSV")
_CHANNELS = {
    "conversation": "messenger",
    "in_app": "messenger",
    "inapp": "messenger",
    "facebook": "messenger",
    "instagram": "messenger",
    "whatsapp": "messenger",
    "twitter": "social",
    "email": "email",
    "sms": "sms",
    "phone_call": "phone",
    "phone_switch": "phone",
    "push": "mobile_app",
    "api": "api",
}
_DIRECTIONS = {
    "customer_initiated": "inbound",
    "admin_initiated": "outbound",
    "campaigns_initiated": "outbound",
    "operator_initiated": "outbound",
    "automated": "outbound",
}
_STATES = {"open": "open", "closed": "closed", "snoozed": "on_hold"}
_PRIORITIES = {"priority": "high", "not_priority": "normal"}


def _derive(columns: Sequence[str], _: Context) -> Mapping[str, pl.Expr]:
    """Older versions write the parts as a plain list."""
    if "conversation_parts" not in columns:
        return {}
    parts = pl.col("conversation_parts")
    listed = pl.concat_str(pl.lit('{"conversation_parts":'), parts, pl.lit("}"))
    return {"conversation_parts": pl.when(parts.str.starts_with("[")).then(listed).otherwise(parts)}


def _milliseconds(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_milliseconds()


def _test_conversation(context: Context) -> pl.Expr:
    by_person = looks_like_test_person(pl.col("raw.author_name"), address_told("author_email"), context.test_domains)
    return looks_like_test_subject(pl.col("subject")) | (by_person & (pl.col("author_kind") == "customer").fill_null(value=False))


def _rating(column: str, rating: str, remark: str, survey: str) -> Rows:
    """A rating of the conversation: a number of stars, 1 to 5; one that was asked for and not given is none."""
    return Rows(
        contains=each(column, "$.rating"),
        when=written(f"raw.{rating}"),
        columns={
            "response_id": pl.concat_str("record", pl.lit(f"#{column}")),
            "survey_id": pl.lit(survey),
            "audience": pl.lit("customer"),
            "metric": pl.lit("csat"),
            "score_original": pl.col(f"raw.{rating}"),
            "score": pl.col(rating).cast(pl.Float64),
            "scale_min": pl.lit(1.0),
            "scale_max": pl.lit(5.0),
            "submitted_at": pl.col("rated_at") if column == "conversation_rating" else pl.lit(None, dtype=pl.Datetime("us")),
            "recorded_at": pl.col("updated_at"),
            "completion": pl.lit("complete"),
            "customer_record": pl.col("customer"),
            "interaction_id": pl.col("record"),
            "text_comment": pl.col(remark),
        },
    )


CONVERSATIONS = Export(
    source="intercom",
    name="conversations",
    title="Conversations, with their parts, changes and ratings.",
    formats=_FORMATS,
    page_keys=("conversations",),
    ignore=frozenset({"read", "url"}),
    known=names(
        """
        type tags teammates custom_attributes topics ticket linked_objects ai_agent_participated sla_applied waiting_since
        snoozed_until first_contact_reply company workspace_id channel admin_assignee assignee redacted
        conversation_message user
        """
    ),
    key="id",
    clock=("updated_at",),
    derive=_derive,
    fields=(
        number("id", required=True),
        seconds("created_at"),
        seconds("updated_at"),
        line("title"),
        choice("state", "intercom_state", _STATES),
        boolean("open"),
        choice("priority", "intercom_priority", _PRIORITIES),
        number("admin_assignee_id"),
        number("assignee", alias="assignee_id", at="$.id"),
        word("assignee", alias="assignee_type", at="$.type"),
        number("team_assignee_id"),
        choice("source", "intercom_channel", _CHANNELS, alias="channel", at="$.type"),
        number("source", alias="source_id", at="$.id"),
        choice("source", "intercom_direction", _DIRECTIONS, alias="direction", at="$.delivered_as"),
        html("source", alias="source_subject", at="$.subject"),
        html("source", alias="body", at="$.body"),
        choice("source", "intercom_author", AUTHORS, alias="author_role", at="$.author.type"),
        number("source", alias="author_id", at="$.author.id"),
        as_written("source", alias="author_name", at="$.author.name"),
        email_address("source", alias="author_email", at="$.author.email"),
        as_written("source", alias="attachments", at="$.attachments"),
        as_written("source", alias="attachment", at="$.attachments[0]"),
        number("contacts", alias="contact_id", at="$.contacts[0].id"),
        decimal("conversation_rating", alias="rating", at="$.rating"),
        html("conversation_rating", alias="remark", at="$.remark"),
        seconds("conversation_rating", alias="rated_at", at="$.created_at"),
        decimal("ai_agent", alias="ai_rating", at="$.rating"),
        html("ai_agent", alias="ai_remark", at="$.rating_remark"),
        seconds("statistics", alias="first_reply_at", at="$.first_admin_reply_at"),
        seconds("statistics", alias="last_close_at", at="$.last_close_at"),
        decimal("statistics", alias="reopens", at="$.count_reopens"),
        decimal("statistics", alias="message_total", at="$.count_conversation_parts"),
        decimal("conversation_parts", alias="part_total", at="$.total_count"),
    ),
    test=_test_conversation,
    prepare={
        "subject": pl.coalesce("title", "source_subject"),
        "status": pl.coalesce(
            "state",
            pl.when("open").then(pl.lit("open")).when(~pl.col("open")).then(pl.lit("closed")),
        ),
        "author_kind": author_kind("author_role", "author_name", "author_email"),
        "author": author("author_kind", "author_id"),
        "customer": pl.coalesce(
            key_of(CONTACTS_EXPORT, "contact_id"),
            pl.when(pl.col("author_kind") == "customer").then(key_of(CONTACTS_EXPORT, "author_id")),
        ),
        "closed_at": pl.when(pl.col("status") == "closed").then("last_close_at"),
        "assigned_admin": pl.coalesce(
            "admin_assignee_id", pl.when(pl.col("assignee_type").fill_null("") != "team").then("assignee_id")
        ),
        "assigned_team": pl.coalesce("team_assignee_id", pl.when(pl.col("assignee_type") == "team").then("assignee_id")),
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
                        "source_number": pl.col("id"),
                        "kind": pl.lit("conversation"),
                        "channel": pl.col("channel"),
                        "channel_raw": pl.col("raw.channel"),
                        "direction": pl.col("direction"),
                        "direction_raw": pl.col("raw.direction"),
                        "customer_record": pl.col("customer"),
                        "agent_id": key_of(ADMINS_EXPORT, "assigned_admin"),
                        "team": key_of(TEAMS_EXPORT, "assigned_team"),
                        "status": pl.col("status"),
                        "status_raw": pl.coalesce("raw.state", "raw.open"),
                        "priority": pl.col("priority"),
                        "priority_raw": pl.col("raw.priority"),
                        "opened_at": pl.col("created_at"),
                        "first_reply_at": pl.col("first_reply_at"),
                        "closed_at": pl.col("closed_at"),
                        "reopen_count": pl.col("reopens"),
                        # The vendor's own durations leave out the hours in which the office is closed.
                        "first_reply_ms": _milliseconds("created_at", "first_reply_at"),
                        "resolution_ms": _milliseconds("created_at", "closed_at"),
                        "text_subject": pl.col("subject"),
                    },
                ),
            ),
        ),
        TableMap(
            "messages",
            rows=(
                Rows(
                    contains=pl.max_horizontal(each("source", "$.body"), each("source", "$.attachments[0]")),
                    when=written("raw.body") | written("raw.attachment"),
                    columns={
                        "message_id": pl.concat_str("record", pl.lit("#source")),
                        "interaction_id": pl.col("record"),
                        "author_kind": pl.col("author_kind"),
                        "author_kind_raw": pl.col("raw.author_role"),
                        "author_id": pl.col("author"),
                        "is_public": pl.lit(value=True),
                        "sent_at": pl.col("created_at"),
                        "attachment_count": attachments_in(pl.col("attachments")),
                        "text": pl.col("body"),
                    },
                ),
                Rows(
                    items=PARTS,
                    contains=is_said(letters(at("$.part_type")), at("$.body"), at("$.attachments[0]")).cast(pl.Int64),
                    when=is_said(pl.col("part"), pl.col("raw.item.body"), pl.col("raw.item.attachment")),
                    columns={
                        "message_id": pl.col("part_id"),
                        "interaction_id": pl.col("record"),
                        "author_kind": pl.col("part_author_kind"),
                        "author_kind_raw": pl.col("raw.item.author_role"),
                        "author_id": pl.col("part_author"),
                        "is_public": ~pl.col("part").str.starts_with("note"),
                        "is_auto_reply": pl.when(pl.col("part") == "channel_and_reply_time_expectation").then(pl.lit(value=True)),
                        "sent_at": pl.col("item.created_at"),
                        "is_truncated_history": pl.col("is_cut"),
                        "attachment_count": attachments_in(pl.col("item.attachments")),
                        "text": pl.col("item.body"),
                    },
                ),
            ),
        ),
        TableMap(
            "interaction_events",
            rows=(
                Rows(
                    items=PARTS,
                    contains=is_event(letters(at("$.part_type"))).cast(pl.Int64),
                    when=is_event(pl.col("part")),
                    columns={
                        "event_id": pl.col("part_id"),
                        "interaction_id": pl.col("record"),
                        "occurred_at": pl.col("item.created_at"),
                        "field": pl.col("changed"),
                        "new_value": pl.col("changed_to"),
                        "actor_kind": pl.col("part_author_kind"),
                        "actor_kind_raw": pl.col("raw.item.author_role"),
                        "actor_id": pl.col("part_author"),
                    },
                ),
            ),
        ),
        TableMap(
            "survey_responses",
            rows=(
                _rating("conversation_rating", "rating", "remark", "intercom.conversation_rating"),
                _rating("ai_agent", "ai_rating", "ai_remark", "intercom.ai_agent_rating"),
            ),
        ),
    ),
)

_MERGED = {"merged_into": ("merged_into_id", "merged_into_contact_id")}


def _test_contact(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.name"), address_told("email"), context.test_domains)


def _contact_identity(kind: str) -> Rows:
    return identity(kind, kind, pl.col("record"), kind, merged_into=pl.col("merged_into"), since=pl.col("created_at"))


CONTACTS = Export(
    source="intercom",
    name="contacts",
    title="Contacts: users and leads, with their unsubscriptions.",
    formats=_FORMATS,
    page_keys=("data", "contacts"),
    known=names(
        """
        type workspace_id avatar owner_id social_profiles has_hard_bounced marked_email_as_spam last_replied_at
        last_contacted_at last_email_opened_at last_email_clicked_at browser browser_version os android_app_name
        android_app_version android_device android_os_version android_sdk_version android_last_seen_at ios_app_name
        ios_app_version ios_device ios_os_version ios_sdk_version ios_last_seen_at custom_attributes tags notes companies
        opted_out_subscription_types opted_in_subscription_types utm_campaign utm_content utm_medium utm_source utm_term
        referrer enabled_push_messaging sms_consent unsubscribed_from_sms merged_into_id merged_into_contact_id
        formatted_phone role signed_up_at
        """
    ),
    key="id",
    clock=("updated_at",),
    derive=spelt(_MERGED),
    fields=(
        number("id", required=True),
        external_id("external_id"),
        word("role"),
        email_address("email"),
        phone_number("phone"),
        person_name("name"),
        boolean("unsubscribed_from_emails"),
        boolean("deleted"),
        number("merged_into"),
        seconds("created_at"),
        seconds("updated_at"),
        seconds("signed_up_at"),
        seconds("last_seen_at"),
        language_code("language_override"),
        language_code("browser_language"),
        country("location", alias="country_code", at="$.country_code"),
        country("location", alias="country", at="$.country"),
    ),
    deleted=pl.col("deleted").fill_null(value=False),
    test=_test_contact,
    tables=(
        TableMap(
            "people",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "customer_record": pl.col("record"),
                        "country": pl.coalesce("country_code", "country"),
                        "language": pl.coalesce("language_override", "browser_language"),
                        "first_seen_at": pl.coalesce("created_at", "signed_up_at"),
                        "last_seen_at": pl.col("last_seen_at"),
                        "merged_into_source_id": pl.col("merged_into"),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=tuple(_contact_identity(kind) for kind in ("name", "email", "phone", "external_id")),
        ),
        TableMap(
            "consent_events",
            rows=(
                Rows(
                    contains=letters(pl.col("unsubscribed_from_emails")).is_in(sorted(booleans.TRUE)).cast(pl.Int64),
                    when=pl.col("unsubscribed_from_emails"),
                    columns={
                        "event_id": pl.concat_str("record", pl.lit("#unsubscribed_from_emails")),
                        "identity": pl.struct(
                            kind=pl.when(pl.col("email").is_not_null()).then(pl.lit("email")).otherwise(pl.lit("external_id")),
                            token=pl.coalesce("email", "id"),
                        ),
                        "customer_record": pl.col("record"),
                        "channel": pl.lit("email"),
                        "purpose": pl.lit("marketing"),
                        "state": pl.lit("withdrawn"),
                        "state_raw": pl.lit("unsubscribed_from_emails"),
                        # That it is so is told, not since when: the last change is the latest it can have been.
                        "occurred_at": pl.col("updated_at"),
                    },
                ),
            ),
        ),
    ),
)

ADMINS = Export(
    source="intercom",
    name="admins",
    title="Admins: the teammates who answer, and the vendor's own bot.",
    formats=_FORMATS,
    page_keys=("admins",),
    known=names(
        """
        type away_mode_enabled away_mode_reassign has_inbox_seat avatar away_status_reason_id team_priority_level
        email_verified app
        """
    ),
    key="id",
    clock=("updated_at",),
    fields=(
        number("id", required=True),
        person_name("name"),
        email_address("email"),
        word("job_title"),
        number("team_ids", alias="team_id", at="$[0]"),
        seconds("updated_at"),
    ),
    test=_test_contact,
    tables=(
        TableMap(
            "agents",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "agent_id": pl.col("record"),
                        "name": pl.col("name"),
                        "role": pl.col("job_title"),
                        "team": key_of(TEAMS_EXPORT, "team_id"),
                        "is_bot": (
                            pl.col("raw.name").str.contains(BOT_NAME) | pl.col("raw.email").str.contains(BOT_ADDRESS)
                        ).fill_null(value=False),
                    },
                ),
            ),
        ),
    ),
)
