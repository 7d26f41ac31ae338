"""Whose contact or user record is whose, and which share something without being one person."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import ids
from cx_pipeline.synth.truth import TruthBook, neighbours
from cx_pipeline.synth.world import World

_SHARED = {
    "household": ("phone", "household_phone"),
    "role_mailbox": ("email", "role_mailbox"),
    "placeholder_email": ("email", "placeholder_email"),
    "placeholder_phone": ("phone", "placeholder_phone"),
    "homonym": ("name", "homonym"),
}


def note(world: World, book: TruthBook) -> None:
    """Note owners of all contacts and users; people who share a value stay apart."""
    numbers = ids.salesforce(ids.CONTACT, world.crm_profiles["profile"].to_numpy())
    contacts = world.crm_profiles.with_columns(record_key=pl.concat_str(pl.lit("salesforce.Contact:"), numbers))
    book.people(contacts.select("record_key", "kind", "link", person="owner"))
    staff = world.agents.filter(~pl.col("hidden"))
    users = ids.salesforce(ids.USER, staff["agent"].to_numpy())
    book.people(
        staff.select(
            record_key=pl.concat_str(pl.lit("salesforce.User:"), users),
            person=pl.concat_str(pl.lit("agent-"), pl.col("agent").cast(pl.String)),
            kind=pl.lit("agent"),
            link=pl.lit("email"),
        )
    )
    own = contacts.filter(pl.col("kind") == "person").sort("person")
    for quirk, (column, why) in _SHARED.items():
        about = own.filter(pl.col(column).is_not_null())
        pairs = neighbours(about, column, why)
        odd = about.filter(pl.col("quirk") == quirk)["record_key"].implode()
        book.apart(pairs.filter(pl.col("right").is_in(odd)))
