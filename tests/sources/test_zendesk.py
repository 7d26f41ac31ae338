"""Zendesk records, as its exports write them, and what becomes of them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from cx_pipeline.sources.catalogue import get
from cx_pipeline.sources.export import Context
from tests.sources.scrubbing import Record, part, row, rows, scrub

TICKET: Record = {
    "id": "35436",
    "created_at": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-02T11:30:00Z",
    "generated_timestamp": "1772451100",
    "status": "open",
    "priority": "urgent",
    "via": '{"channel":"email","source":{"from":{"address":"ada@king.io"},"rel":null}}',
    "type": "question",
    "subject": "My  order\u00a0#5 and more",
    "description": "Hello,<br>where is it?",
    "requester_id": "20978392",
    "submitter_id": "20978392",
    "assignee_id": "235323",
    "organization_id": "509974",
    "group_id": "98738360001",
    "tags": '["order","late"]',
    "is_public": "true",
}
USER: Record = {
    "id": "20978392",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-02-01T00:00:00Z",
    "last_login_at": "2026-02-20T08:00:00Z",
    "name": "ADA KING",
    "email": "Ada@King.io",
    "phone": "(415) 555-2671",
    "external_id": "003A000001abcdeIAA",
    "role": "end-user",
    "active": "true",
    "locale": "en-us",
}
COMMENT: Record = {
    "id": "1274",
    "ticket_id": "35436",
    "author_id": "20978392",
    "created_at": "2026-03-01T10:05:00Z",
    "public": "true",
    "body": "Still <b>waiting</b>",
}
RATING: Record = {
    "id": "62",
    "ticket_id": "35436",
    "requester_id": "20978392",
    "score": "good",
    "comment": "Great",
    "created_at": "2026-03-03T00:00:00Z",
    "updated_at": "2026-03-04T00:00:00Z",
}


THUMBNAILS = json.dumps(
    [
        {
            "file_name": "a.png",
            "content_url": "u",
            "thumbnails": [{"file_name": "t.png", "content_url": "v"}, {"file_name": "s.png", "content_url": "w"}],
        },
        {"file_name": 'b "file_name": c', "content_url": "x", "thumbnails": []},
    ]
)


def tickets(*given: Record) -> list[dict[str, Any]]:
    return rows("zendesk.tickets", "interactions", *({**TICKET, **changed} for changed in given))


def ticket(**given: str | None) -> dict[str, Any]:
    return row("zendesk.tickets", "interactions", {**TICKET, **given})


def test_a_ticket_is_an_interaction_with_its_first_message() -> None:
    made = scrub("zendesk.tickets", TICKET)
    expected: dict[str, Any] = {
        "interaction_id": "zendesk.tickets:35436",
        "source_number": "35436",
        "kind": "ticket",
        "kind_raw": "question",
        "channel": "email",
        "channel_raw": "email",
        "customer_record": "zendesk.users:20978392",
        "organization_id": "zendesk.organizations:509974",
        "agent_id": "zendesk.users:235323",
        "team": "zendesk.groups:98738360001",
        "status": "open",
        "priority": "urgent",
        "opened_at": datetime(2026, 3, 1, 10),
        "source_updated_at": datetime(2026, 3, 2, 11, 30),
        "text_subject": "My order #5 and more",
        "source_system": "zendesk",
        "source_entity": "tickets",
        "source_id": "35436",
        "is_deleted": False,
        "is_test": False,
        "dq_flags": [],
    }
    assert part(made.tables["interactions"].to_dicts()[0], expected) == expected
    message = {
        "message_id": "zendesk.tickets:35436#description",
        "interaction_id": "zendesk.tickets:35436",
        "author_id": "zendesk.users:20978392",
        "is_public": True,
        "sent_at": datetime(2026, 3, 1, 10),
        "text": "Hello,\nwhere is it?",
    }
    assert part(made.tables["messages"].to_dicts()[0], message) == message
    assert made.quarantined.height == 0
    assert made.records.select("source_id", "clock_1").rows() == [("35436", 1772451100 * 1_000_000)]


def test_ids_keep_their_zeros_and_lose_what_a_spreadsheet_added() -> None:
    made = tickets({"id": "000123"}, {"id": "123.0"}, {"id": "'00123"})
    assert [row["source_id"] for row in made] == ["000123", "123", "00123"]
    assert made[2]["interaction_id"] == "zendesk.tickets:00123"


def test_a_deleted_ticket_is_a_tombstone_without_text() -> None:
    made = scrub("zendesk.tickets", {**TICKET, "status": "deleted"})
    interaction = {"status": "deleted", "is_deleted": True, "text_subject": None}
    assert part(made.tables["interactions"].to_dicts()[0], interaction) == interaction
    message = {"is_deleted": True, "text": None}
    assert part(made.tables["messages"].to_dicts()[0], message) == message


def test_a_ticket_without_text_has_no_message() -> None:
    made = scrub("zendesk.tickets", *({**TICKET, "description": empty} for empty in (None, "  ")))
    assert (made.tables["messages"].height, made.tables["interactions"].height) == (0, 2)


def test_words_are_normalised_and_the_vendors_word_is_kept() -> None:
    table: list[tuple[str, str | None, str | None, list[str]]] = [
        ("status", "hold", "on_hold", []),
        ("status", "On-Hold", "on_hold", []),
        ("status", "parked", None, ["status_unknown"]),
        ("priority", "medium", "normal", []),
        ("priority", None, None, []),
        ("priority", "asap", None, ["priority_unknown"]),
    ]
    made = tickets(*({column: word} for column, word, _, _ in table))
    assert [
        (column, row[f"{column}_raw"], row[column], row["dq_flags"]) for (column, *_), row in zip(table, made, strict=True)
    ] == table


def test_the_channel_is_taken_out_of_its_json() -> None:
    table: list[tuple[str | None, str | None, str | None]] = [
        ('{"channel":"native_messaging"}', "messenger", "native_messaging"),
        ('{"channel":"carrier_pigeon"}', None, "carrier_pigeon"),
        ('{"source":{}}', None, None),
        ("{}", None, None),
        ("no json", None, None),
        ('{"channel":', None, None),
        (None, None, None),
    ]
    made = tickets(*({"via": via} for via, _, _ in table))
    assert [(row["channel"], row["channel_raw"]) for row in made] == [(channel, raw) for _, channel, raw in table]


def test_test_tickets_are_marked() -> None:
    table: list[tuple[Record, bool]] = [
        ({"subject": "test ticket 2"}, True),
        ({"subject": "[TEST] printer"}, True),
        ({"via": '{"channel":"sample_ticket"}'}, True),
        ({"subject": "test results for my meter"}, False),
        ({"subject": None}, False),
    ]
    assert [row["is_test"] for row in tickets(*(given for given, _ in table))] == [is_test for _, is_test in table]


def test_a_ticket_that_was_changed_before_it_was_opened_is_flagged_and_kept() -> None:
    made = ticket(updated_at="2026-02-01T00:00:00Z")
    assert made["dq_flags"] == ["updated_before_opened"]
    assert made["opened_at"] == datetime(2026, 3, 1, 10)


def test_incidents_and_their_problem() -> None:
    made = ticket(type="incident", problem_id="77")
    assert (made["kind"], made["parent_interaction_id"]) == ("incident", "zendesk.tickets:77")


def test_a_record_without_a_usable_key_is_kept_back() -> None:
    table: list[tuple[str | None, str]] = [
        (None, "key.missing"),
        ("   ", "key.missing"),
        ("5.70306E+17", "key.unusable"),
        ("N/A", "key.unusable"),
        ("ada@king.io", "key.unusable"),
        ("+1 415 555 2671", "key.unusable"),
        ("12a", "key.unusable"),
    ]
    made = scrub("zendesk.tickets", *({**TICKET, "id": key} for key, _ in table), TICKET)
    assert made.quarantined.sort("record_number").select("record_number", "table", "rule", "column").rows() == [
        (number, None, rule, "id") for number, (_, rule) in enumerate(table, start=1)
    ]
    assert made.records["record_number"].to_list() == [len(table) + 1]
    assert {name: frame.height for name, frame in made.tables.items()} == {"interactions": 1, "messages": 1}


def test_an_end_user_is_a_person_with_identifiers() -> None:
    made = scrub("zendesk.users", USER)
    person = {
        "customer_record": "zendesk.users:20978392",
        "language": "en",
        "first_seen_at": datetime(2026, 1, 1),
        "last_seen_at": datetime(2026, 2, 20, 8),
        "is_test": False,
    }
    assert part(made.tables["people"].to_dicts()[0], person) == person
    identities = made.tables["customer_identities"]
    assert sorted(identities.select("kind", "value", "value_domain", "is_placeholder", "is_null_hash").rows()) == [
        ("email", "ada@king.io", "king.io", False, False),
        ("external_id", "003A000001abcdeIAA", None, False, False),
        ("name", "Ada King", None, False, False),
        ("phone", "+14155552671", None, False, False),
    ]
    assert made.tables["agents"].height == 0


def test_staff_are_agents_and_no_customers() -> None:
    roles = ["agent", "admin", "Agent", "agent\u00a0", "\ufeffagent", "ad\u200bmin"]
    staff = {**USER, "default_group_id": "360001234567", "iana_time_zone": "Europe/Berlin"}
    made = scrub("zendesk.users", *({**staff, "role": role} for role in roles))
    agent = {
        "agent_id": "zendesk.users:20978392",
        "name": "Ada King",
        "team": "zendesk.groups:360001234567",
        "is_bot": False,
        "is_active": True,
        "timezone": "Europe/Berlin",
    }
    assert [part(row, agent) for row in made.tables["agents"].to_dicts()] == [agent] * len(roles)
    assert (made.tables["people"].height, made.tables["customer_identities"].height) == (0, 0)


def test_everybody_else_is_a_customer() -> None:
    roles = ["end-user", "End User", None, "", "customer"]
    made = scrub("zendesk.users", *({**USER, "role": role} for role in roles))
    assert (made.tables["people"].height, made.tables["agents"].height) == (len(roles), 0)


def test_bots_that_write_as_agents() -> None:
    table = [("Company Bot", True), ("Answer Bot", True), ("Abbot Smith", False), (None, False)]
    made = rows("zendesk.users", "agents", *({**USER, "role": "agent", "name": name} for name, _ in table))
    assert [row["is_bot"] for row in made] == [is_bot for _, is_bot in table]


def test_values_that_identify_nobody_are_told_apart() -> None:
    table: list[tuple[Record, str, str | None, bool, bool]] = [
        ({"name": "N/A"}, "name", None, True, False),
        ({"email": "example@email.com"}, "email", None, True, False),
        ({"email": "no address"}, "email", None, False, False),
        ({"phone": "555-555-5555"}, "phone", None, True, False),
        ({"external_id": "d41d8cd98f00b204e9800998ecf8427e"}, "external_id", None, False, True),
        ({"external_id": "37a6259cc0c1dae299a7866489dff0bd"}, "external_id", None, False, True),
        ({"external_id": "003A000001abcde"}, "external_id", "003A000001abcdeIAA", False, False),
        ({"email": "dummy_1940+3000@example.org"}, "email", "dummy_1940+3000@example.org", False, False),
    ]
    made = rows("zendesk.users", "customer_identities", *({**USER, **given} for given, *_ in table))
    for number, (_, kind, *expected) in enumerate(table, start=1):
        told = [row for row in made if (row["_record"], row["kind"]) == (number, kind)]
        assert [[row["value"], row["is_placeholder"], row["is_null_hash"]] for row in told] == [expected]


def test_test_users_are_marked() -> None:
    table: list[tuple[Record, bool]] = [
        ({"name": "testUser"}, True),
        ({"name": "testUser 0123456789abcdef0123456789abcdef01234567", "email": None}, True),
        ({"email": "dummy_1940+3000@example.org"}, True),
        ({"name": "Ada Tester-Smith"}, False),
    ]
    made = rows("zendesk.users", "people", *({**USER, **given} for given, _ in table))
    assert [row["is_test"] for row in made] == [is_test for _, is_test in table]


def test_domains_of_the_settings_mark_test_users() -> None:
    context = Context(test_domains=frozenset({"king.io"}))
    assert row("zendesk.users", "people", USER, context)["is_test"] is True


def test_a_forgotten_user_is_a_tombstone() -> None:
    assert row("zendesk.users", "people", {**USER, "permanently_deleted": "true"})["is_deleted"] is True


def test_comments_are_messages_and_notes_stay_private() -> None:
    table = [("true", True), ("false", False), (None, None)]
    made = rows("zendesk.comments", "messages", *({**COMMENT, "public": public} for public, _ in table))
    for found, (_, is_public) in zip(made, table, strict=True):
        expected: dict[str, Any] = {
            "message_id": "zendesk.comments:1274",
            "interaction_id": "zendesk.tickets:35436",
            "author_id": "zendesk.users:20978392",
            "is_public": is_public,
            "text": "Still waiting",
            "attachment_count": None,
        }
        assert part(found, expected) == expected


def test_what_the_system_itself_says_has_an_author() -> None:
    made = row("zendesk.comments", "messages", {**COMMENT, "author_id": "-1"})
    assert (made["author_id"], made["dq_flags"]) == ("zendesk.users:-1", [])


def test_attachments_are_counted_without_their_thumbnails() -> None:
    table: list[tuple[str | None, int | None]] = [
        ("[]", 0),
        ('[{"id":1,"file_name":"a.png","content_url":"https://x/a"}]', 1),
        (THUMBNAILS, 2),
        ('[{"content_url":"https://x/a"},{"content_url":"https://x/b"}]', 2),
        ("broken", 0),
        (None, None),
    ]
    made = rows("zendesk.comments", "messages", *({**COMMENT, "attachments": listed} for listed, _ in table))
    assert [row["attachment_count"] for row in made] == [count for _, count in table]


def test_ratings_that_were_only_offered_are_no_answers() -> None:
    table: list[tuple[str, float | None]] = [
        ("good", 1.0),
        ("goodwithcomment", 1.0),
        ("bad", 0.0),
        ("offered", None),
        ("unoffered", None),
    ]
    made = rows("zendesk.satisfaction_ratings", "survey_responses", *({**RATING, "score": word} for word, _ in table))
    for found, (word, score) in zip(made, table, strict=True):
        expected: dict[str, Any] = {
            "response_id": "zendesk.satisfaction_ratings:62",
            "metric": "csat",
            "score_original": word,
            "score": score,
            "completion": None if score is None else "complete",
            "submitted_at": None if score is None else datetime(2026, 3, 4),
            "recorded_at": datetime(2026, 3, 4),
            "customer_record": "zendesk.users:20978392",
            "interaction_id": "zendesk.tickets:35436",
            "text_comment": "Great",
            "dq_flags": [],
        }
        assert part(found, expected) == expected


def test_a_time_that_is_no_day_of_the_calendar_is_nulled_and_flagged() -> None:
    made = row("zendesk.users", "people", {**USER, "last_login_at": "2022-02-30T00:00:00Z"})
    assert (made["last_seen_at"], made["dq_flags"]) == (None, ["last_login_at_invalid"])


def test_when_the_export_was_made_is_no_content() -> None:
    later = {**TICKET, "generated_timestamp": "1772999999", "url": "https://elsewhere"}
    assert scrub("zendesk.tickets", TICKET, later).records["content"].n_unique() == 1
    changed = {**TICKET, "custom_fields": '[{"id":1,"value":"x"}]'}
    assert scrub("zendesk.tickets", TICKET, changed).records["content"].n_unique() == 2


def test_required_columns() -> None:
    assert get("zendesk.tickets").required == {"id", "created_at", "updated_at"}
    assert get("zendesk.users").required == {"id", "updated_at"}
    assert get("zendesk.comments").required == {"id", "ticket_id", "created_at"}
    assert get("zendesk.satisfaction_ratings").required == {"id", "ticket_id", "updated_at"}
