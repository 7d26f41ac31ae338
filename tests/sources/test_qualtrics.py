"""Responses as Qualtrics has exported them over the years, and what becomes of them."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.extract import land
from cx_pipeline.extract.reader import open_file
from cx_pipeline.settings import Settings
from cx_pipeline.settings.reading import Survey
from cx_pipeline.sources.catalogue import get, label_of, recognise
from cx_pipeline.sources.qualtrics_header import read
from cx_pipeline.stages.batch import Scrubbed, scrub_batch
from cx_pipeline.stages.profile import context_of
from cx_pipeline.stages.reading import reading
from tests.sources.scrubbing import assert_balanced, part

EXPORT = "qualtrics.responses"
TAGS = ["StartDate", "EndDate", "Status", "Progress", "Duration (in seconds)", "Finished", "RecordedDate", "ResponseId"]
PERSON = ["RecipientLastName", "RecipientFirstName", "RecipientEmail", "ExternalReference", "DistributionChannel", "UserLanguage"]
IDS = ["startDate", "endDate", "status", "progress", "duration", "finished", "recordedDate", "_recordId"]
PERSON_IDS = [
    "recipientLastName",
    "recipientFirstName",
    "recipientEmail",
    "externalDataReference",
    "distributionChannel",
    "userLanguage",
]
QUESTIONS = ["Q1_NPS_GROUP", "Q1", "Q2_1", "Q2_2", "Q3_TEXT", "Q4", "Q4", "tier"]
QUESTION_IDS = ["QID1_NPS_GROUP", "QID1", "QID2_1", "QID2_2", "QID3_TEXT", "QID4", "QID4_7_TEXT", "tier"]
WORDING = ["How likely? - Group", "How likely?", "Rate - Price", "Rate - Speed", "Anything else?", "Why?", "Why? - Other", "tier"]
HEAD = ["2026-03-01 10:00:00", "2026-03-01 10:02:00", "0", "100", "120", "1", "2026-03-01 10:02:01", "R_1aB2cD3eF4gH5iJ"]
ADA = ["King", "Ada", "Ada@King.io", "CRM-00042", "email", "DE"]
ANSWERS = ["3", "9", "5", "-99", 'Quick, kind\nand "fair"', "7", "Dear friend", "gold"]
OWN = f"{EXPORT}:R_1aB2cD3eF4gH5iJ"
NOON = datetime(2026, 3, 1, 10)


def line(cells: list[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n"


def export(*records: list[str], wording: list[str] | None = None) -> str:
    ids = ['{"ImportId":"' + name + '"}' for name in [*IDS, *PERSON_IDS, *QUESTION_IDS]]
    told = wording if wording is not None else [*TAGS, *PERSON, *WORDING]
    return line([*TAGS, *PERSON, *QUESTIONS]) + line(told) + line(ids) + "".join(map(line, records))


def scrub(folder: Path, text: str, name: str = "responses_SV_9x.csv", **settings: Any) -> Scrubbed:
    """What a file becomes, from its bytes."""
    path, known, told = folder / name, get(EXPORT), Settings(**settings)
    path.write_bytes(text.encode())
    with open_file(path, reading(known, told), told.limits) as reader:
        facts = land.write(reader, folder / "landed")
    context = context_of(known, folder / "landed", told, name, facts.columns, facts.labels)
    made = scrub_batch(land.scan(folder / "landed", facts.columns).collect(), known, facts.sha256, context)
    assert_balanced(EXPORT, made)
    return made


def response(folder: Path, text: str, **settings: Any) -> dict[str, Any]:
    return scrub(folder, text, **settings).tables["survey_responses"].to_dicts()[0]


def answers(made: Scrubbed) -> list[tuple[Any, ...]]:
    columns = ("question_key", "sub_question", "answer_code", "text_answer", "answer_state")
    return made.tables["survey_answers"].select(columns).rows()


def test_a_response_with_three_header_rows(tmp_path: Path) -> None:
    made = scrub(tmp_path, export([*HEAD, *ADA, *ANSWERS]))
    assert made.quarantined.is_empty()
    expected = {
        "response_id": OWN,
        "survey_id": "SV_9x",
        "audience": "customer",
        "metric": "nps",
        "score_original": "9",
        "score": 9.0,
        "scale_min": 0.0,
        "scale_max": 10.0,
        "nps_group": "promoter",
        "started_at": NOON,
        "submitted_at": NOON.replace(minute=2),
        "recorded_at": NOON.replace(minute=2, second=1),
        "completion": "complete",
        "is_preview": False,
        "is_test": False,
        "is_speeder": False,
        "distribution_channel": "email",
        "customer_record": OWN,
        "language": "de",
        "dq_flags": [],
    }
    assert part(made.tables["survey_responses"].to_dicts()[0], expected) == expected
    assert answers(made) == [
        ("QID1", "NPS_GROUP", "3", None, "answered"),
        ("QID1", None, "9", None, "answered"),
        ("QID2", "1", "5", None, "answered"),
        ("QID2", "2", None, None, "seen_unanswered"),
        ("QID3", None, None, 'Quick, kind\nand "fair"', "answered"),
        ("QID4", None, "7", None, "answered"),
        ("QID4", "7_TEXT", None, "Dear friend", "answered"),
        ("tier", None, None, "gold", "answered"),
    ]
    assert made.tables["survey_answers"]["question_label"].to_list() == WORDING
    found = made.tables["customer_identities"].select("customer_record", "kind", "value").rows()
    assert found == [(OWN, "email", "ada@king.io"), (OWN, "external_id", "CRM-00042"), (OWN, "name", "Ada King")]
    assert made.tables["people"]["is_contact"].to_list() == [True]


def test_a_translated_second_row_is_no_record(tmp_path: Path) -> None:
    german = ["Anfangsdatum", "Enddatum", "Antworttyp", "Fortschritt", "Dauer", "Beendet", "Erfasst", "Antwort-ID"]
    person = ["Nachname", "Vorname", "E-Mail", "Referenz", "Kanal", "Sprache"]
    made = scrub(tmp_path, export([*HEAD, *ADA, *ANSWERS], wording=[*german, *person, *WORDING]))
    assert made.tables["survey_responses"]["response_id"].to_list() == [OWN]
    without_ids = export([*HEAD, *ADA, *ANSWERS], wording=[*german, *person, *WORDING]).split("\r\n")
    del without_ids[2]
    assert answers(scrub(tmp_path, "\r\n".join(without_ids)))[2] == ("Q2_1", None, "5", None, "answered")


def test_the_oldest_exports_number_their_columns(tmp_path: Path) -> None:
    names = ["ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress", "IPAddress", "Status"]
    head = "\ufeff" + line([*(f"V{n}" for n in range(1, 11)), "Q1_1", "Q1_2", ""])
    told = line([*names, "StartDate", "EndDate", "Finished", "Rate-Price", "Rate-Speed", ""])
    record = ["R_9mZ86nFH0t9KX6l", "Default Response Set", "King, Ada", "", "ada@king.io", "", "0", *HEAD[:2], "1", "-1", "", ""]
    made = scrub(tmp_path, head + told + line(record))
    assert answers(made) == [("Q1_1", None, "-1", None, "not_applicable"), ("Q1_2", None, None, None, "not_asked")]
    expected = {"response_id": f"{EXPORT}:R_9mZ86nFH0t9KX6l", "metric": None, "score": None, "completion": "complete"}
    assert part(made.tables["survey_responses"].to_dicts()[0], expected) == expected
    assert made.tables["customer_identities"]["kind"].to_list() == ["email", "name"]


@pytest.mark.parametrize(
    ("status", "channel", "is_preview", "is_test", "flags"),
    [
        ("0", "email", False, False, []),
        ("IP Address", "email", False, False, []),
        ("1", "email", True, False, []),
        ("Survey Preview", "preview", True, False, []),
        ("0", "preview", True, False, []),
        ("2", "email", False, True, []),
        ("Survey Test", "email", False, True, []),
        ("0", "test", False, True, []),
        ("4", "email", False, False, []),
        ("8", "email", False, False, ["taken_for_spam"]),
        ("9", "email", True, False, ["taken_for_spam"]),
        ("17", "email", True, False, []),
        ("", "", False, False, []),
    ],
)
def test_previews_tests_and_spam_are_marked(
    tmp_path: Path, status: str, channel: str, is_preview: bool, is_test: bool, flags: list[str]
) -> None:
    record = [*HEAD[:2], status, *HEAD[3:], *ADA[:4], channel, "EN", *ANSWERS]
    expected = {"is_preview": is_preview, "is_test": is_test, "dq_flags": flags}
    assert part(response(tmp_path, export(record)), expected) == expected


@pytest.mark.parametrize(
    ("finished", "progress", "recorded", "completion", "is_submitted"),
    [
        ("1", "100", "2026-03-01 10:02:01", "complete", True),
        ("True", "100", "2026-03-01 10:02:01", "complete", True),
        ("0", "12", "2026-03-08 10:02:00", "forced", False),
        ("False", "12", "2026-03-01 10:02:00", "partial", False),
        ("", "100", "2026-03-01 10:02:01", "complete", True),
        ("", "", "2026-03-01 10:02:01", None, False),
    ],
)
def test_how_a_response_ended(
    tmp_path: Path, finished: str, progress: str, recorded: str, completion: str | None, is_submitted: bool
) -> None:
    record = [*HEAD[:3], progress, "120", finished, recorded, HEAD[7], *ADA, *ANSWERS]
    made = response(tmp_path, export(record))
    assert (made["completion"], made["submitted_at"] is not None) == (completion, is_submitted)


@pytest.mark.parametrize(("seconds", "is_speeder"), [("2", True), ("3", False), ("120", False)])
def test_who_answers_faster_than_one_can_read(tmp_path: Path, seconds: str, is_speeder: bool) -> None:
    # Answered: How likely, Rate Price, Anything else, Why, Other, tier: nine words of 300 ms.
    record = [*HEAD[:4], seconds, *HEAD[5:], *ADA, *ANSWERS]
    assert response(tmp_path, export(record))["is_speeder"] is is_speeder


def test_nobody_is_a_person_without_an_address_or_a_reference(tmp_path: Path) -> None:
    made = scrub(tmp_path, export([*HEAD, "King", "Ada", "", "", "anonymous", "EN", *ANSWERS]))
    assert made.tables["people"].is_empty()
    assert made.tables["customer_identities"].is_empty()
    assert made.tables["survey_responses"]["customer_record"].to_list() == [None]


def test_texts_of_choices_are_told_from_what_people_wrote(tmp_path: Path) -> None:
    records = [
        [*HEAD[:7], f"R_00000000000{n}", *ADA, "3", "9", ("Very good", "Bad")[n % 2], "", f"text {n}", "", "", "gold"]
        for n in range(6)
    ]
    made = scrub(tmp_path, export(*records))
    told = made.tables["survey_answers"].filter(
        pl.col("question_key").is_in(["QID2", "QID3", "tier"]), pl.col("answer_state") == "answered"
    )
    assert told.filter(pl.col("question_key") == "QID2")["answer_code"].to_list() == ["Very good", "Bad"] * 3
    assert told.filter(pl.col("question_key") == "QID3")["text_answer"].to_list() == [f"text {n}" for n in range(6)]
    assert told.filter(pl.col("question_key") == "tier")["answer_code"].to_list() == ["gold"] * 6


def test_the_settings_say_what_a_survey_measures(tmp_path: Path) -> None:
    survey = Survey(id="SV_9*", audience="employee", metric="csat", question="QID2_1", scale_min=1, scale_max=5)
    expected = {"audience": "employee", "metric": "csat", "score": 5.0, "scale_min": 1.0, "scale_max": 5.0, "nps_group": None}
    assert part(response(tmp_path, export([*HEAD, *ADA, *ANSWERS]), surveys=(survey,)), expected) == expected


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("responses.csv", ""),
        ("responses_SV_3xk2Qm9.csv", "SV_3xk2Qm9"),
        ("responses_SV_3xk_2026-11-01.csv", "SV_3xk"),
        ("Responses-Store visits (2026-11-01T0930).csv.gz", "Store visits"),
        ("responses 20261101 employee pulse.zip", "employee pulse"),
    ],
)
def test_the_survey_is_named_by_the_file(name: str, label: str) -> None:
    found = recognise("qualtrics", name)
    assert found is not None
    assert label_of(found, name) == label


def test_a_record_with_shifted_cells_is_quarantined_not_read(tmp_path: Path) -> None:
    made = scrub(tmp_path, export([*HEAD, *ADA, *ANSWERS], [*HEAD[:6], HEAD[7], HEAD[6], *ADA, *ANSWERS]))
    assert made.tables["survey_responses"].height == 1
    assert made.quarantined.select("record_number", "rule").rows() == [(2, "key.unusable")]


def test_what_is_no_header_of_a_survey_is_left_to_the_reader() -> None:
    assert read([("id", "name"), ("1", "x")]) is None
    plain = read([("ResponseId", "Q1"), ("R_1aB2cD3eF4", "5")])
    assert plain is not None
    assert (plain.rows, plain.names, plain.labels) == (1, ("ResponseId", "Q1"), ("", ""))


SHARED = Path(os.environ.get("CX_SHARED_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures")) / "qualtrics"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared fixtures are not on this machine")
@pytest.mark.parametrize(
    ("name", "responses", "questions", "tests"),
    [
        ("Better_Sample_Survey", 10, 45, 10),
        ("Multiple_Answer_MC_Questions__Insights_", 5, 22, 5),
        ("No_Basis_for_Evaluation__Legacy_", 15, 35, 15),
        ("Sample_Survey__Insights_", 5, 176, 5),
        ("SidebySide_Questions__Legacy_", 25, 57, 25),
        ("Single_Answer_Matrix_Questions__Insights_", 5, 16, 5),
        ("ropensci_sample", 1, 3, 0),
    ],
)
def test_real_exports(tmp_path: Path, name: str, responses: int, questions: int, tests: int) -> None:
    text = (SHARED / f"{name}.csv").read_bytes().decode("utf-8")
    made = scrub(tmp_path, text, f"responses_{name}.csv")
    assert made.quarantined.is_empty()
    found = made.tables["survey_responses"]
    assert (found.height, found["is_test"].sum()) == (responses, tests)
    assert made.tables["survey_answers"].height == responses * questions
