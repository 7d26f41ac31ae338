"""Twilio: calls, as pages of its API and as CSV exports of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.placeholders import Role, is_placeholder
from cx_pipeline.sources.columns import (
    choice,
    duration,
    each,
    identifier,
    identity,
    key_of,
    names,
    phone_number,
    timestamp,
    written,
)
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.spellings import spellings_of, spelt

# Two capitals for the kind and 32 more, documented as hexadecimal, which masked exports do not keep to.
sid = partial(identifier, shape=shaped("Twilio", "^[A-Z]{2}[0-9A-Za-z]{16,64}$"))

_CALLS = "twilio.calls"
_DIRECTIONS = {
    "inbound": "inbound",
    "outbound": "outbound",
    "outbound-api": "outbound",
    "outbound-dial": "outbound",
    "trunking-originating": "inbound",
    "trunking-terminating": "outbound",
    "incoming": "inbound",
    "outgoing api": "outbound",
    "outgoing dial": "outbound",
}
_STATUS = {
    **dict.fromkeys(("queued", "initiated", "ringing", "in-progress"), "open"),
    **dict.fromkeys(("completed", "busy", "failed", "no-answer", "canceled", "cancelled"), "closed"),
}
_NAMES = {
    "sid": ("call_sid", "id"),
    "parent_call_sid": ("parent_call_id",),
    "date_created": ("created_at", "created_time"),
    "date_updated": ("updated_at",),
    "queue_time": ("queue_time_ms",),
}
# Callers without a number come as one of these, which spell ANONYMOUS, BLOCKED, RESTRICTED, UNKNOWN, UNAVAILABLE on keys.
_NOBODY = ("266696687", "7378742833", "2562533", "8656696", "86282452253", "464")
# Apps and exchanges are called by a name.
_NO_NUMBER = r"(?i)^\s*(?:client|sip|sim):"


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    """The columns by their API names; a number that stands for none is written out."""
    made = dict(spelt({**_NAMES, "from": (), "to": ()})(columns, context))
    for name in ("from", "to"):
        if name in columns or name in made:
            number = made.get(name, pl.col(name))
            is_nobody = number.str.replace_all("[^0-9]", "").is_in(list(_NOBODY)).fill_null(value=False)
            is_nobody |= number.str.contains(_NO_NUMBER).fill_null(value=False)
            made[name] = pl.when(is_nobody).then(pl.lit("anonymous")).otherwise(number)
    return made


def _begins_call(raw: str) -> pl.Expr:
    """True for a call that no other call began, by the letters of the raw cells alone, for mapping and count alike."""
    parent = f"{raw}parent_call_sid"
    is_told = written(parent) & ~is_placeholder(pl.col(parent).str.strip_chars(), Role.ID).fill_null(value=False)
    return ~is_told | (pl.col(parent).str.strip_chars() == pl.col(f"{raw}sid").str.strip_chars()).fill_null(value=False)


def _goes(direction: str, raw: str) -> pl.Expr:
    word = pl.col(raw).fill_null("").str.to_lowercase()
    words = [name for name, meant in _DIRECTIONS.items() if meant == direction]
    return word.str.replace_all(r"[\s_\-]+", "").is_in([name.replace("-", "").replace(" ", "") for name in words])


def _customers_number(raw: str, direction: str) -> pl.Expr:
    """The number on the customer's side: who called, or who was called; a call that another began has the agent there."""
    inbound = pl.when(_goes("inbound", direction)).then(f"{raw}from")
    outbound = pl.when(_goes("outbound", direction)).then(f"{raw}to")
    return pl.when(_begins_call(raw)).then(pl.coalesce(inbound, outbound))


def _milliseconds(start: str, end: str) -> pl.Expr:
    return (pl.col(end) - pl.col(start)).dt.total_milliseconds()


_RAW_NUMBER = _customers_number("", "direction").fill_null("").str.strip_chars() != ""
_PHONE = identity("phone", "phone", pl.when("is_person").then("record"), "from", since=pl.col("opened_at"))

