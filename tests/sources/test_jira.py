"""Issues of Jira, as its API and its lists hold them, and what becomes of them."""

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
from tests.sources.scrubbing import Record, assert_balanced, broken, part, row, rows

ISSUES = "jira.issues"
OWN = f"{ISSUES}:10011"
ADA, JO = "557058:a9572f6a-3041-435a-96ed-5286e3811b33", "5c3326c24b248c315badf3ee"
FIELDS: dict[str, Any] = {
    "summary": "Cart loses coupons",
    "status": {"name": "In Progress", "statusCategory": {"key": "indeterminate"}},
    "created": "2020-04-01T08:33:58.000+0200",
    "updated": "2020-05-29T11:33:53.000+0000",
    "resolutiondate": None,
    "statuscategorychangedate": "2020-05-28T10:00:00.000+0000",
    "issuetype": {"name": "Bug"},
    "project": {"key": "TP", "name": "Team Purchase"},
    "labels": ["cart", "vip"],
    "components": [{"name": "Checkout"}],
    "description": "As promised.",
}


def issue(changelog: list[dict[str, Any]] | None = None, **fields: Any) -> Record:
    told: Record = {"id": "10011", "key": "TP-8", "fields": json.dumps({**FIELDS, **fields})}
    return told if changelog is None else {**told, "changelog": json.dumps({"histories": changelog})}


