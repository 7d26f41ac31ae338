"""Genesys Cloud: conversations with their participants, as answers of the details query and its jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub import timestamps
from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person
from cx_pipeline.sources.columns import (
    as_written,
    choice,
    decimal,
    duration,
    each,
    email_address,
    identifier,
    identity,
    key_of,
    names,
    phone_number,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Field, Items, Rows, TableMap
from cx_pipeline.sources.genesys_sessions import AGENTS, CUSTOMERS, QUEUES, ends_of, sessions

# Ids are UUIDs: digits and hyphens alone are taken for one at a UUID's length only.
uuid = partial(identifier, shape=shaped("Genesys", "^(?:[0-9A-Fa-f-]{36}|[0-9_-]{0,64}[A-Za-z][A-Za-z0-9_-]{0,200})$"))

_USERS, _QUEUES, _CONTACTS = "genesys.users", "genesys.queues", "genesys.external_contacts"
_CHANNELS = {
    "voice": "phone",
    "callback": "phone",
    "internalmessage": "other",
    "chat": "chat",
    "webchat": "chat",
    "message": "messenger",
    "email": "email",
    "sms": "sms",
    "cobrowse": "web",
    "screenshare": "web",
    "screenmonitoring": "other",
    "social": "social",
    "video": "video",
    "workitem": "other",
}
_DIRECTIONS = {"inbound": "inbound", "outbound": "outbound", "internal": "internal"}
_HUNG_UP = ("peer", "client", "endpoint")
# What the record's participants tell of it as a whole, as columns of their own.
_ENDS, _MEDIA, _DIRECTION, _PHONE, _EMAIL, _CONTACT = "cx ends", "cx media", "cx direction", "cx phone", "cx email", "cx contact"


def _of_customer(path: str) -> pl.Expr:
    """Of the customer's participant; calls from outside come as `external`, too."""
    listed = pl.col("participants")
    return pl.coalesce(listed.str.json_path_match(f"$[?(@.purpose=='{purpose}')].{path}") for purpose in CUSTOMERS)


def _derive(columns: Sequence[str], _: Context) -> Mapping[str, pl.Expr]:
    if "participants" not in columns:
        return {}
    first = "sessions[0]"
    direction = _of_customer(f"{first}.direction")
    if "originatingDirection" in columns:
        direction = pl.coalesce(pl.when(written("originatingDirection")).then("originatingDirection"), direction)
    is_outbound = direction.str.to_lowercase() == "outbound"
    media = _of_customer(f"{first}.mediaType")
    is_email = (media.str.to_lowercase() == "email").fill_null(value=False)
    number = pl.when(is_outbound).then(_of_customer(f"{first}.dnis")).otherwise(_of_customer(f"{first}.ani"))
    address = pl.when(is_outbound).then(_of_customer(f"{first}.addressTo")).otherwise(_of_customer(f"{first}.addressFrom"))
    return {
        _ENDS: pl.col("participants").map_batches(ends_of, return_dtype=pl.String),
        _MEDIA: media,
        _DIRECTION: direction,
        # An address such as sip:ada@host is no number.
        _PHONE: pl.when(~is_email & ~number.str.contains("@")).then(number.str.replace("^tel:", "")),
        _EMAIL: pl.when(is_email).then(address),
        _CONTACT: _of_customer("externalContactId"),
    }


def _purpose(participant: pl.Expr) -> pl.Expr:
    return participant.str.json_path_match("$.purpose").fill_null("").str.to_lowercase()


