"""Changes of subscriptions: what somebody decided, and addresses that bounced, as a timeline of addresses."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, encode, subscribers
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.consents import DENIED, GRANTED, NOT_ASKED, PENDING, WITHDRAWN
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.envelopes import enveloped
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY
from cx_pipeline.synth.vendors.hubspot import portal
from cx_pipeline.synth.world import World

_EXPORT = "hubspot.subscription_changes"
_REACH, _OVERLAP, _PAGE = 90 * DAY, 40 * DAY, 25
TRAPS = {"email_capitals": 1, "sent_twice": 1, "unknown_change": 1, "broken_json_element": 1}
_ROUND = 25  # decisions of so many, and in larger worlds of more, meet every trap
_WORDS = {GRANTED: "SUBSCRIBED", WITHDRAWN: "UNSUBSCRIBED", DENIED: "NOT_OPTED", PENDING: "PENDING", NOT_ASKED: None}


def write(world: World, folder: Delivery) -> None:
    """A quarter of a year on the first night, then what is new and weeks that overlap."""
    cut, before = world.timeline.cut(folder.night), world.timeline.cut(folder.night - 1)
    after = before - _OVERLAP if folder.night else cut - _REACH
    known = subscribers.decided(world, "hubspot", after, cut)
    if not len(known):
        return
    noted = _records(world, known, damaged=folder.night == 0)
    repeated = int((noted["clock"] <= before).sum()) if folder.night else 0
    traps = {"overlapping_night": repeated} if repeated else {}
    folder.json(_EXPORT, "subscription_changes.json", noted, enveloped("timeline", _PAGE, portal.offset), traps=traps)


def _change(topic: str) -> pl.Expr:
    word = pl.col(topic).replace_strict(_WORDS, default=None, return_dtype=pl.String)
    odd = (pl.col("trap") == "unknown_change").fill_null(value=False) & pl.lit(topic == "newsletter")
    change = pl.struct(
        change=pl.when(odd).then(pl.lit("MIGRATED")).otherwise(word),
        changeType=pl.lit("SUBSCRIPTION_STATUS"),
        source=pl.when(pl.col("told") == "hubspot").then(pl.lit("SOURCE_RECIPIENT")).otherwise(pl.lit("SOURCE_PUBLIC_API")),
        subscriptionId=pl.lit(portal.SUBSCRIPTIONS[topic]),
        portalId=pl.lit(portal.PORTAL),
    )
    return pl.when(word.is_not_null()).then(change)


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> pl.DataFrame:
    numbers = known["number"].to_numpy()
    round_of = max(_ROUND, world.customers // _ROUND)
    known = known.with_columns(trap=allot(world.dice, "hubspot/changes", numbers, round_of, TRAPS))
    millis = pl.col("heard") * 1000 + pl.Series(world.dice.below("hubspot/ms", numbers, 1000))
    shouted = met(known["trap"], "email_capitals")
    frame = known.select(
        timestamp=millis,
        recipient=pl.when(shouted).then(pl.col("email").str.to_uppercase()).otherwise("email"),
        source=pl.lit("TIMELINE"),
        portalId=pl.lit(portal.PORTAL),
        changes=pl.concat_list(*(_change(topic) for topic in portal.SUBSCRIPTIONS)).list.drop_nulls(),
    )
    hurt = known.select(pl.when(met(known["trap"], "broken_json_element") & pl.lit(damaged)).then("trap")).to_series()
    texts = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "source")
    )
    key = known.select(pl.concat_str(pl.col("email").str.to_lowercase(), pl.lit("|"), millis)).to_series()
    kind = known.select(pl.when(met(known["trap"], "unknown_change", "email_capitals")).then("trap")).to_series()
    noted = records(texts, key, known["heard"], test=known["quirk"] == "test_person", damage=hurt, trap=kind)
    twice = np.flatnonzero(met(known["trap"], "sent_twice").to_numpy())
    return pl.concat([noted, noted[twice].with_columns(trap=pl.lit("sent_twice"))]) if len(twice) else noted
