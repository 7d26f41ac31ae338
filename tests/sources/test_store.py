"""Visits to shops."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.sources.scrubbing import Record, broken, part, rows, scrub

EXPORT = "store.visits"
KEY = "store.visits:V-0007"
VISIT: Record = {
    "visit_id": "V-0007",
    "store_id": "S12",
    "entered_at": "2026-03-01T10:00:00Z",
    "left_at": "2026-03-01T10:20:00Z",
    "staff_id": "E17",
    "purpose": "pick-up",
    "loyalty_id": "L-0042",
    "email": None,
    "phone": None,
    "customer_name": None,
    "order_id": "5632456523001",
    "outcome": "collected",
    "note": "Box was\ndented.",
}


def test_a_visit_with_a_pick_up() -> None:
    made = scrub(EXPORT, VISIT).tables
    expected: dict[str, Any] = {
        "interaction_id": KEY,
        "kind": "visit",
        "channel": "in_store",
        "direction": "inbound",
        "customer_record": KEY,
        "agent_id": "workforce.roster:E17",
        "team": "S12",
        "category": "pick-up",
        "status": "closed",
        "status_raw": "collected",
        "opened_at": datetime(2026, 3, 1, 10),
        "closed_at": datetime(2026, 3, 1, 10, 20),
        "resolution_ms": 1_200_000,
        "order_id": "shopify.orders:5632456523001",
        "dq_flags": [],
    }
    assert part(made["interactions"].to_dicts()[0], expected) == expected
    assert made["fulfilments"].select("fulfilment_id", "order_id", "method", "location_id", "collected_at", "status").rows() == [
        (f"{KEY}#pick_up", "shopify.orders:5632456523001", "pick_up", "S12", datetime(2026, 3, 1, 10, 20), "collected")
    ]
    assert made["messages"].select("message_id", "author_id", "is_public", "text").rows() == [
        (f"{KEY}#note", "workforce.roster:E17", False, "Box was\ndented.")
    ]
    assert made["people"].select("customer_record", "is_contact").rows() == [(KEY, True)]
    assert made["customer_identities"].select("kind", "value").rows() == [("external_id", "L-0042")]


def test_what_a_pick_up_is() -> None:
    left = datetime(2026, 3, 1, 10, 20)
    table: list[tuple[Record, list[datetime | None]]] = [
        ({}, [left]),
        ({"outcome": None}, [left]),
        ({"purpose": "Browse", "outcome": "Picked up"}, [left]),
        ({"outcome": "not ready"}, [None]),
        ({"outcome": "no-show"}, [None]),
        ({"left_at": None}, [datetime(2026, 3, 1, 10)]),
        ({"order_id": None}, []),
        ({"purpose": "advice", "outcome": "sold"}, []),
    ]
    for given, expected in table:
        assert [made["collected_at"] for made in rows(EXPORT, "fulfilments", {**VISIT, **given})] == expected


def test_who_came_in() -> None:
    table: list[tuple[Record, list[tuple[str, str | None]], bool]] = [
        ({"loyalty_id": None}, [], False),
        ({"loyalty_id": None, "customer_name": "Ada King"}, [], False),
        (
            {"loyalty_id": None, "email": "Ada@King.io", "phone": "(415) 555-2671", "customer_name": "Ada King"},
            [("email", "ada@king.io"), ("phone", "+14155552671"), ("name", "Ada King")],
            True,
        ),
        ({"loyalty_id": "n/a"}, [("external_id", None)], False),
    ]
    for given, identities, is_known in table:
        made = scrub(EXPORT, {**VISIT, **given}).tables
        assert made["customer_identities"].select("kind", "value").rows() == identities
        assert made["people"].height == int(is_known)
        assert made["interactions"]["customer_record"].to_list() == [KEY if is_known else None]


def test_clocks_tests_other_names_and_keys() -> None:
    inverted = rows(EXPORT, "interactions", {**VISIT, "left_at": "2026-03-01T09:00:00Z"})[0]
    assert (inverted["resolution_ms"], inverted["dq_flags"]) == (None, ["closed_before_opened"])
    open_visit = rows(EXPORT, "interactions", {**VISIT, "left_at": None})[0]
    assert (open_visit["status"], open_visit["closed_at"]) == ("open", None)
    assert rows(EXPORT, "interactions", {**VISIT, "purpose": "test"})[0]["is_test"]
    other: Record = {"Visit ID": "9", "Branch Id": "S1", "Checked In At": "2026-03-01T10:00:00Z", "Order": "x"}
    made = rows(EXPORT, "interactions", other)[0]
    assert (made["interaction_id"], made["team"], made["opened_at"]) == ("store.visits:9", "S1", datetime(2026, 3, 1, 10))
    assert rows(EXPORT, "interactions", {**VISIT, "order_id": "magento.orders:77"})[0]["order_id"] == "magento.orders:77"
    assert broken(EXPORT, {**VISIT, "visit_id": "ada@king.io"}) == [(None, "key.unusable", "visit_id")]
    assert broken(EXPORT, {**VISIT, "visit_id": None}) == [(None, "key.missing", "visit_id")]
