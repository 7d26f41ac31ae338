"""Who worked for which team, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cx_pipeline.sources.catalogue import get
from tests.sources.scrubbing import Record, broken, part, rows, scrub

ROSTER, SHIFTS = "workforce.roster", "workforce.shifts"
WORKER: Record = {
    "employee_id": "0017",
    "name": "Eve Moss",
    "email": "eve@shop.io",
    "role": "Agent",
    "team": "Returns",
    "department": "Care",
    "manager_id": "0003",
    "timezone": "Europe/Berlin",
    "is_active": "yes",
    "valid_from": "2024-01-01",
    "valid_to": "2024-06-30",
}
SHIFT: Record = {
    "shift_id": "S-1",
    "employee_id": "0017",
    "activity": "Phone",
    "team": "Returns",
    "planned_start_at": "2026-03-01T08:00:00Z",
    "planned_end_at": "2026-03-01T16:00:00Z",
    "started_at": "2026-03-01T08:05:00Z",
    "ended_at": "2026-03-01T16:01:00Z",
    "break_minutes": "30",
    "status": "published",
}


def test_an_agent_in_two_periods() -> None:
    later = {**WORKER, "team": "Claims", "valid_from": "2024-07-01", "valid_to": "9999-12-31"}
    made = scrub(ROSTER, WORKER, later)
    assert made.records["source_id"].to_list() == ["0017/2024-01-01", "0017/2024-07-01"]
    expected: list[dict[str, Any]] = [
        {
            "agent_id": "workforce.roster:0017",
            "name": "Eve Moss",
            "role": "Agent",
            "team": "Returns",
            "department": "Care",
            "manager_id": "workforce.roster:0003",
            "is_bot": False,
            "is_active": True,
            "timezone": "Europe/Berlin",
            "valid_from": datetime(2024, 1, 1),
            "valid_to": datetime(2024, 6, 30),
            "dq_flags": [],
        },
        {"agent_id": "workforce.roster:0017", "team": "Claims", "valid_from": datetime(2024, 7, 1), "valid_to": None},
    ]
    found = made.tables["agents"].to_dicts()
    assert [part(row, told) for row, told in zip(found, expected, strict=True)] == expected
    assert set(made.tables) == {"agents"}


def test_bots_tests_and_leavers() -> None:
    table: list[tuple[Record, dict[str, Any]]] = [
        ({"name": "Company Bot"}, {"is_bot": True, "is_test": False}),
        ({"name": "Abbott, Ann"}, {"is_bot": False}),
        ({"is_bot": "true"}, {"is_bot": True}),
        ({"worker_type": "Integration"}, {"is_bot": True}),
        ({"name": "Test User"}, {"is_test": True}),
        ({"is_active": None, "status": "Terminated"}, {"is_active": False}),
        ({"is_active": None, "status": "On leave"}, {"is_active": True}),
        ({"is_active": None}, {"is_active": None}),
        ({"manager_id": "0017"}, {"manager_id": None, "dq_flags": ["manager_is_itself"]}),
        ({"valid_to": "2023-01-01"}, {"dq_flags": ["valid_to_before_valid_from"]}),
        ({"valid_from": None}, {"source_id": "0017", "valid_from": None}),
    ]
    made = rows(ROSTER, "agents", *({**WORKER, **given} for given, _ in table))
    for found, (_, expected) in zip(made, table, strict=True):
        assert part(found, expected) == expected


def test_a_roster_under_other_names() -> None:
    other: Record = {
        "Worker ID": "0017",
        "First Name": "Eve",
        "Last Name": "Moss",
        "Business Title": "Agent",
        "Effective Date": "2024-01-01",
        "End Date": "9999-12-31",
        "Supervisor ID": "0003",
    }
    expected = {"agent_id": "workforce.roster:0017", "name": "Eve Moss", "role": "Agent", "valid_to": None}
    assert part(rows(ROSTER, "agents", other)[0], expected) == expected
    assert get(ROSTER).missing(list(other)) == []
    assert get(ROSTER).missing(["Salary"]) == ["employee_id"]
    assert broken(ROSTER, {**WORKER, "employee_id": "eve@shop.io"}) == [(None, "key.unusable", "cx key")]


def test_shifts_as_planned_and_as_worked() -> None:
    expected: dict[str, Any] = {
        "shift_id": "workforce.shifts:S-1",
        "agent_id": "workforce.roster:0017",
        "activity": "Phone",
        "team": "Returns",
        "planned_start_at": datetime(2026, 3, 1, 8),
        "planned_end_at": datetime(2026, 3, 1, 16),
        "started_at": datetime(2026, 3, 1, 8, 5),
        "ended_at": datetime(2026, 3, 1, 16, 1),
        "break_ms": 1_800_000,
        "status": "published",
        "dq_flags": [],
    }
    assert part(rows(SHIFTS, "shifts", SHIFT)[0], expected) == expected
    nameless: Record = {"Employee ID": "0017", "Shift Start": "2026-03-01 08:00:00", "Shift End": "2026-03-01 07:00:00"}
    made = rows(SHIFTS, "shifts", nameless)[0]
    assert (made["shift_id"], made["dq_flags"]) == (
        "workforce.shifts:0017/2026-03-01 08:00:00",
        ["planned_end_before_start"],
    )
    assert rows(SHIFTS, "shifts", {**SHIFT, "status": "Deleted"})[0]["is_deleted"]
