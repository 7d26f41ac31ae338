from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.ai.chunks import TOKENS, chunks
from cx_pipeline.ai.examples import MESSAGES, examples, faults, unfit
from cx_pipeline.ai.turns import turns

_ANSWER = "We have sent a new parcel to you today."


def _messages(*said: tuple[str, str], **marks: bool) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "conversation_id": ["c"] * len(said),
            "message_id": [f"m{place}" for place in range(len(said))],
            "position": list(range(1, len(said) + 1)),
            "role": [role for role, _ in said],
            "body": [body for _, body in said],
            "letters": [sum(map(str.isalpha, body)) for _, body in said],
            **{
                name: [marks.get(name, name == "is_public")] * len(said)
                for name in ("is_public", "is_auto_reply", "is_boilerplate", "is_injection", "is_truncated_history")
            },
        }
    )


def _said(messages: pl.DataFrame) -> list[tuple[str, str]]:
    made = examples(turns(messages))
    return [(turn["role"], turn["content"]) for turn in made["messages"][0]] if made.height else []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("customer", "Where?"), ("agent", _ANSWER)], [("user", "Where?"), ("assistant", _ANSWER)]),
        (
            [("bot", "Hello!"), ("customer", "Where?"), ("customer", "Please."), ("agent", _ANSWER), ("customer", "Thanks!")],
            [("user", "Where?\n\nPlease."), ("assistant", _ANSWER)],
        ),
        (
            [("customer", "Where?"), ("bot", "Wait."), ("agent", _ANSWER), ("customer", "No."), ("agent", "Look again.")],
            [("user", "Where?"), ("assistant", f"Wait.\n\n{_ANSWER}"), ("user", "No."), ("assistant", "Look again.")],
        ),
        ([("customer", "Where?"), ("agent", "")], []),
        ([("customer", "Where?"), ("agent", "ok")], []),
        ([("agent", _ANSWER)], []),
        ([("customer", "Where?")], []),
        ([("agent", _ANSWER), ("customer", "Where?")], []),
    ],
)
def test_a_question_comes_first_and_an_answer_last(said: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    assert _said(_messages(*said)) == expected


@pytest.mark.parametrize("marks", [{"is_public": False}, {"is_auto_reply": True}, {"is_boilerplate": True}])
def test_notes_automatic_answers_and_templates_are_not_said(marks: dict[str, bool]) -> None:
    assert _said(_messages(("customer", "Where?"), ("agent", _ANSWER), **marks)) == []


_SURVEY = {"metric": "csat", "score": 1.0, "scale_min": 1.0, "scale_max": 5.0}


@pytest.mark.parametrize(
    ("outcome", "score", "role", "marks", "reason"),
    [
        ("solved", None, "agent", {}, None),
        ("closed", 4.0, "bot", {}, None),
        ("closed", 3.0, "bot", {}, None),
        ("closed", 2.0, "bot", {}, "bad_survey"),
        ("open", None, "agent", {}, "not_finished"),
        ("merged", None, "agent", {}, "not_finished"),
        ("solved", None, "unknown", {}, "unknown_author"),
        ("solved", None, "agent", {"is_injection": True}, "injected_instructions"),
        ("solved", None, "agent", {"is_truncated_history": True}, "truncated_history"),
    ],
)
def test_each_unfit_conversation_has_one_reason(
    outcome: str, score: float | None, role: str, marks: dict[str, bool], reason: str | None
) -> None:
    survey = pl.Series("survey", [{**_SURVEY, "score": score}])
    rows = pl.DataFrame({"conversation_id": ["c"], "outcome": [outcome]}).with_columns(survey)
    messages = _messages(("customer", "Where?"), (role, _ANSWER), **marks)
    assert unfit(rows, messages).rows() == [("c", reason)]


@pytest.mark.parametrize(
    ("roles", "contents", "expected"),
    [
        (["user", "assistant"], ["a", "b"], 0),
        (["assistant", "user"], ["a", "b"], 1),
        (["user", "assistant", "user"], ["a", "b", "c"], 1),
        (["user", "user"], ["a", "b"], 1),
        (["user", "assistant"], ["a", " "], 1),
        (["user", "assistant"], ["a", None], 1),
        ([], [], 1),
    ],
)
def test_faults_of_the_chat_format_are_counted(roles: list[str], contents: list[str | None], expected: int) -> None:
    turns_of = [{"role": role, "content": content} for role, content in zip(roles, contents, strict=True)]
    assert faults(pl.DataFrame({"messages": [turns_of]}, schema={"messages": MESSAGES})) == expected


def test_a_chunk_holds_questions_with_their_answers() -> None:
    long = "word " * TOKENS
    said = [
        ("customer", "One?"),
        ("agent", long),
        ("customer", "Two?"),
        ("agent", "Two."),
        ("customer", "Three?"),
        ("agent", "3."),
    ]
    made = chunks(turns(_messages(*said)))
    assert made.select("chunk", "first_turn", "last_turn", "is_answered").rows() == [(1, 1, 2, True), (2, 3, 6, True)]
    assert made["text"][1] == "Customer: Two?\n\nAgent: Two.\n\nCustomer: Three?\n\nAgent: 3."


def test_what_a_conversation_adds_leaves_its_earlier_chunks_as_they_are() -> None:
    long = "word " * TOKENS
    said = [("customer", "One?"), ("agent", long), ("customer", "Two?"), ("agent", "Two.")]
    before, after = chunks(turns(_messages(*said))), chunks(turns(_messages(*said, ("customer", "More?"), ("agent", "Yes."))))
    assert before["chunk_id"][0] == after["chunk_id"][0]
    assert before["chunk_id"][1] != after["chunk_id"][1]
    assert after["chunk_id"].is_unique().all()
