"""Whose contact is whose, and by what it could be known."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth.calls import EMAIL, VOICE
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.amazon_connect import legs, site
from cx_pipeline.synth.world import World

_RANGE = 250_000
_NOBODYS = ("role_mailbox", "placeholder_email", "test_person")


def _disputed(world: World) -> pl.Series:
    """True for people whom a tool knows by another name at the same number: nobody can say which of the two calls."""
    profiles = (world.desk_profiles.filter(kind="phone_contact"), world.crm_profiles.filter(kind="second_contact"))
    named_twice = pl.concat([some["person"] for some in profiles])
    return world.people["person"].is_in(named_twice.implode())


def note(world: World, book: TruthBook) -> None:
    """Note the owner of the first leg of every contact; the legs behind it are the same contact."""
    shared, disputed = world.people["phone"].is_duplicated(), _disputed(world)
    for start in range(0, world.calls.count, _RANGE):
        numbers = np.arange(start, min(world.calls.count, start + _RANGE), dtype=np.int64)
        first = legs.trapped(world, world.calls.legs(numbers).filter(pl.col("position") == 0))
        persons = first["person"].to_numpy()
        line = site.customer_lines(world, persons)
        own_address = line["email"].is_not_null() & ~line["quirk"].is_in(_NOBODYS)
        by_phone = (first["channel"] == VOICE) & line["phone"].is_not_null() & ~site.withheld(world, numbers)
        link = (
            pl.when(by_phone & shared.gather(persons))
            .then(pl.lit("shared_phone"))
            .when(by_phone & disputed.gather(persons))
            .then(pl.lit("disputed_phone"))
            .when(by_phone)
            .then(pl.lit("phone"))
            .when((first["channel"] == EMAIL) & own_address & ~first["is_test"])
            .then(pl.lit("email"))
            .otherwise(pl.lit("none"))
        )
        book.people(
            first.select(
                record_key=pl.lit("amazon_connect.contact_records:") + site.contact_ids(world, numbers),
                person=pl.lit("person-") + pl.col("person").cast(pl.String),
                kind=pl.lit("caller"),
                link=link,
            ).filter((first["updated"] <= world.timeline.end) & ~first["is_damaged"])
        )
