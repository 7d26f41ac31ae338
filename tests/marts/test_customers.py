"""Customers across the silos: timeline, 360, base, profile health, conflicts."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from tests.marts.world import World, at


def test_the_timeline_has_every_touch_in_order_and_nothing_that_does_not_count() -> None:
    made = World()
    made.add(
        "interactions", interaction_id="t:1", customer_id="c:1", opened_at=at("06-03 09:00"), kind="visit", channel="in_store"
    )
    made.add(
        "interactions",
        interaction_id="t:2",
        customer_id="c:1",
        opened_at=at("06-01 09:00"),
        channel="phone",
        direction="outbound",
    )
    made.add("interactions", interaction_id="t:3", customer_id="c:1", opened_at=at("06-01 09:00"), is_test=True)
    made.add("orders", order_id="o:1", customer_id="c:1", ordered_at=at("06-02 09:00"), cancelled_at=at("06-02 10:00"))
    made.add("fulfilments", fulfilment_id="f:1", order_id="o:1", collected_at=at("06-05 09:00"))
    made.add("returns", return_id="r:1", order_id="o:1", opened_at=at("06-06 09:00"), kind="refund")
    made.add_all(
        "survey_responses",
        [
            {
                "response_id": "s:1",
                "customer_id": "c:1",
                "submitted_at": at("06-04 09:00"),
                "score_original": "5",
                "is_preview": False,
            },
            {
                "response_id": "s:2",
                "customer_id": "c:1",
                "submitted_at": at("06-04 09:00"),
                "score_original": "5",
                "is_preview": True,
            },
            {
                "response_id": "s:3",
                "customer_id": "c:1",
                "submitted_at": at("06-04 09:00"),
                "score_original": None,
                "is_preview": False,
            },
            {"response_id": "s:4", "customer_id": "c:1", "recorded_at": at("06-04 09:00"), "score_original": "offered"},
        ],
    )
    made.add("marketing_events", event_id="m:1", customer_id="c:1", kind="send", occurred_at=at("05-01 09:00"))
    made.add("marketing_events", event_id="m:2", customer_id="c:1", kind="click", occurred_at=at("05-01 10:00"))
    made.add("opportunities", opportunity_id="p:1", customer_id="c:1", kind="lead", opened_at=at("04-01 09:00"))
    made.add("consent_events", event_id="e:1", customer_id="c:1", state="granted", occurred_at=at("03-01 09:00"), channel="email")
    made.add("web_events", event_key="w:1", customer_id="c:1", event_name="page_view", occurred_at=at("02-01 09:00"))
    made.add("web_events", event_key="w:2", customer_id="c:1", event_name="LCP", occurred_at=at("02-01 09:00"), metric_name="LCP")
    made.add("web_events", event_key="w:3", event_name="page_view", occurred_at=at("02-01 09:00"))
    made.build(only="customer_timeline")
    found = made.rows(
        "SELECT position, touch, place, is_own_act FROM marts.customer_timeline WHERE customer_id = 'c:1' ORDER BY position"
    )
    assert found == [
        (1, "page_view", "online", True),
        (2, "granted", "online", True),
        (3, "lead", "online", False),
        (4, "send", "online", False),
        (5, "click", "online", True),
        (6, "contact", "offline", False),
        (7, "order", "online", True),
        (8, "cancellation", "online", True),
        (9, "visit", "offline", True),
        (10, "answer", "online", True),
        (11, "collection", "offline", True),
        (12, "refund", "online", True),
    ]
    assert made.rows("SELECT count(*) FROM marts.customer_timeline") == [(12,)]


def test_a_customer_from_all_sides() -> None:
    made = World(now=at("07-01 00:00"))
    made.add("customers", customer_id="c:1", country="DE", source_count=3, profile_updated_at=at("06-01 00:00"))
    made.add("customers", customer_id="c:2", profile_updated_at=at("06-30 00:00"))
    made.add("interactions", interaction_id="t:1", customer_id="c:1", opened_at=at("06-03 09:00"), channel="email", status="open")
    made.add(
        "interactions", interaction_id="t:2", customer_id="c:1", opened_at=at("06-04 09:00"), channel="chat", status="closed"
    )
    made.add(
        "interactions", interaction_id="t:3", customer_id="c:1", opened_at=at("06-02 09:00"), channel="email", status="closed"
    )
    answers = [(0.0, 10.0, "nps", 9.0, "promoter", 4), (0.0, 10.0, "nps", 3.0, "detractor", 5), (1.0, 5.0, "csat", 5.0, None, 6)]
    for number, (low, high, metric, score, group, day) in enumerate([*answers, (1.0, 5.0, "csat", 2.0, None, 6)]):
        made.add("survey_responses", response_id=f"s:{number}", customer_id="c:1", metric=metric, score=score, score_original="x",
                 scale_min=low, scale_max=high, nps_group=group, submitted_at=at(f"06-0{day} 09:00"))  # fmt: skip
    bought = [("10.50", "EUR", None), ("2", "EUR", None), ("7", "GBP", None), ("99", "EUR", at("06-08 00:00"))]
    for number, (total, currency, cancelled) in enumerate(bought):
        order = {"order_id": f"o:{number}", "customer_id": "c:1", "ordered_at": at("06-07 09:00"), "cancelled_at": cancelled}
        made.add("orders", **order, total=total, currency=currency)
    for number, state in enumerate(["granted", "denied", "withdrawn", "unknown"]):
        made.add("consents", customer_id="c:1", channel="email", purpose=f"p:{number}", state=state)
    made.add("customer_attributes", customer_id="c:1", attribute="email", is_conflicting=True, is_stale=False)
    made.add("customer_attributes", customer_id="c:1", attribute="name", is_conflicting=False, is_stale=True)
    row = made.build(only="customer_360").one("SELECT * FROM marts.customer_360 WHERE customer_id = 'c:1'")
    assert row["contacts_by_channel"] == [{"channel": "chat", "contacts": 1}, {"channel": "email", "contacts": 2}]
    assert (row["contacts"], row["open_cases"], row["last_contact_channel"]) == (3, 1, "chat")
    assert (row["answers"], row["last_nps_group"], row["satisfied_share"]) == (4, "detractor", 0.5)
    assert [(item["currency"], float(item["amount"])) for item in row["order_value"]] == [("EUR", 12.5), ("GBP", 7.0)]
    assert (row["orders"], row["consents_granted"], row["consents_refused"]) == (3, 1, 2)
    assert (row["profile_age_days"], row["conflicting_attributes"], row["stale_attributes"]) == (30, 1, 1)
    other = made.one("SELECT * FROM marts.customer_360 WHERE customer_id = 'c:2'")
    assert (other["contacts"], other["orders"], other["touches"], other["order_value"]) == (0, 0, 0, None)


def test_the_customer_base_day_by_day() -> None:
    """Against a count of every customer on every day."""
    dice = random.Random(11)
    made = World(now=datetime(2026, 5, 1), marts={"active_days": 20, "churned_days": 45})
    acts: dict[str, set[date]] = {}
    for number in range(40):
        days = {date(2026, 1, 1) + timedelta(days=dice.randint(0, 119)) for _ in range(dice.randint(1, 5))}
        acts[f"c:{number}"] = days
        rows = [{"event_key": f"w:{number}:{day}", "customer_id": f"c:{number}", "event_name": "page_view",
                 "occurred_at": datetime(day.year, day.month, day.day, 9)} for day in sorted(days)]  # fmt: skip
        made.add_all("web_events", rows)
    found = made.build(only="customer_base_daily").dicts("SELECT * FROM marts.customer_base_daily ORDER BY day")
    assert found[-1]["day"] == date(2026, 5, 1)
    before = 0
    for row in found:
        last = {who: max((day for day in days if day <= row["day"]), default=None) for who, days in acts.items()}
        ages = [(row["day"] - day).days for day in last.values() if day is not None]
        assert row["active"] == sum(age <= 20 for age in ages)
        assert row["gone"] == sum(age > 45 for age in ages)
        assert row["new"] == sum(min(days) == row["day"] for days in acts.values())
        assert (row["lapsed"], row["churned"]) == (ages.count(21), ages.count(46))
        assert row["net_change"] == row["new"] + row["returned"] - row["lapsed"] == row["active"] - before
        before = row["active"]
    assert sum(row["returned"] for row in found) > 0


def test_profiles_good_fair_and_poor() -> None:
    made = World()
    wanted = ("country", "email", "language", "name", "phone")
    for who, known in {"c:1": wanted, "c:2": wanted[:4], "c:3": wanted[:1], "c:4": ()}.items():
        made.add("customers", customer_id=who)
        for attribute in known:
            made.add("customer_attributes", customer_id=who, attribute=attribute, confirmed_at=at("06-01 00:00"),
                     is_stale=who == "c:2" and attribute == "email", is_conflicting=False)  # fmt: skip
    made.build(only="profile_health")
    found = made.rows("SELECT customer_id, missing, stale, completeness, health FROM marts.profile_health ORDER BY 1")
    assert found == [
        ("c:1", [], [], 1.0, "good"),
        ("c:2", ["phone"], ["email"], 0.8, "fair"),
        ("c:3", ["email", "language", "name", "phone"], [], 0.2, "poor"),
        ("c:4", ["country", "email", "language", "name", "phone"], [], 0.0, "poor"),
    ]


def test_which_systems_disagree() -> None:
    made = World()

    def say(who: str, attribute: str, *said: tuple[str, str, str]) -> None:
        values = [{"source": source, "value": value, "updated_at": at(when)} for source, value, when in said]
        made.add("customer_attributes", customer_id=who, attribute=attribute, source_values=values)

    say("c:1", "country", ("zendesk", "DE", "06-01 00:00"), ("salesforce", "AT", "06-02 00:00"), ("shopify", "DE", "06-03 00:00"))
    say("c:2", "country", ("zendesk", "DE", "06-01 00:00"), ("salesforce", "DE", "06-02 00:00"))
    say("c:3", "country", ("zendesk", "DE", "06-01 00:00"), ("zendesk", "FR", "06-01 00:00"), ("salesforce", "FR", "06-02 00:00"))
    say(
        "c:1",
        "organization_id",
        ("zendesk", "zendesk.organizations:1", "06-01 00:00"),
        ("salesforce", "salesforce.Account:1", "06-01 00:00"),
    )
    made.build(only="silo_conflicts")
    found = made.rows(
        "SELECT * EXCLUDE (attribute, right_silo, disagreeing_share, right_is_newer) FROM marts.silo_conflicts ORDER BY ALL"
    )
    assert found == [
        ("salesforce", "shopify", "sales", 1, 1, 0),
        ("salesforce", "zendesk", "sales", 3, 1, 1),
        ("shopify", "zendesk", "shop", 1, 0, 0),
    ]
    disagreeing = made.rows("SELECT customer_id FROM marts.silo_pairs WHERE NOT is_agreed")
    assert disagreeing == [("c:1",), ("c:1",)]


def test_reasons_by_the_declared_words_and_what_grows_suddenly() -> None:
    made = World(marts={"reasons": {"Delivery": ["delivery*", "where is my order"], "Late delivery": ["Delivery late*"]}})
    words = ["Delivery", "DELIVERY late again", "Where is my order ", "Other thing", None]
    rows = [(at("05-01 09:00") + timedelta(days=day), word) for day in range(30) for word in words]
    rows += [(at("05-30 10:00"), "delivery")] * 6
    made.add_all(
        "interactions",
        [{"interaction_id": f"t:{number}", "opened_at": opened, "category": word} for number, (opened, word) in enumerate(rows)],
    )
    made.build(only="contact_reasons_daily")
    found = made.rows(
        "SELECT reason, contacts, usual, is_sudden FROM marts.contact_reasons_daily WHERE day = '2026-05-30' ORDER BY 1"
    )
    assert found == [
        ("Delivery", 8, 2.0, True),
        ("Late delivery", 1, 1.0, False),
        ("none", 1, 1.0, False),
        ("unmatched", 1, 1.0, False),
    ]
    assert made.rows("SELECT DISTINCT unmatched_share, usual FROM marts.contact_reasons_daily WHERE day = '2026-05-01'") == [
        (0.2, None)
    ]
