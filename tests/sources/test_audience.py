"""Customers or staff, by what a survey is called and what the settings say."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.settings import Survey
from cx_pipeline.sources.audience import audience
from cx_pipeline.sources.export import Context
from cx_pipeline.stages.batch import survey_columns


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
