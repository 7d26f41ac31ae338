"""Contact records of Amazon Connect, as its streams write them, and what becomes of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import open_file
from cx_pipeline.privacy.tokens import TOKEN_SHAPE, Tokeniser
from cx_pipeline.sources.catalogue import get
from cx_pipeline.sources.export import Context
from cx_pipeline.stages.build import without_personal_ids
from tests.sources.scrubbing import Record, part, row, rows, scrub

EXPORT = "amazon_connect.contact_records"
FIRST, SECOND, THIRD = (f"{digit * 8}-0000-4000-8000-00000000000{digit}" for digit in "123")
QUEUE = {
    "ARN": "arn:aws:connect:us-east-1:123456789012:instance/i-1/queue/aaaaaaaa-0000-4000-8000-000000000001",
    "Name": "Billing",
    "EnqueueTimestamp": "2026-03-01T10:00:40Z",
    "DequeueTimestamp": "2026-03-01T10:02:40Z",
    "Duration": 120,
}
AGENT = {
    "ARN": "arn:aws:connect:us-east-1:123456789012:instance/i-1/agent/bbbbbbbb-0000-4000-8000-000000000001",
    "Username": "Ada.King",
    "ConnectedToAgentTimestamp": "2026-03-01T10:02:45Z",
    "AgentInteractionDuration": 300,
    "CustomerHoldDuration": 61.5,
    "NumberOfHolds": 2,
    "AfterContactWorkDuration": 45,
}
CALLER = {"Address": "+1 (415) 555-2671", "Type": "TELEPHONE_NUMBER"}
RECORD: dict[str, Any] = {
    "ContactId": FIRST,
    "InitialContactId": None,
    "PreviousContactId": None,
    "NextContactId": None,
    "Channel": "VOICE",
    "InitiationMethod": "INBOUND",
    "InitiationTimestamp": "2026-03-01T10:00:00Z",
    "ConnectedToSystemTimestamp": "2026-03-01T10:00:01Z",
    "DisconnectTimestamp": "2026-03-01T10:08:00Z",
    "LastUpdateTimestamp": "2026-03-01T10:10:00.123Z",
    "DisconnectReason": "CUSTOMER_DISCONNECT",
    "CustomerEndpoint": CALLER,
    "SystemEndpoint": {"Address": "+18005550100", "Type": "TELEPHONE_NUMBER"},
    "Queue": QUEUE,
    "Agent": AGENT,
    "Attributes": {"greetingPlayed": "true", "email": "ada@king.io"},
}
OWN = f"{EXPORT}:{FIRST}"
NO_LEG = dict.fromkeys(("ivr_ms", "queue_ms", "ring_ms", "talk_ms", "hold_ms", "wrap_up_ms"))


def record(**given: Any) -> Record:
    """A record as the reader hands it on: nested values as JSON text."""
    whole = {**RECORD, **given}
    return {name: value if isinstance(value, str | None) else json.dumps(value) for name, value in whole.items()}


def leg(**given: Any) -> dict[str, Any]:
    return row(EXPORT, "call_legs", record(**given))


def legs(*given: dict[str, Any]) -> list[dict[str, Any]]:
    return rows(EXPORT, "call_legs", *(record(**changed) for changed in given))


def interaction(**given: Any) -> dict[str, Any]:
    return row(EXPORT, "interactions", record(**given))


def by_record(made: pl.DataFrame, column: str) -> dict[int, list[Any]]:
    """The values of a column that each record of a batch gave."""
    return {number: made.filter(_record=number)[column].to_list() for number in made["_record"].unique()}


def test_a_record_is_a_leg_in_milliseconds() -> None:
    expected: dict[str, Any] = {
        "leg_id": OWN,
        "interaction_id": OWN,
        "initial_leg_id": OWN,
        "previous_leg_id": None,
        "next_leg_id": None,
        "initiation": "INBOUND",
        "direction": "inbound",
        "direction_raw": "INBOUND",
        "queue": "Billing",
        "agent_id": "amazon_connect.users:bbbbbbbb-0000-4000-8000-000000000001",
        "enqueued_at": datetime(2026, 3, 1, 10, 0, 40),
        "dequeued_at": datetime(2026, 3, 1, 10, 2, 40),
        "connected_at": datetime(2026, 3, 1, 10, 2, 45),
        "disconnected_at": datetime(2026, 3, 1, 10, 8),
        "ivr_ms": 39_000,
        "queue_ms": 120_000,
        "ring_ms": 5_000,
        "talk_ms": 300_000,
        "hold_ms": 61_500,
        "hold_count": 2,
        "wrap_up_ms": 45_000,
        "is_abandoned": False,
        "is_transferred": False,
        "disconnect_reason": "CUSTOMER_DISCONNECT",
        "source_updated_at": datetime(2026, 3, 1, 10, 10, 0, 123_000),
        "dq_flags": [],
    }
    assert part(leg(), expected) == expected


def test_the_first_contact_is_the_interaction() -> None:
    expected = {
        "interaction_id": OWN,
        "kind": "contact",
        "channel": "phone",
        "channel_raw": "VOICE",
        "direction": "inbound",
        "customer_record": OWN,
        "agent_id": "amazon_connect.users:bbbbbbbb-0000-4000-8000-000000000001",
        "queue": "Billing",
        "status": "closed",
        "opened_at": datetime(2026, 3, 1, 10),
        "first_reply_at": datetime(2026, 3, 1, 10, 2, 45),
        "closed_at": datetime(2026, 3, 1, 10, 8),
        "first_reply_ms": 165_000,
        "resolution_ms": 480_000,
        "dq_flags": [],
    }
    assert part(interaction(), expected) == expected


def test_a_call_of_three_records_is_one_interaction_of_three_legs() -> None:
    made = scrub(
        EXPORT,
        record(NextContactId=SECOND),
        record(
            ContactId=SECOND,
            InitialContactId=FIRST,
            PreviousContactId=FIRST,
            NextContactId=THIRD,
            InitiationMethod="TRANSFER",
            SystemEndpoint=None,
        ),
        record(ContactId=THIRD, InitialContactId=FIRST, PreviousContactId=SECOND, InitiationMethod="QUEUE_TRANSFER"),
    )
    names = ("leg_id", "interaction_id", "initial_leg_id", "previous_leg_id", "next_leg_id", "is_transferred")
    second, third = (f"{EXPORT}:{contact}" for contact in (SECOND, THIRD))
    assert made.tables["call_legs"].select(names).rows() == [
        (OWN, OWN, OWN, None, second, True),
        (second, OWN, OWN, OWN, third, True),
        (third, OWN, OWN, second, None, False),
    ]
    assert {name: frame.height for name, frame in made.tables.items()} == {
        "call_legs": 3,
        "interactions": 1,
        "people": 1,
        "customer_identities": 1,
    }
    # Who ends up with the call, and when it ends, is told by the last leg.
    unknown = dict.fromkeys(("agent_id", "queue", "status", "closed_at", "resolution_ms"))
    assert part(made.tables["interactions"].to_dicts()[0], unknown) == unknown


def test_where_a_chain_begins() -> None:
    table: list[tuple[str | None, str | None, str | None, int]] = [
        (None, None, OWN, 1),
        ("", " ", OWN, 1),
        ("N/A", None, OWN, 1),
        (FIRST, None, OWN, 1),
        (FIRST.upper(), None, OWN, 1),
        (FIRST, SECOND, OWN, 1),
        (f" {SECOND}\u200b", FIRST, f"{EXPORT}:{SECOND}", 0),
        (None, SECOND, f"{EXPORT}:{SECOND}", 0),
        ("null", SECOND, f"{EXPORT}:{SECOND}", 0),
        ("+1 415 555 2671", None, None, 0),
    ]
    made = scrub(EXPORT, *(record(InitialContactId=initial, PreviousContactId=previous) for initial, previous, *_ in table))
    assert made.tables["call_legs"]["interaction_id"].to_list() == [interaction_id for _, _, interaction_id, _ in table]
    begun = by_record(made.tables["interactions"], "interaction_id")
    assert [len(begun.get(number, [])) for number in range(1, len(table) + 1)] == [count for *_, count in table]


def test_words_and_their_meaning() -> None:
    table: list[tuple[str | None, str | None, str | None, str | None, list[str]]] = [
        ("VOICE", "INBOUND", "phone", "inbound", []),
        ("voice", "OUTBOUND", "phone", "outbound", []),
        ("VOICE", "EXTERNAL_OUTBOUND", "phone", "outbound", []),
        ("VOICE", "CALLBACK", "phone", "outbound", []),
        ("VOICE", "TRANSFER", "phone", "inbound", []),
        ("VOICE", "MONITOR", "phone", "internal", []),
        ("VOICE", "API", "phone", "outbound", []),
        ("CHAT", "API", "chat", "inbound", []),
        ("TASK", "API", "other", "internal", []),
        ("EMAIL", "INBOUND", "email", "inbound", []),
        ("FAX", "PIGEON", None, None, ["Channel_unknown", "direction_unknown"]),
        (None, None, None, None, []),
    ]
    given = [record(Channel=channel, InitiationMethod=initiation) for channel, initiation, *_ in table]
    made = rows(EXPORT, "interactions", *given)
    names = ("channel_raw", "direction_raw", "channel", "direction", "dq_flags")
    assert [tuple(found[name] for name in names) for found in made] == table


def test_who_was_abandoned() -> None:
    table: list[tuple[dict[str, Any], bool]] = [
        ({"Agent": None}, True),
        ({"Agent": {}}, True),
        ({"Agent": {"Username": "ada.king"}}, True),
        ({"Agent": {"ConnectedToAgentTimestamp": "2026-02-30T10:00:00Z"}}, False),
        ({}, False),
        ({"Agent": None, "Queue": None}, False),
        ({"Agent": None, "NextContactId": SECOND}, False),
        ({"Agent": None, "TransferCompletedTimestamp": "2026-03-01T10:05:00Z"}, False),
        ({"Agent": None, "InitiationMethod": "CALLBACK"}, False),
    ]
    assert [made["is_abandoned"] for made in legs(*(given for given, _ in table))] == [is_abandoned for _, is_abandoned in table]


def test_a_call_that_stays_in_the_menu() -> None:
    expected = {**NO_LEG, "ivr_ms": 479_000, "is_abandoned": False, "queue": None, "agent_id": None, "hold_count": None}
    assert part(leg(Queue=None, Agent=None), expected) == expected
    assert leg(Queue=None, Agent=None, InitiationMethod="OUTBOUND")["ivr_ms"] is None


def test_a_queue_without_a_duration_is_measured() -> None:
    assert leg(Queue={name: value for name, value in QUEUE.items() if name != "Duration"})["queue_ms"] == 120_000


def test_a_record_that_ends_before_it_begins_has_no_durations() -> None:
    made = leg(DisconnectTimestamp="2026-03-01T09:00:00Z")
    assert part(made, NO_LEG) == NO_LEG
    assert made["disconnected_at"] == datetime(2026, 3, 1, 9)
    assert sorted(made["dq_flags"]) == ["disconnected_before_connected", "disconnected_before_initiated"]
    whole = {"first_reply_ms": None, "resolution_ms": None, "dq_flags": ["closed_before_opened"]}
    assert part(interaction(DisconnectTimestamp="2026-03-01T09:00:00Z"), whole) == whole


def test_durations_that_are_none_are_flagged() -> None:
    made = leg(Agent={**AGENT, "AgentInteractionDuration": -5, "CustomerHoldDuration": "soon"})
    assert (made["talk_ms"], made["hold_ms"]) == (None, None)
    assert sorted(made["dq_flags"]) == ["hold_ms_invalid", "talk_ms_negative"]


def test_the_customer_is_known_by_the_endpoint() -> None:
    table: list[tuple[Any, list[tuple[str, str | None, str | None, bool]], int]] = [
        (CALLER, [("phone", "+14155552671", None, False)], 1),
        ({"Type": "EMAIL_ADDRESS", "Address": "Ada@King.io"}, [("email", "ada@king.io", "king.io", False)], 1),
        ({"Type": "EMAIL", "Address": "ada@king.io"}, [("email", "ada@king.io", "king.io", False)], 1),
        ({**CALLER, "Address": "anonymous"}, [("phone", None, None, True)], 0),
        ({**CALLER, "Address": "  "}, [], 0),
        ({**CALLER, "Address": None}, [], 0),
        ({"Type": "VOIP", "Address": "+14155552671"}, [], 0),
        ({"Type": "CONTACT_FLOW", "Address": "arn:aws:connect"}, [], 0),
        ({}, [], 0),
        (None, [], 0),
        ("no json", [], 0),
    ]
    made = scrub(EXPORT, *(record(CustomerEndpoint=endpoint) for endpoint, *_ in table))
    found = made.tables["customer_identities"]
    told = found.select("_record", pl.struct("kind", "value", "value_domain", "is_placeholder").alias("identity"))
    people = by_record(made.tables["people"], "customer_record")
    customers = made.tables["interactions"]["customer_record"].to_list()
    for number, (_, identities, persons) in enumerate(table, start=1):
        values = by_record(told, "identity").get(number, [])
        assert [tuple(value.values()) for value in values] == identities, number
        assert people.get(number, []) == [OWN] * persons, number
        assert customers[number - 1] == (OWN if persons else None), number


def test_numbers_are_read_in_the_country_of_the_settings() -> None:
    given = record(CustomerEndpoint={"Address": "030 901820", "Type": "TELEPHONE_NUMBER"})
    assert row(EXPORT, "customer_identities", given, Context(default_country="DE"))["value"] == "+4930901820"


def test_an_email_address_raises_no_flag_of_a_phone() -> None:
    assert leg(CustomerEndpoint={"Type": "EMAIL_ADDRESS", "Address": "ada@king.io"})["dq_flags"] == []


def test_agents_are_named_by_their_id_and_else_by_what_becomes_a_token() -> None:
    """An id that holds an @ is personal, and published as its token."""
    table: list[tuple[Any, str | None]] = [
        (AGENT, "amazon_connect.users:bbbbbbbb-0000-4000-8000-000000000001"),
        ({"Username": "Ada.King"}, "amazon_connect.users:@ada.king"),
        ({"Username": "ada@king.io", "ARN": None}, "amazon_connect.users:@ada@king.io"),
        ({"ConnectedToAgentTimestamp": "2026-03-01T10:02:45Z"}, None),
        (None, None),
    ]
    made = scrub(EXPORT, *(record(Agent=agent) for agent, _ in table))
    for name in ("call_legs", "interactions"):
        assert made.tables[name]["agent_id"].to_list() == [agent_id for _, agent_id in table]


def test_logins_of_agents_are_published_as_tokens() -> None:
    made = scrub(EXPORT, record(), *(record(Agent={"Username": name}) for name in ("Ada.King", "ada.king", "eve@shop.io")))
    guarded = without_personal_ids(made.tables["call_legs"].lazy(), ["agent_id"], Tokeniser(b"0" * 32)).collect()["agent_id"]
    assert guarded[0] == "amazon_connect.users:bbbbbbbb-0000-4000-8000-000000000001"
    assert guarded[1:].str.contains(TOKEN_SHAPE).all()
    assert guarded[1] == guarded[2] != guarded[3]


def test_an_agents_own_queue_is_not_named_after_the_agent() -> None:
    own = {"ARN": "arn:aws:connect:us-east-1:123456789012:instance/i-1/queue/agent/bbbbbbbb-1", "Name": "ada.king"}
    assert leg(Queue=own)["queue"] == "amazon_connect.users:bbbbbbbb-1"


def test_test_contacts_are_marked() -> None:
    tried = record(CustomerEndpoint={"Type": "EMAIL_ADDRESS", "Address": "ada@qa.king.io"})
    for context, is_test in ((Context(), False), (Context(test_domains=frozenset({"qa.king.io"})), True)):
        assert row(EXPORT, "call_legs", tried, context)["is_test"] is is_test


def test_attributes_are_content_and_no_column() -> None:
    changed = record(Attributes={"greetingPlayed": "false"}, LastUpdateTimestamp="2026-03-01T11:00:00Z")
    made = scrub(EXPORT, record(), record(), changed)
    assert made.records["content"].n_unique() == 2
    assert made.records["clock_0"].is_sorted()
    assert made.records["source_id"].to_list() == [FIRST] * 3
    texts = made.tables["call_legs"].select(pl.col(pl.String)).rows()
    assert not any("king.io" in text for found in texts for text in found if text is not None)


def test_fields_that_are_news_do_no_harm() -> None:
    made = leg(BrandNewField={"a": [1, 2]})
    assert part(made, {"leg_id": OWN, "dq_flags": []}) == {"leg_id": OWN, "dq_flags": []}


def test_a_record_without_a_usable_key_is_kept_back() -> None:
    table = [
        (None, "key.missing"),
        ("5.70306E+17", "key.unusable"),
        ("ada@king.io", "key.unusable"),
        ("+1 415 555 2671", "key.unusable"),
        ("4155552671", "key.unusable"),
        ("415-555-2671", "key.unusable"),
    ]
    made = scrub(EXPORT, *(record(ContactId=key) for key, _ in table), record(ContactId="contact-0001"))
    assert made.quarantined.sort("record_number").select("rule").to_series().to_list() == [rule for _, rule in table]
    assert made.tables["call_legs"]["source_id"].to_list() == ["contact-0001"]


def test_required_columns() -> None:
    assert get(EXPORT).required == {"ContactId", "LastUpdateTimestamp"}


_TWO = [RECORD, {**RECORD, "ContactId": SECOND, "Recordings": [{"Status": "AVAILABLE"}], "References": [{"Name": "a"}]}]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("".join(json.dumps(one) for one in _TWO), id="back to back"),
        pytest.param("\n".join(json.dumps(one, indent=2) for one in _TWO), id="back to back, indented"),
        pytest.param("\n".join(json.dumps(one) for one in _TWO), id="ndjson"),
        pytest.param(json.dumps(_TWO), id="array"),
        pytest.param(json.dumps({"ContactRecords": _TWO, "NextToken": None}), id="page"),
        pytest.param("".join(json.dumps({"Records": [one]}) for one in reversed(_TWO)), id="pages"),
        pytest.param("".join(json.dumps(one) for one in reversed(_TWO)), id="lists first"),
    ],
)
def test_every_layout_holds_the_same_records(text: str, tmp_path: Path) -> None:
    path = tmp_path / "contact_records.json"
    path.write_text(text, encoding="utf-8")
    with open_file(path, ReadOptions(page_keys=get(EXPORT).page_keys)) as reader:
        frames = [batch.good for batch in reader]
    assert sorted(pl.concat(frames)["ContactId"].to_list()) == [FIRST, SECOND]