CALLS = Export(
    source="twilio",
    name="calls",
    title="Calls: one a leg; a call that another began is a leg of that one.",
    formats=("JSON (API pages, object)", "NDJSON", "CSV"),
    page_keys=("calls",),
    ignore=frozenset({"uri", "subresource_uris", "_fivetran_synced"}),
    known=spellings_of(_NAMES)
    | names(
        """
        account_sid account_id annotation answered_by api_version caller_name forwarded_from from_formatted group_sid group_id
        outgoing_caller_id phone_number_sid phone_number_id price price_unit to_formatted trunk_sid trunk_id
        """
    ),
    key="sid",
    clock=("date_updated", "end_time"),
    derive=_derive,
    fields=(
        sid("sid"),
        sid("parent_call_sid"),
        choice("direction", "twilio_direction", _DIRECTIONS),
        choice("status", "twilio_status", _STATUS),
        phone_number("from"),
        phone_number("to"),
        timestamp("date_created", "rfc2822"),
        timestamp("date_updated", "rfc2822"),
        timestamp("start_time", "rfc2822"),
        timestamp("end_time", "rfc2822"),
        duration("duration", "s", alias="talked_ms"),
        duration("queue_time", "ms", alias="queue_ms"),
    ),
    prepare={
        "begins": _begins_call("raw."),
        "call": key_of(_CALLS, pl.when("begins").then("sid").otherwise("parent_call_sid")),
        "state": pl.col("raw.status").fill_null("").str.to_lowercase().str.replace_all(r"[\s_\-]+", ""),
        "raw.phone": _customers_number("raw.", "raw.direction"),
        "phone": pl.when("begins").then(
            pl.when(pl.col("direction") == "inbound").then("from").when(pl.col("direction") == "outbound").then("to")
        ),
        "is_person": pl.col("phone").is_not_null(),
        "opened_at": pl.coalesce("date_created", "start_time"),
        "closed_at": pl.when(pl.col("status") == "closed").then("end_time"),
        # Calls that nobody took come with a duration of 0, which is no talk of no length.
        "talk_ms": pl.when(pl.col("state").is_in(["completed", "inprogress"])).then("talked_ms"),
        # The seconds of a call count from when it was answered.
        "connected_at": pl.when(pl.col("state") == "completed").then(pl.col("end_time") - pl.duration(milliseconds="talk_ms")),
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
                        "interaction_id": pl.col("call"),
                        "initial_leg_id": pl.col("call"),
                        "previous_leg_id": pl.when(~pl.col("begins")).then("call"),
                        "initiation": pl.col("raw.direction"),
                        "direction": pl.col("direction"),
                        "direction_raw": pl.col("raw.direction"),
                        "connected_at": pl.col("connected_at"),
                        "disconnected_at": pl.col("end_time"),
                        "queue_ms": pl.col("queue_ms"),
                        "talk_ms": pl.col("talk_ms"),
                        "is_abandoned": (pl.col("direction") == "inbound")
                        & pl.col("state").is_in(["canceled", "cancelled", "noanswer"]),
                        "disconnect_reason": pl.col("raw.status"),
                    },
                ),
            ),
        ),
        TableMap(
            "interactions",
            rows=(
                Rows(
                    contains=_begins_call("").cast(pl.Int64),
                    when=pl.col("begins"),
                    columns={
                        "interaction_id": pl.col("record"),
                        "kind": pl.lit("contact"),
                        "channel": pl.lit("phone"),
                        "direction": pl.col("direction"),
                        "direction_raw": pl.col("raw.direction"),
                        "customer_record": pl.when("is_person").then("record"),
                        "status": pl.col("status"),
                        "status_raw": pl.col("raw.status"),
                        "opened_at": pl.col("opened_at"),
                        "closed_at": pl.col("closed_at"),
                        "resolution_ms": _milliseconds("opened_at", "closed_at"),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=_RAW_NUMBER.cast(pl.Int64),
                    when=pl.col("is_person"),
                    columns={
                        "customer_record": pl.col("record"),
                        "first_seen_at": pl.col("opened_at"),
                        "last_seen_at": pl.col("opened_at"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(Rows(columns=_PHONE.columns, contains=_RAW_NUMBER.cast(pl.Int64), when=written("raw.phone")),),
        ),
    ),
)
