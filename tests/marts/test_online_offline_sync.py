"""What the order's system and the shops say of a hand-over, and how demand was met."""

from __future__ import annotations

from typing import Any

from tests.marts.world import World, at

FLAGS = ("is_late", "is_late_without_notice", "is_told_too_early", "is_out_of_step")
MINUTE = 60_000
DAY = 24 * 60 * MINUTE


def order(made: World, number: int, **values: Any) -> str:
    key = f"o:{number}"
    plain = {"ordered_at": at("06-01 09:00"), "customer_id": f"c:{number}", "source_system": "shop", "source_entity": "orders"}
    made.add("orders", order_id=key, source_id=str(number), **{**plain, **values})
    return key


def hand_over(made: World, number: int, key: str | None = None, **values: Any) -> str:
    """A pick-up: promised for 10:00 on the next day, ready in time and collected on the day after."""
    key = key or f"h:{number}"
    plain = {
        "order_id": f"o:{number}",
        "method": "pick_up",
        "promised_at": at("06-02 10:00"),
        "ready_at": at("06-02 09:00"),
        "collected_at": at("06-03 09:00"),
        "source_system": "shop",
        "source_entity": "hand_overs",
    }
    made.add("fulfilments", fulfilment_id=key, source_id=key, **{**plain, **values})
    return key


def visit(made: World, number: int, entered: str, left: str | None = None, key: str = "v:1", *, fetched: bool = True) -> None:
    """As a till tells of it: an interaction, and a fulfilment that says whether it was fetched."""
    origin = {"source_system": "till", "source_entity": "visits", "source_id": key}
    times = {"opened_at": at(entered), "closed_at": at(left) if left else None}
    made.add("interactions", interaction_id=key, kind="visit", channel="in_store", customer_id=f"c:{number}", **origin, **times)
    collected = at(left or entered) if fetched else None
    made.add(
        "fulfilments", fulfilment_id=f"{key}#pick_up", order_id=f"o:{number}", method="pick_up", collected_at=collected, **origin
    )


def rows(made: World) -> dict[str, dict[str, Any]]:
    found = made.build(only="online_offline_sync").dicts("SELECT * FROM marts.online_offline_sync")
    return {row["fulfilment_id"]: row for row in found}


def flags(row: dict[str, Any]) -> tuple[bool | None, ...]:
    return tuple(row[name] for name in FLAGS)


def test_when_a_promise_was_kept() -> None:
    made = World()
    nothing = {"ready_at": None, "collected_at": None}
    delivery = {**nothing, "method": "shipping"}
    cases: list[tuple[dict[str, Any], tuple[bool | None, bool | None], int | None, str]] = [
        ({}, (False, False), None, "collected"),
        ({"ready_at": at("06-02 10:00")}, (False, False), None, "collected"),
        ({"ready_at": at("06-02 10:00:01")}, (True, True), 1_000, "collected"),
        ({"ready_at": at("06-02 11:00"), "delay_notified_at": at("06-02 10:59")}, (True, False), 60 * MINUTE, "collected"),
        ({"ready_at": at("06-02 11:00"), "delay_notified_at": at("06-02 11:01")}, (True, True), 60 * MINUTE, "collected"),
        (nothing, (True, True), 29 * DAY - 10 * 60 * MINUTE, "open"),
        ({**nothing, "promised_at": at("07-02 10:00")}, (False, False), None, "open"),
        ({**nothing, "status": "cancelled"}, (None, None), None, "cancelled"),
        ({"promised_at": None}, (None, None), None, "collected"),
        ({"ready_at": None}, (None, None), None, "collected"),  # it may have lain ready for long
        ({"ready_at": None, "collected_at": at("06-02 09:59")}, (False, False), None, "collected"),
        ({**delivery, "delivered_at": at("06-02 10:00")}, (False, False), None, "delivered"),
        ({**delivery, "delivered_at": at("06-04 10:00")}, (True, True), 2 * DAY, "delivered"),
        ({**delivery, "shipped_at": at("06-02 08:00")}, (True, True), 29 * DAY - 10 * 60 * MINUTE, "shipped"),
        ({**nothing, "method": None}, (None, None), None, "open"),
    ]  # fmt: skip
    for number, (values, _, _, _) in enumerate(cases):
        order(made, number)
        hand_over(made, number, **values)
    found = rows(made)
    for number, (values, late, late_ms, state) in enumerate(cases):
        row = found[f"h:{number}"]
        assert ((row["is_late"], row["is_late_without_notice"]), row["late_ms"], row["state"]) == (late, late_ms, state), values
        assert not row["is_told_too_early"]
        assert not row["is_out_of_step"]


