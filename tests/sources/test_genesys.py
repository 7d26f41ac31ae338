"""Conversations of Genesys Cloud, and what becomes of their participants' sessions and segments."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import open_file
from cx_pipeline.privacy.withhold import withhold
from cx_pipeline.sources.catalogue import get
from cx_pipeline.sources.export import Context
from tests.sources.scrubbing import Record, broken, part, row, rows, scrub

CONVERSATIONS = "genesys.conversations"
ID = "11111111-0000-4000-8000-000000000001"
OWN = f"{CONVERSATIONS}:{ID}"
USER, QUEUE = "22222222-0000-4000-8000-000000000002", "12345678-1234-4000-8000-000000000003"


def at(minute: int, second: float = 0) -> str:
    return f"2024-04-29T17:{minute:02}:{second:06.3f}Z"


def segment(kind: str, start: str, end: str | None, **given: Any) -> dict[str, Any]:
    return {"segmentType": kind, "segmentStart": start, **({"segmentEnd": end} if end else {}), **given}


def participant(purpose: str, session: str | None, *segments: dict[str, Any], **given: Any) -> dict[str, Any]:
    own: dict[str, Any] = {name: given.pop(name) for name in ("userId", "externalContactId") if name in given}
    told = {"sessionId": session, "mediaType": "voice", "direction": "inbound", "segments": list(segments), **given}
    return {"participantId": f"p-{session}", "purpose": purpose, "sessions": [told], **own}


CUSTOMER = participant("customer", "s1", segment("interact", at(0), at(10, 0.5)), ani="tel:+14155552671", dnis="tel:+18005550100")
MENU = participant("ivr", "s2", segment("ivr", at(0), at(0, 30), disconnectType="transfer"))
WAIT = participant("acd", "s3", segment("interact", at(0, 30), at(2, 0.25), queueId=QUEUE, disconnectType="transfer"))
AGENT = participant(
    "agent",
    "s4",
    segment("alert", at(1, 55), at(2, 0.25), queueId=QUEUE),
    segment("interact", at(2, 0.25), at(5, 0.25)),
    segment("hold", at(5, 0.25), at(6, 0.25)),
    segment("interact", at(6, 0.25), at(10, 0.5), disconnectType="client"),
    segment("wrapup", at(10, 0.5), at(11, 0.5)),
    userId=USER,
)


def conversation(*participants: dict[str, Any], **given: str | None) -> Record:
    told: Record = {
        "conversationId": ID,
        "conversationStart": at(0),
        "conversationEnd": at(10, 0.5),
        "originatingDirection": "inbound",
        "participants": json.dumps(list(participants)),
    }
    return {**told, **given}


CALL = conversation(CUSTOMER, MENU, WAIT, AGENT)
LEG = ("ivr_ms", "queue_ms", "ring_ms", "talk_ms", "hold_ms", "hold_count", "wrap_up_ms")


def test_a_conversation_is_an_interaction() -> None:
    expected: dict[str, Any] = {
        "interaction_id": OWN,
        "kind": "contact",
        "channel": "phone",
        "channel_raw": "voice",
        "direction": "inbound",
        "customer_record": OWN,
        "agent_id": f"genesys.users:{USER}",
        "queue": f"genesys.queues:{QUEUE}",
        "status": "closed",
        "opened_at": datetime(2024, 4, 29, 17),
        "first_reply_at": datetime(2024, 4, 29, 17, 2, 0, 250_000),
        "closed_at": datetime(2024, 4, 29, 17, 10, 0, 500_000),
        "first_reply_ms": 120_250,
        "resolution_ms": 600_500,
        "dq_flags": [],
    }
    assert part(row(CONVERSATIONS, "interactions", CALL), expected) == expected


def test_every_session_but_the_customers_is_a_leg_with_times_summed_from_segments() -> None:
    made = rows(CONVERSATIONS, "call_legs", CALL)
    assert [(leg["leg_id"], leg["interaction_id"], leg["initiation"]) for leg in made] == [
        (f"{OWN}#s2", OWN, "ivr"),
        (f"{OWN}#s3", OWN, "acd"),
        (f"{OWN}#s4", OWN, "agent"),
    ]
    assert [tuple(leg[name] for name in LEG) for leg in made] == [
        (30_000, None, None, None, None, None, None),
        (None, 90_250, None, None, None, None, None),
        (None, None, 5_250, 420_250, 60_000, 1, 60_000),
    ]
    queue: dict[str, Any] = {
        "enqueued_at": datetime(2024, 4, 29, 17, 0, 30),
        "dequeued_at": datetime(2024, 4, 29, 17, 2, 0, 250_000),
        "queue": f"genesys.queues:{QUEUE}",
        "is_abandoned": False,
        "is_transferred": False,
    }
    assert part(made[1], queue) == queue
    agent: dict[str, Any] = {
        "agent_id": f"genesys.users:{USER}",
        "connected_at": datetime(2024, 4, 29, 17, 2, 0, 250_000),
        "disconnected_at": datetime(2024, 4, 29, 17, 10, 0, 500_000),
        "disconnect_reason": "client",
    }
    assert part(made[2], agent) == agent


def test_what_has_not_ended_has_no_length_yet() -> None:
    talking = participant("agent", "s4", segment("interact", at(2), at(3)), segment("interact", at(4), None), userId=USER)
    given = conversation(CUSTOMER, talking, conversationEnd=None)
    leg = row(CONVERSATIONS, "call_legs", given)
    assert (leg["talk_ms"], leg["hold_ms"], leg["disconnected_at"]) == (None, 0, None)
    whole = row(CONVERSATIONS, "interactions", given)
    assert (whole["status"], whole["closed_at"], whole["resolution_ms"]) == ("open", None, None)


def test_who_gave_up_waiting() -> None:
    left = segment("interact", at(0), at(1), disconnectType="peer")
    handed_on = segment("interact", at(0), at(1), disconnectType="transfer")
    table: list[tuple[tuple[dict[str, Any], ...], bool]] = [
        ((participant("acd", "s3", left),), True),
        ((participant("acd", "s3", left, metrics=[{"name": "tAbandon", "value": 60_000}]),), True),
        ((participant("acd", "s3", left, metrics=[{"name": "tAnswered", "value": 60_000}]),), False),
        ((participant("acd", "s3", handed_on),), False),
        ((participant("acd", "s3", left), AGENT), False),
    ]
    for given, is_abandoned in table:
        assert rows(CONVERSATIONS, "call_legs", conversation(CUSTOMER, *given))[0]["is_abandoned"] is is_abandoned, given


def test_transfers_and_sessions_without_an_id() -> None:
    moved = participant("agent", None, segment("interact", at(1), at(2), disconnectType="consult.transfer"), userId=USER)
    made = rows(CONVERSATIONS, "call_legs", conversation(CUSTOMER, moved, AGENT))
    assert [(leg["leg_id"], leg["is_transferred"]) for leg in made] == [(f"{OWN}#session-2", True), (f"{OWN}#s4", False)]


@pytest.mark.parametrize(
    ("customer", "given", "identity", "channel"),
    [
        ({}, {}, ("phone", "+14155552671"), "phone"),
        ({"direction": "outbound"}, {"originatingDirection": "outbound"}, ("phone", "+18005550100"), "phone"),
        ({"direction": "outbound"}, {"originatingDirection": None}, ("phone", "+18005550100"), "phone"),
        ({"purpose": "external"}, {}, ("phone", "+14155552671"), "phone"),
        ({"mediaType": "email", "addressFrom": "Ada@King.io"}, {}, ("email", "ada@king.io"), "email"),
        ({"ani": "sip:ada@host.example"}, {}, None, "phone"),
        ({"mediaType": "chat", "ani": None}, {}, None, "chat"),
    ],
)
def test_who_the_customer_is(
    customer: dict[str, Any], given: dict[str, Any], identity: tuple[str, str] | None, channel: str
) -> None:
    told = {"ani": "tel:+14155552671", "dnis": "tel:+18005550100", **customer}
    made = scrub(CONVERSATIONS, conversation(participant(told.pop("purpose", "customer"), "s1", **told), **given))
    assert made.tables["customer_identities"].select("kind", "value").rows() == ([identity] if identity else [])
    assert made.tables["people"].height == (identity is not None)
    interaction = made.tables["interactions"].to_dicts()[0]
    assert (interaction["channel"], interaction["customer_record"]) == (channel, OWN if identity else None)


def test_a_customer_with_a_record_of_their_own() -> None:
    known = participant("customer", "s1", ani="tel:+14155552671", externalContactId="33333333-0000-4000-8000-00000000000c")
    made = scrub(CONVERSATIONS, conversation(known))
    key = "genesys.external_contacts:33333333-0000-4000-8000-00000000000c"
    for name in ("interactions", "people", "customer_identities"):
        assert made.tables[name]["customer_record"].to_list() == [key], name


def test_no_participants_and_test_addresses() -> None:
    bare = scrub(CONVERSATIONS, conversation(participants=None), conversation())
    assert (bare.tables["interactions"].height, bare.tables["call_legs"].height) == (2, 0)
    tried = conversation(participant("customer", "s1", mediaType="email", addressFrom="a@qa.shop.io"))
    for context, is_test in ((Context(), False), (Context(test_domains=frozenset({"qa.shop.io"})), True)):
        assert row(CONVERSATIONS, "interactions", tried, context)["is_test"] is is_test


def test_a_key_that_is_none_is_kept_back() -> None:
    assert broken(CONVERSATIONS, conversation(conversationId="415-555-2671")) == [(None, "key.unusable", "conversationId")]


def test_queues_are_published_by_their_key() -> None:
    key = f"genesys.queues:{QUEUE}"
    assert pl.DataFrame({"queue": [key, "call 415-555-2671"]}).select(withhold(pl.col("queue"))).to_series().to_list() == [
        key,
        None,
    ]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_one_conversation_and_pages_of_them(count: int, tmp_path: Path) -> None:
    one = {"conversationId": ID, "conversationStart": at(0), "participants": [CUSTOMER, AGENT]}
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps({"conversations": [one] * count, "totalHits": count} if count else one))
    with open_file(path, ReadOptions(page_keys=get(CONVERSATIONS).page_keys)) as reader:
        assert sum(batch.good.height for batch in reader) == max(count, 1)
