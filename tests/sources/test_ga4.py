"""GA4's daily tables of events, and what becomes of them."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.dedupe.versions import decide
from cx_pipeline.sources.catalogue import recognise
from cx_pipeline.sources.export import Context
from tests.sources.files import read
from tests.sources.scrubbing import Record, part, row, scrub

EXPORT = "ga4.events"


def parameter(key: str, **value: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("string_value", "int_value", "float_value", "double_value"))
    return {"key": key, "value": {**empty, **value}}


EVENT: dict[str, Any] = {
    "event_date": "20210131",
    "event_timestamp": "1612069510766593",
    "event_name": "page_view",
    "event_params": [
        parameter("page_location", string_value="https://shop.io/help/returns?email=a@b.io#top"),
        parameter("ga_session_id", int_value="661084800"),
        parameter("engaged_session_event", int_value="1"),
    ],
    "event_bundle_sequence_id": "6595101026",
    "user_pseudo_id": "1026454.4271112504",
    "user_id": None,
    "device": {"category": "mobile", "language": "en-us"},
    "items": [],
}
KEY = "@1026454.4271112504|1612069510766593|page_view|6595101026|||"


def event(**given: Any) -> Record:
    whole = {**EVENT, **given}
    return {name: value if isinstance(value, str | None) else json.dumps(value) for name, value in whole.items()}


def test_an_event() -> None:
    expected: dict[str, Any] = {
        "event_key": f"{EXPORT}:{KEY}",
        "user": "1026454.4271112504",
        "web_session_id": "@1026454.4271112504|661084800",
        "customer_record": None,
        "event_name": "page_view",
        "occurred_at": datetime(2021, 1, 31, 5, 5, 10, 766593),
        "page_path": "/help/returns",
        "device_kind": "mobile",
        "metric_name": None,
        "is_test": False,
        "dq_flags": [],
    }
    assert part(row(EXPORT, "web_events", event()), expected) == expected


def test_what_tells_events_apart() -> None:
    differing = (
        {"event_timestamp": "1612069510766594"},
        {"event_name": "scroll"},
        {"event_bundle_sequence_id": "6595101027"},
        {"user_pseudo_id": "1.2"},
        {"batch_page_id": "1", "batch_ordering_id": "1", "batch_event_index": "1"},
        {"batch_page_id": "1", "batch_ordering_id": "1", "batch_event_index": "2"},
        {"user_pseudo_id": None},
        {"user_pseudo_id": None, "user_id": "customer-77"},
    )
    made = scrub(EXPORT, event(), *(event(**given) for given in differing))
    assert made.records["source_id"].n_unique() == 1 + len(differing)
    same = scrub(EXPORT, event(), event(geo={"country": "France"}))
    assert same.records["source_id"].n_unique() == 1


def test_an_event_without_time_or_name_is_refused() -> None:
    made = scrub(EXPORT, event(event_timestamp=None), event(event_name=""))
    assert made.quarantined["rule"].to_list() == ["key.missing"] * 2


@pytest.mark.parametrize("value", [{"int_value": "7"}, {"string_value": "7"}, {"double_value": 7}, {"float_value": 7}])
def test_a_parameter_sits_in_any_column(value: dict[str, Any]) -> None:
    made = row(
        EXPORT, "web_events", event(event_params=[parameter("other", string_value="x"), parameter("ga_session_id", **value)])
    )
    assert made["web_session_id"] == "@1026454.4271112504|7"


def test_parameters_may_be_missing_or_flat() -> None:
    nothing = row(EXPORT, "web_events", event(event_params=[], device=None))
    assert (nothing["page_path"], nothing["web_session_id"], nothing["device_kind"]) == (None, None, None)
    flat: Record = {
        "event_timestamp": "1612069510766593",
        "event_name": "page_view",
        "user_pseudo_id": "1.2",
        "param_page_location": "https://shop.io/a",
        "param_ga_session_id": "7",
        "device_category": "desktop",
    }
    made = row(EXPORT, "web_events", flat)
    assert (made["page_path"], made["web_session_id"], made["device_kind"]) == ("/a", "@1.2|7", "desktop")


def test_who_was_signed_in_is_a_person() -> None:
    made = scrub(EXPORT, event(user_id="customer-77"), event(user_id=""))
    assert made.tables["web_events"]["customer_record"].to_list() == ["ga4.users:customer-77", None]
    assert made.tables["people"]["customer_record"].to_list() == ["ga4.users:customer-77"]
    assert made.tables["customer_identities"].select("customer_record", "kind", "value").rows() == [
        ("ga4.users:customer-77", "external_id", "customer-77"),
        ("ga4.users:customer-77", "cookie", "1026454.4271112504"),
    ]


def test_page_speed_and_debugging() -> None:
    told = [
        parameter("metric_id", string_value="v3-1612069510000-123"),
        parameter("metric_value", double_value=2601.5),
        parameter("metric_rating", string_value="needs-improvement"),
        parameter("debug_mode", int_value="1"),
    ]
    made = row(EXPORT, "web_events", event(event_name="LCP", event_params=told))
    expected = {
        "metric_name": "LCP",
        "metric_id": "v3-1612069510000-123",
        "metric_value": 2601.5,
        "metric_rating": "needs_improvement",
        "metric_rating_raw": "needs-improvement",
        "is_test": True,
    }
    assert part(made, expected) == expected


def test_days_are_written_anew_and_the_final_table_beats_the_streamed_one() -> None:
    def delivered(day: int, label: str, **given: Any) -> pl.DataFrame:
        made = scrub(EXPORT, event(**given), context=Context(file_label=label)).records
        told = [pl.lit(date(2021, 2, day)).alias("date"), pl.lit(f"{day}{label}").alias("delivery_id")]
        return made.with_columns(pl.lit(f"{day}{label}").alias("row_id"), *told)

    streamed = delivered(4, "intraday", geo={"country": None})
    first, again = delivered(1, "", geo={"country": "France"}), delivered(3, "", geo={"country": "Spain"})
    fates = decide(pl.concat([streamed, first, again]))
    assert dict(fates.select("row_id", "fate").rows()) == {"4intraday": "superseded", "1": "superseded", "3": "published"}


def test_a_day_of_lines(tmp_path: Path) -> None:
    found = recognise("ga4", "events_intraday_20210131.json")
    assert found is not None
    assert found.id == EXPORT
    path = tmp_path / "events_20210131.json"
    days = [{**EVENT, "event_timestamp": str(1612069510766593 + number)} for number in range(50)]
    path.write_text("\n".join(json.dumps(day) for day in days))
    made = read(EXPORT, path, tmp_path)
    assert (made.records.height, made.tables["web_events"]["event_key"].n_unique()) == (50, 50)
    assert made.tables["web_events"]["page_path"].unique().to_list() == ["/help/returns"]
