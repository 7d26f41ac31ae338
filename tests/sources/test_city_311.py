"""Requests of residents, in the columns of three cities."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.extract import land
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import open_file
from cx_pipeline.settings import Settings
from cx_pipeline.sources.catalogue import get
from cx_pipeline.stages.batch import scrub_batch
from cx_pipeline.stages.profile import context_of
from tests.sources.scrubbing import SHA, Record, broken, part, rows, scrub

EXPORT = "city_311.service_requests"
NEW_YORK: Record = {
    "column_1": "0",
    "Unique Key": "57000001",
    "Created Date": "01/02/2024 12:00:00 AM",
    "Closed Date": "01/03/2024 01:30:00 PM",
    "Agency": "NYPD",
    "Complaint Type": "Noise - Residential",
    "Descriptor": "Loud Music/Party",
    "Incident Zip": "10037.0",
    "Incident Address": "1 MAIN STREET",
    "Status": "Closed",
    "Resolution Description": "The police responded.",
    "Resolution Action Updated Date": "01/03/2024 01:31:00 PM",
    "Open Data Channel Type": "PHONE",
}
CHICAGO: Record = {
    "SR_NUMBER": "SR24-00000012",
    "SR_TYPE": "Street Light Out",
    "OWNER_DEPARTMENT": "CDOT",
    "STATUS": "Completed",
    "ORIGIN": "Phone Call",
    "CREATED_DATE": "01/02/2024 12:00:00 AM",
    "LAST_MODIFIED_DATE": "01/05/2024 03:00:00 PM",
    "CLOSED_DATE": "01/04/2024 10:00:00 AM",
    "PARENT_SR_NUMBER": "SR24-00000011",
}
SAN_FRANCISCO: Record = {
    "CaseID": "17000001.0",
    "Opened": "01/02/2024 12:00:00 AM",
    "Closed": None,
    "Updated": "01/02/2024 12:10:00 AM",
    "Status": "Open",
    "Status Notes": "accepted",
    "Responsible Agency": "DPW Ops Queue",
    "Category": "Street Cleaning",
    "Request Type": "Bulky Items",
    "Request Details": "Mattress",
    "Source": "Mobile/Open311",
}
MIDNIGHT = datetime(2024, 1, 2)


@pytest.mark.parametrize(
    ("record", "expected", "messages"),
    [
        pytest.param(
            NEW_YORK,
            {
                "interaction_id": "city_311.service_requests:57000001",
                "kind": "complaint",
                "kind_raw": "Noise - Residential",
                "channel": "phone",
                "direction": "inbound",
                "customer_record": None,
                "department": "NYPD",
                "category": "Noise - Residential",
                "status": "closed",
                "opened_at": MIDNIGHT,
                "closed_at": datetime(2024, 1, 3, 13, 30),
                "resolution_ms": 135_000_000,
                "source_updated_at": datetime(2024, 1, 3, 13, 31),
                "text_subject": "Loud Music/Party",
                "dq_flags": [],
            },
            ["The police responded."],
            id="New York",
        ),
        pytest.param(
            CHICAGO,
            {
                "interaction_id": "city_311.service_requests:SR24-00000012",
                "channel": "phone",
                "department": "CDOT",
                "status": "closed",
                "status_raw": "Completed",
                "opened_at": MIDNIGHT,
                "closed_at": datetime(2024, 1, 4, 10),
                "source_updated_at": datetime(2024, 1, 5, 15),
                "parent_interaction_id": "city_311.service_requests:SR24-00000011",
                "dq_flags": [],
            },
            [],
            id="Chicago",
        ),
        pytest.param(
            SAN_FRANCISCO,
            {
                "interaction_id": "city_311.service_requests:17000001",
                "channel": "mobile_app",
                "department": "DPW Ops Queue",
                "category": "Street Cleaning",
                "status": "open",
                "opened_at": MIDNIGHT,
                "closed_at": None,
                "text_subject": "Bulky Items",
                "dq_flags": [],
            },
            ["Mattress", "accepted"],
            id="San Francisco",
        ),
        pytest.param(
            {"unique_key": "1", "created_date": "01/02/2024", "complaint_type": "Rodent", "closed_date": "01/02/2024"},
            {"opened_at": MIDNIGHT, "status": "closed", "category": "Rodent", "channel": None},
            [],
            id="without a status",
        ),
        pytest.param(
            {"Unique Key": "1", "Created Date": "01/02/2024", "Problem (formerly Complaint Type)": "Rodent"},
            {"opened_at": MIDNIGHT, "status": None, "category": "Rodent"},
            [],
            id="renamed columns",
        ),
    ],
)
def test_a_request(record: Record, expected: dict[str, Any], messages: list[str]) -> None:
    made = scrub(EXPORT, record).tables
    assert part(made["interactions"].to_dicts()[0], expected) == expected
    assert made["messages"]["text"].to_list() == messages
    assert get(EXPORT).missing(list(record)) == []


def test_reports_of_one_address_are_requests_of_their_own_and_of_nobody() -> None:
    made = scrub(EXPORT, NEW_YORK, {**NEW_YORK, "Unique Key": "57000002"})
    assert made.records["source_id"].to_list() == ["57000001", "57000002"]
    assert set(made.tables) == {"interactions", "messages"}


def test_clocks_that_run_backwards_and_values_that_are_none() -> None:
    table: list[tuple[Record, dict[str, Any]]] = [
        (
            {"Closed Date": "01/01/2024 12:00:00 AM", "Status": "Pending"},
            {"status": "pending", "closed_at": datetime(2024, 1, 1), "resolution_ms": None, "dq_flags": ["closed_before_opened"]},
        ),
        ({"Created Date": "13/45/2024"}, {"opened_at": None, "dq_flags": ["created_date_invalid", "opened_at_unknown"]}),
        ({"Status": "Unspecified"}, {"status": "closed", "dq_flags": []}),
        ({"Open Data Channel Type": "UNKNOWN"}, {"channel": None, "channel_raw": "UNKNOWN", "dq_flags": []}),
        ({"Status": "Closed - Testing"}, {"is_test": True}),
    ]
    for found, (_, expected) in zip(
        rows(EXPORT, "interactions", *({**NEW_YORK, **given} for given, _ in table)), table, strict=True
    ):
        assert part(found, expected) == expected


def test_the_format_of_times_is_found_under_any_name_of_the_column(tmp_path: Path) -> None:
    path = tmp_path / "service_requests.csv"
    path.write_text("SR_NUMBER,CREATED_DATE\nSR24-1,2024-01-02T13:00:00.000\nSR24-2,2024-01-31T00:00:00.000\n", encoding="utf-8")
    with open_file(path, ReadOptions()) as reader:
        facts = land.write(reader, tmp_path / "landed")
    context = context_of(get(EXPORT), tmp_path / "landed", Settings(), path.name, facts.columns, facts.labels)
    made = scrub_batch(land.scan(tmp_path / "landed", facts.columns).collect(), get(EXPORT), SHA, context)
    assert made.tables["interactions"]["opened_at"].to_list() == [datetime(2024, 1, 2, 13), datetime(2024, 1, 31)]


def test_a_request_without_a_usable_number_is_kept_back() -> None:
    assert broken(EXPORT, {**NEW_YORK, "Unique Key": None}) == [(None, "key.missing", "unique_key")]
    assert broken(EXPORT, {**NEW_YORK, "Unique Key": "5.70306E+17"}) == [(None, "key.unusable", "unique_key")]
