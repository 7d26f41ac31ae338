"""Contacts: everybody as a table on the first night, those that changed as API pages afterwards."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, encode, subscribers
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.consents import DENIED, WITHDRAWN
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.envelopes import enveloped
from cx_pipeline.synth.locales import LOCALES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, HOUR, iso
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.hubspot import portal
from cx_pipeline.synth.world import World

EXPORT = "hubspot.contacts"
TRAPS = {
    "mojibake": 2,
    "nfd": 1,
    "white_space": 2,
    "zero_width": 1,
    "email_capitals": 2,
    "placeholder": 2,
    "phone_placeholder": 1,
    "merged_loser": 3,
    "edited_contact": 22,
    "deleted_contact": 3,
    "field_too_many": 1,
    "invalid_bytes": 1,
}
_CELLS = {
    "mojibake": (CellTrap("lastname", dirt.name_mojibake),),
    "nfd": (CellTrap("lastname", dirt.decomposed),),
    "white_space": (CellTrap("firstname", dirt.spaced),),
    "zero_width": (CellTrap("firstname", dirt.zero_width),),
    "email_capitals": (CellTrap("email", dirt.shouted),),
    "placeholder": (CellTrap("firstname", dirt.always("N/A", None)),),
    "phone_placeholder": (CellTrap("phone", dirt.always("555-555-5555", None)),),
}
_SENT_AGAIN = ("edited_contact", "deleted_contact", "field_too_many", "invalid_bytes")
_PAGE = 20
_TYPES = {f"hs_email_optout_{number}": topic for topic, number in portal.SUBSCRIPTIONS.items()}


def people(world: World, when: int) -> pl.DataFrame:
    """Contacts at a moment: the columns of `subscribers.known`, trap, number (of the record) and merged.

    That is the number of the loser of a merge, 0 for none; losers are rows of their own, negative in number.
    """
    known = subscribers.known(world, "hubspot", when)
    members = world.consents.members("hubspot")
    places = np.searchsorted(members, known["person"].to_numpy())
    known = known.with_columns(
        trap=allot(world.dice, "hubspot/contacts", places, len(members), TRAPS), number=pl.col("person") + 1
    )
    survives = (pl.col("trap") == "merged_loser").fill_null(value=False)
    known = known.with_columns(merged=pl.when(survives).then(-pl.col("number")).otherwise(pl.lit(0, pl.Int64)))
    losers = known.filter(survives).with_columns(
        number=-pl.col("number"),
        merged=pl.lit(0, pl.Int64),
        given=pl.col("given").str.slice(0, 1) + ".",
        trap=pl.lit("merged_contact"),
    )
    return pl.concat([known, losers])


def write(world: World, folder: Delivery) -> None:
    """Everybody on the first night, then who is new, was edited or deleted, or came damaged before."""
    cut, before = world.timeline.cut(folder.night), world.timeline.cut(folder.night - 1)
    known = people(world, cut)
    if folder.night == 0:
        if len(known):
            _table(folder, known.with_columns(updated=pl.col("changed")))
        return
    again = pl.col("trap").is_in(_SENT_AGAIN) & pl.lit(folder.night == 1) & (pl.col("asked") <= before)
    edited = pl.max_horizontal("changed", pl.lit(cut - 5 * HOUR) - pl.col("person") % 600)
    delivered = known.filter(again | (pl.col("changed") > before)).with_columns(
        updated=pl.when(again).then(edited).otherwise("changed"), again=again
    )
    if len(delivered):
        _pages(folder, delivered)


def note(world: World, book: TruthBook) -> None:
    """Note whose contacts there are by the end."""
    known = people(world, world.timeline.end)
    key = pl.lit(f"{EXPORT}:") + portal.contact_ids(pl.col("number"))
    subscribers.note(book, known.with_columns(key=key), pl.col("key"))


def _properties(known: pl.DataFrame) -> dict[str, pl.Expr]:
    left = pl.col("newsletter").is_in([WITHDRAWN, DENIED]) & pl.col("offers").is_in([WITHDRAWN, DENIED])
    out = {name: pl.when(pl.col(topic).is_in([WITHDRAWN, DENIED])).then(pl.lit("true")) for name, topic in _TYPES.items()}
    moved = pl.when(pl.col("trap") == "edited_contact").then(pl.lit("customer")).otherwise(pl.lit("lead"))
    return {
        "email": pl.col("email"),
        "firstname": pl.col("given"),
        "lastname": pl.col("family"),
        "phone": pl.when(pl.col("trap") == "phone_placeholder").then(pl.lit("+442079460000")).otherwise("own_phone"),
        "country": pl.lit(pl.Series([item.country_name for item in LOCALES]).gather(known["locale"].to_numpy())),
        "hs_language": pl.lit(pl.Series([item.language for item in LOCALES]).gather(known["locale"].to_numpy())),
        "lifecyclestage": moved,
        "hs_email_optout": pl.when(left).then(pl.lit("true")),
        **out,
        "hs_merged_object_ids": pl.when(pl.col("merged") < 0).then(portal.contact_ids(pl.col("merged"))),
    }


def _clock(seconds: pl.Expr) -> pl.Expr:
    """`2020-12-30 3:15:52`: no zero before the hour."""
    time = pl.from_epoch(seconds, "s")
    return pl.concat_str(time.dt.strftime("%Y-%m-%d "), time.dt.hour().cast(pl.String), time.dt.strftime(":%M:%S"))


def _table(folder: Delivery, known: pl.DataFrame) -> None:
    frame = known.select(
        hs_object_id=portal.contact_ids(pl.col("number")),
        **_properties(known),
        createdate=_clock(pl.col("asked") - pl.col("merged").clip(-1, 0) * DAY),
        lastmodifieddate=_clock(pl.col("updated")),
        **{"property_hs_all-funky-a9384-syntax": pl.lit("true")},
    )
    spoilt, cells = dirt.soil(frame, known["person"], known["trap"], _CELLS)
    hurt = known.select(pl.when(met(known["trap"], "field_too_many", "invalid_bytes")).then("trap")).to_series()
    texts = damage.damaged_rows(spoilt, encode.csv_texts(spoilt, encode.PLAIN), hurt, "lastname")
    merged = known.select(pl.when(pl.col("trap") == "merged_contact").then("trap")).to_series()
    noted = records(
        texts,
        frame["hs_object_id"],
        known["updated"],
        test=known["quirk"] == "test_person",
        damage=hurt,
        cells=cells,
        trap=merged,
    )
    folder.table(
        EXPORT, f"contacts_{folder.day}.csv", frame.columns, noted, dialect=encode.PLAIN, traps={"unknown_new_column": 1}
    )


def _pages(folder: Delivery, known: pl.DataFrame) -> None:
    gone = met(known["trap"], "deleted_contact") & known["again"]
    frame = known.select(
        id=portal.contact_ids(pl.col("number")),
        properties=pl.struct(
            *(value.alias(name) for name, value in _properties(known).items()),
            createdate=iso(pl.col("asked")),
            lastmodifieddate=iso(pl.col("updated")),
        ),
        createdAt=iso(pl.col("asked")),
        updatedAt=iso(pl.col("updated")),
        archived=gone,
    )
    kind = known.select(pl.when("again").then("trap")).to_series().replace(dict.fromkeys(("field_too_many", "invalid_bytes")))
    noted = records(
        encode.json_texts(frame), frame["id"], known["updated"], deleted=gone, test=known["quirk"] == "test_person", trap=kind
    )
    folder.json(EXPORT, "contacts_changed.json", noted, enveloped("results", _PAGE, portal.after))
