"""Contacts one a line, with leads that were merged into them, and the admins who answer."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, editions, encode, ids
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.layouts import listed
from cx_pipeline.synth.phrases import LANGUAGES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import FOREVER
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.intercom import site
from cx_pipeline.synth.world import World

TRAPS = {
    **editions.TRAPS,
    "email_capitals": 3,
    "mojibake": 2,
    "white_space": 2,
    "formatted_phone": 3,
    "placeholder": 2,
    "cut_line": 2,
}
_CELLS = {
    "email_capitals": (CellTrap("email", dirt.own_shouted),),
    "mojibake": (CellTrap("name", dirt.name_mojibake),),
    "white_space": (CellTrap("name", dirt.spaced),),
    "formatted_phone": (CellTrap("phone", dirt.grouped),),
    "placeholder": (CellTrap("external_id", dirt.placeholder),),
}
_NONE = pl.lit(None, pl.String)


def write(world: World, folder: Delivery) -> None:
    """Contacts that changed; a merged lead is deleted and names the contact that goes on."""
    known, timeline = world.chat_contacts, world.timeline
    for name, keys in editions.numbers(len(known)):
        trap = allot(world.dice, "intercom/contacts", keys, len(known), TRAPS)
        dated = editions.surely_changed(known[keys].with_columns(number="contact", trap=trap))
        told = editions.sent(dated, timeline, folder.night, site.REACH)
        if len(told):
            folder.lines("intercom.contacts", f"contacts{name}.ndjson", _records(world, told, broken=folder.night == 0))


def _records(world: World, told: pl.DataFrame, *, broken: bool) -> pl.DataFrame:
    people, trap = world.people[told["person"].to_numpy()], told["trap"]
    frame, cells = dirt.soil(_frame(world, told, people), told["number"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, "cut_line") & broken).then(pl.lit("cut_line"))).to_series()
    lines = damage.damaged_texts(encode.json_texts(frame), hurt, "cut_line", damage.cut_line)
    gone = told["is_lead"] & told["is_changed"]
    kind = told.select(pl.coalesce("why", pl.when(gone).then(pl.lit("merged_lead")))).to_series()
    test = people["quirk"] == "test_person"
    return records(lines, frame["id"], told["clock"], deleted=gone, test=test, damage=hurt, cells=cells, trap=kind)


def _frame(world: World, told: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    contact = told["contact"].to_numpy()
    own, gone = ~pl.col("is_lead"), pl.col("is_lead") & pl.col("is_changed")
    merged = site.contact_ids(
        world, np.where((told["is_lead"] & told["is_changed"]).to_numpy(), told["merged_into"].to_numpy(), -1)
    )
    phone = people["phone"]
    unsubscribed = pl.Series(world.dice.chance("intercom/unsubscribed", contact, 0.12)) & pl.col("is_changed") & own
    return told.select(
        type=pl.lit("contact"),
        id=site.contact_ids(world, contact),
        external_id=pl.when(own).then(ids.customers(people["person"].to_numpy())),
        role=pl.when(own).then(pl.lit("user")).otherwise(pl.lit("lead")),
        email=people["email"],
        phone=pl.when(own & (pl.Series(contact % 3 == 0) | met(told["trap"], "formatted_phone"))).then(phone),
        name=pl.when(own).then(people["name"]),
        owner_id=pl.lit(None, pl.Int64),
        has_hard_bounced=pl.lit(value=False),
        marked_email_as_spam=pl.lit(value=False),
        unsubscribed_from_emails=unsubscribed,
        created_at="made",
        updated_at="clock",
        signed_up_at=pl.when(own).then("made"),
        last_seen_at=pl.when("is_changed").then("clock"),
        language_override=_NONE,
        browser_language=pl.Series(LANGUAGES).gather(people["language"].to_numpy()),
        location=pl.struct(type=pl.lit("location"), country=_NONE, country_code=people["country"]),
        custom_attributes=pl.struct(plan=pl.Series(("basic", "plus", None)).gather(contact % 3)),
        deleted=gone,
        merged_into_id=merged,
    )


def write_admins(world: World, folder: Delivery) -> None:
    """The whole list every night; it has no time of change."""
    agents = world.agents.filter(~pl.col("hidden"))
    number = agents["agent"].to_numpy()
    frame = agents.select(
        type=pl.lit("admin"),
        id=site.admin_numbers(number).cast(pl.String),
        name=pl.when("bot").then(pl.lit("Operator")).otherwise("name"),
        email=pl.when("bot").then(pl.lit(f"operator+{site.APP}@intercom.io")).otherwise("email"),
        job_title=pl.when(~pl.col("bot")).then("team"),
        away_mode_enabled=~pl.col("active"),
        has_inbox_seat=pl.col("active"),
        team_ids=pl.concat_list(pl.col("agent") % 5 + 814_000),
    )
    noted = records(encode.json_texts(frame), frame["id"], pl.Series(np.zeros(len(frame), dtype=np.int64)))
    again = {"overlapping_night": len(frame)} if folder.night else {}
    folder.json("intercom.admins", "admins.json", noted, listed("admins", len(frame), '"type":"admin.list",'), traps=again)


def note(world: World, book: TruthBook) -> None:
    """Whose contact is whose, and by what it could be known."""
    contacts = world.chat_contacts.filter(pl.col("made") <= world.timeline.end)
    quirk = world.people["quirk"].gather(contacts["person"].to_numpy())
    nobodys = quirk.is_in(["role_mailbox", "placeholder_email", "test_person"])
    merged = contacts["is_lead"] & (contacts["changed"] < FOREVER)
    book.people(
        contacts.select(
            record_key=pl.lit("intercom.contacts:") + site.contact_ids(world, contacts["contact"].to_numpy()),
            person=pl.lit("person-") + pl.col("person").cast(pl.String),
            kind=pl.when(merged).then(pl.lit("merged_lead")).otherwise(pl.lit("contact")),
            link=pl.when(nobodys).then(pl.lit("none")).otherwise(pl.lit("email")),
        )
    )
