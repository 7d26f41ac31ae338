"""What people buy, and what becomes of it."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from cx_pipeline.synth import orders, texts
from cx_pipeline.synth.known import as_of, delivered
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR
from cx_pipeline.synth.world import World

WORLD = World(400, 3, 5, date(2026, 3, 1))


def test_the_texts_of_tickets_and_cases_name_orders_that_exist() -> None:
    known = WORLD.orders
    lines = orders.lines(WORLD.dice, known)
    assert known["number"].is_unique().all()
    tickets = known.filter(pl.col("number") < WORLD.tickets.count)
    assert len(tickets) == 60
    first = lines.filter((pl.col("line") == 0) & pl.col("order").is_in(tickets["order"].implode()))
    assert first["product"].to_list() == texts.products(WORLD.dice, tickets["number"].to_numpy()).to_list()
    asked = WORLD.tickets.opened(tickets["number"].to_numpy())
    assert (tickets["ordered"].to_numpy() < asked).all()
    owner = WORLD.desk_profiles["person"].gather(WORLD.tickets.profile(tickets["number"].to_numpy()))
    assert (owner == tickets["person"]).mean() > 0.6  # type: ignore[operator]


def test_totals_are_the_sums_of_the_lines() -> None:
    sums = orders.lines(WORLD.dice, WORLD.orders).group_by("order").agg(told=(pl.col("quantity") * pl.col("cents")).sum())
    both = WORLD.orders.join(sums, on="order")
    assert len(both) == 120
    assert (both["told"] + both["shipping"]).equals(both["total"])


def test_things_happen_in_their_order() -> None:
    parts = WORLD.hand_overs
    fetched = parts.filter(pl.col("collected") < FOREVER)
    assert (fetched["collected"] > fetched["ready"]).all()
    assert (fetched["collected"] > fetched["told"]).all()
    assert (fetched["collected"] % DAY // HOUR).is_between(9, 18).all()
    sent = parts.filter(pl.col("shipped") < FOREVER)
    assert (sent["delivered"] > sent["shipped"]).all()
    assert (parts["pick_up"] == (parts["told"] < FOREVER)).filter(parts["cancelled"] == FOREVER).all()
    known = WORLD.orders
    back = known.filter((pl.col("refunded") < FOREVER) & (pl.col("cancelled") == FOREVER))
    assert len(back) > 3
    assert (back["refunded"] > back["fulfilled"]).all()
    assert (known["fulfilled"] == FOREVER).filter(known["cancelled"] < FOREVER).all()


def test_some_are_ready_late_and_some_are_told_too_early() -> None:
    parts = WORLD.hand_overs.filter(pl.col("ready") < FOREVER)
    late = (parts["ready"] > parts["promised"]).sum()
    early = (parts["told"] < parts["ready"]).sum()
    assert (2 < late < len(parts) / 2, 2 < early < len(parts) / 2) == (True, True)


def test_mixed_orders_have_two_hand_overs() -> None:
    counts = WORLD.hand_overs.group_by("order").agg(pl.len(), ways=pl.col("pick_up").n_unique())
    mixed = WORLD.orders.filter("mixed")["order"].sort().to_list()
    assert mixed
    assert counts.filter(pl.col("len") == 2)["order"].sort().to_list() == mixed
    assert (counts["len"] == counts["ways"]).all()


def test_visits_fetch_what_lies_ready_and_in_vain_what_does_not() -> None:
    visits = WORLD.visits.join(WORLD.hand_overs.filter("pick_up").drop("shop"), on="order")
    assert (visits["is_in_vain"].sum(), len(visits)) != (0, 0)
    assert (visits["is_in_vain"] == (visits["entered"] < visits["ready"])).all()
    assert (WORLD.visits["entered"] % DAY // HOUR).is_between(8, 18).all()
    assert WORLD.visits["visit"].to_list() == list(range(len(WORLD.visits)))


@pytest.mark.parametrize("night", [0, 1, 2])
def test_what_is_known_is_past(night: int) -> None:
    cut = WORLD.timeline.cut(night)
    known = as_of(WORLD.orders, orders.EVENTS, cut)
    assert (known["updated"] <= cut).all()
    for name in orders.EVENTS:
        assert ((known[name] <= known["updated"]) | (known[name] == FOREVER)).all()
    sent = delivered(WORLD.orders, orders.EVENTS, WORLD.timeline, night, DAY)
    before = WORLD.timeline.cut(night - 1)
    assert sent["order"].to_list() == known.filter(pl.col("updated") > before - DAY)["order"].to_list()
    assert sent["is_fresh"].sum() == (known["updated"] > before).sum()


def test_nobody_without_an_address_buys() -> None:
    quirks = WORLD.people["quirk"].gather(WORLD.orders["person"])
    assert not set(quirks) & {"placeholder_email", "role_mailbox", "test_person", "placeholder_phone"}
    assert np.unique(WORLD.orders["person"].to_numpy()).size > 50
