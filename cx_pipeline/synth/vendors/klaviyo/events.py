"""Events as JSON:API pages: what readers did with messages, what visitors did in the shop, and who unsubscribed."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, encode, ids, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.campaigns import SUBJECTS
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.envelopes import enveloped
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, iso
from cx_pipeline.synth.vendors.klaviyo import api
from cx_pipeline.synth.visitors import SITE
from cx_pipeline.synth.world import World

_EXPORT = "klaviyo.events"
_REACH, _OVERLAP, _PAGE = 3 * DAY, 4 * HOUR, 40
_DAYS_OF_LIFE = 5
_METRICS = {
    "delivered": "Received Email",
    "opened": "Opened Email",
    "clicked": "Clicked Email",
    "bounced": "Bounced Email",
    "complained": "Marked Email as Spam",
    "unsubscribed": "Unsubscribed from Email Marketing",
    "loaded": "Viewed Product",
}
TRAPS = {"sent_twice": 1, "broken_json_element": 1, "same_event_other_id": 1, "clock_without_zone": 1}
"""Met by the messages of a campaign, with weights as in `allot.period`."""
_COLUMNS = ("number", "campaign", "person", "machine", "trap", "at", "place", "path")


def write(world: World, folder: Delivery) -> None:
    """The last days on the first night, then what is new and the overlap before it."""
    cut, before = world.timeline.cut(folder.night), world.timeline.cut(folder.night - 1)
    after = before - _OVERLAP if folder.night else cut - _REACH
    days = world.campaigns["klaviyo"].days(folder.night, _DAYS_OF_LIFE)
    every = pl.concat([*(_of_messages(world, day) for day in days), _of_shop(world, after, cut)])
    known = every.filter((pl.col("at") > after) & (pl.col("at") <= cut)).sort("at", "number", "place")
    if not len(known):
        return
    noted = _records(world, known, damaged=folder.night == 0)
    repeated = int((noted["clock"] <= before).sum()) if folder.night else 0
    traps = {"overlapping_night": repeated} if repeated else {}
    folder.json(_EXPORT, f"events_{folder.day}.json", noted, enveloped("data", _PAGE, api.links("events")), traps=traps)


def _of_messages(world: World, day: int) -> pl.DataFrame:
    messages = world.campaigns["klaviyo"].messages(day)
    messages = messages.with_columns(allot(world.dice, f"klaviyo/messages/{day}", np.arange(len(messages)), len(messages), TRAPS))
    return pl.concat(
        messages.with_columns(at=name, place=pl.lit(place), path=pl.lit(None, pl.String)).select(_COLUMNS)
        for place, name in enumerate(_METRICS) if name in messages.columns
    ).filter(pl.col("at") < FOREVER)  # fmt: skip


def _of_shop(world: World, after: int, until: int) -> pl.DataFrame:
    """Products that members looked at while they were signed in."""
    loads = world.sessions.loads(world.sessions.between(after, until))
    members = pl.Series(world.consents.members("klaviyo"))
    seen = loads.filter(pl.col("person").is_in(members.implode()) & pl.col("path").str.starts_with("/products/"))
    return seen.select(
        number="load",
        campaign=pl.lit(-1, pl.Int64),
        person="person",
        machine=pl.lit(value=False),
        trap=pl.lit(None, pl.String),
        at=pl.col("loaded_ms") // 1000,
        place=pl.lit(len(_METRICS) - 1, pl.Int32),
        path="path",
    ).select(_COLUMNS)


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> pl.DataFrame:
    metrics = list(_METRICS.values())
    numbers = (known["number"] * len(metrics) + known["place"]).to_numpy()
    metric = pl.Series(metrics).gather(known["place"])
    profile = api.profile_ids(world, known["person"].to_numpy())
    campaigns = known["campaign"].to_numpy()
    of_message = pl.col("campaign") >= 0
    template, product = pl.Series(SUBJECTS).gather(campaigns % len(SUBJECTS)), texts.products(world.dice, campaigns)
    subject = pl.select(template.str.replace_all("{p}", "%", literal=True)).to_series()
    subject = pl.select(
        pl.concat_str(
            subject.str.splitn("%", 2).struct.field("field_0"), product, subject.str.splitn("%", 2).struct.field("field_1")
        )
    ).to_series()
    zoneless = met(known["trap"], "clock_without_zone")
    opened = known["place"] == list(_METRICS).index("opened")
    by_machine = known["machine"] & opened
    frame = known.select(
        type=pl.lit("event"),
        id=ids.opaque("5eQ", world.dice, "klaviyo/event", numbers),
        attributes=pl.struct(
            timestamp="at",
            event_properties=pl.struct(
                pl.when(of_message).then(subject).alias("Campaign Name"),
                pl.when(by_machine).then(pl.lit(value=True)).alias("machine_open"),
                (pl.lit(SITE) + pl.col("path")).alias("URL"),
            ),
            datetime=pl.when(zoneless)
            .then(iso(pl.col("at")).str.strip_chars_end("Z"))
            .otherwise(iso(pl.col("at")).str.replace("Z", "+00:00")),
            uuid=ids.uuids(world.dice, "klaviyo/uuid", numbers),
        ),
        metric_name=metric,
        relationships=pl.struct(profile=pl.struct(data=pl.struct(type=pl.lit("profile"), id=profile))),
        links=pl.struct(self=pl.lit(f"{api.URL}/events/")),
    )
    first = known["place"] == 0
    hurt = known.select(pl.when(met(known["trap"], "broken_json_element") & first & pl.lit(damaged)).then("trap")).to_series()
    lines = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "type")
    )
    kind = known.select(pl.when(zoneless).then("trap").when(pl.Series(by_machine)).then(pl.lit("opened_by_machine"))).to_series()
    noted = records(lines, frame["id"], known["at"], damage=hurt, trap=kind)
    twice = noted[np.flatnonzero((met(known["trap"], "sent_twice") & first).to_numpy())].with_columns(trap=pl.lit("sent_twice"))
    # The same event under another id: its uuid alone tells.
    at = np.flatnonzero((met(known["trap"], "same_event_other_id") & first).to_numpy())
    other = ids.opaque("5eR", world.dice, "klaviyo/event", numbers[at])
    renamed = frame[at].with_columns(other.alias("id"))
    copies = records(
        encode.json_texts(renamed), other, known["at"][at], trap=pl.Series(["same_event_other_id"] * len(at), dtype=pl.String)
    )
    return pl.concat([noted, twice, copies])
