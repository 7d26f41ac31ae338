"""Zendesk Support: tickets, users, comments and satisfaction ratings, as API pages or NDJSON."""

from __future__ import annotations

from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person, looks_like_test_subject
from cx_pipeline.sources.columns import (
    as_written,
    boolean,
    choice,
    each,
    email_address,
    external_id,
    first_message,
    html,
    identifier,
    identity,
    key_of,
    language_code,
    line,
    names,
    person_name,
    phone_number,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.scores import SCORE, scored

# The system itself writes as -1.
number = partial(identifier, shape=shaped("Zendesk", "^-?[0-9]{1,20}$"))

# Lists come under the name of what they list, answers of the search API under `results`.
_PAGES = ("JSON (API pages)", "NDJSON")
_CHANNELS = {
    "web": "web",
    "email": "email",
    "voice": "phone",
    "phone": "phone",
    "phone_call_inbound": "phone",
    "phone_call_outbound": "phone",
    "voicemail": "phone",
    "chat": "chat",
    "chat_transcript": "chat",
    "native_messaging": "messenger",
    "messaging": "messenger",
    "whatsapp": "messenger",
    "facebook": "social",
    "facebook_post": "social",
    "facebook_message": "messenger",
    "instagram_dm": "messenger",
    "line": "messenger",
    "wechat": "messenger",
    "telegram": "messenger",
    "viber": "messenger",
    "twitter": "social",
    "twitter_dm": "social",
    "twitter_favorite": "social",
    "any_channel": "other",
    "sms": "sms",
    "text": "sms",
    "mobile_sdk": "mobile_app",
    "mobile": "mobile_app",
    "web_widget": "form",
    "web_form": "form",
    "help_center": "form",
    "api": "api",
    "rule": "other",
    "closed_ticket": "other",
    "side_conversation": "other",
    "sample_ticket": "other",
}
_STATUS = {
    "new": "new",
    "open": "open",
    "pending": "pending",
    "hold": "on_hold",
    "on-hold": "on_hold",
    "solved": "solved",
    "closed": "closed",
    "deleted": "deleted",
}
# `medium` is not in the vendor's list but occurs in histories; it stands where `normal` does.
_PRIORITY = {"low": "low", "normal": "normal", "medium": "normal", "high": "high", "urgent": "urgent"}
_DELETED = pl.col("status") == "deleted"
_BOT_NAME = r"(?i)\b(?:bot|chatbot|answer bot|automation|autopilot|integration)\b"


def _sample_ticket(_: Context) -> pl.Expr:
    return looks_like_test_subject(pl.col("subject")) | (pl.col("raw.channel") == "sample_ticket").fill_null(value=False)


TICKETS = Export(
    source="zendesk",
    name="tickets",
    title="Tickets, with the text they were opened with.",
    formats=_PAGES,
    page_keys=("tickets", "results"),
    # `fields` repeats `custom_fields`; `generated_timestamp` is when the export was made, not what the ticket says.
    ignore=frozenset({"fields", "url", "generated_timestamp"}),
    known=names(
        """
        external_id raw_subject recipient due_at has_incidents brand_id ticket_form_id custom_status_id collaborator_ids
        follower_ids email_cc_ids followup_ids sharing_agreement_ids custom_fields satisfaction_rating
        from_messaging_channel allow_attachments allow_channelback encoded_id support_type forum_topic_id
        """
    ),
    key="id",
    clock=("updated_at", "generated_timestamp"),
    fields=(
        number("id", required=True),
        timestamp("created_at", required=True),
        timestamp("updated_at", required=True),
        timestamp("generated_timestamp", "epoch_s"),
        choice("status", "zendesk_status", _STATUS),
        choice("priority", "zendesk_priority", _PRIORITY),
        choice("via", "zendesk_channel", _CHANNELS, alias="channel", at="$.channel"),
        word("type"),
        line("subject"),
        html("description"),
        number("requester_id"),
        number("submitter_id"),
        number("assignee_id"),
        number("organization_id"),
        number("group_id"),
        number("problem_id"),
        as_written("tags"),
        boolean("is_public"),
    ),
    deleted=_DELETED,
    test=_sample_ticket,
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
                        "kind": pl.when(pl.col("type") == "incident").then(pl.lit("incident")).otherwise(pl.lit("ticket")),
                        "kind_raw": pl.col("type"),
                        "channel": pl.col("channel"),
                        "channel_raw": pl.col("raw.channel"),
                        "customer_record": key_of("zendesk.users", "requester_id"),
                        "organization_id": key_of("zendesk.organizations", "organization_id"),
                        "agent_id": key_of("zendesk.users", "assignee_id"),
                        "team": key_of("zendesk.groups", "group_id"),
                        "category": pl.col("type"),
                        "status": pl.col("status"),
                        "status_raw": pl.col("raw.status"),
                        "priority": pl.col("priority"),
                        "priority_raw": pl.col("raw.priority"),
                        "opened_at": pl.col("created_at"),
                        "parent_interaction_id": key_of("zendesk.tickets", "problem_id"),
                        "text_subject": pl.when(~pl.col("is_deleted")).then("subject"),
                    },
                ),
            ),
        ),
        TableMap(
            "messages",
            rows=(
                first_message(
                    "description",
                    "created_at",
                    author=key_of("zendesk.users", "submitter_id"),
                    is_public=pl.col("is_public").fill_null(value=True),
                ),
            ),
        ),
    ),
)


