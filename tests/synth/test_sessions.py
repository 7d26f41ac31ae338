from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from cx_pipeline.synth.timeline import DAY, HOUR
from cx_pipeline.synth.world import World

WORLD = World(600, 2, 5, date(2026, 11, 1))
EVERY = WORLD.sessions.of(np.arange(WORLD.sessions.count, dtype=np.int64))


@pytest.mark.parametrize("days", [0, 1, 40, 88])
def test_the_visits_of_a_day_are_all_of_it(days: int) -> None:
    after = WORLD.timeline.start + days * DAY
    wanted = EVERY.filter((pl.col("began") > after) & (pl.col("began") <= after + DAY))
    assert WORLD.sessions.between(after, after + DAY).equals(wanted)
    assert len(wanted) > 20


def test_a_contact_follows_within_the_hour_by_who_was_there() -> None:
    leads = EVERY.filter(pl.col("call") >= 0)
    calls = leads["call"].to_numpy()
    wait = WORLD.calls.began(calls) - leads["began"].to_numpy()
    assert len(leads) > 200
    assert ((wait > 0) & (wait < HOUR)).all()
    assert (leads["person"] == pl.Series(WORLD.calls.person(calls))).all()


def test_what_made_somebody_call_never_came() -> None:
    loads = WORLD.sessions.loads(EVERY)
    last = loads.filter((pl.col("call") >= 0) & (pl.col("position") == pl.col("loads") - 1))
    assert last.select((pl.col("is_timeout") | pl.col("is_cut_off")).all()).item()
    assert loads.filter(pl.col("call") < 0).select(pl.col("is_timeout").mean()).item() < 0.1
    assert not loads.select((pl.col("is_timeout") & pl.col("is_cut_off")).any()).item()


def test_pages_follow_each_other_and_paint_in_order() -> None:
    loads = WORLD.sessions.loads(EVERY)
    assert len(loads) == EVERY["loads"].sum()
    assert (loads.select(pl.col("loaded_ms").diff().over("number")).to_series().drop_nulls() > 0).all()
    assert loads.select(((pl.col("ttfb") < pl.col("fcp")) & (pl.col("fcp") <= pl.col("lcp"))).all()).item()
    assert WORLD.sessions.loads(EVERY[:50]).equals(loads.filter(pl.col("number") < 50))


def test_a_browser_belongs_to_one_person() -> None:
    known = EVERY.group_by("browser").agg(pl.col("person").n_unique(), pl.col("device").n_unique())
    assert (known["person"] == 1).all()
    assert (known["device"] == 1).all()
