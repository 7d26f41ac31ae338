from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from cx_pipeline.synth.journeys import as_of, delivered, ranges
from cx_pipeline.synth.timeline import FOREVER
from cx_pipeline.synth.world import World

WORLD = World(1_000, 3, 5, date(2026, 11, 1))
ALL = WORLD.tickets.of(np.arange(WORLD.tickets.count))


def test_a_life_is_in_order() -> None:
    assert ALL["opened"].is_sorted()
    assert (ALL["replied"] > ALL["opened"]).all()
    for earlier, later in (("replied", "solved"), ("solved", "closed"), ("replied", "asked")):
        assert (ALL[later] >= ALL[earlier]).all()


def test_batches_agree_with_the_whole() -> None:
    assert pl.concat(list(ranges(WORLD.tickets, 333))).equals(ALL)


@pytest.mark.parametrize("night", [0, 1, 2])
def test_nothing_of_the_future_is_known(night: int) -> None:
    cut = WORLD.timeline.cut(night)
    state = as_of(ALL, cut)
    times = state.select("opened", "replied", "asked", "solved", "closed", "touched", "deleted")
    assert times.select(pl.all_horizontal(((pl.all() <= cut) | (pl.all() == FOREVER)).all())).item()
    assert ((state["updated"] <= cut) & (state["updated"] >= state["opened"])).all()
    assert (state.filter(pl.col("state") == "deleted")["deleted"] <= cut).all()


def test_nights_together_hold_every_version_once() -> None:
    nights = [delivered(ALL, WORLD.timeline, night, overlap=0) for night in range(3)]
    assert len(nights[0]) == len(as_of(ALL, WORLD.timeline.cut(0)))
    told = pl.concat([night.select("number", "updated") for night in nights])
    assert not told.is_duplicated().any()
    last = told.group_by("number").agg(pl.col("updated").max()).sort("number")
    assert last.equals(as_of(ALL, WORLD.timeline.cut(2)).select("number", "updated"))


def test_records_are_older_than_their_first_interaction() -> None:
    for profiles, journeys in ((WORLD.desk_profiles, WORLD.tickets), (WORLD.crm_profiles, WORLD.cases)):
        every = journeys.of(np.arange(journeys.count)).join(profiles, on="profile")
        assert len(every) == journeys.count
        assert (every["created"] < every["opened"]).all()
