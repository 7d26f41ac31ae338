"""Calls of Twilio, as its API and CSV exports hold them, and what becomes of them."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.extract import land
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import open_file
from cx_pipeline.settings import Settings
from cx_pipeline.sources.catalogue import get
from cx_pipeline.stages.batch import Scrubbed, scrub_batch
from cx_pipeline.stages.profile import context_of
from tests.sources.scrubbing import Record, assert_balanced, broken, part, row, rows, scrub

CALLS = "twilio.calls"
SID, PARENT = "CA25fbfeda4ab426ce7c4fe252271337d1", "CAdeadbeefdeadbeefdeadbeefdeadbeef"
OWN = f"{CALLS}:{SID}"
FIXTURES = Path(os.environ.get("CX_SHARED_FIXTURES", Path(__file__).parents[2].parent / "shared" / "fixtures")) / "twilio"
CALL: Record = {
    "sid": SID,
    "parent_call_sid": None,
    "direction": "inbound",
    "status": "completed",
    "from": "+14155552671",
    "to": "+14155550100",
    "date_created": "Fri, 18 Oct 2019 17:00:00 +0000",
    "date_updated": "Fri, 18 Oct 2019 17:04:00 +0000",
    "start_time": "Fri, 18 Oct 2019 17:00:30 +0000",
    "end_time": "Fri, 18 Oct 2019 17:03:00 +0000",
    "duration": "120",
    "queue_time": "1500",
    "price": "-0.200",
    "from_formatted": "(415) 555-2671",
}


def call(**given: str | None) -> Record:
    return {**CALL, **given}


def test_a_call_is_an_interaction_of_one_leg() -> None:
    expected: dict[str, Any] = {
        "leg_id": OWN,
        "interaction_id": OWN,
        "initial_leg_id": OWN,
        "previous_leg_id": None,
        "direction": "inbound",
        "connected_at": datetime(2019, 10, 18, 17, 1),
        "disconnected_at": datetime(2019, 10, 18, 17, 3),
        "talk_ms": 120_000,
        "queue_ms": 1_500,
        "is_abandoned": False,
        "disconnect_reason": "completed",
        "source_updated_at": datetime(2019, 10, 18, 17, 4),
        "dq_flags": [],
    }
    assert part(row(CALLS, "call_legs", CALL), expected) == expected
    whole: dict[str, Any] = {
        "interaction_id": OWN,
        "kind": "contact",
        "channel": "phone",
        "direction": "inbound",
        "status": "closed",
        "status_raw": "completed",
        "customer_record": OWN,
        "opened_at": datetime(2019, 10, 18, 17),
        "closed_at": datetime(2019, 10, 18, 17, 3),
        "resolution_ms": 180_000,
    }
    assert part(row(CALLS, "interactions", CALL), whole) == whole


def test_a_call_that_another_began_is_its_leg() -> None:
    made = scrub(CALLS, call(parent_call_sid=PARENT, direction="outbound-dial"))
    legs = made.tables["call_legs"].select("interaction_id", "initial_leg_id", "previous_leg_id").rows()
    assert legs == [(f"{CALLS}:{PARENT}",) * 3]
    assert {name: frame.height for name, frame in made.tables.items()} == {
        "call_legs": 1,
        "interactions": 0,
        "people": 0,
        "customer_identities": 0,
    }
    for parent, count in ((" ", 1), ("null", 1), (SID, 1)):
        assert scrub(CALLS, call(parent_call_sid=parent)).tables["interactions"].height == count, parent


@pytest.mark.parametrize(
    ("given", "direction", "number"),
    [
        ({}, "inbound", "+14155552671"),
        ({"direction": "outbound-api"}, "outbound", "+14155550100"),
        ({"direction": "Outgoing API"}, "outbound", "+14155550100"),
        ({"direction": "trunking-terminating"}, "outbound", "+14155550100"),
        ({"direction": "trunking-originating"}, "inbound", "+14155552671"),
        ({"from": "+266696687"}, "inbound", None),
        ({"from": "15555555555"}, "inbound", None),
        ({"from": "client:ada"}, "inbound", None),
    ],
)
def test_whose_number_is_the_customers(given: dict[str, str], direction: str, number: str | None) -> None:
    made = scrub(CALLS, call(**given))
    assert made.tables["interactions"]["direction"].to_list() == [direction]
    found = made.tables["customer_identities"].select("kind", "value").rows()
    assert found == [("phone", number)]
    assert made.tables["people"].height == (number is not None)
    assert made.tables["interactions"]["customer_record"].to_list() == [OWN if number else None]


def test_nobody_is_known_by_a_number_that_stands_for_none() -> None:
    found = rows(CALLS, "customer_identities", call(**{"from": "+266696687"}), call(**{"from": "15555555555"}))
    assert [identity["is_placeholder"] for identity in found] == [True, True]
    assert rows(CALLS, "customer_identities", call(**{"from": None}), call(direction="sideways")) == []


def test_calls_that_nobody_took_have_no_talk() -> None:
    table: list[tuple[str, str | None, str, int | None, bool]] = [
        ("canceled", "0", "closed", None, True),
        ("no-answer", "0", "closed", None, True),
        ("busy", "", "closed", None, False),
        ("failed", None, "closed", None, False),
        ("completed", "0", "closed", 0, False),
        ("in-progress", None, "open", None, False),
        ("queued", None, "open", None, False),
    ]
    for status, seconds, state, talk, is_abandoned in table:
        given = call(status=status, duration=seconds)
        leg, interaction = row(CALLS, "call_legs", given), row(CALLS, "interactions", given)
        assert (interaction["status"], leg["talk_ms"], leg["is_abandoned"]) == (state, talk, is_abandoned), status
    assert row(CALLS, "call_legs", call(status="canceled", direction="outbound-api"))["is_abandoned"] is False


def test_a_key_that_is_none_is_kept_back() -> None:
    assert broken(CALLS, call(sid=None)) == [(None, "key.missing", "sid")]
    assert broken(CALLS, call(sid="+14155552671")) == [(None, "key.unusable", "sid")]


def delivered(path: Path, tmp_path: Path) -> Scrubbed:
    """A file as a run would take it, looked at as a whole first."""
    export, settings = get(CALLS), Settings()
    with open_file(path, ReadOptions(page_keys=export.page_keys)) as reader:
        facts = land.write(reader, tmp_path / "landed")
    context = context_of(export, tmp_path / "landed", settings, path.name, facts.columns, facts.labels)
    made = scrub_batch(land.scan(tmp_path / "landed", facts.columns).collect(), export, facts.sha256, context)
    assert_balanced(CALLS, made)
    return made


def test_a_csv_with_other_names_and_times(tmp_path: Path) -> None:
    path = tmp_path / "calls_v2.csv"
    path.write_text(
        "id,created_at,direction,duration,end_time,from,parent_call_id,queue_time,start_time,status,to,updated_at\n"
        f"{SID},2022-07-25 16:37:07.000000 UTC,inbound,0,2022-07-25 16:37:07.000000 UTC,14155552671,,0,,canceled,14155550100,"
        "2022-07-25 16:37:09.000000 UTC\n"
        f"{PARENT},2022-02-30 17:23:13.000000 UTC,inbound,7,2022-02-30 17:23:13.000000 UTC,14155552671,{SID},0,,completed,,"
        "2022-02-30 17:23:13.000000 UTC\n"
    )
    made = delivered(path, tmp_path)
    assert made.quarantined.is_empty()
    assert made.tables["interactions"]["opened_at"].to_list() == [datetime(2022, 7, 25, 16, 37, 7)]
    legs = made.tables["call_legs"].to_dicts()
    assert [leg["disconnected_at"] for leg in legs] == [datetime(2022, 7, 25, 16, 37, 7), None]
    assert legs[1]["dq_flags"] == ["date_created_invalid", "date_updated_invalid", "end_time_invalid"]
    assert (legs[1]["interaction_id"], legs[1]["talk_ms"]) == (OWN, 7_000)


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the shared fixtures are not here")
def test_the_vendors_own_example(tmp_path: Path) -> None:
    made = delivered(FIXTURES / "calls__readFullPage1.json", tmp_path)
    assert made.quarantined.is_empty()
    legs = made.tables["call_legs"].select("direction", "talk_ms", "queue_ms").rows()
    assert legs == [("outbound", 4_000, 1_000), ("inbound", 3_000, 1_000)]


@pytest.mark.parametrize("address", ["client:agent_7", "sip:desk@shop.example", "SIM:HS0123456789"])
def test_an_address_that_is_no_number_is_not_a_wrong_one(address: str) -> None:
    """The agent's end of a call is often an app or an exchange."""
    assert row(CALLS, "call_legs", call(to=address))["dq_flags"] == []
    assert row(CALLS, "call_legs", call(to="12"))["dq_flags"] == ["to_invalid"]
