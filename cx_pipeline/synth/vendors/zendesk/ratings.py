"""Satisfaction ratings as API pages: offered after the solution, given by most; a file sent twice and one left empty."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import encode, ids, texts
from cx_pipeline.synth.delivery import ApiPage, Delivery
from cx_pipeline.synth.journeys import ranges
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, HOUR, iso
from cx_pipeline.synth.vendors.zendesk import site
from cx_pipeline.synth.world import World

_EXPORT = "zendesk.satisfaction_ratings"
_SCORES = ("good", "good", "good", "bad")


def write(world: World, folder: Delivery) -> None:
    """What was offered or given since the last cut, and the overlap before it."""
    night = folder.night
    cut, before = world.timeline.cut(night), world.timeline.cut(night - 1)
    page = ApiPage("satisfaction_ratings", site.page(world), "clock", f"{site.API}/satisfaction_ratings.json")
    at = 0
    for journeys in ranges(world.tickets):
        asked = _rated(world, journeys, cut).filter(pl.col("updated") > before - site.OVERLAP)
        if not len(asked):
            continue
        at += 1
        again = int((asked["updated"] <= before).sum())
        noted, name = _records(world, asked), f"satisfaction_ratings_{at:03}.json"
        folder.pages(_EXPORT, name, noted, page, traps={"overlapping_night": again} if again else {})
        if night == 0 and at == 1 and world.nights > 1:
            sent = noted[np.concatenate(page.places(len(noted)))]
            folder.on(world.timeline.date_of(1), 1).again(_EXPORT, folder.path(name), "satisfaction_ratings_resent.json", sent)
    if night == 1:
        folder.empty(_EXPORT, "satisfaction_ratings_empty.json")


def _rated(world: World, journeys: pl.DataFrame, cut: int) -> pl.DataFrame:
    """Ratings known at the cut: offered an hour after the solution, given by most within two days."""
    dice, keys = world.dice, journeys["number"].to_numpy()
    given = journeys["solved"] + 2 * HOUR + pl.Series(dice.below("rating/delay", keys, 2 * DAY))
    answered = pl.Series(dice.chance("rating/given", keys, 0.7)) & (given <= cut)
    word = pl.Series(_SCORES).gather(dice.below("rating/score", keys, len(_SCORES)))
    offered = pl.col("solved") + HOUR
    return journeys.with_columns(
        offered=offered,
        updated=pl.when(answered).then(given).otherwise(offered),
        score=pl.when(answered).then(word).otherwise(pl.lit("offered")),
    ).filter(pl.Series(dice.chance("rating/asked", keys, 0.4)) & (pl.col("offered") <= cut) & (pl.col("deleted") > cut))


def _records(world: World, asked: pl.DataFrame) -> pl.DataFrame:
    numbers = asked["number"].to_numpy()
    people = world.desk_profiles[asked["profile"].to_numpy()]
    remark = texts.answers(world.dice, "thanks", numbers, people["language"].to_numpy())
    bad = pl.col("score") == "bad"
    frame = asked.select(
        url=pl.lit(f"{site.API}/satisfaction_ratings.json"),
        id=ids.zendesk(numbers, 1_700_000_000_000),
        assignee_id=site.agent_ids(asked["agent"].to_numpy()),
        group_id=site.internal(pl.col("agent") % 5),
        requester_id=site.user_ids(world, asked["profile"].to_numpy()),
        ticket_id=site.ticket_ids(numbers),
        score="score",
        created_at=iso(pl.col("offered")),
        updated_at=iso(pl.col("updated")),
        comment=pl.when((pl.col("score") != "offered") & (pl.col("number") % 2 == 0)).then(remark),
        reason=pl.when(bad).then(pl.lit("The issue took too long to resolve")),
        reason_id=pl.when(bad).then(site.internal(5)),
    )
    return records(encode.json_texts(frame), frame["id"], asked["updated"])
