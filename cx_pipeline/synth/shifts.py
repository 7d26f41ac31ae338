"""Who of the staff belongs where since when, and who works when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from cx_pipeline.synth.company import TEAMS
from cx_pipeline.synth.locales import LOCALES
from cx_pipeline.synth.shops import SHOPS, ZONES
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, MINUTE

if TYPE_CHECKING:
    from cx_pipeline.synth.world import World

EVENTS = ("planned_at", "started", "ended", "changed")
_ACTIVITIES = ("Phone", "Email", "Chat", "Training")
_FLOOR = "Shop floor"
_AHEAD = 3 * DAY


def roster(world: World) -> pl.DataFrame:
    """One row somebody in a period; agents whose record nobody delivers are left out.

    Columns: staff, period (0, or 1 after a change of team), name, email, role, team, department, manager (-1: none), zone, bot,
    active, since, until (FOREVER: still) and updated in seconds.
    """
    agents = world.agents.filter(~pl.col("hidden"))
    care = agents.select(
        staff="agent",
        name="name",
        email="email",
        role=pl.when("bot").then(pl.lit("Chatbot")).otherwise(pl.lit("Agent")),
        team="team",
        department=pl.lit("Customer care"),
        manager="manager",
        zone=pl.Series([item.zone for item in LOCALES]).gather(agents["locale"].to_numpy()),
        bot="bot",
        active="active",
    )
    shop = pl.col("shop")
    floor = world.clerks.select(
        staff="staff",
        name="name",
        email="email",
        role=pl.lit("Clerk"),
        team=pl.lit(pl.Series(SHOPS)).gather(shop),
        department=pl.lit("Shops"),
        manager=pl.lit(-1, pl.Int64),
        zone=pl.lit(pl.Series(ZONES)).gather(shop),
        bot=pl.lit(value=False),
        active="active",
    )
    people = pl.concat([care, floor])
    keys = people["staff"].to_numpy()
    # Days, as rosters tell no hours.
    start = world.timeline.start // DAY * DAY
    joined = start - DAY * (100 + world.dice.below("roster/joined", keys, 900))
    moved = pl.Series(world.dice.chance("roster/moves", keys, 0.3)) & ~people["bot"]
    change = start + DAY * (5 + world.dice.below("roster/moved", keys, 60))
    left = pl.when(pl.col("active")).then(FOREVER).otherwise(start + 80 * DAY)
    first = people.with_columns(
        period=pl.lit(0, pl.Int64),
        since=pl.Series(joined),
        until=pl.when(moved).then(pl.Series(change) - DAY).otherwise(left),
        active=pl.col("active") | moved,
        updated=pl.Series(np.where(moved.to_numpy(), change, joined)),
    )
    other = (pl.lit(pl.Series(TEAMS)).gather((pl.col("staff") + 2) % len(TEAMS))).alias("team")
    second = people.with_columns(
        other, period=pl.lit(1, pl.Int64), since=pl.Series(change), until=left, updated=pl.Series(change)
    ).filter(moved)
    return pl.concat([first, second]).sort("staff", "period")


def shifts(world: World, first_day: int, days: int) -> pl.DataFrame:
    """One row a shift of the days from `first_day` (days since 1970) on: those who are still there work five of seven.

    Columns: shift (number), staff, shop (-1: none), activity, team, break_minutes, start and end as planned, `EVENTS` in seconds
    (planned_at, started, ended, changed; FOREVER: never), is_dropped (the plan was thrown away when it changed).
    """
    there = world.roster.filter(pl.col("active") & ~pl.col("bot") & (pl.col("until") == FOREVER))
    clerks = world.clerks.select("staff", "shop")
    there = there.select("staff", "team").join(clerks, on="staff", how="left", maintain_order="left")
    rows = there.with_columns(day=pl.lit(list(range(first_day, first_day + days)))).explode("day").sort("day", "staff")
    staff, day = rows["staff"].to_numpy(), rows["day"].to_numpy()
    rows = rows.filter(pl.Series((day + staff) % 7 > 1))
    staff, day = rows["staff"].to_numpy(), rows["day"].to_numpy()
    dice, keys = world.dice, day * 1_000_000 + staff
    start = day * DAY + 7 * HOUR + dice.below("shift/start", keys, 5) * HOUR
    night = dice.chance("shift/night", keys, 0.04) & rows["shop"].is_null().to_numpy()
    start = np.where(night, day * DAY + 21 * HOUR, start)
    end = start + 8 * HOUR
    sick = dice.chance("shift/sick", keys, 0.05)
    dropped = dice.chance("shift/dropped", keys, 0.05)
    gone = sick | dropped
    changed = np.where(gone, start - 2 * HOUR, np.where(dice.chance("shift/changed", keys, 0.1), end + DAY, FOREVER))
    usual = pl.lit(pl.Series(_ACTIVITIES)).gather(pl.Series(dice.weighted("shift/activity", keys, (50, 25, 15, 10))))
    return rows.with_columns(
        shift=pl.Series(keys),
        shop=pl.col("shop").fill_null(-1),
        activity=pl.when(pl.Series(sick))
        .then(pl.lit("Sick"))
        .when(pl.col("shop").is_not_null())
        .then(pl.lit(_FLOOR))
        .otherwise(usual),
        break_minutes=pl.Series(30 + 15 * dice.below("shift/break", keys, 3)),
        start=pl.Series(start),
        end=pl.Series(end),
        planned_at=pl.Series(day * DAY - _AHEAD),
        started=pl.Series(np.where(gone, FOREVER, start + (dice.below("shift/in", keys, 20) - 5) * MINUTE)),
        ended=pl.Series(np.where(gone, FOREVER, end + (dice.below("shift/out", keys, 30) - 10) * MINUTE)),
        changed=pl.Series(changed),
        is_dropped=pl.Series(dropped),
    )
