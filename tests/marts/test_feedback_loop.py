"""Closed loops of feedback: what was said, taken up, done and told, and what went wrong in between."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.marts.world import World, at

FLAGS = ("is_notified_before_done", "is_never_closed", "is_closed_without_notice")
STEPS = ("opened_at", "done_at", "notified_at")


def ticket(made: World, number: int, **values: Any) -> str:
    key = f"t:{number}"
    plain = {"kind": "ticket", "channel": "email", "opened_at": at("05-01 09:00"), "source_system": "desk"}
    made.add("interactions", interaction_id=key, **{**plain, **values})
    return key


def action(
    made: World, key: str, *moments: str | None, of: str | None = "t:1", table: str | None = "interactions", **values: Any
) -> None:
    times = {name: at(moment) for name, moment in zip(STEPS, moments, strict=False) if moment}
    plain = {"tag": "delivery", "status": "Done", "source_system": "tracker"}
    made.add(
        "feedback_actions", action_id=key, feedback_id=of, feedback_table=table if of else None, **{**plain, **values, **times}
    )


def loops(made: World, where: str = "TRUE") -> list[dict[str, Any]]:
    return made.build(only="feedback_loop").dicts(f"SELECT * FROM marts.feedback_loop WHERE {where} ORDER BY feedback_id")


def test_what_is_flagged() -> None:
    made = World(now=datetime(2026, 7, 1))
    cases: list[tuple[tuple[str | None, ...], tuple[bool, ...], str]] = [
        (("05-02 09:00", "05-04 09:00", "05-05 09:00"), (False, False, False), "closed"),
        (("05-02 09:00", "05-04 09:00", "05-04 09:00"), (False, False, False), "closed"),
        (("05-02 09:00", "05-04 09:00", "05-03 09:00"), (True, False, False), "done"),
        (("05-02 09:00", None, "05-03 09:00"), (True, True, False), "open"),
        (
            ("06-15 09:00", None, "06-16 09:00"),
            (True, False, False),
            "open",
        ),  # told of what is still to be done, but not for long
        (("05-02 09:00", None, None), (False, True, False), "open"),
        (("06-01 00:00", None, None), (False, False, False), "open"),  # thirty days ago to the second
        (("05-31 23:59:59", None, None), (False, True, False), "open"),
        (("05-02 09:00", "05-04 09:00", None), (False, False, True), "done"),
        (("05-02 09:00", "06-24 00:00", None), (False, False, False), "done"),
        (("05-02 09:00", "06-23 23:59:59", None), (False, False, True), "done"),
    ]
    for number, (moments, _, _) in enumerate(cases):
        action(made, f"a:{number}", *moments, of=ticket(made, number))
    found = {row["feedback_id"]: row for row in loops(made)}
    for number, (moments, flags, state) in enumerate(cases):
        row = found[f"t:{number}"]
        assert (tuple(row[name] for name in FLAGS), row["state"]) == (flags, state), moments


def test_times_between_the_steps() -> None:
    made = World()
    ticket(made, 1, opened_at=at("05-01 09:00:05"))
    action(made, "a:1", "05-01 10:00:05", "05-02 10:00:05", "05-02 10:30:05")
    [row] = loops(made)
    times = (row["taken_up_ms"], row["doing_ms"], row["telling_ms"], row["loop_ms"])
    assert times == (3_600_000, 86_400_000, 1_800_000, 3_600_000 + 86_400_000 + 1_800_000)
    assert (row["tags"], row["actions"], row["said_at"]) == (["delivery"], 1, at("05-01 09:00:05"))


def test_a_premature_notification_planted_among_good_loops_is_found_and_nothing_else() -> None:
    made = World()
    for number in range(1, 40):
        ticket(made, number)
        told = "05-08 09:59:59" if number == 17 else "05-08 10:00:00"
        action(made, f"a:{number}", "05-03 10:00", "05-08 10:00", told, of=f"t:{number}")
    flagged = [row["feedback_id"] for row in loops(made) if any(row[name] for name in FLAGS)]
    assert flagged == ["t:17"]
    assert [row["telling_ms"] for row in loops(made, "is_notified_before_done")] == [-1_000]


def test_each_action_of_several_is_judged_alone() -> None:
    made = World()
    ticket(made, 1)
    action(made, "a:1", "05-02 09:00", "05-03 09:00", "05-04 09:00", tag="delivery")
    action(made, "a:2", "05-01 09:00", "05-09 09:00", None, tag="invoice")
    action(made, "a:3", tag="delivery", status=None)  # a mere tag
    [row] = loops(made)
    assert (row["actions"], row["tags"], row["state"]) == (2, ["delivery", "invoice"], "done")
    assert (row["opened_at"], row["done_at"], row["notified_at"]) == (at("05-01 09:00"), at("05-09 09:00"), at("05-04 09:00"))
    assert [row[name] for name in FLAGS] == [False, False, True]
    action(made, "a:4", "05-02 09:00", None, None)
    [row] = loops(made)
    assert (row["state"], row["done_at"], row["is_never_closed"]) == ("open", None, True)


def test_which_answers_are_feedback() -> None:
    made = World()
    answers: dict[str, dict[str, Any]] = {
        "content": {"score": 9},
        "detractor": {"score": 6},
        "words": {"score": 10, "text_comment": "Thank you"},
        "blank": {"score": 10, "text_comment": "  "},
        "preview": {"score": 0, "is_preview": True},
        "test": {"score": 0, "is_test": True},
        "again": {"score": 0, "duplicate_of": "detractor"},
        "employee": {"score": 0, "audience": "employee"},
        "asked": {"score": None},
        "said": {"score": 9},
        "code": {"score": 9},
    }
    for key, values in answers.items():
        plain = {"audience": "customer", "scale_min": 0, "scale_max": 10, "submitted_at": at("06-01 09:00")}
        made.add("survey_responses", response_id=key, **{**plain, **values})
    for key, text in (("said", "too slow"), ("code", "SO-1234"), ("asked", "太慢了")):
        made.add("survey_answers", response_id=key, question_key="q", answer_state="answered", text_answer=text)
    found = {row["feedback_id"]: (row["has_words"], row["is_low"], row["state"]) for row in loops(made)}
    assert found == {
        "detractor": (False, True, "untouched"),
        "words": (True, False, "untouched"),
        "said": (True, False, "untouched"),
        "asked": (True, None, "untouched"),
    }


def test_reviews_and_complaints() -> None:
    made = World()
    for key, stars, text, replied in (("r:1", 5, None, None), ("r:2", 3, None, None), ("r:3", 5, "Fine", at("06-03 09:00"))):
        made.add("reviews", review_id=key, rating=stars, text_body=text, created_at=at("06-01 09:00"), replied_at=replied,
                 is_current=True, version_number=1)  # fmt: skip
    made.add("reviews", review_id="r:1", rating=1, created_at=at("05-01 09:00"), is_current=False, version_number=2)
    ticket(made, 1, kind="complaint")
    ticket(made, 2, category="Complaint about a shop", closed_at=at("05-03 09:00"))
    ticket(made, 3, category="Question")
    ticket(made, 4, kind="complaint", is_deleted=True)
    ticket(made, 5, kind="complaint", is_test=True)
    found = {row["feedback_id"]: (row["kind"], row["state"], row["answered_at"]) for row in loops(made)}
    assert found == {
        "r:2": ("review", "untouched", None),
        "r:3": ("review", "answered", at("06-03 09:00")),
        "t:1": ("complaint", "untouched", None),
        "t:2": ("complaint", "answered", at("05-03 09:00")),
    }


def test_actions_for_what_was_merged_deleted_or_never_delivered() -> None:
    made = World()
    ticket(made, 1)
    ticket(made, 2, merged_into_interaction_id="t:1")
    ticket(made, 3, is_deleted=True)
    ticket(made, 4, is_test=True)
    made.add("survey_responses", response_id="s:1", submitted_at=at("05-01 09:00"), score=9, scale_min=0, scale_max=10)
    made.add("survey_responses", response_id="s:2", submitted_at=at("05-01 09:01"), duplicate_of="s:1")
    made.add("messages", message_id="m:1", interaction_id="t:1", sent_at=at("05-01 10:00"), author_kind="customer")
    for number, (table, of) in enumerate(
        [("interactions", f"t:{number}") for number in range(1, 6)]
        + [("survey_responses", "s:2"), ("messages", "m:1"), ("", None)]
    ):
        action(made, f"a:{number}", "05-02 09:00", "05-03 09:00", "05-04 09:00", of=of, table=table)
    action(made, "a:test", "05-02 09:00", is_test=True)
    found = {(row["feedback_table"], row["feedback_id"]): (row["kind"], row["actions"]) for row in loops(made)}
    assert found == {
        ("interactions", "t:1"): ("contact", 2),
        ("interactions", "t:5"): ("unknown", 1),
        ("survey_responses", "s:1"): ("response", 1),
        ("messages", "m:1"): ("message", 1),
        ("feedback_actions", "a:7"): ("unknown", 1),
    }
    steps = made.rows("SELECT action_id, feedback_id FROM marts.feedback_steps WHERE feedback_id IN ('t:1', 's:1') ORDER BY 1")
    assert steps == [("a:0", "t:1"), ("a:1", "t:1"), ("a:5", "s:1")]
