"""Incidents of ServiceNow, in every way that they are exported, and what becomes of them."""

from __future__ import annotations

import json
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

INCIDENTS = "servicenow.incidents"
ID, CALLER, AGENT, GROUP = (f"{digit}9e30c7dc61122760116894de7bcc7bd" for digit in "abcd")
OWN = f"{INCIDENTS}:{ID}"
INCIDENT: Record = {
    "sys_id": ID,
    "number": "INC0000039",
    "state": "6",
    "priority": "2",
    "contact_type": "self-service",
    "category": "software",
    "caller_id": CALLER,
    "assigned_to": json.dumps({"link": "https://x.example/api", "value": AGENT}),
    "assignment_group": GROUP,
    "company": None,
    "opened_at": "2023-06-02 22:05:30",
    "resolved_at": "2023-06-04 07:51:48",
    "closed_at": None,
    "sys_created_on": "2023-06-02 22:05:31",
    "sys_updated_on": "2023-06-04 08:00:00",
    "calendar_duration": "1970-01-02 09:46:18",
    "reopen_count": "1",
    "short_description": "Cannot &amp; will not print",
    "description": "It says no.",
}


def incident(**given: Any) -> Record:
    return {**INCIDENT, **{name: json.dumps(value) if isinstance(value, dict) else value for name, value in given.items()}}


def both(value: str, shown: str) -> dict[str, str]:
    return {"value": value, "display_value": shown}


def test_an_incident_is_an_interaction() -> None:
    expected: dict[str, Any] = {
        "interaction_id": OWN,
        "source_number": "INC0000039",
        "kind": "incident",
        "channel": "web",
        "status": "solved",
        "status_raw": "6",
        "priority": "high",
        "category": "software",
        "customer_record": f"servicenow.sys_user:{CALLER}",
        "agent_id": f"servicenow.sys_user:{AGENT}",
        "team": f"servicenow.sys_user_group:{GROUP}",
        "opened_at": datetime(2023, 6, 2, 22, 5, 30),
        "solved_at": datetime(2023, 6, 4, 7, 51, 48),
        "closed_at": None,
        "reopen_count": 1,
        "resolution_ms": 121_578_000,
        "source_updated_at": datetime(2023, 6, 4, 8),
        "dq_flags": [],
    }
    assert part(row(INCIDENTS, "interactions", INCIDENT), expected) == expected


@pytest.mark.parametrize(
    ("column", "cell", "name", "expected"),
    [
        ("state", "1", "status", "new"),
        ("state", "In Progress", "status", "open"),
        ("state", "On Hold", "status", "on_hold"),
        ("state", "Awaiting User Info", "status", "pending"),
        ("state", "Closed", "status", "closed"),
        ("state", "8", "status", "closed"),
        ("state", both("7", "Closed"), "status", "closed"),
        ("state", None, "status", None),
        ("priority", "1 - Critical", "priority", "urgent"),
        ("priority", both("3", "3 - Moderate"), "priority", "normal"),
        ("priority", "5", "priority", "low"),
        ("contact_type", "Phone", "channel", "phone"),
        ("contact_type", "walk-in", "channel", "in_store"),
        ("assigned_to", both(AGENT, "Beth Anglin"), "agent_id", f"servicenow.sys_user:{AGENT}"),
        ("assigned_to", "Beth Anglin", "agent_id", "servicenow.sys_user:@beth anglin"),
        ("assigned_to", "", "agent_id", None),
        ("assignment_group", both(GROUP, "Network"), "team", "Network"),
        ("assignment_group", "Network", "team", "Network"),
        ("company", both(GROUP, "ACME"), "organization_id", f"servicenow.core_company:{GROUP}"),
        ("opened_at", both("2023-06-02 22:05:30", "06/02/2023 15:05:30"), "opened_at", datetime(2023, 6, 2, 22, 5, 30)),
        ("opened_at", "", "opened_at", datetime(2023, 6, 2, 22, 5, 31)),
        ("calendar_duration", "1 Day 9 Hours 46 Minutes 18 Seconds", "resolution_ms", 121_578_000),
        ("calendar_duration", "121578", "resolution_ms", 121_578_000),
        ("calendar_duration", both("1970-01-01 00:01:00", "1 Minute"), "resolution_ms", 60_000),
        ("calendar_duration", "", "resolution_ms", 121_578_000),
    ],
)
def test_values_and_display_values(column: str, cell: Any, name: str, expected: Any) -> None:
    assert row(INCIDENTS, "interactions", incident(**{column: cell}))[name] == expected


def test_an_incident_is_told_by_its_seconds_too() -> None:
    assert row(INCIDENTS, "interactions", incident(calendar_duration=None, calendar_stc="60"))["resolution_ms"] == 60_000


def test_changes_that_the_record_dates_are_events() -> None:
    made = rows(
        INCIDENTS,
        "interaction_events",
        incident(reopened_time="2023-06-03 01:00:00", closed_at="2023-06-05 00:00:00", resolved_by=both(AGENT, "Beth Anglin")),
    )
    names = ("event_id", "field", "new_value", "occurred_at", "actor_id")
    assert [tuple(found[name] for name in names) for found in made] == [
        (f"{OWN}#reopened_time", "status", "open", datetime(2023, 6, 3, 1), None),
        (f"{OWN}#resolved_at", "status", "solved", datetime(2023, 6, 4, 7, 51, 48), f"servicenow.sys_user:{AGENT}"),
        (f"{OWN}#closed_at", "status", "closed", datetime(2023, 6, 5), None),
    ]


