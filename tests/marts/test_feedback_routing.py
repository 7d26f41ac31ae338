"""Where feedback belongs and where it went: declared rules, and every place that anybody noted."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cx_pipeline.settings.loops import Department, Loops
from tests.marts.world import World, at

DEPARTMENTS = [
    {"name": "Billing", "called": ["desk.groups:7", "Accounts*"], "tags": ["invoice*"], "categories": ["Billing*"],
     "words": ["charged twice", "invoice*"]},
    {"name": "Logistics", "called": ["Depot"], "tags": ["delivery"], "categories": ["where is it"],
     "words": ["parcel", "*配送*"]},
    {"name": "Shops", "words": ["grüße"]},
]  # fmt: skip


def world() -> World:
    return World(marts={"loops": {"departments": DEPARTMENTS}})


def complaint(made: World, key: str, **values: Any) -> str:
    plain = {"kind": "complaint", "category": "Billing", "opened_at": at("06-01 09:00"), "source_system": "desk"}
    made.add("interactions", interaction_id=key, **{**plain, **values})
    return key


def response(made: World, key: str, text: str, **values: Any) -> None:
    made.add("survey_responses", response_id=key, submitted_at=at("06-01 09:00"), text_comment=text, **values)


def routes(made: World) -> dict[str, dict[str, Any]]:
    rows = made.build(only="feedback_routing").dicts("SELECT * FROM marts.feedback_routing")
    return {row["feedback_id"]: row for row in rows}


def test_words_decide_where_nothing_else_does() -> None:
    made = world()
    texts = {
        "I was CHARGED, twice!": "Billing",
        "charged-twice": "Billing",
        "I was charged. Twice I wrote.": "Billing",  # points between words are no words
        "I was overcharged twice": None,
        "charged twicefold": None,
        "Two invoices came": "Billing",
        "preinvoices": None,
        "My parcel!": "Logistics",
        "my parcels": None,
        "昨天的配送太慢了": "Logistics",
        "Viele Grüße": "Shops",
        "an invoice lay in the parcel": "Billing",  # the first rule of the settings
        "nothing of note here": None,
    }
    for text in texts:
        response(made, text, text)
    found = routes(made)
    assert {key: row["department"] for key, row in found.items()} == texts
    assert {(row["department"] is None, row["decided_by"], row["state"], row["is_reached"]) for row in found.values()} == {
        (False, "words", "nowhere", False),
        (True, None, "no_rule", None),
    }


def test_tags_go_before_categories_and_these_before_words() -> None:
    made = world()
    for key, category, words in (
        ("t:1", "Billing x", "my parcel"),
        ("t:2", " BILLING", "my parcel"),
        ("t:3", "other", "my parcel"),
    ):
        complaint(made, key, category=category, text_subject=words)
    made.add("feedback_actions", action_id="a:1", feedback_table="interactions", feedback_id="t:1", tag="Delivery")
    found = routes(made)
    assert {key: (row["department"], row["decided_by"]) for key, row in found.items()} == {
        "t:1": ("Logistics", "tag"),
        "t:2": ("Billing", "category"),
        "t:3": ("Logistics", "words"),
    }
    assert made.rows("SELECT word FROM marts.routing_rules WHERE rule = " + str(found["t:3"]["rule"])) == [("parcel",)]


def test_words_of_every_kind_of_feedback() -> None:
    made = world()
    complaint(made, "t:1", category=None)
    made.add("messages", message_id="m:1", interaction_id="t:1", author_kind="agent", text_masked="Your invoice is right.")
    made.add("messages", message_id="m:2", interaction_id="t:1", author_kind="customer", text_masked="Where is my parcel?")
    made.add(
        "reviews", review_id="r:1", version_number=1, is_current=True, created_at=at("06-01 09:00"), text_title="Parcel", rating=1
    )
    made.add("survey_responses", response_id="s:1", submitted_at=at("06-01 09:00"))
    made.add("survey_answers", response_id="s:1", question_key="q", answer_state="answered", text_answer="two invoices")
    made.add(
        "feedback_actions",
        action_id="a:1",
        feedback_table="messages",
        feedback_id="m:1",
        status="To Do",
        opened_at=at("06-02 09:00"),
    )
    departments = {key: row["department"] for key, row in routes(made).items()}
    assert departments == {"t:1": "Logistics", "r:1": "Logistics", "s:1": "Billing", "m:1": "Billing"}


def test_where_it_lies_now() -> None:
    made = world()
    made.add("agents", agent_id="agent:1", team="Accounts 2", valid_from=at("01-01 00:00"))
    cases: list[tuple[dict[str, Any], str, list[str] | None]] = [
        ({"department": "billing"}, "reached", ["Billing"]),
        ({"team": "desk.groups:7"}, "reached", ["Billing"]),
        ({"queue": "Accounts payable"}, "reached", ["Billing"]),
        ({"department": "Depot"}, "elsewhere", ["Logistics"]),
        ({"team": "desk.groups:8"}, "unnamed", ["desk.groups:8"]),
        ({"team": "desk.groups:8", "queue": "Depot"}, "unnamed", ["Logistics", "desk.groups:8"]),
        ({"agent_id": "agent:1"}, "reached", ["Billing"]),
        ({}, "nowhere", None),
    ]
    for number, (values, _, _) in enumerate(cases):
        complaint(made, f"t:{number}", **values)
    found = routes(made)
    for number, (_, state, places) in enumerate(cases):
        row = found[f"t:{number}"]
        assert (row["state"], row["places"], row["moves"]) == (state, places, 0)
        assert (row["reached_at"], row["routing_ms"]) == (None, None)  # nobody noted when


def test_when_it_got_there_by_the_log() -> None:
    made = world()
    complaint(made, "t:1", team="desk.groups:7")
    moved = (("05", "Depot", "desk.groups:8"), ("03", None, "Depot"), ("07", "desk.groups:8", "desk.groups:7"))
    for day, old, new in moved:
        made.add("interaction_events", event_id=day, interaction_id="t:1", occurred_at=at(f"06-{day} 09:00:01"), field="team",
                 old_value=old, new_value=new)  # fmt: skip
    row = routes(made)["t:1"]
    assert (row["state"], row["places"], row["moves"]) == ("reached", ["Logistics", "desk.groups:8", "Billing"], 3)
    assert (row["reached_at"], row["routing_ms"]) == (at("06-07 09:00:01"), 6 * 86_400_000 + 1_000)


def test_an_agent_is_of_the_team_of_that_time() -> None:
    made = world()
    made.add("agents", agent_id="agent:1", team="Depot", valid_from=at("01-01 00:00"))
    made.add("agents", agent_id="agent:1", team="Billing", valid_from=at("06-05 00:00"))
    complaint(made, "t:1")
    complaint(made, "t:2")
    for key, day in (("t:1", "02"), ("t:2", "06")):
        made.add("call_legs", leg_id=f"l:{key}", interaction_id=key, agent_id="agent:1", connected_at=at(f"06-{day} 09:00"),
                 is_transferred=key == "t:1")  # fmt: skip
    found = routes(made)
    assert (found["t:1"]["state"], found["t:1"]["places"], found["t:1"]["moves"]) == ("elsewhere", ["Logistics"], 1)
    assert (found["t:2"]["state"], found["t:2"]["reached_at"]) == ("reached", at("06-06 09:00"))


def test_what_was_over_before_it_was_said_did_not_hear_it() -> None:
    made = world()
    made.add("interactions", interaction_id="t:1", kind="contact", opened_at=at("05-01 09:00"), category="Billing")
    made.add("call_legs", leg_id="l:1", interaction_id="t:1", queue="Billing", enqueued_at=at("05-01 09:00"),
             disconnected_at=at("05-01 10:00"))  # fmt: skip
    response(made, "s:1", "well then", interaction_id="t:1")
    response(made, "s:2", "well then", interaction_id="t:2")
    made.add(
        "interactions", interaction_id="t:2", kind="contact", opened_at=at("05-01 09:00"), category="Billing", team="Billing"
    )
    found = routes(made)
    assert {key: row["state"] for key, row in found.items()} == {"s:1": "nowhere", "s:2": "reached"}


def test_an_unrouted_complaint_planted_among_routed_ones_is_found_and_nothing_else() -> None:
    made = world()
    for number in range(40):
        complaint(made, f"t:{number}", department="Depot" if number == 23 else "Billing")
    found = routes(made)
    assert [key for key, row in found.items() if not row["is_reached"]] == ["t:23"]
    assert (found["t:23"]["state"], found["t:23"]["places"]) == ("elsewhere", ["Logistics"])


def test_the_share_that_reached_its_department() -> None:
    made = world()
    for number, team in enumerate(["Billing", "Billing", "Depot", "somewhere", None]):
        complaint(made, f"t:{number}", team=team)
    complaint(made, "t:9", category=None)
    complaint(made, "t:10", opened_at=at("06-02 23:59:59"), team="Billing")
    made.build(only="feedback_routing_daily")
    rows = made.dicts("SELECT * FROM marts.feedback_routing_daily ORDER BY day, department")
    found = {(str(row.pop("day")), row.pop("department")): tuple(row.values()) for row in rows}
    assert found == {
        ("2026-06-01", "Billing"): (5, 2, 1, 1, 1, 0, 2 / 4, 2 / 5, 3 / 5, None),
        ("2026-06-01", "all"): (6, 2, 1, 1, 1, 1, 2 / 4, 2 / 5, 3 / 5, None),
        ("2026-06-01", "none"): (1, 0, 0, 0, 0, 1, None, None, None, None),
        ("2026-06-02", "Billing"): (1, 1, 0, 0, 0, 0, 1.0, 1.0, 1.0, None),
        ("2026-06-02", "all"): (1, 1, 0, 0, 0, 0, 1.0, 1.0, 1.0, None),
    }


def test_what_may_not_be_declared() -> None:
    with pytest.raises(ValidationError, match="letters or digits"):
        Department(name="Billing", words=("*",))
    with pytest.raises(ValidationError, match="same name"):
        Loops(departments=(Department(name="Billing"), Department(name="billing ")))
    with pytest.raises(ValidationError, match="named all or none"):
        Loops(departments=(Department(name="All"),))


def test_the_usual_departments_have_names_of_their_own() -> None:
    """A name that two departments claim would make feedback arrive in both."""
    made = World().build(only="feedback_steps")
    twice = made.rows(
        """SELECT a.name, b.name FROM marts.department_names a JOIN marts.department_names b
           ON a.department <> b.department AND starts_with(rtrim(a.name, '*'), rtrim(b.name, '*'))"""
    )
    assert twice == []
