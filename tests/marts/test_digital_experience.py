"""How pages came, on which device, and who got in touch after one that did not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.marts.world import World, at


def load(made: World, number: int, when: str = "06-01 09:00", **values: Any) -> None:
    """A page load that reports two metrics, whose ids begin a moment apart."""
    began = int(at(when).timestamp() * 1000) + number
    plain = {"user_token": f"u:{number}", "web_session_id": f"v:{number}", "page_path": "/", "device_kind": "mobile"}
    for name, size, late in (("TTFB", 100, 0), ("LCP", 1_000, 4)):
        metric = {"metric_name": name, "event_name": name, "metric_value": float(size + number), "is_final": True, "dq_flags": []}
        made.add("web_events", event_key=f"{number}:{name}", metric_id=f"v5-{began + late}-{number}{late}",
                 occurred_at=at(when) + timedelta(milliseconds=late), **{**plain, **metric, **values})  # fmt: skip


def cells(made: World, where: str = "TRUE") -> dict[tuple[str, str], dict[str, Any]]:
    made.build(only="digital_experience_daily")
    found = made.dicts(f"SELECT * FROM marts.digital_experience_daily WHERE {where}")
    return {(row["page_path"], row["device"]): row for row in found}


def test_percentiles_time_outs_and_cut_offs_by_page_and_device() -> None:
    made = World()
    for number in range(1, 101):
        load(made, number, is_timeout=number % 10 == 0, is_cut_off=number % 20 == 0)
    load(made, 500, device_kind="Desktop", page_path="/cart")
    load(made, 501, device_kind="smartphone", page_path="/cart", is_cut_off=True)
    load(made, 502, device_kind=None, page_path=None)
    made.add(
        "web_events", event_key="view", event_name="page_view", page_path="/", device_kind="mobile", occurred_at=at("06-01 09:00")
    )
    found = cells(made)
    assert set(found) == {
        (page, device)
        for page, devices in {
            "/": ("mobile", "all"),
            "/cart": ("desktop", "mobile", "all"),
            "unknown": ("unknown", "all"),
            "all": ("mobile", "desktop", "unknown", "all"),
        }.items()
        for device in devices
    }
    home = found["/", "mobile"]
    assert (home["views"], home["loads"], home["timeouts"], home["cut_offs"], home["failed_share"]) == (1, 100, 10, 5, 0.1)
    assert (home["lcp_p50_ms"], home["lcp_p75_ms"], home["lcp_p95_ms"], home["ttfb_p75_ms"]) == (1050, 1075, 1095, 175)
    assert (home["inp_p75_ms"], home["contacts"], home["contacted_share"]) == (None, 0, None)
    every = found["all", "all"]
    assert (every["loads"], every["timeouts"], every["cut_offs"]) == (103, 10, 6)
    assert (found["/cart", "mobile"]["cut_offs"], found["/cart", "desktop"]["failed_share"]) == (1, 0.0)


def test_what_is_one_load() -> None:
    made = World()
    for number, when in enumerate(("09:00:00", "09:00:01", "09:00:03")):
        load(made, number, f"06-01 {when}", user_token="u", web_session_id="v")  # within a second the same, then another
    for number in (10, 11):
        load(made, number, user_token=None, web_session_id=None)  # of visitors nobody knows: by the moment alone
    for name in ("TTFB", "LCP"):
        made.add("web_events", event_key=f"x:{name}", event_name=name, metric_name=name, metric_id="page-7", metric_value=1.0,
                 page_path="/x", occurred_at=at("06-01 09:00"))  # fmt: skip
    load(made, 20, dq_flags=["taken_for_bot"])
    load(made, 21, is_test=True)
    load(made, 22, is_final=False)
    found = cells(made, "device = 'all'")
    assert found["/x", "all"]["loads"] == 1
    assert found["/", "all"]["loads"] == 2 + 4


@pytest.mark.parametrize("timezone", ["UTC", "America/New_York"])
def test_days_are_the_business_s(timezone: str) -> None:
    made = World(timezone=timezone)
    load(made, 1, "06-02 03:59:59")
    days = made.build(only="digital_experience_daily").rows("SELECT DISTINCT day::VARCHAR FROM marts.digital_experience_daily")
    assert days == [("2026-06-02" if timezone == "UTC" else "2026-06-01",)]


def test_contacts_soon_after_a_page_failed() -> None:
    made = World()
    for number, owner in ((1, "c:1"), (2, "c:2"), (3, "c:3"), (4, "c:4"), (5, "c:5")):
        made.add("customer_identities", kind="cookie", value_token=f"u:{number}", customer_id=owner)
    made.add("customer_identities", kind="cookie", value_token="u:5", customer_id="c:6")  # a browser of two
    load(made, 1, is_timeout=True)
    load(made, 7, "06-01 09:30", user_token="u:1", web_session_id="v:1", page_path="/cart", is_cut_off=True)
    load(made, 2, is_timeout=True)
    load(made, 3)
    load(made, 4, is_cut_off=True)
    load(made, 5, is_timeout=True)
    contacts = {
        "c:1 last": ("c:1", "06-01 10:30", "inbound"),
        "c:1 late": ("c:1", "06-01 10:30:01", "inbound"),
        "c:1 before": ("c:1", "06-01 08:59:59", "inbound"),
        "c:1 chat": ("c:1", "06-01 09:10", None),
        "c:2 by us": ("c:2", "06-01 09:10", "outbound"),
        "c:3": ("c:3", "06-01 09:10", "inbound"),
        "c:5": ("c:5", "06-01 09:10", "inbound"),
        "c:6": ("c:6", "06-01 09:10", "inbound"),
        "nobody": (None, "06-01 09:10", "inbound"),
    }
    for key, (who, opened, direction) in contacts.items():
        made.add("interactions", interaction_id=key, customer_id=who, opened_at=at(opened), direction=direction, kind="contact")
    found = cells(made, "device = 'all'")
    counted = {page: (row["contacts"], row["contacted_share"]) for (page, _), row in found.items()}
    # Of three failures at / whose customer is known, one was followed; the contact at 10:30 is that of /cart alone.
    assert counted == {"/": (1, 1 / 3), "/cart": (1, 1.0), "all": (2, 2 / 4)}


def test_a_contact_planted_after_one_failure_among_many_is_found_and_nothing_else() -> None:
    made = World()
    for number in range(1, 31):
        made.add("customer_identities", kind="cookie", value_token=f"u:{number}", customer_id=f"c:{number}")
        load(made, number, page_path=f"/{number}", is_timeout=number % 3 == 0)
        hours = "09:59:59" if number == 9 else "11:00"
        made.add(
            "interactions", interaction_id=f"t:{number}", customer_id=f"c:{number}", opened_at=at(f"06-01 {hours}"), kind="ticket"
        )
    found = cells(made, "device = 'all' AND page_path <> 'all'")
    assert [page for (page, _), row in found.items() if row["contacts"]] == ["/9"]
