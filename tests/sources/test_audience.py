"""Customers or staff, by what a survey is called and what the settings say."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.settings.reading import Survey
from cx_pipeline.sources.audience import audience
from cx_pipeline.sources.export import Context
from cx_pipeline.stages.batch import survey_columns
from tests.sources.scrubbing import Record, row


@pytest.mark.parametrize(
    ("label", "told", "declared", "expected"),
    [
        ("SV_1", "", None, "customer"),
        ("employee_pulse_2026", "", None, "employee"),
        ("SV_1", "Staff survey", None, "employee"),
        ("Q3-eNPS", "", None, "employee"),
        ("store_staffing_levels", "", None, "customer"),
        ("employee_pulse", "", "customer", "customer"),
        ("SV_1", "", "employee", "employee"),
    ],
)
def test_staff_are_asked_by_surveys_that_say_so(label: str, told: str, declared: str | None, expected: str) -> None:
    survey = Survey(id="*", audience=declared) if declared else None  # type: ignore[arg-type]
    frame = pl.DataFrame({"file_label": [label], "told": [told]}).with_columns(*survey_columns(Context(survey=survey)))
    assert frame.select(audience("told")).item() == expected


@pytest.mark.parametrize(
    ("export", "record"),
    [
        ("qualtrics.responses", {"ResponseId": "R_1abcdef", "StartDate": "2026-03-01 10:00:00"}),
        ("typeform.responses", {"token": "abc", "landed_at": "2026-03-01T10:00:00Z"}),
        ("delighted.responses", {"id": "1", "created_at": "1713418260"}),
    ],
)
def test_every_survey_tool_tells_staff_from_customers(export: str, record: Record) -> None:
    assert row(export, "survey_responses", record, Context(file_label="employee_pulse"))["audience"] == "employee"
    assert row(export, "survey_responses", record, Context(file_label="store"))["audience"] == "customer"
    declared = Context(file_label="store", survey=Survey(id="st*", audience="employee"))
    assert row(export, "survey_responses", record, declared)["audience"] == "employee"
