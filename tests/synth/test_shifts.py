"""Who works where and when, who may buy, and who complains."""

from __future__ import annotations

from datetime import date

import polars as pl

from cx_pipeline.synth import complaints, leads, shifts
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR
from cx_pipeline.synth.world import World

WORLD = World(400, 2, 5, date(2026, 3, 1))


def test_periods_of_one_person_do_not_overlap() -> None:
    roster = WORLD.roster
    assert roster.select("staff", "period").is_unique().all()
    later = roster.filter(pl.col("period") == 1).join(roster.filter(pl.col("period") == 0), on="staff")
    assert len(later) > 2
    assert (later["until_right"] + DAY == later["since"]).all()
    hidden = WORLD.agents.filter("hidden")["agent"].to_list()
    assert set(hidden).isdisjoint(roster["staff"].to_list())
    assert set(roster["staff"]) == {*WORLD.agents["agent"], *WORLD.clerks["staff"]} - set(hidden)


def test_shifts_do_not_depend_on_the_window() -> None:
    day = WORLD.timeline.cut(0) // DAY
    wide, narrow = shifts.shifts(WORLD, day - 4, 7), shifts.shifts(WORLD, day - 1, 2)
    assert len(narrow) > 10
    assert wide.filter(pl.col("shift").is_in(narrow["shift"].implode())).equals(narrow)
    assert wide["shift"].is_unique().all()


def test_only_who_is_there_works_and_not_every_day() -> None:
    week = shifts.shifts(WORLD, WORLD.timeline.cut(0) // DAY, 7)
    there = WORLD.roster.filter(pl.col("active") & ~pl.col("bot") & (pl.col("until") == FOREVER))
    days = week.group_by("staff").len()
    assert set(days["staff"]) == set(there["staff"])
    assert set(days["len"]) == {5}
    worked = week.filter(pl.col("started") < FOREVER)
    assert (worked["ended"] > worked["started"]).all()
    assert (week["end"] - week["start"] == 8 * HOUR).all()


def test_a_converted_lead_became_its_contact() -> None:
    turned = WORLD.leads.filter(pl.col("contact") >= 0).join(WORLD.crm_profiles, left_on="contact", right_on="profile")
    assert len(turned) > 20
    assert (turned["person"] == turned["person_right"]).all()
    assert (turned["converted"] == turned["created"]).all()
    assert (turned["opened"] < turned["converted"]).all()
    twins = WORLD.leads.filter(pl.col("survivor") >= 0)
    first = WORLD.leads["person"].gather(twins["survivor"])
    assert len(twins) > 0
    assert first.to_list() == twins["person"].to_list()
    assert (twins["merged"] > twins["opened"]).all()


def test_deals_are_proposed_before_they_are_decided() -> None:
    deals = WORLD.deals
    assert len(deals) == 2 * len(WORLD.organizations) + WORLD.leads.filter(pl.col("contact") >= 0).height
    assert (deals["proposed"] < deals["decided"]).all()
    assert (deals["decided"] <= deals["deleted"]).all()
    assert leads.DEAL_EVENTS[0] == "opened"


def test_complaints_take_their_way() -> None:
    made = WORLD.authority_complaints
    assert set(WORLD.people["country"].gather(made["person"])) == {"US"}
    dated = made.select(complaints.AUTHORITY_EVENTS)
    assert (dated["received"] % DAY == 0).all()
    assert (dated["sent"] >= dated["received"]).all()
    assert (dated["answered"] > dated["sent"]).all()
    assert (dated["withdrawn"] >= dated["published"]).all()


def test_a_repeated_report_is_about_the_same_house_and_day() -> None:
    city = WORLD.city_requests
    again = city.filter("repeats")
    before = city[(again["request"] - 1).to_list()]
    assert len(again) > 3
    assert again["kind"].to_list() == before["kind"].to_list()
    assert (city["closed"] > city["worked_on"]).all()
