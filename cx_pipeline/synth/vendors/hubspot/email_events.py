"""Events of marketing e-mails: sent, delivered, opened, clicked, bounced, unsubscribed; machines open too."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, encode, ids
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.envelopes import enveloped
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR
from cx_pipeline.synth.vendors.hubspot import portal
from cx_pipeline.synth.world import World

_EXPORT = "hubspot.email_events"
_REACH, _OVERLAP, _PAGE = 2 * DAY, 4 * HOUR, 50
_DAYS_OF_LIFE = 5
"""Nothing happens to a message after so many days."""
_TYPES = {
    "sent": "SENT",
    "delivered": "DELIVERED",
    "bounced": "BOUNCE",
    "opened": "OPEN",
    "clicked": "CLICK",
    "complained": "SPAMREPORT",
    "unsubscribed": "STATUSCHANGE",
}
TRAPS = {"sent_twice": 1, "broken_json_element": 1, "test_mailing": 1, "withdrawn_event": 1}
"""Met by the messages of a campaign, with weights as in `allot.period`."""


def write(world: World, folder: Delivery) -> None:
    """The last days on the first night, then what is new and the overlap before it."""
    cut, before = world.timeline.cut(folder.night), world.timeline.cut(folder.night - 1)
    after = before - _OVERLAP if folder.night else cut - _REACH
    campaigns = world.campaigns["hubspot"]
    every = pl.concat(_events(world, day) for day in campaigns.days(folder.night, _DAYS_OF_LIFE))
    known = every.filter((pl.col("at") > after) & (pl.col("at") <= cut)).sort("at", "number", "place")
    if not len(known):
        return
    noted = _records(world, known, folder.night)
    repeated = int((noted["clock"] <= before).sum()) if folder.night else 0
    traps = {"overlapping_night": repeated} if repeated else {}
    folder.json(_EXPORT, "email_events.json", noted, enveloped("events", _PAGE, portal.offset), traps=traps)


def _events(world: World, day: int) -> pl.DataFrame:
    """One row an event of a campaign's messages."""
    messages = world.campaigns["hubspot"].messages(day)
    messages = messages.with_columns(
        allot(world.dice, f"hubspot/messages/{day}", np.arange(len(messages)), len(messages), TRAPS)
    ).join(world.people.select("person", "email"), on="person", how="left", maintain_order="left")
    return pl.concat(
        messages.select(
            "number", "campaign", "person", "email", "machine", "sent", "trap", at=name, place=pl.lit(place), what=pl.lit(name)
        )
        for place, name in enumerate(_TYPES)
    ).filter(pl.col("at") < FOREVER)


def _records(world: World, known: pl.DataFrame, night: int) -> pl.DataFrame:
    numbers = (known["number"] * len(_TYPES) + known["place"]).to_numpy()
    first = known["what"] == "sent"
    tests = met(known["trap"], "test_mailing")
    millis = pl.col("at") * 1000 + pl.Series(world.dice.below("hubspot/event_ms", numbers, 1000))
    gone = known["what"] == "unsubscribed"
    by_machine = known["machine"] & (known["what"] == "opened")
    # An event that the vendor took back is told once more, as deleted.
    taken_back = met(known["trap"], "withdrawn_event") & first & pl.Series([night > 0] * len(known))
    frame = known.select(
        id=ids.uuids(world.dice, "hubspot/event", numbers),
        created=millis,
        type=pl.col("what").replace_strict(_TYPES, return_dtype=pl.String),
        recipient=pl.when(tests).then(pl.lit("test@test.com")).otherwise("email"),
        portalId=pl.lit(portal.PORTAL),
        appId=pl.lit(113),
        appName=pl.lit("Batch"),
        emailCampaignId=portal.campaign_id(pl.col("campaign")),
        filteredEvent=by_machine,
        portalSubscriptionStatus=pl.when(gone).then(pl.lit("UNSUBSCRIBED")),
        source=pl.when(gone).then(pl.lit("SOURCE_RECIPIENT")),
        sentBy=pl.struct(
            id=ids.uuids(world.dice, "hubspot/event", known["number"].to_numpy() * len(_TYPES)), created=pl.col("sent") * 1000
        ),
        is_deleted=taken_back,
    )
    hurt = known.select(pl.when(met(known["trap"], "broken_json_element") & first & pl.lit(night == 0)).then("trap")).to_series()
    texts = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "type")
    )
    kind = known.select(
        pl.when(pl.Series(taken_back | tests)).then("trap").when(pl.Series(by_machine)).then(pl.lit("opened_by_machine"))
    ).to_series()
    noted = records(texts, frame["id"], known["at"], deleted=taken_back, test=tests, damage=hurt, trap=kind)
    twice = np.flatnonzero((met(known["trap"], "sent_twice") & first).to_numpy())
    return pl.concat([noted, noted[twice].with_columns(trap=pl.lit("sent_twice"))]) if len(twice) else noted
