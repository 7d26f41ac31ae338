"""What every marketing tool knows of the people it writes to: who they are, and what it believes they agreed to."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth.consents import CENTRE
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World


def known(world: World, tool: str, when: int) -> pl.DataFrame:
    """The members of a tool at a moment, with the columns of `Consents.believed` and those of the person.

    Further columns: own_phone (the phone, null where somebody else has it too), contact (profile of the CRM, -1: none).
    """
    members = world.consents.members(tool)
    believed = world.consents.believed(tool, members, when)
    shared = pl.col("phone").is_duplicated() | ~pl.col("phone").str.starts_with("+")
    people = world.people.with_columns(own_phone=pl.when(~shared).then("phone"))
    contacts = world.crm_profiles.filter(pl.col("kind") == "person").select("person", contact="profile")
    return (
        believed.filter(pl.col("asked") <= when)
        .join(people, on="person", how="left", maintain_order="left")
        .join(contacts, on="person", how="left", maintain_order="left")
        .with_columns(pl.col("contact").fill_null(-1))
    )


def decided(world: World, tool: str, after: int, until: int) -> pl.DataFrame:
    """Decisions that a tool learned of in a span of time, `after` excluded, in the order of learning.

    Columns: those of `Consents.decisions`, heard (seconds), and those of the person.
    """
    everybody = world.people.filter(~pl.col("quirk").is_in(["role_mailbox", "placeholder_email"]))["person"].to_numpy()
    members = everybody if tool == CENTRE else world.consents.members(tool)
    decisions = world.consents.decisions(members)
    if tool == CENTRE:
        decisions = decisions.filter(pl.col("told") == tool)
    heard = decisions.with_columns(world.consents.heard(tool, decisions).alias("heard"))
    span = heard.filter((pl.col("heard") > after) & (pl.col("heard") <= until))
    return span.join(world.people, on="person", how="left", maintain_order="left").sort("heard", "number")


def note(book: TruthBook, known_people: pl.DataFrame, record_key: pl.Expr) -> None:
    """Note whose the records of a tool are."""
    book.people(
        known_people.select(
            record_key=record_key,
            person=pl.concat_str(pl.lit("person-"), pl.col("person").cast(pl.String)),
            kind=pl.lit("subscriber"),
            link=pl.when(pl.col("quirk") == "test_person").then(pl.lit("none")).otherwise(pl.lit("email")),
        )
    )
