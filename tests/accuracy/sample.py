"""The checked-in sample, and the rules of the company that it is judged under."""

from __future__ import annotations

from pathlib import Path

from tests.accuracy import loops

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
TRUTH = SAMPLE / "truth"
BERLIN = {"timezone": "Europe/Berlin", "country": "DE", "subdivision": "BE"}
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
LONGER = {**BERLIN, "valid_from": "2026-10-05", "hours": {day: ["08:00-20:00"] for day in WORKDAYS}}
MARTS = {
    "schedules": [BERLIN, LONGER],  # the clocks go back on 25 October; 3 and 31 October are holidays somewhere in Germany
    "promises": [
        {"about": "first_reply", "minutes": 120, "clock": "business"},
        {"about": "first_reply", "minutes": 60, "clock": "calendar", "priority": "urgent"},
        {"about": "first_reply", "minutes": 240, "clock": "business", "valid_from": "2026-09-15"},
        {"about": "next_reply", "minutes": 480, "clock": "calendar"},
    ],
    "targets": [{"metric": "nps", "value": 30}],
    "reasons": {"Trouble": ["problem", "inciden*"]},
    "loops": {"departments": loops.DEPARTMENTS},
}
