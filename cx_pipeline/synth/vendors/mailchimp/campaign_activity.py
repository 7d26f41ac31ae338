"""What recipients did with campaigns: API pages, which grow from night to night, and the newest one as lines by address."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, encode
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.envelopes import enveloped
from cx_pipeline.synth.records import nothing, records
from cx_pipeline.synth.timeline import iso
from cx_pipeline.synth.vendors.mailchimp import audience, site
from cx_pipeline.synth.world import World

_EXPORT = "mailchimp.campaign_activity"
_ACTIONS = {"bounced": "bounce", "opened": "open", "clicked": "click", "unsubscribed": "unsub", "complained": "abuse"}
_CAMPAIGNS, _PAGE = 5, 30
TRAPS = {"email_capitals": 1, "sent_twice": 1, "unknown_action": 1, "test_mailing": 1, "broken_json_element": 1}
"""Met by the messages of a campaign, with weights as in `allot.period`."""


def write(world: World, folder: Delivery) -> None:
    """The last campaigns as pages; from the second night on the very last one as lines."""
    days = world.campaigns["mailchimp"].days(folder.night, _CAMPAIGNS)
    cut = world.timeline.cut(folder.night)
    by_address = folder.night > 0
    paged = days[:-1] if by_address else days
    noted = pl.concat([nothing(), *(_records(world, day, cut, folder.night, by_address=False) for day in paged)])
    if len(noted):
        folder.json(_EXPORT, "campaign_activity.json", noted, enveloped("emails", _PAGE, _paging))
    if by_address and len(lines := _records(world, days[-1], cut, folder.night, by_address=True)):
        campaign = site.hexadecimal(world.dice, "campaign", np.array([days[-1]]))[0]
        folder.lines(_EXPORT, f"campaign_activity_{campaign}.ndjson", lines)


def _paging(at: int, _: bool) -> str:
    return f'"total_items":{(at + 1) * _PAGE}'


def _action(what: str, told: str) -> pl.Expr:
    happened = pl.col(what) <= pl.col("moment")
    odd = (pl.col("trap") == "unknown_action").fill_null(value=False) & pl.lit(what == "opened")
    word = pl.when(odd).then(pl.lit("glanced")).otherwise(pl.lit(told))
    return pl.when(happened).then(
        pl.struct(action=word, timestamp=iso(pl.col(what)).str.replace("Z", "+00:00"), ip=pl.lit("203.0.113.9"))
    )


def _records(world: World, day: int, cut: int, night: int, *, by_address: bool) -> pl.DataFrame:
    """A campaign as far as it is known: those who did nothing are there with no action."""
    messages = world.campaigns["mailchimp"].messages(day)
    states = audience.members(world, world.campaigns["mailchimp"].sent_at(day)).select("person", "email", "state")
    known = messages.join(states, on="person", how="inner", maintain_order="left").filter(pl.col("state") != "cleaned")
    if not len(known):
        return nothing()
    known = known.with_columns(
        allot(world.dice, f"mailchimp/messages/{day}", np.arange(len(known)), len(known), TRAPS), moment=pl.lit(cut)
    )
    tests = met(known["trap"], "test_mailing")
    campaign = site.hexadecimal(world.dice, "campaign", known["campaign"].to_numpy())
    address = pl.when(tests).then(pl.lit("test@test.com")).otherwise("email")
    known = known.with_columns(address=address)
    actions = pl.concat_list(*(_action(what, told) for what, told in _ACTIONS.items())).list.drop_nulls()
    shouted = met(known["trap"], "email_capitals")
    frame = known.select(
        campaign_id=campaign,
        list_id=pl.lit(site.LIST),
        list_is_active=pl.lit(value=True),
        email_id=site.hexadecimal(world.dice, "email", known["person"].to_numpy()),
        email_address=pl.when(shouted).then(pl.col("address").str.to_uppercase()).otherwise("address"),
        activity=actions,
    )
    key = known.select(pl.concat_str(campaign, pl.lit("|"), pl.col("address").str.to_lowercase())).to_series()
    last = pl.max_horizontal(pl.when(pl.col(name) <= cut).then(name) for name in _ACTIONS)
    clock = known.select(last.fill_null(0)).to_series()
    kind = known.select(pl.when(met(known["trap"], "unknown_action", "email_capitals", "test_mailing")).then("trap")).to_series()
    if by_address:
        done = frame.select(pl.col("activity").list.eval(pl.element().struct.json_encode()).list.join(","))
        texts = pl.select(
            pl.concat_str(pl.lit('{"'), frame["email_address"], pl.lit('":['), done.to_series(), pl.lit("]}"))
        ).to_series()
        return records(texts, key, clock, test=tests, trap=kind)
    hurt = known.select(pl.when(met(known["trap"], "broken_json_element") & pl.lit(night == 0)).then("trap")).to_series()
    texts = damage.damaged_texts(
        encode.json_texts(frame),
        hurt,
        "broken_json_element",
        lambda text: text.replace('"list_is_active":true', '"list_is_active":', 1),
    )
    noted = records(texts, key, clock, test=tests, damage=hurt, trap=kind)
    twice = np.flatnonzero(met(known["trap"], "sent_twice").to_numpy())
    return pl.concat([noted, noted[twice].with_columns(trap=pl.lit("sent_twice"))])
