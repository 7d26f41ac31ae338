"""What people complain about in public: at an authority about what they signed, and at their city about what they see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from cx_pipeline.synth.buyers import reachable
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR

if TYPE_CHECKING:
    from cx_pipeline.synth.world import World

AUTHORITY_EVENTS = ("received", "sent", "answered", "published", "withdrawn")
CITY_EVENTS = ("reported", "worked_on", "closed")


def to_the_authority(world: World) -> pl.DataFrame:
    """One row a complaint, 0.2 a customer, all by people of the United States (-1 in a world without any).

    Columns: complaint, person, subject (0 to 4), template (0 to 2 where it is a letter that many send, else -1), cents, timely,
    and `AUTHORITY_EVENTS` in seconds: whole days, later ones FOREVER where they never come.
    """
    dice, timeline = world.dice, world.timeline
    keys = np.arange(max(1, world.customers // 5), dtype=np.int64)
    span = timeline.end - timeline.start
    received = timeline.start + keys * span // len(keys) + dice.below("cfpb/received", keys, max(1, span // len(keys)))
    at_home = reachable(world.people).filter(country="US")["person"].to_numpy()
    person = at_home[dice.below("cfpb/person", keys, len(at_home))] if len(at_home) else np.full(len(keys), -1)
    sent = received + DAY * dice.below("cfpb/sent", keys, 3)
    answered = sent + DAY * (3 + dice.below("cfpb/answered", keys, 40))
    published = np.minimum(answered, sent + 15 * DAY) + DAY * dice.below("cfpb/published", keys, 10)
    agrees = dice.chance("cfpb/agrees", keys, 0.6)
    withdrawn = published + DAY * (2 + dice.below("cfpb/withdrawn", keys, 20))
    never = np.full(len(keys), FOREVER)
    return pl.DataFrame(
        {
            "complaint": keys,
            "person": person,
            "subject": dice.weighted("cfpb/subject", keys, (35, 25, 20, 12, 8)),
            "template": np.where(dice.chance("cfpb/template", keys, 0.12), keys % 3, -1),
            "cents": 1_000 * (1 + dice.below("cfpb/cents", keys, 400)),
            "timely": ~dice.chance("cfpb/untimely", keys, 0.08),
            "received": received // DAY * DAY,
            "sent": sent // DAY * DAY,
            "answered": np.where(dice.chance("cfpb/unanswered", keys, 0.1), never, answered),
            "published": np.where(agrees, published, never),
            "withdrawn": np.where(agrees & dice.chance("cfpb/withdraws", keys, 0.08), withdrawn, never),
        }
    )


def to_the_city(world: World) -> pl.DataFrame:
    """One row a request, 0.25 a customer; nobody is named.

    Columns: request, kind (0 to 4), channel (0 to 3), house, repeats (the request before is about the same house and day),
    and `CITY_EVENTS` in seconds (FOREVER: never).
    """
    dice, timeline = world.dice, world.timeline
    keys = np.arange(max(1, world.customers // 4), dtype=np.int64)
    span = timeline.end - timeline.start
    repeats = dice.chance("city/repeats", keys, 0.1) & (keys > 0)
    about = np.where(repeats, keys - 1, keys)
    reported = timeline.start + about * span // len(keys) + dice.below("city/reported", about, max(1, span // len(keys)))
    reported = reported + np.where(repeats, 20 * 60, 0)
    worked_on = reported + HOUR + dice.below("city/worked_on", keys, 2 * DAY)
    closed = worked_on + HOUR + dice.below("city/closed", keys, 10 * DAY)
    return pl.DataFrame(
        {
            "request": keys,
            "kind": dice.below("city/kind", about, 5),
            "channel": dice.weighted("city/channel", keys, (45, 30, 20, 5)),
            "house": 1 + dice.below("city/house", about, 400),
            "repeats": repeats,
            "reported": reported,
            "worked_on": worked_on,
            "closed": np.where(dice.chance("city/stays_open", keys, 0.1), FOREVER, closed),
        }
    )
