from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from cx_pipeline.synth.calls import ABANDONED, CALLED_BACK, MENU, TRANSFERRED, VOICE
from cx_pipeline.synth.timeline import FOREVER
from cx_pipeline.synth.world import World

WORLD = World(3_000, 2, 5, date(2026, 11, 1))
LEGS = WORLD.calls.legs(np.arange(WORLD.calls.count))


def test_every_contact_has_all_its_legs_in_order() -> None:
    told = LEGS.group_by("number", maintain_order=True).agg(pl.col("position"), pl.col("legs").first())
    assert told["number"].to_list() == list(range(WORLD.calls.count))
    assert told.select((pl.col("position") == pl.int_ranges(0, "legs")).all()).item()
    assert set(told["legs"]) == {1, 2, 3}


def test_the_moments_of_a_leg_follow_each_other() -> None:
    times = LEGS.with_columns(pl.col("enqueued", "dequeued", "connected").replace(FOREVER, None))
    for earlier, later in (("began", "enqueued"), ("enqueued", "dequeued"), ("dequeued", "connected"), ("connected", "ended")):
        assert times.select((pl.col(earlier) <= pl.col(later)).all()).item(), (earlier, later)
    assert times.select((pl.col("ended") < pl.col("updated")).all()).item()
    assert times.select((pl.col("updated") < pl.col("changed")).all()).item()


def test_what_was_said_and_held_fills_the_time_of_the_connection() -> None:
    connected = LEGS.filter(pl.col("connected") < FOREVER)
    assert (connected["ended"] - connected["connected"]).equals(connected["talked"] + connected["held"], check_names=False)
    silent = LEGS.filter(pl.col("connected") == FOREVER)
    assert silent.select(pl.sum("talked", "held", "holds", "wrapped")).row(0) == (0, 0, 0, 0)


def test_a_leg_begins_where_the_one_before_hands_on() -> None:
    handed = LEGS.with_columns(before=pl.col("passed").shift(1).over("number")).filter(pl.col("position") > 0)
    at_once = handed.filter(pl.col("way") == TRANSFERRED)
    assert len(at_once) > 100
    assert (at_once["began"] == at_once["before"]).all()
    later = handed.filter(pl.col("way") == CALLED_BACK)
    assert len(later) > 50
    assert (later["began"] > later["before"]).all()


def test_who_gives_up_reaches_nobody_and_only_a_phone_has_a_menu() -> None:
    gone = LEGS.filter(pl.col("way") == ABANDONED)
    assert gone.select((pl.col("connected") == FOREVER).all(), queued=(pl.col("enqueued") < FOREVER).all()).row(0) == (True, True)
    assert set(LEGS.filter(pl.col("way").is_in([MENU, CALLED_BACK]))["channel"]) == {VOICE}


def test_batches_agree_with_the_whole() -> None:
    parts = [
        WORLD.calls.legs(np.arange(start, min(WORLD.calls.count, start + 777))) for start in range(0, WORLD.calls.count, 777)
    ]
    assert pl.concat(parts).equals(LEGS)