def test_a_late_pick_up_planted_among_good_ones_is_found_and_nothing_else() -> None:
    made = World()
    for number in range(40):
        order(made, number)
        hand_over(made, number, ready_at=at("06-02 10:00:01" if number == 11 else "06-02 10:00:00"))
        visit(made, number, "06-03 08:50", "06-03 09:05", key=f"v:{number}")
    found = rows(made)
    assert len(found) == 40
    assert {key: flags(row) for key, row in found.items() if any(flags(row))} == {"h:11": (True, True, False, False)}
    assert found["h:11"]["late_ms"] == 1_000


def test_told_that_it_is_ready_and_it_was_not() -> None:
    made = World()
    order(made, 1)
    hand_over(made, 1)
    visit(made, 1, "06-02 09:30", "06-02 09:35", key="v:1", fetched=False)
    visit(made, 1, "06-03 08:50", "06-03 09:10", key="v:2")
    order(made, 2)
    hand_over(made, 2)
    visit(made, 2, "06-02 08:30", key="v:3", fetched=False)  # came before anybody said so
    order(made, 3)
    hand_over(made, 3, collected_at=None)
    visit(made, 3, "06-03 08:50", "06-03 09:10", key="v:4")
    found = rows(made)
    assert {key: flags(row) for key, row in found.items()} == {
        "h:1": (False, False, True, False),
        "h:2": (False, False, False, False),
        "h:3": (False, False, False, True),
    }
    first = found["h:1"]
    assert (first["visits"], first["visits_in_vain"], first["first_visit_at"]) == (2, 1, at("06-02 09:30"))
    assert (first["in_shop_ms"], first["shop_collected_at"], first["difference_ms"]) == (
        25 * MINUTE,
        at("06-03 09:10"),
        10 * MINUTE,
    )
    third = found["h:3"]
    assert (third["state"], third["collected_at"], third["difference_ms"]) == ("collected", at("06-03 09:10"), None)


def test_one_row_a_hand_over_whoever_tells_of_it() -> None:
    made = World()
    for number in (1, 2, 3):
        order(made, number)
    hand_over(made, 1)
    hand_over(made, 1, key="h:1b", method="shipping", collected_at=None, ready_at=None, delivered_at=at("06-02 09:00"))
    for number in (1, 2):  # what the order itself says
        origin = {"source_system": "shop", "source_entity": "orders", "source_id": str(number)}
        made.add("fulfilments", fulfilment_id=f"o:{number}#fulfilment", order_id=f"o:{number}", method="pick_up",
                 collected_at=at("06-05 09:00"), **origin)  # fmt: skip
    visit(made, 1, "06-03 08:50", key="v:1")
    visit(made, 3, "06-03 08:50", key="v:2", fetched=False)
    visit(made, 3, "06-04 08:50", key="v:3")
    found = rows(made)
    assert set(found) == {"h:1", "h:1b", "o:2#fulfilment", "v:2#pick_up"}
    assert (found["h:1"]["visits"], found["h:1b"]["visits"], found["v:2#pick_up"]["visits"]) == (1, 0, 2)
    assert found["v:2#pick_up"]["collected_at"] == at("06-04 08:50")
    assert {key: row["way"] for key, row in found.items()} == {
        "h:1": "pick_up", "h:1b": "delivery", "o:2#fulfilment": "pick_up", "v:2#pick_up": "pick_up"
    }  # fmt: skip


