"""Page-speed metrics of browsers, and what becomes of them."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.dedupe.versions import decide
from tests.sources.files import read
from tests.sources.scrubbing import Record, part, row, scrub

EXPORT = "web_vitals.events"
METRIC: Record = {
    "id": "v3-1690000000000-1234567890123",
    "name": "LCP",
    "value": "2601.5",
    "rating": "needs-improvement",
    "delta": "2601.5",
    "navigationType": "navigate",
    "timestamp": "1690000005000",
    "page": "https://shop.io/help?email=a@b.io",
    "client_id": "1026454.4271112504",
    "device": "mobile",
    "attribution": json.dumps({"element": "#hero"}),
}
KEY = f"{METRIC['id']}|LCP"


def metric(**given: str | None) -> Record:
    return {**METRIC, **given}


def test_a_metric() -> None:
    expected = {
        "event_key": f"{EXPORT}:{KEY}",
        "user": "1026454.4271112504",
        "event_name": "LCP",
        "occurred_at": datetime(2023, 7, 22, 4, 26, 45),
        "page_path": "/help",
        "device_kind": "mobile",
        "metric_name": "LCP",
        "metric_id": METRIC["id"],
        "metric_value": 2601.5,
        "metric_rating": "needs_improvement",
        "metric_rating_raw": "needs-improvement",
        "is_final": True,
        "dq_flags": [],
    }
    assert part(row(EXPORT, "web_events", METRIC), expected) == expected


def test_names_of_columns_vary() -> None:
    listed: Record = {
        "metric_id": METRIC["id"],
        "metric_name": "lcp",
        "metric_value": "2601.5",
        "event_timestamp": "1690000005000000",
        "page_path": "/help",
    }
    made = row(EXPORT, "web_events", listed)
    assert part(made, {"event_key": None, "metric_rating": None, "occurred_at": None, "page_path": None}) == {
        "event_key": f"{EXPORT}:{KEY}",
        "metric_rating": "needs_improvement",
        "occurred_at": datetime(2023, 7, 22, 4, 26, 45),
        "page_path": "/help",
    }
    assert row(EXPORT, "web_events", metric(timestamp=None))["occurred_at"] == datetime(2023, 7, 22, 4, 26, 40)


@pytest.mark.parametrize(
    ("reports", "winner"),
    [
        ([("0.05", "1690000005000"), ("0.12", "1690000006000"), ("0.08", "1690000005500")], "0.12"),
        ([("0.05", None), ("0.12", None), ("0.08", None)], "0.12"),
        ([("0.1299", "1690000005000"), ("0.1300", "1690000005000")], "0.1300"),
    ],
)
def test_of_several_values_the_last_counts(reports: list[tuple[str, str | None]], winner: str) -> None:
    given = [metric(name="CLS", rating=None, value=value, timestamp=at) for value, at in reports]
    made = scrub(EXPORT, *given)
    told = [pl.lit(date(2023, 7, 22)).alias("date"), pl.lit("d").alias("delivery_id")]
    fates = decide(made.records.with_columns(told))
    published = fates.filter(fate="published").join(made.tables["web_events"], on="row_id")
    assert published["metric_value"].to_list() == [float(winner)]
    assert fates.filter(fate="superseded").height == len(reports) - 1


@pytest.mark.parametrize(
    ("name", "value", "rating", "expected"),
    [
        ("CLS", "0.05", "good", (0.05, "good", [])),
        ("CLS", "50", "good", (0.05, "good", ["metric_value_rescaled"])),
        ("CLS", "5", "good", (0.005, "good", ["metric_value_rescaled"])),
        ("CLS", "0.4", "poor", (0.4, "poor", [])),
        ("CLS", "180", None, (0.18, "needs_improvement", ["metric_value_rescaled"])),
        ("INP", "200", None, (200.0, "good", [])),
        ("TTFB", "1801", None, (1801.0, "poor", [])),
        ("LCP", "-4", None, (None, None, ["metric_value_negative"])),
        ("LONG-TASK", "70", None, (70.0, None, [])),
    ],
)
def test_values_and_ratings(
    name: str, value: str, rating: str | None, expected: tuple[float | None, str | None, list[str]]
) -> None:
    made = row(EXPORT, "web_events", metric(name=name, value=value, rating=rating))
    assert (made["metric_value"], made["metric_rating"], made["dq_flags"]) == expected


def test_bots_are_flagged_and_what_has_no_id_is_refused() -> None:
    assert row(EXPORT, "web_events", metric(user_agent="Mozilla/5.0 (compatible; Googlebot/2.1)"))["dq_flags"] == [
        "taken_for_bot"
    ]
    made = scrub(EXPORT, metric(id=None), metric(name=""), metric(id="ada@king.io"))
    assert made.quarantined.select("record_number", "rule").rows() == [
        (1, "key.missing"),
        (2, "key.missing"),
        (3, "key.unusable"),
    ]


def test_a_file_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "events_2023-07-22.ndjson"
    path.write_text("\n".join(json.dumps(metric(id=f"v3-1690000000000-{number}")) for number in range(20)))
    made = read(EXPORT, path, tmp_path)
    assert made.tables["web_events"]["event_key"].n_unique() == 20
    assert made.quarantined.is_empty()