def _test_user(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.name"), address_told("email"), context.test_domains)


def _if_customer(contains: pl.Expr) -> pl.Expr:
    """Agents and admins carry no customer's identifiers."""
    return pl.when(~_is_staff("role")).then(contains).otherwise(0)


def _is_staff(raw_role: str) -> pl.Expr:
    """By the letters of the raw word alone, so that mapping and count cannot come apart over a stray character."""
    return pl.col(raw_role).fill_null("").str.to_lowercase().str.replace_all("[^a-z]", "").is_in(["agent", "admin"])


def _user_identity(kind: str, column: str) -> Rows:
    rows = identity(kind, column, pl.col("record"), column, since=pl.col("created_at"))
    return Rows(columns=rows.columns, contains=_if_customer(rows.contains), when=~pl.col("is_staff") & written(f"raw.{column}"))


USERS = Export(
    source="zendesk",
    name="users",
    title="End users, agents and admins.",
    formats=_PAGES,
    page_keys=("users", "results"),
    ignore=frozenset({"url", "photo"}),
    known=names(
        """
        created_by_id time_zone verified shared shared_agent tags user_fields notes details alias signature
        ticket_restriction moderator only_private_comments restricted_agent chat_only custom_role_id role_type report_csv
        locale_id two_factor_auth_enabled remote_photo_url organization_ids
        """
    ),
    key="id",
    clock=("updated_at",),
    fields=(
        number("id", required=True),
        timestamp("created_at"),
        timestamp("updated_at", required=True),
        timestamp("last_login_at"),
        person_name("name"),
        email_address("email"),
        phone_number("phone"),
        external_id("external_id"),
        word("role"),
        boolean("active"),
        boolean("suspended"),
        boolean("shared_phone_number"),
        boolean("permanently_deleted"),
        language_code("locale"),
        word("iana_time_zone"),
        number("organization_id"),
        number("default_group_id"),
    ),
    deleted=pl.col("permanently_deleted").fill_null(value=False),
    test=_test_user,
    prepare={"is_staff": _is_staff("raw.role")},
    tables=(
        TableMap(
            "people",
            primary=True,
            rows=(
                Rows(
                    contains=_if_customer(each()),
                    when=~pl.col("is_staff"),
                    columns={
                        "customer_record": pl.col("record"),
                        "language": pl.col("locale"),
                        "timezone": pl.col("iana_time_zone"),
                        "organization_id": key_of("zendesk.organizations", "organization_id"),
                        "first_seen_at": pl.col("created_at"),
                        "last_seen_at": pl.col("last_login_at"),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=tuple(_user_identity(kind, kind) for kind in ("name", "email", "phone", "external_id")),
        ),
        TableMap(
            "agents",
            rows=(
                Rows(
                    contains=pl.when(_is_staff("role")).then(1).otherwise(0),
                    when=pl.col("is_staff"),
                    columns={
                        "agent_id": pl.col("record"),
                        "name": pl.col("name"),
                        "role": pl.col("role"),
                        "team": key_of("zendesk.groups", "default_group_id"),
                        "is_bot": pl.col("raw.name").str.contains(_BOT_NAME).fill_null(value=False),
                        "is_active": pl.col("active"),
                        "timezone": pl.col("iana_time_zone"),
                    },
                ),
            ),
        ),
    ),
)


def _attachments(listed: pl.Expr) -> pl.Expr:
    """Elements of the list of attachments; the thumbnails inside them, which look the same, are none."""
    alone = listed.str.replace_all(r'"thumbnails"\s*:\s*\[[^\]]*\]', "")
    return pl.max_horizontal(alone.str.count_matches(rf'"{name}"\s*:').cast(pl.Int64) for name in ("file_name", "content_url"))


COMMENTS = Export(
    source="zendesk",
    name="comments",
    title="Comments and internal notes of tickets.",
    formats=_PAGES,
    page_keys=("comments",),
    ignore=frozenset({"url", "html_body", "plain_body"}),
    known=names(
        """
        type audit_id via metadata uploads
        """
    ),
    key="id",
    clock=("created_at",),
    fields=(
        number("id", required=True),
        number("ticket_id", required=True),
        number("author_id"),
        timestamp("created_at", required=True),
        boolean("public"),
        html("body"),
        as_written("attachments"),
    ),
    tables=(
        TableMap(
            "messages",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "message_id": pl.col("record"),
                        "interaction_id": key_of("zendesk.tickets", "ticket_id"),
                        "author_id": key_of("zendesk.users", "author_id"),
                        "is_public": pl.col("public"),
                        "sent_at": pl.col("created_at"),
                        "attachment_count": _attachments(pl.col("attachments")),
                        "text": pl.col("body"),
                    },
                ),
            ),
        ),
    ),
)

_SCORE = {
    "good": "good",
    "goodwithcomment": "good",
    "bad": "bad",
    "badwithcomment": "bad",
    "offered": "offered",
    "unoffered": "unoffered",
}
_GIVEN = pl.col("score").is_in(["good", "bad"])

SATISFACTION_RATINGS = Export(
    source="zendesk",
    name="satisfaction_ratings",
    title="Satisfaction ratings of tickets: offered, good or bad.",
    formats=_PAGES,
    page_keys=("satisfaction_ratings",),
    ignore=frozenset({"url"}),
    known=names(
        """
        assignee_id group_id reason_id reason_code
        """
    ),
    key="id",
    clock=("updated_at",),
    fields=(
        number("id", required=True),
        number("ticket_id", required=True),
        number("requester_id"),
        choice("score", "zendesk_score", _SCORE),
        html("comment"),
        word("reason"),
        timestamp("created_at"),
        timestamp("updated_at", required=True),
    ),
    prepare=scored(pl.when(_GIVEN).then("score"), pl.when(_GIVEN).then(pl.lit("good_bad"))),
    tables=(
        TableMap(
            "survey_responses",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "response_id": pl.col("record"),
                        "survey_id": pl.lit("zendesk.satisfaction"),
                        "audience": pl.lit("customer"),
                        **SCORE,
                        "metric": pl.lit("csat"),
                        "score_original": pl.col("raw.score"),
                        "started_at": pl.col("created_at"),
                        "submitted_at": pl.when(_GIVEN).then("updated_at"),
                        "recorded_at": pl.col("updated_at"),
                        # A rating that was offered and not given is no answer; it stays without a completion.
                        "completion": pl.when(_GIVEN).then(pl.lit("complete")),
                        "customer_record": key_of("zendesk.users", "requester_id"),
                        "interaction_id": key_of("zendesk.tickets", "ticket_id"),
                        "text_comment": pl.col("comment"),
                    },
                ),
            ),
        ),
    ),
)
