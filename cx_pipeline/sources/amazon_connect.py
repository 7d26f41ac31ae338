"""Amazon Connect: contact records, one a leg of a call, chat, task or e-mail, as streams and exports of them hold them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.placeholders import Role, is_placeholder
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person
from cx_pipeline.sources.columns import (
    choice,
    decimal,
    duration,
    each,
    email_address,
    identifier,
    identity,
    key_of,
    line,
    names,
    phone_number,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Rows, TableMap

# The vendor's ids are UUIDs, documented as any text: digits and hyphens alone are taken for one at a UUID's length only.
contact = partial(identifier, shape=shaped("Amazon Connect", "^(?:[0-9A-Fa-f-]{36}|[0-9_-]{0,64}[A-Za-z][A-Za-z0-9_-]{0,200})$"))
arn = partial(identifier, shape=shaped("Amazon Connect ARN", "^arn:aws[a-z-]{0,20}:connect:[A-Za-z0-9:/_-]{1,400}$"))
seconds = partial(duration, unit="s")

_CHANNELS = {"VOICE": "phone", "CHAT": "chat", "TASK": "other", "EMAIL": "email"}
# Who called, not who is spoken to: a leg that a transfer began is still the customer's call.
_DIRECTIONS = {
    "INBOUND": "inbound",
    "TRANSFER": "inbound",
    "QUEUE_TRANSFER": "inbound",
    "WEBRTC_API": "inbound",
    "API": "inbound",
    "OUTBOUND": "outbound",
    "EXTERNAL_OUTBOUND": "outbound",
    "CALLBACK": "outbound",
    "CALLBACK_CUSTOMER_FIRST_DIALED": "outbound",
    "CAMPAIGN_PREVIEW": "outbound",
    "AGENT_REPLY": "outbound",
    "FLOW": "outbound",
    "MONITOR": "internal",
    "DISCONNECT": "internal",
}
_PHONE = "$[?(@.Type=='TELEPHONE_NUMBER')].Address"
# EMAIL and EMAIL_ADDRESS, as a range: this path language has no `or`.
_EMAIL = "$[?(@.Type>='EMAIL' && @.Type<='EMAIL_ADDRESS')].Address"
_AGENT_ID = "/agent/([0-9A-Za-z-]+)$"
# A chat may be begun by a call of the API, and is the customer's; a phone call that is begun so goes to them.
_BY_API = pl.col("raw.direction").str.strip_chars().str.to_uppercase() == "API"
_RECORDS = "amazon_connect.contact_records"


def _begins_chain(raw: str) -> pl.Expr:
    """True for the first contact of a chain, by the letters of the raw cells alone, for mapping and count alike."""

    def told(column: str) -> pl.Expr:
        text = pl.col(f"{raw}{column}").str.strip_chars()
        return written(f"{raw}{column}") & ~is_placeholder(text, Role.ID).fill_null(value=False)

    def letters(column: str) -> pl.Expr:
        return pl.col(f"{raw}{column}").fill_null("").str.to_lowercase().str.replace_all("[^a-z0-9]", "")

    def elsewhere(column: str) -> pl.Expr:
        return told(column) & (letters(column) != letters("ContactId"))

    return ~elsewhere("InitialContactId") & (told("InitialContactId") | ~elsewhere("PreviousContactId"))


def _test_contact(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.lit(None, dtype=pl.String), address_told("email"), context.test_domains)


def _between(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_milliseconds()


def _unless_inverted(milliseconds: pl.Expr) -> pl.Expr:
    """A record that ends before it begins has a wrong clock, and no duration of it can be trusted."""
    return pl.when(~pl.col("is_inverted")).then(milliseconds)


def _at_the_end(column: str | pl.Expr) -> pl.Expr:
    """Who has a call in the end is told by its last leg; the first leg knows it only where it is the last, too."""
    return pl.when(~pl.col("is_transferred")).then(column)


def _endpoint(kind: str, at: str) -> Rows:
    """An identifier of the customer, told by the first contact: later ones repeat it, or name who was called in."""
    rows = identity(kind, kind, pl.when("is_person").then("record"), "CustomerEndpoint", since=pl.col("InitiationTimestamp"))
    return replace(
        rows,
        contains=pl.when(_begins_chain("")).then(each("CustomerEndpoint", at)).otherwise(0),
        when=pl.col("is_initial") & written(f"raw.{kind}"),
    )


CONTACT_RECORDS = Export(
    source="amazon_connect",
    name="contact_records",
    title="Contact records: the legs of calls, chats, tasks and e-mails, chained by the contact before and after.",
    formats=("JSON (back to back, array, API pages)", "NDJSON"),
    page_keys=("ContactRecords", "contact_records", "Records", "records"),
    known=names(
        """
        AdditionalEmailRecipients AgentConnectionAttempts AnsweringMachineDetectionStatus Attributes AWSAccountId
        AWSContactTraceRecordFormatVersion Campaign ChatMetrics ContactAssociationId ContactDetails ContactEvaluations
        ContactLens CustomerId CustomerVoiceActivity DisconnectDetails ExternalThirdParty GlobalResiliencyMetadata
        InstanceARN LanguageCode LastPausedTimestamp LastResumedTimestamp MediaStreams OutboundStrategy QualityMetrics
        QueuePriority QueueTimeAdjustmentSeconds Recording Recordings References RoutingCriteria ScheduledTimestamp
        SegmentAttributes StateTransitions SystemEndpoint Tags TaskTemplateInfo TotalPauseCount
        TotalPauseDurationInSeconds TransferredToEndpoint VoiceIdResult WisdomInfo
        """
    ),
    key="ContactId",
    clock=("LastUpdateTimestamp",),
    fields=(
        contact("ContactId", required=True),
        contact("InitialContactId"),
        contact("PreviousContactId"),
        contact("NextContactId"),
        contact("RelatedContactId"),
        choice("Channel", "amazon_connect_channel", _CHANNELS),
        choice("InitiationMethod", "amazon_connect_initiation", _DIRECTIONS, alias="direction"),
        timestamp("InitiationTimestamp"),
        timestamp("ConnectedToSystemTimestamp"),
        timestamp("TransferCompletedTimestamp"),
        timestamp("DisconnectTimestamp"),
        timestamp("LastUpdateTimestamp", required=True),
        word("DisconnectReason"),
        phone_number("CustomerEndpoint", alias="phone", at=_PHONE),
        email_address("CustomerEndpoint", alias="email", at=_EMAIL),
        arn("Queue", alias="queue_arn", at="$.ARN"),
        word("Queue", alias="queue_name", at="$.Name"),
        timestamp("Queue", alias="enqueued_at", at="$.EnqueueTimestamp"),
        timestamp("Queue", alias="dequeued_at", at="$.DequeueTimestamp"),
        seconds("Queue", alias="queue_ms", at="$.Duration"),
        arn("Agent", alias="agent_arn", at="$.ARN"),
        line("Agent", alias="agent_username", at="$.Username"),
        timestamp("Agent", alias="connected_at", at="$.ConnectedToAgentTimestamp"),
        seconds("Agent", alias="talk_ms", at="$.AgentInteractionDuration"),
        seconds("Agent", alias="hold_ms", at="$.CustomerHoldDuration"),
        decimal("Agent", alias="hold_count", at="$.NumberOfHolds"),
        seconds("Agent", alias="wrap_up_ms", at="$.AfterContactWorkDuration"),
    ),
    test=_test_contact,
    prepare={
        "is_initial": _begins_chain("raw."),
        "direction": pl.when(_BY_API & (pl.col("Channel") == "phone"))
        .then(pl.lit("outbound"))
        .when(_BY_API & (pl.col("Channel") == "other"))
        .then(pl.lit("internal"))
        .otherwise("direction"),
        "chain": pl.when("is_initial").then("ContactId").otherwise(pl.coalesce("InitialContactId", "PreviousContactId")),
        "is_person": pl.col("is_initial") & (pl.col("phone").is_not_null() | pl.col("email").is_not_null()),
        "is_inverted": (pl.col("DisconnectTimestamp") < pl.col("InitiationTimestamp")).fill_null(value=False),
        "is_transferred": pl.col("TransferCompletedTimestamp").is_not_null() | pl.col("NextContactId").is_not_null(),
        # By what was written: a time that cannot be read has been, all the same.
        "is_queued": written("raw.enqueued_at"),
        "is_answered": written("raw.connected_at"),
        # Who waits in a queue is a customer, unless the company called.
        "is_abandoned": pl.col("is_queued")
        & (pl.col("direction") == "inbound").fill_null(value=False)
        & ~pl.col("is_answered")
        & ~pl.col("is_transferred"),
        # An @ makes the id personal, so that it is published as its token.
        "agent": pl.coalesce(
            pl.col("agent_arn").str.extract(_AGENT_ID), pl.concat_str(pl.lit("@"), pl.col("agent_username").str.to_lowercase())
        ),
        # An agent's own queue is named after the agent.
        "queue": pl.coalesce(key_of("amazon_connect.users", pl.col("queue_arn").str.extract(_AGENT_ID)), "queue_name"),
        # On a call of the company's own it is the customer who answers.
        "answered_at": pl.when(pl.col("direction") == "inbound").then("connected_at"),
        "ivr_from": pl.coalesce("ConnectedToSystemTimestamp", "InitiationTimestamp"),
        # Who never waited and never reached anybody spent the whole leg in the menu.
        "ivr_to": pl.when("is_queued").then("enqueued_at").when(~pl.col("is_answered")).then("DisconnectTimestamp"),
    },
    tables=(
        TableMap(
            "call_legs",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "leg_id": pl.col("record"),
                        "interaction_id": key_of(_RECORDS, "chain"),
                        "initial_leg_id": key_of(_RECORDS, "chain"),
                        "previous_leg_id": key_of(_RECORDS, "PreviousContactId"),
                        "next_leg_id": key_of(_RECORDS, "NextContactId"),
                        "initiation": pl.col("raw.direction"),
                        "direction": pl.col("direction"),
                        "direction_raw": pl.col("raw.direction"),
                        "queue": pl.col("queue"),
                        "agent_id": key_of("amazon_connect.users", "agent"),
                        "enqueued_at": pl.col("enqueued_at"),
                        "dequeued_at": pl.col("dequeued_at"),
                        "connected_at": pl.col("connected_at"),
                        "disconnected_at": pl.col("DisconnectTimestamp"),
                        "ivr_ms": _unless_inverted(
                            pl.when(pl.col("direction") == "inbound").then(_between("ivr_from", "ivr_to"))
                        ),
                        "queue_ms": _unless_inverted(pl.coalesce("queue_ms", _between("enqueued_at", "dequeued_at"))),
                        "ring_ms": _unless_inverted(_between("dequeued_at", "connected_at")),
                        "talk_ms": _unless_inverted(pl.col("talk_ms")),
                        "hold_ms": _unless_inverted(pl.col("hold_ms")),
                        "hold_count": pl.col("hold_count"),
                        "wrap_up_ms": _unless_inverted(pl.col("wrap_up_ms")),
                        "is_abandoned": pl.col("is_abandoned"),
                        "is_transferred": pl.col("is_transferred"),
                        "disconnect_reason": pl.col("DisconnectReason"),
                        "dq_flags": pl.when("is_inverted")
                        .then(pl.concat_list("dq_flags", pl.lit("disconnected_before_initiated")).list.sort())
                        .otherwise("dq_flags"),
                    },
                ),
            ),
        ),
        TableMap(
            "interactions",
            rows=(
                Rows(
                    contains=pl.when(_begins_chain("")).then(1).otherwise(0),
                    when=pl.col("is_initial"),
                    columns={
                        "interaction_id": pl.col("record"),
                        "kind": pl.lit("contact"),
                        "channel": pl.col("Channel"),
                        "channel_raw": pl.col("raw.Channel"),
                        "direction": pl.col("direction"),
                        "direction_raw": pl.col("raw.direction"),
                        "customer_record": pl.when("is_person").then("record"),
                        "agent_id": _at_the_end(key_of("amazon_connect.users", "agent")),
                        "queue": _at_the_end("queue"),
                        "status": _at_the_end(pl.when(pl.col("DisconnectTimestamp").is_not_null()).then(pl.lit("closed"))),
                        "opened_at": pl.col("InitiationTimestamp"),
                        "first_reply_at": pl.col("answered_at"),
                        "closed_at": _at_the_end("DisconnectTimestamp"),
                        "first_reply_ms": _unless_inverted(_between("InitiationTimestamp", "answered_at")),
                        "resolution_ms": _at_the_end(_unless_inverted(_between("InitiationTimestamp", "DisconnectTimestamp"))),
                        "parent_interaction_id": key_of(_RECORDS, "RelatedContactId"),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=pl.when(_begins_chain(""))
                    .then(pl.max_horizontal(each("CustomerEndpoint", _PHONE), each("CustomerEndpoint", _EMAIL)))
                    .otherwise(0),
                    when=pl.col("is_person"),
                    columns={
                        "customer_record": pl.col("record"),
                        "first_seen_at": pl.col("InitiationTimestamp"),
                        "last_seen_at": pl.col("InitiationTimestamp"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap("customer_identities", rows=(_endpoint("phone", _PHONE), _endpoint("email", _EMAIL))),
    ),
)
