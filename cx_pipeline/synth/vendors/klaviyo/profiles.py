"""Profiles as JSON:API pages, on later nights those that changed."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, encode, ids, subscribers
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.consents import DENIED, GRANTED, NOT_ASKED, PENDING, WITHDRAWN
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.envelopes import enveloped
from cx_pipeline.synth.locales import LOCALES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import HOUR, iso
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.klaviyo import api
from cx_pipeline.synth.world import World

_EXPORT = "klaviyo.profiles"
_PAGE = 30
TRAPS = {
    "mojibake": 2,
    "nfd": 1,
    "white_space": 1,
    "zero_width": 1,
    "email_capitals": 2,
    "placeholder": 2,
    "hash_of_nothing": 2,
    "impossible_date": 1,
    "sent_twice": 1,
    "edited_profile": 20,
    "broken_json_element": 1,
    "other_home_of_consent": 6,
    "suppressed": 3,
}
_CELLS = {
    "mojibake": (CellTrap("last_name", dirt.name_mojibake),),
    "nfd": (CellTrap("last_name", dirt.decomposed),),
    "white_space": (CellTrap("first_name", dirt.spaced),),
    "zero_width": (CellTrap("first_name", dirt.zero_width),),
    "email_capitals": (CellTrap("email", dirt.shouted),),
    "placeholder": (CellTrap("last_name", dirt.placeholder),),
    "hash_of_nothing": (CellTrap("external_id", dirt.null_hash),),
    "impossible_date": (CellTrap("last_event_date", dirt.always("2022-02-30T08:00:00+00:00", None)),),
}
_WORDS = {
    GRANTED: "SUBSCRIBED",
    WITHDRAWN: "UNSUBSCRIBED",
    DENIED: "NEVER_SUBSCRIBED",
    PENDING: "NEVER_SUBSCRIBED",
    NOT_ASKED: None,
}


def people(world: World, when: int) -> pl.DataFrame:
    """Profiles at a moment: the columns of `subscribers.known` and trap."""
    known = subscribers.known(world, "klaviyo", when)
    every = world.consents.members("klaviyo")
    places = np.searchsorted(every, known["person"].to_numpy())
    return known.with_columns(trap=allot(world.dice, "klaviyo/profiles", places, len(every), TRAPS))


def write(world: World, folder: Delivery) -> None:
    """Everybody on the first night, then who is new, changed or came damaged."""
    cut, before = world.timeline.cut(folder.night), world.timeline.cut(folder.night - 1)
    again = (
        pl.col("trap").is_in(["edited_profile", "broken_json_element"]) & pl.lit(folder.night == 1) & (pl.col("asked") <= before)
    )
    known = people(world, cut).with_columns(again=again.fill_null(value=False))
    known = known.filter(pl.col("again") | (pl.col("changed") > before)).with_columns(
        updated=pl.when("again").then(pl.lit(cut - 2 * HOUR) - pl.col("person") % 900).otherwise("changed")
    )
    if len(known):
        noted = _records(world, known, damaged=folder.night == 0)
        folder.json(_EXPORT, f"profiles_{folder.day}.json", noted, enveloped("data", _PAGE, api.links("profiles")))


def note(world: World, book: TruthBook) -> None:
    """Note whose profiles there are by the end."""
    known = people(world, world.timeline.end)
    key = pl.concat_str(pl.lit(f"{_EXPORT}:"), api.profile_ids(world, known["person"].to_numpy()))
    subscribers.note(book, known, key)


def _zoned(seconds: pl.Expr) -> pl.Expr:
    return iso(seconds).str.replace("Z", "+00:00")


def _flat(known: pl.DataFrame) -> pl.DataFrame:
    """What the traps may spoil."""
    external = ids.salesforce(ids.CONTACT, known["contact"].to_numpy())
    hashed = met(known["trap"], "hash_of_nothing")
    return known.select(
        email="email",
        phone_number="own_phone",
        external_id=pl.when(hashed).then(pl.lit("")).otherwise(external),
        first_name="given",
        last_name="family",
        locale=pl.Series([f"{item.language}-{item.country}" for item in LOCALES]).gather(known["locale"].to_numpy()),
        last_event_date=_zoned(pl.col("updated") - HOUR),
    )


def _consent(topic: str) -> pl.Expr:
    word = pl.col(topic).replace_strict(_WORDS, default=None, return_dtype=pl.String)
    at = pl.when(pl.col(f"{topic}_at") <= pl.col("updated")).then(pl.col(f"{topic}_at"))
    suppressed = (pl.col("trap") == "suppressed").fill_null(value=False) & pl.lit(topic == "newsletter")
    one = pl.concat_list(pl.struct(reason=pl.lit("HARD_BOUNCE"), timestamp=_zoned(pl.col("asked") + HOUR)))
    none = pl.lit([], pl.List(pl.Struct({"reason": pl.String, "timestamp": pl.String})))
    marketing = pl.struct(
        consent=word,
        consent_timestamp=pl.when(word.is_not_null()).then(_zoned(at)),
        suppression=pl.when(suppressed).then(one).otherwise(none),
    )
    return pl.struct(marketing=marketing)


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> pl.DataFrame:
    flat, cells = dirt.soil(_flat(known), known["person"], known["trap"], _CELLS)
    # Shops and forms write what they were told beside the vendor's own consent, and do not agree with it.
    elsewhere = met(known["trap"], "other_home_of_consent")
    properties = pl.struct(
        pl.when(elsewhere).then(pl.lit(["email"])).alias("$consent"),
        pl.when(elsewhere).then(_zoned(pl.col("asked"))).alias("$consent_timestamp"),
        pl.when(elsewhere).then(pl.lit("no")).alias("Accepts Marketing"),
        plan=pl.lit("standard"),
    )
    attributes = known.select(
        *(flat[name] for name in flat.columns),
        created=_zoned(pl.col("asked")),
        updated=_zoned(pl.col("updated")),
        location=pl.struct(country="country", city="city"),
        subscriptions=pl.struct(
            email=_consent("newsletter"), sms=pl.when(pl.col("own_phone").is_not_null()).then(_consent("sms"))
        ),
        properties=properties,
    )
    frame = pl.select(
        type=pl.lit("profile"),
        id=api.profile_ids(world, known["person"].to_numpy()),
        attributes=attributes.to_struct(),
        links=pl.struct(self=pl.lit(f"{api.URL}/profiles/")),
    )
    hurt = known.select(pl.when(met(known["trap"], "broken_json_element") & pl.lit(damaged)).then("trap")).to_series()
    texts = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "type")
    )
    kind = known.select(
        pl.when("again").then(pl.lit("edited_profile"))
        .when(pl.col("trap").is_in(["other_home_of_consent", "suppressed"])).then("trap")
    ).to_series()  # fmt: skip
    cells = cells.with_columns(cell=pl.lit("attributes.") + pl.col("cell"))
    noted = records(
        texts, frame["id"], known["updated"], test=known["quirk"] == "test_person", damage=hurt, cells=cells, trap=kind
    )
    twice = np.flatnonzero(met(known["trap"], "sent_twice").to_numpy())
    return pl.concat([noted, noted[twice].with_columns(trap=pl.lit("sent_twice"))])