COMMENT = "2023-06-03 10:00:00 - Abel Tuter (Additional comments)\nWhen?\n\n"
NOTE = "2023-06-02 23:00:00 - Beth Anglin (Work notes)\nlook (at) it - now\nplease\n\n"


@pytest.mark.parametrize(
    "given",
    [
        {"comments_and_work_notes": COMMENT + NOTE},
        {"comments_and_work_notes": {"display_value": COMMENT + NOTE, "value": ""}},
        {"comments": COMMENT, "work_notes": NOTE},
        {"comments": COMMENT, "work_notes": NOTE, "comments_and_work_notes": COMMENT + NOTE},
    ],
)
def test_journals_are_messages(given: dict[str, Any]) -> None:
    made = rows(INCIDENTS, "messages", incident(caller_id=both(CALLER, "Abel Tuter"), **given))
    names = ("message_id", "author_kind", "is_public", "sent_at", "text")
    assert [tuple(found[name] for name in names) for found in made] == [
        (f"{OWN}#description", None, True, datetime(2023, 6, 2, 22, 5, 30), "It says no."),
        (f"{OWN}#journal-1", "customer", True, datetime(2023, 6, 3, 10), "When?"),
        (f"{OWN}#journal-2", "agent", False, datetime(2023, 6, 2, 23), "look (at) it - now\nplease"),
    ]
    assert made[0]["author_id"] == f"servicenow.sys_user:{CALLER}"


def test_who_called() -> None:
    table: list[tuple[dict[str, Any], str | None, list[tuple[str, str | None]]]] = [
        ({}, f"servicenow.sys_user:{CALLER}", []),
        ({"caller_id": both(CALLER, "ABEL TUTER")}, f"servicenow.sys_user:{CALLER}", [("name", "Abel Tuter")]),
        ({"caller_id": "Abel Tuter"}, OWN, [("name", "Abel Tuter")]),
        ({"caller_id": "", "caller_id.email": "Abel@king.io"}, OWN, [("email", "abel@king.io")]),
        ({"caller_id": None}, None, []),
    ]
    for given, customer, identities in table:
        made = scrub(INCIDENTS, incident(**given))
        assert made.tables["interactions"]["customer_record"].to_list() == [customer], given
        assert made.tables["people"]["customer_record"].to_list() == ([customer] if customer else []), given
        assert made.tables["customer_identities"].select("kind", "value").rows() == identities, given


def test_deleted_and_test_incidents() -> None:
    gone = scrub(INCIDENTS, incident(_fivetran_deleted="TRUE"))
    assert gone.tables["interactions"].select("is_deleted", "text_subject").rows() == [(True, None)]
    assert gone.tables["messages"]["text"].to_list() == [None]
    assert row(INCIDENTS, "interactions", incident(short_description="test incident"))["is_test"] is False
    assert row(INCIDENTS, "interactions", incident(short_description="[TEST] printer"))["is_test"] is True


def test_a_key_that_is_none_is_kept_back() -> None:
    assert broken(INCIDENTS, incident(sys_id="", number=None)) == [(None, "key.missing", "sys_id")]
    assert broken(INCIDENTS, incident(sys_id="+1 415 555 2671")) == [(None, "key.unusable", "sys_id")]


def delivered(text: str, name: str, tmp_path: Path) -> Scrubbed:
    """A file as a run would take it, looked at as a whole first."""
    path, export, settings = tmp_path / name, get(INCIDENTS), Settings()
    path.write_text(text, encoding="utf-8")
    with open_file(path, ReadOptions(page_keys=export.page_keys)) as reader:
        facts = land.write(reader, tmp_path / "landed")
    context = context_of(export, tmp_path / "landed", settings, name, facts.columns, facts.labels)
    made = scrub_batch(land.scan(tmp_path / "landed", facts.columns).collect(), export, facts.sha256, context)
    assert_balanced(INCIDENTS, made)
    return made


@pytest.mark.parametrize(
    "wrap", [lambda one: {"result": [one, one]}, lambda one: {"result": one}, lambda one: {"records": [one]}]
)
def test_answers_for_one_and_for_many(wrap: Any, tmp_path: Path) -> None:
    made = delivered(json.dumps(wrap(INCIDENT)), "incidents.json", tmp_path)
    assert made.quarantined.is_empty()
    assert set(made.tables["interactions"]["interaction_id"]) == {OWN}
    assert set(made.tables["interactions"]["agent_id"]) == {f"servicenow.sys_user:{AGENT}"}


def test_a_list_with_labels_and_local_dates(tmp_path: Path) -> None:
    made = delivered(
        "Number,Opened,Short description,Caller,Priority,State,Assigned to,Updated\n"
        'INC0000060,05/31/2023 11:35,Unable to connect,"Tuter, Abel",3 - Moderate,Closed,,06/01/2023 09:00\n'
        "INC0000059,06/07/2023 08:00,No mail,Joe Employee,1 - Critical,New,Beth Anglin,06/15/2023 10:00\n",
        "incidents.csv",
        tmp_path,
    )
    names = ("interaction_id", "status", "priority", "opened_at", "source_updated_at")
    assert made.tables["interactions"].select(names).rows() == [
        (f"{INCIDENTS}:INC0000060", "closed", "normal", datetime(2023, 5, 31, 11, 35), datetime(2023, 6, 1, 9)),
        (f"{INCIDENTS}:INC0000059", "new", "urgent", datetime(2023, 6, 7, 8), datetime(2023, 6, 15, 10)),
    ]
    assert made.tables["customer_identities"]["value"].to_list() == ["Abel Tuter", "Joe Employee"]