def test_steps_tell_what_the_record_does_not() -> None:
    made = World()
    order(made, 1)
    hand_over(made, 1, promised_at=None, ready_at=None, collected_at=None)
    steps = (("ready", "h:1", "06-02 11:00"), ("delayed", "h:gone", "06-02 10:30"), ("collected", "h:1", "06-02 12:00"))
    for kind, of, moment in steps:
        made.add("fulfilment_events", event_id=kind, fulfilment_id=of, order_id="o:1", kind=kind, occurred_at=at(moment),
                 promised_at=at("06-02 10:00") if kind == "delayed" else None)  # fmt: skip
    made.add("fulfilment_events", event_id="x", fulfilment_id="h:1", order_id="o:1", kind="ready", occurred_at=at("06-02 08:00"),
             is_deleted=True)  # fmt: skip
    row = rows(made)["h:1"]
    assert (row["promised_at"], row["ready_at"], row["collected_at"]) == (at("06-02 10:00"), at("06-02 11:00"), at("06-02 12:00"))
    assert (row["delay_notified_at"], flags(row)) == (at("06-02 10:30"), (True, False, False, False))
    assert (row["ready_ms"], row["lead_ms"]) == (DAY + 120 * MINUTE, DAY + 180 * MINUTE)


def test_calls_to_the_shop_when_coming_for_it() -> None:
    made = World(marts={"loops": {"shop_lines": ["Shop line"]}})
    order(made, 1)
    hand_over(made, 1)
    visit(made, 1, "06-03 09:00", key="v:1")
    calls = {
        "in time": ("06-03 08:00", "c:1", "phone", "inbound", "shop line"),
        "at last": ("06-03 10:00", "c:1", "phone", None, "Shop line"),
        "too early": ("06-03 07:59:59", "c:1", "phone", "inbound", "Shop line"),
        "too late": ("06-03 10:00:01", "c:1", "phone", "inbound", "Shop line"),
        "another's": ("06-03 09:00", "c:2", "phone", "inbound", "Shop line"),
        "a chat": ("06-03 09:00", "c:1", "chat", "inbound", "Shop line"),
        "by us": ("06-03 09:00", "c:1", "phone", "outbound", "Shop line"),
        "elsewhere": ("06-03 09:00", "c:1", "phone", "inbound", "Billing"),
    }
    for key, (opened, who, channel, direction, queue) in calls.items():
        made.add(
            "interactions",
            interaction_id=key,
            kind="contact",
            opened_at=at(opened),
            customer_id=who,
            channel=channel,
            direction=direction,
        )
        made.add("call_legs", leg_id=key, interaction_id=key, queue=queue, queue_ms=1_000, hold_ms=200)
    made.add("call_legs", leg_id="second", interaction_id="in time", queue="Back office", hold_ms=30)
    row = rows(made)["h:1"]
    assert (row["calls_on_arrival"], row["wait_on_arrival_ms"]) == (2, 2_430)
    anywhere = World()
    order(anywhere, 1)
    hand_over(anywhere, 1)
    anywhere.add(
        "interactions", interaction_id="t", kind="contact", opened_at=at("06-03 08:30"), customer_id="c:1", channel="phone"
    )
    assert rows(anywhere)["h:1"]["calls_on_arrival"] == 1


def test_tests_and_tombstones_are_left_out() -> None:
    made = World()
    order(made, 1, is_test=True)
    order(made, 2, is_deleted=True)
    order(made, 3)
    hand_over(made, 1)
    hand_over(made, 2)
    hand_over(made, 3, is_test=True)
    hand_over(made, 4)  # of an order that nobody delivered
    assert set(rows(made)) == {"h:4"}


