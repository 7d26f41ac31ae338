"""Who comes into a shop, and what for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from cx_pipeline.synth.buyers import reachable
from cx_pipeline.synth.shops import SHOPS, when_open
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, MINUTE

if TYPE_CHECKING:
    from cx_pipeline.synth.world import World

EVENTS = ("entered", "left", "noted")
PICK_UP, RETURN, ADVICE, BROWSE = "pick_up", "return", "advice", "browse"


def visits(world: World) -> pl.DataFrame:
    """One row a visit: every order that is fetched, every call for one that lies not ready, and 0.4 a customer for else.

    Columns: visit, person (-1: nobody knows), shop, clerk (place in `World.clerks`), purpose, order (-1: none), is_in_vain, and
    `EVENTS` in seconds: entered, left (FOREVER: nobody noted it), noted (when the entry was put right; FOREVER: never).
    """
    fetched = _fetched(world)
    count = max(6, world.customers * 2 // 5)
    keys = np.arange(count, dtype=np.int64)
    dice, timeline = world.dice, world.timeline
    span = timeline.end - timeline.start
    known = reachable(world.people)["person"].to_numpy()
    purposes = pl.Series((ADVICE, BROWSE, RETURN)).gather(dice.weighted("visit/purpose", keys, (4, 5, 2)))
    others = pl.DataFrame(
        {
            "person": np.where(dice.chance("visit/known", keys, 0.6), known[dice.below("visit/person", keys, len(known))], -1),
            "shop": dice.below("visit/shop", keys, len(SHOPS)),
            "purpose": purposes,
            "order": np.full(count, -1),
            "is_in_vain": np.zeros(count, dtype=np.bool_),
            "entered": when_open(
                timeline.start + keys * span // count + dice.below("visit/entered", keys, max(1, span // count))
            ),
        }
    )
    frame = pl.concat([fetched, others]).filter(pl.col("entered") <= timeline.end).sort("entered", "order", maintain_order=True)
    numbers = np.arange(len(frame), dtype=np.int64)
    left = frame["entered"].to_numpy() + 3 * MINUTE + dice.below("visit/left", numbers, 40 * MINUTE)
    per_shop = np.maximum(1, len(world.clerks) // len(SHOPS))
    noted = np.where(
        dice.chance("visit/noted", numbers, 0.2), left + HOUR + dice.below("visit/noted_at", numbers, 3 * DAY), FOREVER
    )
    return frame.with_columns(
        visit=pl.Series(numbers),
        clerk=pl.col("shop") + len(SHOPS) * pl.Series(dice.below("visit/clerk", numbers, int(per_shop))),
        left=pl.Series(np.where(dice.chance("visit/unnoted", numbers, 0.06), FOREVER, left)),
        noted=pl.Series(noted),
    )


def _fetched(world: World) -> pl.DataFrame:
    """Visits for orders that lie, or should lie, ready."""
    parts = world.hand_overs.filter("pick_up").join(world.orders.select("order", "person"), on="order", maintain_order="left")
    done = parts.filter(pl.col("collected") < FOREVER).with_columns(entered=pl.col("collected") - 4 * MINUTE, is_in_vain=False)
    told = parts["told"].to_numpy()
    came = when_open(np.where(told < FOREVER, told + 30 * MINUTE, 0))
    early = parts.with_columns(entered=pl.Series(came), is_in_vain=True).filter(
        (pl.col("told") < FOREVER) & (pl.col("ready") > pl.col("entered") + HOUR)
    )
    return pl.concat([done, early]).select(
        "person", "shop", pl.lit(PICK_UP).alias("purpose"), "order", "is_in_vain", "entered"
    )  # fmt: skip
