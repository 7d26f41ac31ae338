from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from cx_pipeline.synth.consents import GRANTED, NOT_ASKED, TOOLS, TOPICS, WITHDRAWN
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR
from cx_pipeline.synth.world import World

WORLD = World(900, 2, 5, date(2026, 11, 1))


def test_any_decision_can_be_had_alone_and_comes_after_the_one_before() -> None:
    every = WORLD.consents.decisions(WORLD.people["person"].to_numpy())
    some = np.array([3, 40, 899])
    assert WORLD.consents.decisions(some).equals(every.filter(pl.col("person").is_in(some)))
    gaps = every.select(pl.col("at").diff().over("person")).to_series().drop_nulls()
    assert gaps.len() > 200
    assert gaps.min() is not None
    assert (gaps >= HOUR).all()
    withdrawn = every.filter(pl.any_horizontal(pl.col(topic) == WITHDRAWN for topic in TOPICS))
    assert set(withdrawn["step"]) == {1}


def test_everybody_who_can_be_reached_is_known_to_a_tool() -> None:
    members = {tool: set(WORLD.consents.members(tool).tolist()) for tool in TOOLS}
    nobodys = set(WORLD.people.filter(pl.col("quirk").is_in(["role_mailbox", "placeholder_email"]))["person"].to_list())
    assert set.union(*members.values()) == set(range(900)) - nobodys
    assert sum(map(len, members.values())) > 1_000


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_believes_what_it_heard(tool: str) -> None:
    members = WORLD.consents.members(tool)
    decisions = WORLD.consents.decisions(members)
    heard = decisions.with_columns(WORLD.consents.heard(tool, decisions).alias("heard"))
    assert (heard["heard"] >= heard["at"]).all()
    assert heard.filter(pl.col("told") == tool).select((pl.col("heard") == pl.col("at")).all()).item()
    assert (heard["heard"] == FOREVER).any()
    when = WORLD.timeline.end - 30 * DAY
    told = heard.filter((pl.col("heard") <= when) & (pl.col("newsletter") != NOT_ASKED)).sort("number")
    wanted = dict(told.group_by("person", maintain_order=True).agg(pl.col("newsletter").last()).iter_rows())
    believed = WORLD.consents.believed(tool, members, when)
    found = {person: state for person, state in believed.select("person", "newsletter").iter_rows() if state != NOT_ASKED}
    assert found == wanted


@pytest.mark.parametrize("tool", TOOLS)
def test_newsletters_go_to_those_who_agreed_and_live_in_order(tool: str) -> None:
    campaigns = WORLD.campaigns[tool]
    messages = pl.concat(campaigns.messages(day) for day in range(40, 91))
    assert messages["number"].is_unique().all()
    for day in (40, 90):
        mine = messages.filter(pl.col("campaign") == day)["person"].to_numpy()
        assert (WORLD.consents.believed(tool, mine, campaigns.sent_at(day))["newsletter"] == GRANTED).all()
    assert (messages["delivered"] > messages["sent"]).all()
    assert (messages["opened"] >= messages["sent"]).all()
    for later in ("clicked", "complained", "unsubscribed"):
        done = messages.filter(pl.col(later) < FOREVER)
        assert len(done) > 0, later
        assert (done["opened"] <= done[later]).all(), later
    assert not messages.select(((pl.col("delivered") < FOREVER) & (pl.col("bounced") < FOREVER)).any()).item()
    # Opened and ignored is what happens most.
    assert messages.filter((pl.col("opened") < FOREVER) & (pl.col("clicked") == FOREVER)).height > messages.height // 4


def test_a_night_tells_of_the_campaigns_of_the_days_before() -> None:
    campaigns = WORLD.campaigns["hubspot"]
    for night in (0, 1):
        days = campaigns.days(night, 3)
        assert len(days) == 3
        assert WORLD.timeline.cut(night) - DAY < campaigns.sent_at(days[-1]) < WORLD.timeline.cut(night)