def test_an_issue_is_an_action() -> None:
    expected: dict[str, Any] = {
        "action_id": OWN,
        "feedback_table": None,
        "feedback_id": None,
        "tag": "cart",
        "department": "TP",
        "opened_at": datetime(2020, 4, 1, 6, 33, 58),
        "done_at": None,
        "status": "In Progress",
        "source_updated_at": datetime(2020, 5, 29, 11, 33, 53),
        "is_test": False,
        "dq_flags": ["feedback_unknown"],
    }
    assert part(row(ISSUES, "feedback_actions", issue()), expected) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"resolutiondate": "2020-05-29T11:00:00.000+0000"}, {"done_at": datetime(2020, 5, 29, 11)}),
        ({"status": {"name": "Fertig", "statusCategory": {"key": "done"}}}, {"done_at": datetime(2020, 5, 28, 10)}),
        ({"labels": []}, {"tag": "Checkout"}),
        ({"labels": [], "components": []}, {"tag": "Bug"}),
        ({"summary": "[TEST] ignore"}, {"is_test": True}),
    ],
)
def test_when_it_was_done_and_what_it_is_about(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    assert part(row(ISSUES, "feedback_actions", issue(**fields)), expected) == expected


@pytest.mark.parametrize(
    ("told", "notified_at"),
    [("2020-05-30T08:00:00.000+0000", datetime(2020, 5, 30, 8)), (None, None), ("Team A", None), ({"value": "yes"}, None)],
)
def test_when_the_customer_was_told(told: object, notified_at: datetime | None) -> None:
    made = row(ISSUES, "feedback_actions", issue(customfield_10040=told))
    assert (made["notified_at"], made["dq_flags"]) == (notified_at, ["feedback_unknown"])


def test_an_issue_is_an_action_for_each_piece_of_feedback_that_it_links_to() -> None:
    ticket = "https://shop.zendesk.com/agent/tickets/123"
    adf = {
        "type": "doc",
        "content": [{"attrs": {"url": "https://app.intercom.com/a/inbox/x1/inbox/conversation/156643300001311"}}],
    }
    table: list[tuple[dict[str, Any], list[str]]] = [
        ({"description": f"See {ticket}."}, ["zendesk.tickets:123"]),
        ({"description": f"{ticket} and {ticket}, {ticket}4"}, ["zendesk.tickets:123", "zendesk.tickets:1234"]),
        ({"customfield_10050": ticket}, ["zendesk.tickets:123"]),
        ({"description": adf}, ["intercom.conversations:156643300001311"]),
        ({"comment": {"comments": [{"body": ticket}]}}, []),
    ]
    for fields, linked in table:
        made = rows(ISSUES, "feedback_actions", issue(**fields))
        told = [action["feedback_id"] for action in made if action["feedback_id"] is not None]
        assert told == linked, fields
        assert [action["action_id"] for action in made] == ([f"{OWN}#{key}" for key in linked] or [OWN]), fields
        assert {action["feedback_table"] for action in made} == {"interactions" if linked else None}, fields


def test_changes_are_events() -> None:
    made = rows(
        ISSUES,
        "interaction_events",
        issue(
            changelog=[
                {
                    "id": "2",
                    "created": "2020-04-02T08:00:00.000+0000",
                    "author": {"accountId": ADA, "accountType": "atlassian"},
                    "items": [
                        {"field": "status", "from": "1", "fromString": "To Do", "to": "3", "toString": "In Progress"},
                        {"field": "assignee", "from": None, "to": JO, "toString": "Jo Bell"},
                        {"field": "description", "fromString": "old", "toString": "new"},
                        {"field": None},
                    ],
                },
                {
                    "id": "3",
                    "created": "2020-04-03T08:00:00.000+0000",
                    "author": {"accountId": JO, "accountType": "app"},
                    "items": [{"field": "Sprint", "fromString": "", "toString": "S1"}],
                },
                {"id": "4", "author": {"name": "Ada.King"}, "items": [{"field": "priority", "toString": "High"}]},
            ]
        ),
    )
    names = ("event_id", "interaction_id", "field", "old_value", "new_value", "actor_kind", "actor_id")
    assert [tuple(found[name] for name in names) for found in made] == [
        (f"{OWN}#1", None, "status", "To Do", "In Progress", "agent", f"jira.users:{ADA}"),
        (f"{OWN}#2", None, "agent_id", None, f"jira.users:{JO}", "agent", f"jira.users:{ADA}"),
        (f"{OWN}#3", None, "description", None, None, "agent", f"jira.users:{ADA}"),
        (f"{OWN}#5", None, "Sprint", None, "S1", "bot", f"jira.users:{JO}"),
        (f"{OWN}#6", None, "priority", None, "High", "agent", "jira.users:@ada.king"),
    ]
    assert made[0]["occurred_at"] == datetime(2020, 4, 2, 8)
    assert [found["dq_flags"] for found in made] == [[]] * 5


def test_a_key_that_is_none_is_kept_back() -> None:
    assert broken(ISSUES, {"id": None, "key": None, "fields": "{}"}) == [(None, "key.missing", "id")]
    assert broken(ISSUES, {"id": "ada@king.io", "fields": "{}"}) == [(None, "key.unusable", "id")]


def delivered(text: str, name: str, tmp_path: Path) -> Scrubbed:
    """A file as a run would take it, looked at as a whole first."""
    path, export, settings = tmp_path / name, get(ISSUES), Settings()
    path.write_text(text, encoding="utf-8")
    with open_file(path, ReadOptions(page_keys=export.page_keys)) as reader:
        facts = land.write(reader, tmp_path / "landed")
    context = context_of(export, tmp_path / "landed", settings, name, facts.columns, facts.labels)
    made = scrub_batch(land.scan(tmp_path / "landed", facts.columns).collect(), export, facts.sha256, context)
    assert_balanced(ISSUES, made)
    return made


_ONE = {"id": "10011", "key": "TP-8", "fields": FIELDS, "changelog": {"histories": []}}


@pytest.mark.parametrize("whole", [{"startAt": 0, "total": 1, "issues": [_ONE]}, _ONE, [_ONE]])
def test_every_layout_holds_the_same(whole: Any, tmp_path: Path) -> None:
    made = delivered(json.dumps(whole), "issues.json", tmp_path)
    assert made.tables["feedback_actions"]["action_id"].to_list() == [OWN]


@pytest.mark.parametrize(
    ("created", "resolved"), [("01/Apr/20 8:33 AM", "29/May/20 11:33 PM"), ("2020-04-01 08:33", "2020-05-29 23:33")]
)
def test_a_list_as_csv(created: str, resolved: str, tmp_path: Path) -> None:
    made = delivered(
        "Summary,Issue key,Issue id,Issue Type,Status,Project key,Project name,Created,Updated,Resolved,Labels,Labels,"
        "Custom field (Zendesk Ticket IDs)\n"
        f'Cart,TP-8,10011,Bug,Done,TP,Team Purchase,{created},{resolved},{resolved},cart,vip,"123, 124"\n'
        f"Pay,TP-9,10012,Task,To Do,TP,Team Purchase,{created},{created},,,,\n",
        "issues.csv",
        tmp_path,
    )
    names = ("action_id", "feedback_id", "tag", "department", "opened_at", "done_at", "status")
    start, end = datetime(2020, 4, 1, 8, 33), datetime(2020, 5, 29, 23, 33)
    assert sorted(made.tables["feedback_actions"].select(names).rows()) == [
        (f"{OWN}#zendesk.tickets:123", "zendesk.tickets:123", "cart", "TP", start, end, "Done"),
        (f"{OWN}#zendesk.tickets:124", "zendesk.tickets:124", "cart", "TP", start, end, "Done"),
        (f"{ISSUES}:10012", None, "Task", "TP", start, None, "To Do"),
    ]
