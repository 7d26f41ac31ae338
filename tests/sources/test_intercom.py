"""Conversations, contacts and admins of Intercom, and what becomes of them."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import open_file
from cx_pipeline.sources.catalogue import get
from cx_pipeline.sources.export import Context
from tests.sources.scrubbing import Record, part, row, rows, scrub

CONVERSATIONS, CONTACTS, ADMINS = "intercom.conversations", "intercom.contacts", "intercom.admins"
OWN = f"{CONVERSATIONS}:471"
FIXTURES = Path(os.environ.get("CX_SHARED_FIXTURES", Path(__file__).parents[2].parent / "shared" / "fixtures")) / "intercom"
CUSTOMER = {"type": "user", "id": "6762f0d01bb69f9f2193bb7d", "name": "Ada King", "email": "ada@king.io"}
ADMIN = {"type": "admin", "id": "274", "name": "Jo Bell", "email": "jo@shop.io"}
OPERATOR = {"type": "admin", "id": "1", "name": "Operator", "email": "operator+abc@intercom.io"}
FIN = {"type": "bot", "id": "278", "name": "Fin"}
OPENED = 1_734_537_460
CONVERSATION: dict[str, Any] = {
    "type": "conversation",
    "id": "471",
    "created_at": OPENED,
    "updated_at": OPENED + 900,
    "title": None,
    "state": "closed",
    "open": False,
    "priority": "not_priority",
    "admin_assignee_id": 274,
    "team_assignee_id": 0,
    "source": {
        "type": "email",
        "id": "403918320",
        "delivered_as": "customer_initiated",
        "subject": "<p>Parcel</p>",
        "body": "<p>Where is it?</p>",
        "author": CUSTOMER,
        "attachments": [{"type": "upload", "name": "a.png", "url": "https://x.io/a", "content_type": "image/png"}],
    },
    "contacts": {
        "type": "contact.list",
        "contacts": [{"type": "contact", "id": "6762f0d01bb69f9f2193bb7d", "external_id": "70"}],
    },
    "statistics": {
        "first_admin_reply_at": OPENED + 60,
        "time_to_admin_reply": 5,
        "last_close_at": OPENED + 600,
        "count_reopens": 1,
        "count_conversation_parts": 3,
    },
    "conversation_rating": {"rating": 4, "remark": "Quick &amp; kind", "created_at": OPENED + 700},
}


def piece(number: Any, kind: str, author: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {"type": "conversation_part", "id": number, "part_type": kind, "created_at": OPENED + 60, "author": author, **given}


def text_of(given: dict[str, Any]) -> Record:
    """A record as the reader hands it on: nested values as JSON text."""
    return {name: value if isinstance(value, str | None) else json.dumps(value) for name, value in given.items()}


def conversation(*parts: dict[str, Any], **given: Any) -> Record:
    listed = {"conversation_parts": {"conversation_parts": list(parts), "total_count": len(parts)}} if parts else {}
    return text_of({**CONVERSATION, **listed, **given})


def test_a_conversation_is_an_interaction() -> None:
    expected: dict[str, Any] = {
        "interaction_id": OWN,
        "source_number": "471",
        "kind": "conversation",
        "channel": "email",
        "direction": "inbound",
        "direction_raw": "customer_initiated",
        "customer_record": "intercom.contacts:6762f0d01bb69f9f2193bb7d",
        "agent_id": "intercom.admins:274",
        "team": None,
        "status": "closed",
        "priority": "normal",
        "opened_at": datetime(2024, 12, 18, 15, 57, 40),
        "first_reply_at": datetime(2024, 12, 18, 15, 58, 40),
        "closed_at": datetime(2024, 12, 18, 16, 7, 40),
        "first_reply_ms": 60_000,
        "resolution_ms": 600_000,
        "reopen_count": 1,
        "text_subject": "Parcel",
        "is_test": False,
        "dq_flags": [],
    }
    assert part(row(CONVERSATIONS, "interactions", conversation()), expected) == expected


def test_words_and_their_meaning() -> None:
    table: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"state": "snoozed"}, {"status": "on_hold", "closed_at": None, "resolution_ms": None}),
        ({"state": None, "open": True}, {"status": "open", "status_raw": "true"}),
        ({"priority": "priority"}, {"priority": "high"}),
        (
            {"source": {"type": "conversation", "delivered_as": "admin_initiated"}},
            {"channel": "messenger", "direction": "outbound"},
        ),
        ({"source": {"type": "phone_call"}}, {"channel": "phone", "direction": None}),
        ({"source": {"type": "pigeon"}}, {"channel": None, "dq_flags": ["channel_unknown"]}),
        ({"admin_assignee_id": None, "assignee": {"type": "admin", "id": "9"}}, {"agent_id": "intercom.admins:9"}),
        (
            {"admin_assignee_id": None, "team_assignee_id": None, "assignee": {"type": "team", "id": "8"}},
            {"agent_id": None, "team": "intercom.teams:8"},
        ),
        ({"contacts": None}, {"customer_record": "intercom.contacts:6762f0d01bb69f9f2193bb7d"}),
        ({"statistics": None}, {"first_reply_at": None, "closed_at": None, "reopen_count": None}),
    ]
    made = rows(CONVERSATIONS, "interactions", *(conversation(**given) for given, _ in table))
    for found, (given, expected) in zip(made, table, strict=True):
        assert part(found, expected) == expected, given


def test_the_first_message_and_the_parts_are_messages() -> None:
    made = rows(
        CONVERSATIONS,
        "messages",
        conversation(
            piece(1, "comment", ADMIN, body="<p>On its way</p>"),
            piece("2", "note", ADMIN, body="<p>VIP</p>"),
            piece("3", "comment", OPERATOR, body="Rate us"),
            piece("4", "comment", FIN, body="Hello"),
            piece("5", "close", ADMIN, body="<p>Bye</p>"),
            piece("6", "close", ADMIN, body=None),
            piece("7", "comment", CUSTOMER, body=None, redacted=True),
            piece("8", "open", CUSTOMER, body="", attachments=[{"url": "https://x.io/b"}, {"url": "https://x.io/c"}]),
            piece("9", "note_and_reopen", ADMIN, body="Again"),
        ),
    )
    names = ("message_id", "author_kind", "author_id", "is_public", "attachment_count", "text")
    contact, admin = "intercom.contacts:6762f0d01bb69f9f2193bb7d", "intercom.admins:274"
    assert [tuple(found[name] for name in names) for found in made] == [
        (f"{OWN}#source", "customer", contact, True, 1, "Where is it?"),
        (f"{OWN}#1", "agent", admin, True, None, "On its way"),
        (f"{OWN}#2", "agent", admin, False, None, "VIP"),
        (f"{OWN}#3", "bot", "intercom.admins:1", True, None, "Rate us"),
        (f"{OWN}#4", "bot", "intercom.admins:278", True, None, "Hello"),
        (f"{OWN}#5", "agent", admin, True, None, "Bye"),
        (f"{OWN}#7", "customer", contact, True, None, None),
        (f"{OWN}#8", "customer", contact, True, 2, None),
        (f"{OWN}#9", "agent", admin, False, None, "Again"),
    ]
    assert {found["interaction_id"] for found in made} == {OWN}
    assert made[1]["sent_at"] == datetime(2024, 12, 18, 15, 58, 40)


def test_parts_that_change_something_are_events() -> None:
    made = rows(
        CONVERSATIONS,
        "interaction_events",
        conversation(
            piece(1, "comment", ADMIN, body="x"),
            piece(2, "assignment", ADMIN, assigned_to={"type": "admin", "id": "9"}),
            piece(3, "assignment", ADMIN, assigned_to={"type": "team", "id": 8}),
            piece(4, "close", ADMIN, body="Bye"),
            piece(5, "open", CUSTOMER),
            piece(6, "snoozed", ADMIN),
            piece(
                7,
                "conversation_attribute_updated_by_admin",
                FIN,
                event_details={"attribute": {"name": "Topic"}, "value": {"name": "Delivery"}},
            ),
            piece(8, "custom_action_started", ADMIN, event_details={"action": {"name": "Refund"}}),
            piece(9, None, ADMIN),  # type: ignore[arg-type]
        ),
    )
    names = ("event_id", "field", "new_value", "actor_kind", "actor_id")
    admin = "intercom.admins:274"
    assert [tuple(found[name] for name in names) for found in made] == [
        (f"{OWN}#2", "agent_id", "intercom.admins:9", "agent", admin),
        (f"{OWN}#3", "team", "intercom.teams:8", "agent", admin),
        (f"{OWN}#4", "status", "closed", "agent", admin),
        (f"{OWN}#5", "status", "open", "customer", "intercom.contacts:6762f0d01bb69f9f2193bb7d"),
        (f"{OWN}#6", "status", "on_hold", "agent", admin),
        (f"{OWN}#7", "Topic", "Delivery", "bot", "intercom.admins:278"),
        (f"{OWN}#8", "custom_action_started", None, "agent", admin),
    ]


def test_parts_that_were_left_out_are_told() -> None:
    one = piece(1, "comment", ADMIN, body="x")
    for count, is_cut in ((2, False), (3, True), (None, False)):
        given = conversation(one, statistics={"count_conversation_parts": count})
        assert rows(CONVERSATIONS, "messages", given)[1]["is_truncated_history"] is is_cut, count


def test_parts_as_a_plain_list_and_the_same_part_twice() -> None:
    one = piece(1, "comment", ADMIN, body="x")
    made = scrub(CONVERSATIONS, conversation(conversation_parts=[one, one, piece(None, "comment", ADMIN, body="y")]))
    assert made.tables["messages"]["message_id"].to_list() == [f"{OWN}#source", f"{OWN}#1", f"{OWN}#part-3"]


def test_ratings_are_responses() -> None:
    expected = {
        "response_id": f"{OWN}#conversation_rating",
        "survey_id": "intercom.conversation_rating",
        "metric": "csat",
        "score_original": "4",
        "score": 4.0,
        "scale_min": 1.0,
        "scale_max": 5.0,
        "submitted_at": datetime(2024, 12, 18, 16, 9, 20),
        "completion": "complete",
        "customer_record": "intercom.contacts:6762f0d01bb69f9f2193bb7d",
        "interaction_id": OWN,
        "text_comment": "Quick & kind",
    }
    assert part(row(CONVERSATIONS, "survey_responses", conversation()), expected) == expected
    asked = conversation(conversation_rating={"rating": None, "created_at": OPENED}, ai_agent={"rating": 5})
    assert row(CONVERSATIONS, "survey_responses", asked)["survey_id"] == "intercom.ai_agent_rating"


def test_test_conversations_are_marked() -> None:
    context = Context(test_domains=frozenset({"shop.io"}))
    table: list[tuple[dict[str, Any], bool]] = [
        ({}, False),
        ({"title": "[TEST] ignore"}, True),
        ({"source": {"author": {**CUSTOMER, "email": "qa@shop.io"}}}, True),
        ({"source": {"author": ADMIN}}, False),
    ]
    for given, is_test in table:
        assert row(CONVERSATIONS, "interactions", conversation(**given), context)["is_test"] is is_test, given


CONTACT: dict[str, Any] = {
    "type": "contact",
    "id": "6762f0d01bb69f9f2193bb7d",
    "external_id": "70",
    "role": "user",
    "email": "Ada@King.io",
    "phone": "+1 415 555 2671",
    "name": "ADA KING",
    "unsubscribed_from_emails": True,
    "created_at": OPENED,
    "updated_at": OPENED + 60,
    "last_seen_at": OPENED + 30,
    "browser_language": "en",
    "location": {"country": "Ireland", "country_code": None},
}


def test_a_contact_is_a_person_with_identifiers() -> None:
    key = f"{CONTACTS}:6762f0d01bb69f9f2193bb7d"
    made = scrub(CONTACTS, text_of(CONTACT))
    expected = {"customer_record": key, "country": "IE", "language": "en", "last_seen_at": datetime(2024, 12, 18, 15, 58, 10)}
    assert part(made.tables["people"].to_dicts()[0], expected) == expected
    assert made.tables["customer_identities"].select("kind", "value").rows() == [
        ("name", "Ada King"),
        ("email", "ada@king.io"),
        ("phone", "+14155552671"),
        ("external_id", "70"),
    ]
    event = made.tables["consent_events"].to_dicts()[0]
    assert (event["state"], event["identity"]) == ("withdrawn", {"kind": "email", "token": "ada@king.io"})


def test_merged_deleted_and_hashed_contacts() -> None:
    merged = row(CONTACTS, "people", text_of({**CONTACT, "merged_into_id": "5f57"}))
    assert merged["merged_into_source_id"] == "5f57"
    assert row(CONTACTS, "people", text_of({**CONTACT, "deleted": True}))["is_deleted"] is True
    nothing = text_of({**CONTACT, "email": None, "name": "", "phone": None, "external_id": "1B2M2Y8AsgTpgAmY7PhCfg=="})
    hashed = rows(CONTACTS, "customer_identities", nothing)
    assert [(found["kind"], found["value"], found["is_null_hash"]) for found in hashed] == [("external_id", None, True)]


def test_admins_are_agents_and_one_is_a_bot() -> None:
    made = rows(ADMINS, "agents", text_of({**ADMIN, "team_ids": [814865]}), text_of(OPERATOR))
    names = ("agent_id", "name", "team", "is_bot")
    assert [tuple(found[name] for name in names) for found in made] == [
        ("intercom.admins:274", "Jo Bell", "intercom.teams:814865", False),
        ("intercom.admins:1", "Operator", None, True),
    ]


@pytest.mark.parametrize(
    ("layout", "count"),
    [
        pytest.param(json.dumps(CONVERSATION), 1, id="one"),
        pytest.param(json.dumps({"type": "conversation.list", "pages": {}, "conversations": [CONVERSATION] * 2}), 2, id="page"),
        pytest.param("\n".join([json.dumps(CONVERSATION)] * 3), 3, id="ndjson"),
    ],
)
def test_every_layout_is_read(layout: str, count: int, tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(layout, encoding="utf-8")
    with open_file(path, ReadOptions(page_keys=get(CONVERSATIONS).page_keys)) as reader:
        assert sum(batch.good.height for batch in reader) == count


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")
@pytest.mark.parametrize(
    ("file", "messages", "events"),
    [
        ("get_conversations__successful.json", 1, 0),
        ("get_conversations_conversation_id__conversation_found.json", 2, 3),
        ("post_conversations_conversation_id_parts__Close_a_conversation.json", 2, 1),
        ("post_conversations_conversation_id_reply__Admin_Reply_with_a_Note.json", 2, 0),
        ("post_conversations_conversation_id_reply__User_reply.json", 2, 1),
    ],
)
def test_the_vendors_own_examples(file: str, messages: int, events: int) -> None:
    with open_file(FIXTURES / file, ReadOptions(page_keys=get(CONVERSATIONS).page_keys)) as reader:
        given = [record for batch in reader for record in batch.good.drop("_record", "_line").to_dicts()]
    made = scrub(CONVERSATIONS, *given)
    assert made.quarantined.is_empty()
    assert (made.tables["messages"].height, made.tables["interaction_events"].height) == (messages, events)