def test_returns_until_they_are_credited() -> None:
    made = World()
    order(made, 1)
    order(made, 2, is_test=True)
    cases: dict[str, tuple[str | None, str | None, str | None]] = {
        "in time": ("06-01 09:00", "06-05 09:00", "06-15 09:00"),
        "late": ("06-01 09:00", None, "06-15 09:00:01"),
        "back": ("06-10 09:00", "06-12 09:00", None),
        "fresh": ("06-20 00:00", None, None),
        "amount": (None, None, None),
    }
    for key, moments in cases.items():
        times = {
            name: at(moment) for name, moment in zip(("opened_at", "received_at", "credited_at"), moments, strict=True) if moment
        }
        made.add("returns", return_id=key, order_id="o:1", kind="trade_in", amount="12.50", currency="EUR", **times)
    made.add("returns", return_id="test", order_id="o:2", opened_at=at("06-01 09:00"))
    made.build(only="return_credits")
    found = made.rows("SELECT return_id, state, is_overdue, receiving_ms, crediting_ms FROM marts.return_credits ORDER BY 1")
    assert found == [
        ("amount", "unknown", None, None, None),
        ("back", "received", True, 2 * DAY, 21 * DAY - 9 * 60 * MINUTE),
        ("fresh", "waiting", False, None, 11 * DAY),
        ("in time", "credited", False, 4 * DAY, 14 * DAY),
        ("late", "credited", True, None, 14 * DAY + 1_000),
    ]


def test_demand_against_what_was_handed_over() -> None:
    made = World(now=at("06-05 12:00"), timezone="Europe/Berlin")
    order(made, 1, ordered_at=at("05-31 22:30"))  # in Berlin it is June
    hand_over(made, 1)
    order(made, 2, ordered_at=at("06-02 09:00"), cancelled_at=at("06-03 09:00"))
    hand_over(made, 2, ready_at=None, collected_at=None, status="cancelled")
    order(made, 3, ordered_at=at("06-02 09:00"))
    hand_over(made, 3, method="shipping", ready_at=None, collected_at=None, shipped_at=at("06-03 09:00"))
    order(made, 4, ordered_at=at("06-03 09:00"))
    for key, opened, who in (
        ("a", "06-02 10:00", "c:1"),
        ("b", "06-04 09:00", "c:1"),
        ("c", "06-04 09:00", "c:3"),
        ("d", "06-04 10:00", None),
    ):
        made.add("interactions", interaction_id=key, kind="ticket", channel="email", opened_at=at(opened), customer_id=who)
    made.build(only="fulfilment_demand_daily")
    counts = "orders, contacts, waiting_contacts, asked, promised, ready, handed_over, cancelled, late, waiting"
    found = made.rows(
        f"""SELECT day::VARCHAR, {counts}, lead_median_ms, coverage FROM marts.fulfilment_demand_daily
            WHERE way = 'all' ORDER BY day"""
    )
    lead = 2 * DAY + 10 * 60 * MINUTE + 30 * MINUTE
    assert found == [
        ("2026-06-01", 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, None, 0.0),
        ("2026-06-02", 2, 1, 1, 2, 3, 1, 0, 0, 1, 3, None, 0.0),
        ("2026-06-03", 1, 0, 0, 0, 0, 1, 1, 1, 0, 1, lead, 2 / 3),
        ("2026-06-04", 0, 3, 1, 0, 0, 0, 0, 0, 0, 1, None, 2 / 3),
        ("2026-06-05", 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, None, 2 / 3),
    ]
    by_way = made.rows(
        "SELECT way, sum(asked), sum(handed_over), sum(contacts) FROM marts.fulfilment_demand_daily GROUP BY 1 ORDER BY 1"
    )
    assert by_way == [("all", 3, 1, 4), ("delivery", 1, 0, 1), ("pick_up", 2, 1, 1)]
