"""Responses of Typeform from its API, its webhooks and its results page, and what becomes of them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from cx_pipeline.settings.reading import Survey
from cx_pipeline.sources.export import Context
from tests.sources.scrubbing import Record, broken, part, row, rows, scrub

EXPORT = "typeform.responses"


def answer(name: str, kind: str, value_kind: str, value: Any, ref: str | None = None) -> dict[str, Any]:
    return {"field": {"id": name, "type": kind, **({"ref": ref} if ref else {})}, "type": value_kind, value_kind: value}


ANSWERS = [
    answer("f1", "nps", "number", 9, "recommend"),
    answer("f2", "long_text", "text", "Quick &amp; kind\nagain"),
    answer("f3", "multiple_choice", "choice", {"id": "c1", "label": "Delivery", "ref": "r1"}),
    answer("f4", "multiple_choice", "choices", {"ids": ["c1", "c2"], "labels": ["Price", "Staff"], "refs": ["x", "y"]}),
    answer("f5", "yes_no", "boolean", True),
    answer("f6", "email", "email", "Jo@King.io"),
    answer("f7", "phone_number", "phone_number", "+14155552671"),
    answer("f8", "date", "date", "2026-02-01"),
    answer("f9", "multiple_choice", "choice", {"other": "Something else"}),
    answer("f10", "file_upload", "file_url", "https://api.typeform.com/f/a.png"),
    answer("f11", "payment", "payment", {"amount": "$1.00", "last4": "1234", "name": "Jo", "success": True}),
]
RESPONSE: Record = {
    "landing_id": "21085286190ffad1248d17c4135ee56f",
    "token": "21085286190ffad1248d17c4135ee56f",
    "response_id": "21085286190ffad1248d17c4135ee56f",
    "response_type": "completed",
    "landed_at": "2026-03-01T10:00:00Z",
    "submitted_at": "2026-03-01T10:05:00Z",
    "metadata": json.dumps(
        {"user_agent": "Mozilla", "platform": "mobile", "referer": "https://x", "network_id": "responde_1", "browser": "touch"}
    ),
    "hidden": json.dumps({"customer_id": "C-00815", "store": "Berlin", "campaign": None}),
    "calculated": json.dumps({"score": 4}),
    "answers": json.dumps(ANSWERS),
}


def test_a_response() -> None:
    made = row(EXPORT, "survey_responses", RESPONSE, Context(file_label="u6nXL7"))
    expected = {
        "response_id": "typeform.responses:21085286190ffad1248d17c4135ee56f",
        "survey_id": "u6nXL7",
        "audience": "customer",
        "metric": "nps",
        "score_original": "9",
        "score": 9.0,
        "scale_min": 0.0,
        "scale_max": 10.0,
        "nps_group": "promoter",
        "started_at": datetime(2026, 3, 1, 10),
        "submitted_at": datetime(2026, 3, 1, 10, 5),
        "recorded_at": datetime(2026, 3, 1, 10, 5),
        "completion": "complete",
        "is_speeder": False,
        "distribution_channel": "mobile",
        "customer_record": "typeform.responses:21085286190ffad1248d17c4135ee56f",
        "is_test": False,
        "dq_flags": [],
    }
    assert part(made, expected) == expected


def test_answers_are_read_by_their_type() -> None:
    made = rows(EXPORT, "survey_answers", RESPONSE)
    assert [(item["question_key"], item["sub_question"], item["answer_code"], item["text_answer"]) for item in made] == [
        ("f1", None, "9", None),
        ("f2", None, None, "Quick & kind\nagain"),
        ("f3", None, "Delivery", None),
        ("f5", None, "true", None),
        ("f6", None, None, "Jo@King.io"),
        ("f7", None, None, "+14155552671"),
        ("f8", None, "2026-02-01", None),
        ("f9", None, None, "Something else"),
        ("f10", None, None, "https://api.typeform.com/f/a.png"),
        ("f11", None, "$1.00", None),
        ("f4", "Price", "Price", None),
        ("f4", "Staff", "Staff", None),
        ("store", None, None, "Berlin"),
        ("calculated_score", None, "4", None),
    ]
    assert made[0]["question_label"] == "recommend"
    assert {item["answer_state"] for item in made} == {"answered"}


def test_who_answered_and_from_where() -> None:
    assert {(item["kind"], item["value"]) for item in rows(EXPORT, "customer_identities", RESPONSE)} == {
        ("email", "jo@king.io"),
        ("phone", "+14155552671"),
        ("external_id", "C-00815"),
    }
    assert row(EXPORT, "people", RESPONSE)["is_contact"]
    assert row(EXPORT, "response_origins", RESPONSE)["network"] == "responde_1"


def test_a_name_alone_is_nobody() -> None:
    record = {**RESPONSE, "answers": "[]", "hidden": '{"name": "Jo King"}'}
    made = scrub(EXPORT, record)
    assert made.tables["people"].is_empty()
    assert made.tables["customer_identities"].is_empty()
    assert made.tables["survey_responses"]["customer_record"].to_list() == [None]


@pytest.mark.parametrize(
    ("submitted", "answers", "is_speeder"),
    [
        ("2026-03-01T10:00:02Z", ANSWERS[:1], True),
        ("2026-03-01T10:00:03Z", ANSWERS[:1], False),
        ("2026-03-01T10:00:05Z", ANSWERS, True),
        ("2026-03-01T10:00:11Z", ANSWERS, False),
        ("2026-03-01T09:59:00Z", ANSWERS, False),
        ("0001-01-01T00:00:00Z", ANSWERS, None),
    ],
)
def test_who_is_done_in_two_seconds_has_not_read_it(
    submitted: str, answers: list[dict[str, Any]], is_speeder: bool | None
) -> None:
    record = {**RESPONSE, "submitted_at": submitted, "answers": json.dumps(answers), "response_type": None}
    assert row(EXPORT, "survey_responses", record)["is_speeder"] is is_speeder


@pytest.mark.parametrize(("kind", "completion"), [("completed", "complete"), ("partial", "partial"), ("started", "partial")])
def test_how_far_it_went(kind: str, completion: str) -> None:
    assert row(EXPORT, "survey_responses", {**RESPONSE, "response_type": kind})["completion"] == completion


def test_who_never_submitted_is_partial() -> None:
    record = {**RESPONSE, "response_type": None, "submitted_at": "0001-01-01T00:00:00Z"}
    made = row(EXPORT, "survey_responses", record)
    assert (made["completion"], made["submitted_at"], made["recorded_at"]) == ("partial", None, datetime(2026, 3, 1, 10))


def test_one_rating_is_a_score_in_stars_two_are_not() -> None:
    one, other = answer("f1", "rating", "number", 4), answer("f2", "rating", "number", 2)
    made = row(EXPORT, "survey_responses", {**RESPONSE, "answers": json.dumps([one])})
    assert (made["metric"], made["score"], made["scale_max"]) == ("stars", 4.0, 5.0)
    made = row(EXPORT, "survey_responses", {**RESPONSE, "answers": json.dumps([one, other])})
    assert (made["metric"], made["score"], made["score_original"]) == (None, None, None)


@pytest.mark.parametrize(
    ("survey", "expected"),
    [
        (Survey(id="*", question="f12", scale="ces_7_easy_first", audience="employee"), ("ces", "2", 6.0, "employee")),
        (Survey(id="*", question="how_easy", metric="ces", scale_min=1, scale_max=7), ("ces", "2", 2.0, "customer")),
        (Survey(id="*", question="f3", scale="csat_5"), ("csat", "Very satisfied", 5.0, "customer")),
        (Survey(id="*", question="f5", scale="thumbs"), ("thumbs", "true", 1.0, "customer")),
        (Survey(id="*", question="calculated", metric="other", scale_min=0, scale_max=4), ("other", "4", 4.0, "customer")),
    ],
)
def test_settings_say_which_answer_is_the_score(survey: Survey, expected: tuple[str, str, float, str]) -> None:
    answers = [
        answer("f12", "opinion_scale", "number", 2, "how_easy"),
        answer("f3", "multiple_choice", "choice", {"label": "Very satisfied"}),
        answer("f5", "yes_no", "boolean", True),
    ]
    made = row(EXPORT, "survey_responses", {**RESPONSE, "answers": json.dumps(answers)}, Context(survey=survey))
    assert (made["metric"], made["score_original"], made["score"], made["audience"]) == expected


def test_staff_are_asked_by_forms_that_say_so() -> None:
    assert row(EXPORT, "survey_responses", RESPONSE, Context(file_label="employee-engagement"))["audience"] == "employee"


def test_a_file_of_the_results_page() -> None:
    question, choice = "How likely are you to recommend us to a friend?", "What was good?"
    records: list[Record] = [
        {
            "#": f"u{number}x21085286190ffad1248d",
            question: str(6 + number),
            choice: "Delivery",
            "email": "jo@king.io" if number == 1 else "",
            "score": "3",
            "Response Type": "completed",
            "Start Date (UTC)": "2026-03-01 10:00:00",
            "Stage Date (UTC)": "",
            "Submit Date (UTC)": "2026-03-01 10:02:00",
            "Network ID": f"0ab{number}",
            "Tags": "",
        }
        for number in range(2)
    ]
    made = scrub(EXPORT, *records, context=Context(choices=frozenset({choice})))
    responses = made.tables["survey_responses"].to_dicts()
    assert [(item["metric"], item["score"], item["nps_group"], item["completion"]) for item in responses] == [
        ("nps", 6.0, "detractor", "complete"),
        ("nps", 7.0, "passive", "complete"),
    ]
    assert [item["customer_record"] for item in responses] == [None, "typeform.responses:u1x21085286190ffad1248d"]
    assert made.tables["survey_answers"].filter(response_id="typeform.responses:u0x21085286190ffad1248d").select(
        "question_key", "answer_code", "text_answer"
    ).sort("question_key").rows() == [(question, "6", None), (choice, "Delivery", None), ("calculated_score", "3", None)]
    assert made.tables["response_origins"]["network"].to_list() == ["0ab0", "0ab1"]
    assert responses[0]["submitted_at"] == datetime(2026, 3, 1, 10, 2)


def test_an_event_of_a_webhook() -> None:
    inside = {name: json.loads(value) if value and value[0] in "[{" else value for name, value in RESPONSE.items()}
    record: Record = {
        "event_id": "e1",
        "event_type": "form_response",
        "form_response": json.dumps({**inside, "form_id": "u6nXL7", "definition": {"fields": [{"id": "f1", "title": "t"}]}}),
    }
    made = scrub(EXPORT, record)
    response = made.tables["survey_responses"].row(0, named=True)
    assert (response["response_id"], response["survey_id"]) == ("typeform.responses:21085286190ffad1248d17c4135ee56f", "u6nXL7")
    assert (response["score"], response["completion"]) == (9.0, "complete")
    assert made.tables["survey_answers"].height == 14


def test_what_has_no_token_is_refused() -> None:
    assert broken(EXPORT, {**RESPONSE, "token": "", "response_id": None}) == [(None, "key.missing", "token")]


@pytest.mark.parametrize("given", [{"hidden": '{"email": "qa@example.com"}', "answers": "[]"}, {"hidden": '{"tags": "test"}'}])
def test_tests_are_marked(given: Record) -> None:
    assert row(EXPORT, "survey_responses", {**RESPONSE, **given})["is_test"]