def _milliseconds(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_milliseconds()


def _test_conversation(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.lit(None, dtype=pl.String), address_told("email"), context.test_domains)


_IS_QUEUE = pl.col("purpose").is_in(list(QUEUES))
_IS_AGENT = pl.col("purpose").is_in(list(AGENTS))
_GAVE_UP = pl.col("item.reason").fill_null("").str.to_lowercase().is_in(list(_HUNG_UP)) & ~(
    _IS_AGENT & pl.col("item.talk_since").is_not_null()
).any().over("_record")
_SESSIONS = Items(
    "sessions",
    sessions,
    fields=(
        as_written("up1"),
        uuid("item", alias="id", at="$.sessionId"),
        word("item", alias="media", at="$.mediaType"),
        choice("item", "genesys_direction", _DIRECTIONS, alias="direction", at="$.direction"),
        as_written("item", alias="metrics", at="$.metrics"),
        uuid("up1", alias="user", at="$.userId"),
        word("up1", alias="purpose", at="$.purpose"),
        duration("talk_ms", "ms"),
        duration("hold_ms", "ms"),
        duration("ring_ms", "ms"),
        duration("wrapup_ms", "ms"),
        duration("wait_ms", "ms"),
        duration("menu_ms", "ms"),
        decimal("holds"),
        timestamp("since"),
        timestamp("until"),
        timestamp("talk_since"),
        uuid("queue"),
        word("reason"),
    ),
    prepare={
        "purpose": _purpose(pl.col("raw.item.up1")),
        "leg": pl.concat_str(
            "record",
            pl.lit("#"),
            pl.coalesce("item.id", pl.concat_str(pl.lit("session-"), pl.col("item.number").cast(pl.String))),
        ),
        "tells_abandon": pl.col("item.metrics").str.contains(r'"name"\s*:\s*"[nt]Abandon"'),
        "is_over": pl.col("conversationEnd").is_not_null(),
        "is_abandoned": _IS_QUEUE & pl.coalesce("tells_abandon", pl.col("is_over") & _GAVE_UP),
    },
)
_OWN_CUSTOMER = pl.when("is_person").then("customer")

CONVERSATIONS = Export(
    source="genesys",
    name="conversations",
    title="Conversations: calls, chats and messages, with the legs of their participants.",
    formats=("JSON (object, array, API pages)", "NDJSON"),
    page_keys=("conversations",),
    ignore=frozenset({"selfUri"}),
    known=names(
        """
        originatingDirection divisionIds mediaStatsMinConversationMos mediaStatsMinConversationRFactor conversationInitiator
        customerParticipation evaluations surveys resolutions externalTag knowledgeBaseIds originatingSocialMediaPublic
        inactivityTimeout conferenceStart conferenceEnd lastUpdated
        """
    ),
    key="conversationId",
    # A conversation is sent again until it has ended; what was written up after it comes with no time of its own.
    clock=("conversationEnd", "conversationStart"),
    derive=_derive,
    fields=(
        uuid("conversationId", required=True),
        timestamp("conversationStart"),
        timestamp("conversationEnd"),
        as_written("participants"),
        choice(_MEDIA, "genesys_media", _CHANNELS, alias="channel"),
        choice(_DIRECTION, "genesys_direction", _DIRECTIONS, alias="direction"),
        phone_number(_PHONE, alias="phone"),
        email_address(_EMAIL, alias="email"),
        uuid(_CONTACT, alias="contact"),
        Field(_ENDS, lambda context: timestamps.timestamp("iso", context.zone), alias="answered_at", at="$.answered"),
        uuid(_ENDS, alias="last_agent", at="$.agent"),
        uuid(_ENDS, alias="last_queue", at="$.queue"),
    ),
    test=_test_conversation,
    prepare={
        "own": pl.concat_str(pl.lit("genesys.conversations:"), "conversationId"),
        "customer": pl.coalesce(key_of(_CONTACTS, "contact"), "own"),
        "is_person": pl.any_horizontal(pl.col(name).is_not_null() for name in ("phone", "email", "contact")),
        # On a call of the company's own it is the customer who answers.
        "first_reply_at": pl.when(pl.col("direction") == "inbound").then("answered_at"),
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
                        "kind": pl.lit("contact"),
                        "channel": pl.col("channel"),
                        "channel_raw": pl.col("raw.channel"),
                        "direction": pl.col("direction"),
                        "direction_raw": pl.col("raw.direction"),
                        "customer_record": _OWN_CUSTOMER,
                        "agent_id": key_of(_USERS, "last_agent"),
                        "queue": key_of(_QUEUES, "last_queue"),
                        # What has no end is still going on; one that cannot be read is an end, all the same.
                        "status": pl.when(written("raw.conversationEnd")).then(pl.lit("closed")).otherwise(pl.lit("open")),
                        "opened_at": pl.col("conversationStart"),
                        "first_reply_at": pl.col("first_reply_at"),
                        "closed_at": pl.col("conversationEnd"),
                        "first_reply_ms": _milliseconds("conversationStart", "first_reply_at"),
                        "resolution_ms": _milliseconds("conversationStart", "conversationEnd"),
                    },
                ),
            ),
        ),
        TableMap(
            "call_legs",
            rows=(
                Rows(
                    items=_SESSIONS,
                    contains=(~_purpose(pl.col("up1")).is_in(list(CUSTOMERS))).cast(pl.Int64),
                    when=~pl.col("purpose").is_in(list(CUSTOMERS)),
                    columns={
                        "leg_id": pl.col("leg"),
                        "interaction_id": pl.col("record"),
                        "initiation": pl.col("item.purpose"),
                        "direction": pl.col("item.direction"),
                        "direction_raw": pl.col("raw.item.direction"),
                        "queue": key_of(_QUEUES, "item.queue"),
                        "agent_id": key_of(_USERS, "item.user"),
                        "enqueued_at": pl.when(_IS_QUEUE).then("item.since"),
                        "dequeued_at": pl.when(_IS_QUEUE).then("item.until"),
                        "connected_at": pl.col("item.talk_since"),
                        "disconnected_at": pl.col("item.until"),
                        "ivr_ms": pl.col("item.menu_ms"),
                        "queue_ms": pl.col("item.wait_ms"),
                        "ring_ms": pl.col("item.ring_ms"),
                        "talk_ms": pl.col("item.talk_ms"),
                        # Who was never put on hold was held for no time; a hold that has not ended is not known yet.
                        "hold_ms": pl.when(_IS_AGENT & (pl.col("item.holds") == 0)).then(0).otherwise("item.hold_ms"),
                        "hold_count": pl.when(_IS_AGENT).then("item.holds"),
                        "wrap_up_ms": pl.col("item.wrapup_ms"),
                        "is_abandoned": pl.col("is_abandoned"),
                        "is_transferred": _IS_AGENT
                        & pl.col("item.reason").fill_null("").str.to_lowercase().str.contains("transfer"),
                        "disconnect_reason": pl.col("item.reason"),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=pl.any_horizontal(written(name) for name in (_PHONE, _EMAIL, _CONTACT)).cast(pl.Int64),
                    when=pl.col("is_person"),
                    columns={
                        "customer_record": pl.col("customer"),
                        "first_seen_at": pl.col("conversationStart"),
                        "last_seen_at": pl.col("conversationStart"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                identity("phone", "phone", _OWN_CUSTOMER, _PHONE, since=pl.col("conversationStart")),
                identity("email", "email", _OWN_CUSTOMER, _EMAIL, since=pl.col("conversationStart")),
            ),
        ),
    ),
)
