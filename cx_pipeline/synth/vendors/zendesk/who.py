"""Whose user record is whose, and which only look alike."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth.truth import TruthBook, neighbours
from cx_pipeline.synth.vendors.zendesk import site
from cx_pipeline.synth.world import World


def note(world: World, book: TruthBook) -> None:
    """Note owners of all user records; neighbours among look-alikes must stay apart."""
    key = pl.lit("zendesk.users:")
    users = site.user_ids(world, world.desk_profiles["profile"].to_numpy()).cast(pl.String)
    profiles = world.desk_profiles.with_columns(record_key=pl.concat_str(key, users))
    book.people(profiles.select("record_key", "kind", "link", person="owner"))
    staff = world.agents.filter(~pl.col("hidden"))
    book.people(
        staff.select(
            record_key=pl.concat_str(key, site.agent_ids(staff["agent"].to_numpy()).cast(pl.String)),
            person=pl.concat_str(pl.lit("agent-"), pl.col("agent").cast(pl.String)),
            kind=pl.lit("agent"),
            link=pl.lit("email"),
        )
    )
    for kind in ("placeholder", "dummy"):
        book.apart(neighbours(profiles.filter(pl.col("kind") == kind), "kind", f"look_alike_{kind}"))
    hashed = profiles.filter((pl.col("quirk") == "null_hash") & (pl.col("kind") == "person"))
    book.apart(neighbours(hashed, "quirk", "hash_of_nothing"))
