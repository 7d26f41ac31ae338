"""Who may buy: leads until they become a contact, and what may be sold to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from cx_pipeline.synth.buyers import reachable
from cx_pipeline.synth.people import DESK
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR

if TYPE_CHECKING:
    from cx_pipeline.synth.world import World

LEAD_EVENTS = ("opened", "worked", "converted", "lost", "merged")
DEAL_EVENTS = ("opened", "proposed", "decided", "deleted")


def leads(world: World) -> pl.DataFrame:
    """One row a lead: 0.2 a customer, two in five of them contacts of the CRM by now, the others known to the help desk alone.

    Columns: lead, person, contact (CRM profile it became, -1: none), survivor (lead that it was merged into, -1: none) and
    `LEAD_EVENTS` in seconds (FOREVER: never).
    """
    dice, timeline = world.dice, world.timeline
    keys = np.arange(max(1, world.customers // 5), dtype=np.int64)
    known = reachable(world.people)
    contacts = world.crm_profiles.filter(
        (pl.col("kind") == "person") & pl.col("person").is_in(known["person"].implode())
    ).sort("profile")  # fmt: skip
    others = known.filter(pl.col("tools") == DESK)["person"].to_numpy()
    turned = (keys % 5 < 2) | (len(others) == 0)
    place = keys * len(contacts) // len(keys)
    contact = np.where(turned, contacts["profile"].to_numpy()[place], -1)
    person = np.where(turned, contacts["person"].to_numpy()[place], others[keys * len(others) // len(keys)] if len(others) else 0)
    span = timeline.end - timeline.start
    evenly = timeline.start + keys * span // len(keys) + dice.below("lead/opened", keys, max(1, span // len(keys)))
    lately = timeline.end - HOUR - dice.below("lead/lately", keys, 3 * DAY)
    alone = np.where(dice.chance("lead/is_late", keys, 0.2), lately, evenly)
    # A lead became a contact in the moment in which the contact was made.
    converted = np.where(turned, contacts["created"].to_numpy()[place], FOREVER)
    opened = np.where(turned, converted - DAY - dice.below("lead/lag", keys, 30 * DAY), alone)
    worked = opened + HOUR + dice.below("lead/worked", keys, DAY - 2 * HOUR)
    lost = np.where(~turned & dice.chance("lead/is_lost", keys, 0.5), worked + dice.below("lead/lost", keys, 20 * DAY), FOREVER)
    # Somebody filled in the form twice: the second lead is merged into the first.
    twin = ~turned & dice.chance("lead/twin", keys, 0.15) & (np.roll(~turned, 1)) & (keys > 0) & (keys % 2 == 1)
    person, opened = np.where(twin, np.roll(person, 1), person), np.where(twin, np.roll(opened, 1) + 2 * HOUR, opened)
    return pl.DataFrame(
        {
            "lead": keys,
            "person": person,
            "contact": contact,
            "survivor": np.where(twin, keys - 1, -1),
            "opened": opened,
            "worked": np.where(twin, FOREVER, worked),
            "converted": converted,
            "lost": np.where(twin, FOREVER, lost),
            "merged": np.where(twin, opened + DAY, FOREVER),
        }
    )


def deals(world: World) -> pl.DataFrame:
    """One row an opportunity: one for every lead that was converted, and two a client organisation.

    Columns: deal, contact (CRM profile, -1: none), organization (-1: none), cents, due (the day it is expected to close, in
    seconds), is_won, and `DEAL_EVENTS` in seconds (FOREVER: never).
    """
    dice, timeline = world.dice, world.timeline
    turned = world.leads.filter(pl.col("contact") >= 0).select("contact", opened="converted")
    employer = world.crm_profiles.select(contact="profile", organization="organization")
    own = turned.join(employer, on="contact", how="left", maintain_order="left")
    places = np.arange(2 * len(world.organizations), dtype=np.int64)
    clients = pl.DataFrame({"organization": places // 2, "contact": np.full(len(places), -1)})
    age = dice.below("deal/age", places, timeline.end - timeline.start)
    frame = pl.concat(
        [own, clients.with_columns(opened=pl.Series(timeline.end - age))], how="diagonal"
    )  # fmt: skip
    keys = np.arange(len(frame), dtype=np.int64)
    opened = frame["opened"].to_numpy()
    proposed = opened + HOUR + dice.below("deal/proposed", keys, 10 * DAY)
    decided = proposed + DAY + dice.below("deal/decided", keys, 30 * DAY)
    deleted = np.where(dice.chance("deal/deletes", keys, 0.06), decided + dice.below("deal/deleted", keys, 5 * DAY), FOREVER)
    open_still = dice.chance("deal/stays_open", keys, 0.15)
    return frame.with_columns(
        deal=pl.Series(keys),
        cents=pl.Series(50_000 + dice.below("deal/cents", keys, 2_000) * 1_250),
        due=pl.Series(decided + 5 * DAY),
        is_won=pl.Series(dice.chance("deal/won", keys, 0.45)),
        proposed=pl.Series(proposed),
        decided=pl.Series(np.where(open_still, FOREVER, decided)),
        deleted=pl.Series(np.where(open_still, FOREVER, deleted)),
    )
