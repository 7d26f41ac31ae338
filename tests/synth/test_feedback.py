from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from cx_pipeline.synth.feedback import OPEN_FOR, Feedback
from cx_pipeline.synth.world import World

WORLD = World(4_000, 2, 5, date(2026, 11, 1))
ALL = WORLD.feedback.of(np.arange(WORLD.feedback.count))


def test_a_double_submit_repeats_its_neighbour_a_little_later() -> None:
    doubles = ALL.filter(pl.col("source") != pl.col("number"))
    assert 8 <= len(doubles) <= 20
    first = ALL.select(source="number", person="person", likely="likely", content="content", took="took", began="started")
    pairs = doubles.join(first, on="source", suffix="_first")
    assert (pairs["source"] == pairs["number"] - 1).all()
    for column in ("person", "likely", "content", "took"):
        assert pairs[column].equals(pairs[f"{column}_first"], check_names=False), column
    later = pairs["started"] - pairs["began"]
    assert (later.min(), later.max()) > (0, 0)
    assert later.is_between(60, 6 * 3600).all()


def test_what_is_not_finished_is_recorded_when_the_time_is_up() -> None:
    open_ended, finished = ALL.filter(pl.col("progress") < 100), ALL.filter(pl.col("progress") == 100)
    assert len(open_ended) > 200
    assert (open_ended["recorded"] - open_ended["ended"]).unique().to_list() == [OPEN_FOR]
    assert finished["recorded"].equals(finished["ended"], check_names=False)


def test_speeders_need_two_seconds() -> None:
    assert ALL.filter("speeder")["took"].unique().to_list() == [2]
    assert ALL.filter(~pl.col("speeder") & (pl.col("source") == pl.col("number")))["took"].min() == 35


def test_scores_stay_on_their_scales_and_agree() -> None:
    assert (ALL["likely"].min(), ALL["likely"].max()) == (0, 10)
    assert (ALL["content"].min(), ALL["content"].max()) == (1, 5)
    assert ALL.filter(pl.col("likely") >= 9)["content"].min() == 3


def test_everybody_is_asked_once_a_wave() -> None:
    pulse = WORLD.pulse.of(np.arange(WORLD.pulse.count))
    assert pulse.select(pl.col("source") == pl.col("number")).to_series().all()
    assert set(pulse.group_by("person").len()["len"]) == {WORLD.pulse.waves}
    assert pulse["started"].is_between(WORLD.timeline.start, WORLD.timeline.end).all()


@pytest.mark.parametrize("feedback", [WORLD.feedback, WORLD.pulse], ids=["customers", "staff"])
def test_batches_agree_with_the_whole(feedback: Feedback) -> None:
    whole = feedback.of(np.arange(feedback.count))
    parts = [feedback.of(np.arange(start, min(feedback.count, start + 333))) for start in range(0, feedback.count, 333)]
    assert pl.concat(parts).equals(whole)
