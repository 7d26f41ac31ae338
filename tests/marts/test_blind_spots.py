"""A journey that is seen whole, and what is found when one stretch of it is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cx_pipeline.settings.marts import Journey, Marts
from tests.marts.world import NOW, World

CELLS: dict[str, tuple[str, ...]] = {
    "attract": ("email",),
    "browse": ("web", "mobile_app"),
    "buy": ("web", "in_store"),
    "receive": ("delivery", "in_store"),
    "visit": ("in_store",),
    "ask": ("email", "phone", "chat"),
    "complain": ("web",),
    "return": ("web",),
    "tell": ("email", "reviews"),
}
Rows = dict[str, list[dict[str, Any]]]
STEPS = 4
FIRST = NOW - timedelta(days=40)
"""Steps lie every twelve days from then on: the last four days ago, too young to have ended."""


def _when(number: int) -> datetime:
    return FIRST + timedelta(days=12 * number)


def journey() -> Rows:
    """Every stretch of `CELLS`: four steps of four customers, each known, ended and talked about."""
    rows: Rows = {}

    def add(table: str, **values: Any) -> None:
        rows.setdefault(table, []).append(values)

    def tells(number: int, **about: Any) -> None:
        name = f"s:{len(rows.get('survey_responses', []))}"
        said = {"customer_id": f"c:{number}", "submitted_at": _when(number) + timedelta(days=1), "score_original": "5", **about}
        add("survey_responses", response_id=name, distribution_channel="Email", is_preview=False, audience="customer", **said)
        add("feedback_actions", action_id=f"a:{name}", feedback_table="survey_responses", feedback_id=name)

    for number in range(STEPS):
        who, when = f"c:{number}", _when(number)
        for kind, later in (("send", 0), ("open", 3)):
            add(
                "marketing_events", event_id=f"m:{number}:{kind}", source_system="klaviyo", campaign="June", customer_id=who,
                kind=kind, occurred_at=when + timedelta(hours=later),
            )  # fmt: skip
        for device in ("desktop", "iOS"):
            for page in ("/", "/cart"):
                add(
                    "web_events", event_key=f"{number}{device}{page}", web_session_id=f"{number}{device}", customer_id=who,
                    event_name="page_view", occurred_at=when, device_kind=device,
                )  # fmt: skip
        for channel, method in (("web", "shipping"), ("pos", "pick_up")):
            order = f"o:{number}:{channel}"
            add("orders", order_id=order, customer_id=who, channel=channel, ordered_at=when, paid_at=when)
            add("fulfilments", fulfilment_id=f"f:{order}", order_id=order, method=method, promised_at=when, delivered_at=when)
            tells(number, order_id=order, submitted_at=when)
        add("returns", return_id=f"r:{number}", order_id=f"o:{number}:web", opened_at=when, credited_at=when)
        for kind, channel in (
            ("visit", "in_store"),
            ("ticket", "email"),
            ("case", "phone"),
            ("case", "chat"),
            ("complaint", "web"),
        ):
            case = f"t:{number}:{kind}:{channel}"
            add(
                "interactions", interaction_id=case, customer_id=who, kind=kind, channel=channel, direction="inbound",
                opened_at=when, status="closed", closed_at=when,
            )  # fmt: skip
        add("reviews", review_id=f"v:{number}", version_number=1, is_current=True, created_at=when, replied_at=when)
    return rows


def spots(rows: Rows, **journey: Any) -> dict[tuple[str, str], list[str]]:
    """What is not seen, by stage and channel; stretches that are seen are left out."""
    made = built(rows, **journey)
    return {
        (stage, channel): blind
        for stage, channel, blind in made.rows("SELECT stage, channel, blind FROM marts.blind_spots")
        if blind
    }


def built(rows: Rows, **journey: Any) -> World:
    made = World(marts=Marts(journey=Journey.model_validate({"stages": CELLS, **journey})))
    for table, added in rows.items():
        if added:
            made.add_all(table, added)
    return made.build(only="blind_spots")


def test_a_journey_that_is_seen_whole_has_no_blind_spot() -> None:
    made = built(journey())
    found = made.rows(
        "SELECT stage, channel, is_declared, steps, customers, blind FROM marts.blind_spots ORDER BY position, channel"
    )
    told = {(stage, channel) for stage, channels in CELLS.items() for channel in channels}
    assert {(stage, channel) for stage, channel, *_ in found} == told
    for stage, channel, is_declared, steps, customers, blind in found:
        assert (is_declared, blind) == (True, []), (stage, channel)
        assert steps == (2 * STEPS if (stage, channel) == ("tell", "email") else STEPS)
        assert customers == (0 if channel == "reviews" else STEPS)


def test_shares_are_of_what_is_old_enough() -> None:
    rows = journey()
    rows["orders"][-1]["paid_at"] = None  # four days old: nobody can know yet
    rows["orders"][0]["paid_at"] = None
    found = built(rows).rows(
        "SELECT channel, known_share, outcome_share, feedback_share FROM marts.blind_spots WHERE stage = 'buy'"
    )
    assert sorted(found) == [("in_store", 1, 1, 1), ("web", 1, 2 / 3, 1)]


def _unseen(rows: Rows) -> None:
    rows["interactions"] = [row for row in rows["interactions"] if row["channel"] != "chat"]


def _nameless(rows: Rows) -> None:
    for row in rows["web_events"]:
        if row["device_kind"] == "iOS":
            row["customer_id"] = None


def _endless(rows: Rows) -> None:
    for row in rows["fulfilments"]:
        if row["method"] == "shipping":
            row["delivered_at"] = None


def _untold(rows: Rows) -> None:
    """Nobody who visits says anything, of that or soon after."""
    for row in rows["interactions"]:
        if row["kind"] == "visit":
            row["customer_id"] = f"silent {row['customer_id']}"


def _stale(rows: Rows) -> None:
    rows["reviews"] = [row for row in rows["reviews"] if row["created_at"] < NOW - timedelta(days=14)]


def _unanswered(rows: Rows) -> None:
    for row in rows["reviews"]:
        row["replied_at"] = None


@pytest.mark.parametrize(
    ("planted", "where", "blind"),
    [
        (_unseen, ("ask", "chat"), ["no_data"]),
        (_nameless, ("browse", "mobile_app"), ["no_customer"]),
        (_endless, ("receive", "delivery"), ["no_outcome"]),
        (_untold, ("visit", "in_store"), ["no_feedback"]),
        (_stale, ("tell", "reviews"), ["stale"]),
        (_unanswered, ("tell", "reviews"), ["no_outcome"]),
    ],
)
def test_a_planted_stretch_is_found_and_nothing_else(
    planted: Callable[[Rows], None], where: tuple[str, str], blind: list[str]
) -> None:
    rows = journey()
    planted(rows)
    assert spots(rows) == {where: blind}


def test_limits_are_those_of_the_settings() -> None:
    rows = journey()
    _nameless(rows)
    assert spots(rows, least_known=0) == {}
    assert spots(journey(), stale_days=3, stages={"attract": ("email", "sms")})["attract", "sms"] == ["no_data"]
    assert spots(journey(), stale_days=3)["attract", "email"] == ["stale"]


def test_what_does_not_count_is_no_step() -> None:
    rows = journey()
    for table in ("orders", "interactions", "reviews", "web_events", "marketing_events"):
        rows[table] += [{**row, "is_test": True, **{key: f"x{row[key]}" for key in list(row)[:1]}} for row in rows[table]]
    rows["survey_responses"] += [
        {**row, "response_id": f"x{row['response_id']}", "is_preview": True} for row in rows["survey_responses"]
    ]
    counts = "SELECT stage, channel, steps FROM marts.blind_spots ORDER BY ALL"
    assert built(rows).rows(counts) == built(journey()).rows(counts)
