"""Responses of Delighted from its API and its dashboard, and what becomes of them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import open_file
from cx_pipeline.scrub.time_formats import FORMATS
from cx_pipeline.settings.reading import Limits, Survey
from cx_pipeline.sources.catalogue import get
from cx_pipeline.sources.export import Context
from tests.sources.scrubbing import Record, broken, part, row, rows, scrub

EXPORT = "delighted.responses"
ASKED = datetime(2024, 4, 18, 5, 31)
RESPONSE: Record = {
    "id": "5435",
    "person": "10",
    "survey_type": "nps",
    "score": "9",
    "comment": "Quick &amp; kind",
    "permalink": "https://app.delighted.com/r/2jo3B7Gak9q37X",
    "created_at": "1713418260",
    "updated_at": None,
    "person_properties": json.dumps(
        {
            "Location": "Berlin",
            "Delighted Source": "Email",
            "locale": "de",
            "customer_id": "C-00815",
            "email": "a@b.io",
            "Plan": None,
        }
    ),
    "notes": "[]",
    "tags": '["delivery", "staff \\"A\\""]',
    "additional_answers": json.dumps(
        [
            {
                "id": "4",
                "value": {"select_many": [{"id": "o1", "text": "Convenience"}, {"id": "o2", "text": "Friendly staff"}]},
                "question": {"id": "enum_z9", "type": "select_many", "text": "What did you enjoy?"},
            },
            {
                "id": "5",
                "value": {"free_response": None, "select_one": {"id": "o3", "text": "Yes"}, "select_many": None},
                "question": {"id": "enum_ca", "type": "select_one", "text": "Bought before?"},
            },
            {"id": "6", "value": {"scale": 4}, "question": {"id": "scale_1", "type": "scale", "text": "Ease?"}},
            {"id": "7", "value": {"free_response": "All\nfine"}, "question": {"id": "text_1", "text": "More?"}},
            {"id": "8", "value": {"free_response": None, "select_many": []}, "question": {"id": "text_2", "text": "Else?"}},
        ]
    ),
}


def test_a_response() -> None:
    made = row(EXPORT, "survey_responses", RESPONSE, Context(file_label="store"))
    assert part(
        made,
        {
            "response_id": "delighted.responses:5435",
            "survey_id": "store",
            "audience": "customer",
            "metric": "nps",
            "metric_raw": "nps",
            "score_original": "9",
            "score": 9.0,
            "scale_min": 0.0,
            "scale_max": 10.0,
            "nps_group": "promoter",
            "submitted_at": ASKED,
            "recorded_at": ASKED,
            "completion": "complete",
            "distribution_channel": "Email",
            "customer_record": "delighted.people:10",
            "language": "de",
            "text_comment": "Quick & kind",
            "source_updated_at": ASKED,
            "is_test": False,
            "dq_flags": [],
        },
    ) == {
        "response_id": "delighted.responses:5435",
        "survey_id": "store",
        "audience": "customer",
        "metric": "nps",
        "metric_raw": "nps",
        "score_original": "9",
        "score": 9.0,
        "scale_min": 0.0,
        "scale_max": 10.0,
        "nps_group": "promoter",
        "submitted_at": ASKED,
        "recorded_at": ASKED,
        "completion": "complete",
        "distribution_channel": "Email",
        "customer_record": "delighted.people:10",
        "language": "de",
        "text_comment": "Quick & kind",
        "source_updated_at": ASKED,
        "is_test": False,
        "dq_flags": [],
    }


def test_answers_and_properties_are_a_row_each() -> None:
    made = rows(EXPORT, "survey_answers", RESPONSE)
    assert [
        (item["question_key"], item["sub_question"], item["answer_code"], item["text_answer"], item["answer_state"])
        for item in made
    ] == [
        ("enum_ca", None, "Yes", None, "answered"),
        ("scale_1", None, "4", None, "answered"),
        ("text_1", None, None, "All\nfine", "answered"),
        ("text_2", None, None, None, "seen_unanswered"),
        ("enum_z9", "o1", "Convenience", None, "answered"),
        ("enum_z9", "o2", "Friendly staff", None, "answered"),
        ("Location", None, None, "Berlin", "answered"),
        ("Delighted Source", None, None, "Email", "answered"),
        ("locale", None, None, "de", "answered"),
    ]
    assert made[0]["question_label"] == "Bought before?"


def test_tags_are_feedback_actions() -> None:
    made = rows(EXPORT, "feedback_actions", RESPONSE)
    assert [(item["action_id"], item["feedback_id"], item["tag"]) for item in made] == [
        ("delighted.responses:5435#tag1", "delighted.responses:5435", "delivery"),
        ("delighted.responses:5435#tag2", "delighted.responses:5435", 'staff "A"'),
    ]


@pytest.mark.parametrize(
    ("survey_type", "score", "metric", "number", "lowest", "highest"),
    [
        ("csat", "5", "csat", 5.0, 1.0, 5.0),
        ("ces", "1", "ces", 1.0, 1.0, 5.0),
        ("ces7", "7", "ces", 7.0, 1.0, 7.0),
        ("5-star", "4", "stars", 4.0, 1.0, 5.0),
        ("thumbs", "0", "thumbs", 0.0, 0.0, 1.0),
        ("smileys", "3", "csat", 3.0, 1.0, 5.0),
        ("pmf", "3", "other", 3.0, 1.0, 3.0),
        ("csat", "Very satisfied", "csat", 5.0, 1.0, 5.0),
        ("brand_new", "3", None, None, None, None),
    ],
)
def test_each_kind_of_survey_has_its_scale(
    survey_type: str, score: str, metric: str | None, number: float | None, lowest: float | None, highest: float | None
) -> None:
    made = row(EXPORT, "survey_responses", {**RESPONSE, "survey_type": survey_type, "score": score})
    assert (made["metric"], made["score"], made["scale_min"], made["scale_max"]) == (metric, number, lowest, highest)
    assert (made["metric_raw"], made["score_original"], made["nps_group"]) == (survey_type, score, None)


def test_staff_are_asked_by_enps_by_name_or_by_settings() -> None:
    assert row(EXPORT, "survey_responses", {**RESPONSE, "survey_type": "enps"})["audience"] == "employee"
    assert row(EXPORT, "survey_responses", RESPONSE, Context(file_label="employee-pulse"))["audience"] == "employee"
    declared = Context(survey=Survey(id="*", audience="employee"))
    assert row(EXPORT, "survey_responses", RESPONSE, declared)["audience"] == "employee"


def test_the_settings_turn_a_scale_round() -> None:
    declared = Context(survey=Survey(id="*", scale="ces_5_easy_first"))
    made = row(EXPORT, "survey_responses", {**RESPONSE, "survey_type": "ces", "score": "1"}, declared)
    assert (made["score_original"], made["score"]) == ("1", 5.0)


def test_a_person_inside_the_response_is_a_person() -> None:
    person = {"id": "10", "email": "Jo@King.io", "name": "Jo King", "phone_number": "+1 415 555 2671"}
    record = {**RESPONSE, "person": json.dumps(person), "person_properties": None}
    assert row(EXPORT, "people", record)["customer_record"] == "delighted.people:10"
    assert {(item["kind"], item["value"]) for item in rows(EXPORT, "customer_identities", record)} == {
        ("email", "jo@king.io"),
        ("name", "Jo King"),
        ("phone", "+14155552671"),
    }
    assert row(EXPORT, "survey_responses", record)["customer_record"] == "delighted.people:10"


def test_a_changed_person_is_another_content() -> None:
    records = [{**RESPONSE, "person": json.dumps({"id": "10", "email": email})} for email in ("a@king.io", "b@king.io")]
    assert scrub(EXPORT, *records).records["content"].n_unique() == 2


def test_a_file_of_the_dashboard() -> None:
    record: Record = {
        "Response ID": "77",
        "Email": "ann@king.io",
        "Name": "Ann King",
        "Survey type": "CSAT",
        "Score": "4",
        "Comment": "Fine",
        "Survey sent at": "2024-04-17 10:00:00",
        "Responded at": "2024-04-18 05:31:00",
        "Tags": "delivery, late",
        "Source": "SMS",
        "Which store did you visit?": "Old Street",
        "Loyalty tier": "",
    }
    iso = Context(time_formats=dict.fromkeys(("created_at", "sent_at"), FORMATS["iso"]))
    made = scrub(EXPORT, record, context=iso)
    response = made.tables["survey_responses"].row(0, named=True)
    assert part(
        response, {"response_id": "", "score": 0, "metric": "", "started_at": "", "submitted_at": "", "customer_record": ""}
    ) == {
        "response_id": "delighted.responses:77",
        "score": 4.0,
        "metric": "csat",
        "started_at": datetime(2024, 4, 17, 10),
        "submitted_at": ASKED,
        "customer_record": "delighted.responses:77",
    }
    assert made.tables["survey_answers"].select("question_key", "text_answer").rows() == [
        ("Which store did you visit?", "Old Street")
    ]
    assert made.tables["feedback_actions"]["tag"].to_list() == ["delivery", "late"]
    assert made.tables["people"]["customer_record"].to_list() == ["delighted.responses:77"]


def test_without_an_id_the_link_tells_responses_apart() -> None:
    record: Record = {"Email": "ann@king.io", "Score": "4", "Link": "https://app.delighted.com/r/2jo3B7Gak9q37X"}
    assert row(EXPORT, "survey_responses", record)["response_id"] == "delighted.responses:2jo3B7Gak9q37X"
    assert broken(EXPORT, {"Email": "ann@king.io", "Score": "4"}) == [(None, "key.missing", "id")]


def test_who_has_not_answered_yet() -> None:
    made = row(EXPORT, "survey_responses", {**RESPONSE, "score": None, "comment": None})
    assert (made["completion"], made["submitted_at"], made["score"], made["score_original"]) == (None, None, None, None)


@pytest.mark.parametrize("given", [{"tags": '["test"]'}, {"person": '{"id": "1", "email": "qa@example.com"}'}])
def test_tests_are_marked(given: Record) -> None:
    assert row(EXPORT, "survey_responses", {**RESPONSE, **given})["is_test"]


def test_pages_and_arrays_are_read_record_by_record(tmp_path: Path) -> None:
    page = [{"id": str(number), "additional_answers": [{"id": "1"}], "tags": ["a"], "score": 3} for number in range(3)]
    path = tmp_path / "responses.json"
    path.write_text(json.dumps(page) + "\n" + json.dumps(page[:1]))
    with open_file(path, ReadOptions(page_keys=get(EXPORT).page_keys), Limits()) as reader:
        assert pl.concat(batch.good for batch in reader)["id"].to_list() == ["0", "1", "2", "0"]


def test_people() -> None:
    record = {
        "id": "10",
        "email": "jo@king.io",
        "name": "Jo King",
        "phone_number": None,
        "created_at": "1713418260",
        "last_sent_at": "1713418270",
        "last_responded_at": "1713418280",
    }
    made = row("delighted.people", "people", record)
    assert (made["customer_record"], made["first_seen_at"]) == ("delighted.people:10", ASKED)
    assert made["last_seen_at"] == datetime(2024, 4, 18, 5, 31, 20)
    assert len(rows("delighted.people", "customer_identities", record)) == 2


def test_an_unsubscription_withdraws_consent() -> None:
    record: Record = {"person_id": "10", "email": "jo@king.io", "name": "Jo King", "unsubscribed_at": "1713418260"}
    again: Record = {**record, "unsubscribed_at": "1713418999"}
    made = rows("delighted.unsubscribes", "consent_events", record, again)
    assert part(
        made[0], {"event_id": "", "identity": "", "customer_record": "", "channel": "", "state": "", "occurred_at": ""}
    ) == {
        "event_id": "delighted.unsubscribes:10_1713418260",
        "identity": {"kind": "email", "token": "jo@king.io"},
        "customer_record": "delighted.people:10",
        "channel": "email",
        "state": "withdrawn",
        "occurred_at": ASKED,
    }
    assert made[1]["event_id"] == "delighted.unsubscribes:10_1713418999"


def test_a_bounce_is_a_marketing_event() -> None:
    made = row("delighted.bounces", "marketing_events", {"person_id": "10", "email": "jo@king.io", "bounced_at": "1713418260"})
    assert (made["kind"], made["customer_record"], made["occurred_at"]) == ("bounce", "delighted.people:10", ASKED)
