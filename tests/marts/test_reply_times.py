"""Waits for replies and resolutions: the traps, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.marts.world import World, at

MINUTE = 60_000
HOUR = 60 * MINUTE
ALWAYS = {"marts": {"schedules": [{"timezone": "Europe/Berlin", "country": "DE"}]}}


def world(**settings: Any) -> World:
    made = World(**{**ALWAYS, **settings})
    made.add_all("agents", [{"agent_id": "a:1"}, {"agent_id": "a:2"}, {"agent_id": "a:bot", "is_bot": True}])
    return made


def ticket(made: World, number: int = 1, opened: str = "06-01 08:00", **values: Any) -> None:
    row = {
        "interaction_id": f"t:{number}",
        "opened_at": at(opened),
        "status": "open",
        "channel": "email",
        "source_system": "zendesk",
    }
    made.add("interactions", **{**row, **values})


def say(made: World, when: str, kind: str, *, ticket: int = 1, **values: Any) -> None:
    [(said,)] = made.rows("SELECT count(*) FROM main.messages")
    row = {
        "message_id": f"m:{said:03}",
        "interaction_id": f"t:{ticket}",
        "position": said,
        "author_kind": kind,
        "author_id": {"agent": "a:1", "bot": "a:bot"}.get(kind),
        "is_public": True,
        "sent_at": at(when),
    }
    made.add("messages", **{**row, **values})


def change(made: World, when: str, status: str, *, ticket: int = 1) -> None:
    made.add(
        "interaction_events",
        event_id=f"e:{when}",
        interaction_id=f"t:{ticket}",
        occurred_at=at(when),
        field="status",
        new_value=status,
    )


def outcome(made: World, columns: str, number: int = 1) -> tuple[Any, ...]:
    [row] = made.build(only="reply_times").rows(f"SELECT {columns} FROM marts.reply_times WHERE interaction_id = 't:{number}'")
    return row


def test_notes_bots_and_automatic_answers_are_no_replies() -> None:
    made = world()
    ticket(made)
    say(made, "06-01 08:00", "customer")
    say(made, "06-01 08:01", "bot")
    say(made, "06-01 08:02", "agent", is_auto_reply=True)
    say(made, "06-01 08:03", "agent", is_public=False)
    say(made, "06-01 08:04", "agent", author_id="a:bot")
    say(made, "06-01 08:05", "agent", is_deleted=True)
    say(made, "06-01 08:30", "agent", author_id="a:2")
    assert outcome(made, "first_reply_ms, first_reply_agent_id, replies") == (30 * MINUTE, "a:2", 1)


def test_an_agent_who_opens_a_ticket_has_not_replied_yet() -> None:
    made = world()
    ticket(made)
    say(made, "06-01 08:00", "agent")
    say(made, "06-01 09:00", "customer")
    say(made, "06-01 09:10", "agent")
    assert outcome(made, "waiting_since, first_reply_ms, replies") == (at("06-01 09:00"), 10 * MINUTE, 1)


def test_an_opening_that_has_no_message_is_waited_from_all_the_same() -> None:
    made = world()
    ticket(made)
    say(made, "06-01 08:20", "agent")
    ticket(made, 2, direction="outbound")
    say(made, "06-01 08:20", "agent", ticket=2)
    assert outcome(made, "first_reply_ms, replies") == (20 * MINUTE, 1)
    assert outcome(made, "first_reply_ms, replies", 2) == (None, 0)


def test_a_reply_belongs_to_who_gave_it_and_ends_the_wait_of_the_first_message() -> None:
    made = world()
    ticket(made, agent_id="a:1")
    say(made, "06-01 08:00", "customer")
    say(made, "06-01 08:10", "agent", author_id="a:1")
    say(made, "06-01 08:11", "agent", author_id="a:1")
    say(made, "06-01 09:00", "customer")
    say(made, "06-01 09:30", "customer")
    say(made, "06-01 10:00", "agent", author_id="a:2")
    made.build(only="replies")
    assert made.rows("SELECT reply_number, agent_id, wait_ms FROM marts.replies ORDER BY 1") == [
        (1, "a:1", 10 * MINUTE),
        (2, "a:2", 60 * MINUTE),
    ]


def test_business_time_leaves_nights_and_holidays_out() -> None:
    made = world()
    ticket(made, opened="04-02 14:00", status="closed", closed_at=at("04-07 08:00"))  # over Easter, 16:00 to 10:00 in Berlin
    say(made, "04-02 14:00", "customer")
    say(made, "04-07 07:30", "agent")
    columns = "first_reply_business_ms, full_resolution_business_ms, full_resolution_ms"
    assert outcome(made, columns) == (1.5 * HOUR, 2 * HOUR, (4 * 24 + 18) * HOUR)


def test_a_team_has_its_own_hours_and_a_schedule_may_change() -> None:
    early = {"name": "early", "timezone": "UTC", "hours": {"mon": ["06:00-08:00"]}, "teams": ["desk"]}
    later = {**early, "valid_from": "2026-06-08", "hours": {"mon": ["06:00-07:00"]}}
    made = world(marts={"schedules": [{}, early, later]})
    ticket(made, opened="06-01 05:00", team="desk", status="closed", closed_at=at("06-15 12:00"))
    assert outcome(made, "schedule, full_resolution_business_ms") == ("early", 4 * HOUR)


def test_reopens_first_and_full_resolution_and_who_waited() -> None:
    made = world()
    ticket(made, status="closed", closed_at=at("06-01 14:00"))
    changes = ["06-01 08:30 open", "06-01 09:00 pending", "06-01 10:00 on_hold", "06-01 11:00 solved", "06-01 12:00 open"]
    for line in [*changes, "06-01 13:00 solved", "06-01 14:00 closed"]:
        when, _, status = line.rpartition(" ")
        change(made, when, status)
    assert outcome(made, "first_resolution_ms, full_resolution_ms, reopens") == (3 * HOUR, 5 * HOUR, 1)
    assert outcome(made, "requester_wait_ms, agent_wait_ms, on_hold_ms") == (3 * HOUR, HOUR, HOUR)
    assert outcome(made, "requester_wait_business_ms, is_resolved") == (3 * HOUR, True)


def test_reopened_and_open_is_not_resolved() -> None:
    made = world()
    ticket(made)
    change(made, "06-01 09:00", "resolved")
    change(made, "06-01 10:00", "open")
    assert outcome(made, "first_resolution_ms, full_resolution_ms, reopens, is_resolved") == (HOUR, None, 1, False)


def test_merged_deleted_and_test_tickets_do_not_count() -> None:
    made = world()
    ticket(made)
    ticket(made, 2, merged_into_interaction_id="t:1")
    ticket(made, 3, merged_into_interaction_id="t:404")
    ticket(made, 4, is_deleted=True)
    ticket(made, 5, is_test=True)
    ticket(made, 6, merged_into_interaction_id="t:7")
    ticket(made, 7, merged_into_interaction_id="t:6")
    made.build(only="reply_times")
    found = made.rows("SELECT interaction_id, merged_count FROM marts.reply_times ORDER BY 1")
    assert found == [("t:1", 1), ("t:3", 0), ("t:6", 0), ("t:7", 0)]


PROMISES = {
    **ALWAYS["marts"],
    "promises": [
        {"about": "first_reply", "minutes": 60, "clock": "calendar"},
        {"about": "first_reply", "minutes": 15, "clock": "calendar", "valid_from": "2026-06-02"},
        {"about": "first_reply", "minutes": 5, "clock": "calendar", "priority": "urgent"},
        {"about": "next_reply", "minutes": 30, "clock": "business"},
        {"about": "resolution", "minutes": 480, "clock": "business"},
    ],
}


@pytest.mark.parametrize(
    ("opened", "replied", "priority", "due", "breached"),
    [
        ("06-01 08:00", "06-01 08:30", None, 60, False),
        ("06-02 08:00", "06-02 08:30", None, 15, True),  # a later promise does not judge what came before it
        ("06-01 08:00", "06-01 08:30", "urgent", 5, True),  # what says more goes first
        ("06-01 08:00", None, None, 60, True),  # still waiting
    ],
)
def test_the_service_level_is_the_one_in_force(
    opened: str, replied: str | None, priority: str | None, due: int, breached: bool
) -> None:
    made = world(marts=PROMISES)
    ticket(made, opened=opened, priority=priority)
    say(made, opened, "customer")
    if replied:
        say(made, replied, "agent")
    assert outcome(made, "first_reply_due_ms, first_reply_is_breached") == (due * MINUTE, breached)


def test_service_levels_count_the_clock_they_name() -> None:
    made = world(marts=PROMISES)
    ticket(made, opened="06-05 14:00", status="closed", closed_at=at("06-08 09:00"))  # Friday 16:00 to Monday 11:00
    say(made, "06-05 14:00", "customer")
    say(made, "06-05 14:10", "agent")
    say(made, "06-05 14:50", "customer")
    say(made, "06-08 07:10", "agent")
    assert outcome(made, "resolution_due_ms, resolution_is_breached") == (8 * HOUR, False)
    assert made.rows("SELECT wait_business_ms, is_breached FROM marts.replies WHERE reply_number = 2") == [(20 * MINUTE, False)]


def test_resolved_without_a_word_is_not_late_with_a_reply() -> None:
    made = world(marts=PROMISES)
    ticket(made, status="closed", closed_at=at("06-03 08:00"))
    say(made, "06-01 08:00", "customer")
    assert outcome(made, "first_reply_is_breached, resolution_is_breached") == (None, True)


@pytest.mark.parametrize(
    ("vendor_minutes", "values", "why"),
    [
        (30, {}, "agrees"),
        (1, {}, "bot"),
        (7, {}, "unexplained"),
        (7, {"is_truncated_history": True}, "history_cut"),
        (None, {}, "not_counted"),
    ],
)
def test_a_difference_from_the_vendors_own_figure_is_explained(
    vendor_minutes: int | None, values: dict[str, Any], why: str
) -> None:
    made = world()
    vendor: dict[str, Any] = (
        {}
        if vendor_minutes is None
        else {"first_reply_ms": vendor_minutes * MINUTE, "first_reply_at": at(f"06-01 08:{vendor_minutes:02}")}
    )
    ticket(made, **vendor)
    say(made, "06-01 08:00", "customer", **values)
    say(made, "06-01 08:01", "bot")
    say(made, "06-01 08:30", "agent")
    assert outcome(made, "vendor_difference") == (why,)


def test_the_counted_interactions_know_day_and_department() -> None:
    made = World(timezone="America/New_York")
    made.add_all(
        "agents",
        [
            {"agent_id": "a:1", "department": "Care", "valid_from": at("01-01 00:00")},
            {"agent_id": "a:1", "department": "Sales", "valid_from": at("05-01 00:00")},
        ],
    )
    ticket(made, opened="04-02 02:00", agent_id="a:1")
    ticket(made, 2, opened="06-02 02:00", agent_id="a:1")
    ticket(made, 3, channel=None)
    made.build(only="resolutions")
    found = made.rows("SELECT opened_on::VARCHAR, department, channel FROM marts.counted_interactions ORDER BY interaction_id")
    assert found == [("2026-04-01", "Care", "email"), ("2026-06-01", "Sales", "email"), ("2026-06-01", "unknown", "unknown")]
    assert made.rows("SELECT count(*) FROM marts.resolutions") == [(3,)]


def test_who_speaks_in_a_conversation() -> None:
    made = world()
    ticket(made, agent_id="a:gone")
    say(made, "06-01 08:00", "customer")
    say(made, "06-01 08:01", "bot")
    say(made, "06-01 08:02", "agent", is_public=False, is_truncated_history=True)
    ticket(made, 2)
    say(made, "06-01 08:00", "customer", ticket=2)
    say(made, "06-01 08:05", "customer", ticket=2, author_kind=None, author_id="a:gone")
    say(made, "06-01 08:06", "customer", ticket=2, author_kind=None, author_id="x:stranger")
    made.build(only="conversations")
    columns = "interaction_id, public_messages, with_agent, with_bot, is_history_cut"
    assert made.rows(f"SELECT {columns} FROM marts.conversations ORDER BY 1") == [
        ("t:1", 2, False, True, True),
        ("t:2", 3, True, False, False),
    ]


def test_an_author_who_was_not_delivered_replies_where_interactions_are_theirs() -> None:
    made = world()
    ticket(made, agent_id="a:gone")
    say(made, "06-01 08:00", "customer")
    say(made, "06-01 08:05", "customer", author_kind=None, author_id="x:stranger")
    say(made, "06-01 08:20", "customer", author_kind=None, author_id="a:gone")
    assert outcome(made, "first_reply_ms, first_reply_agent_id, replies") == (20 * MINUTE, "a:gone", 1)


def test_what_is_told_late_counts_on_its_own_day() -> None:
    """A reply and a reopening that a later night delivers change the day on which they happened, and no other."""
    made = world(now=at("06-10 02:00"))
    ticket(made, status="solved", solved_at=at("06-01 12:00"))
    ticket(made, 2, opened="06-02 08:00", status="solved", solved_at=at("06-02 12:00"))
    say(made, "06-01 08:00", "customer")
    say(made, "06-01 11:00", "agent")
    change(made, "06-01 12:00", "solved")
    before = outcome(made, "first_reply_ms, full_resolution_ms, reopens, opened_on")
    made.build()
    of_others = made.rows("SELECT * FROM marts.cx_metrics_daily WHERE day = '2026-06-02' AND metric <> 'backlog' ORDER BY ALL")
    say(made, "06-01 09:00", "agent", author_id="a:2")
    change(made, "06-01 13:00", "open")
    change(made, "06-03 10:00", "solved")
    after = outcome(made, "first_reply_ms, full_resolution_ms, reopens, opened_on")
    assert (before[:3], after[:3]) == ((3 * HOUR, 4 * HOUR, 0), (HOUR, 50 * HOUR, 1))
    assert before[3] == after[3]
    made.build()
    assert of_others == made.rows(
        "SELECT * FROM marts.cx_metrics_daily WHERE day = '2026-06-02' AND metric <> 'backlog' ORDER BY ALL"
    )
    backlog = "SELECT day::TEXT, value FROM marts.cx_metrics_daily WHERE metric = 'backlog' AND channel = 'all' AND value > 0"
    assert made.rows(f"{backlog} ORDER BY 1") == [("2026-06-01", 1), ("2026-06-02", 1)]


def test_what_was_resolved_before_it_was_opened_has_no_duration() -> None:
    made = world(marts=PROMISES)
    ticket(made, status="closed", closed_at=at("06-01 06:00"))
    columns = "fully_resolved_at, full_resolution_ms, full_resolution_business_ms, resolution_is_breached, is_resolved"
    assert outcome(made, columns) == (at("06-01 06:00"), None, None, None, True)
