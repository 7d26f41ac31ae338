"""People as they give themselves in shops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from cx_pipeline.synth.world import World

_NOBODYS = ("role_mailbox", "placeholder_email", "placeholder_phone", "test_person")


def reachable(people: pl.DataFrame) -> pl.DataFrame:
    """People who can be told by their e-mail address."""
    return people.filter(~pl.col("quirk").is_in(_NOBODYS))


def details(world: World, persons: pl.Series) -> pl.DataFrame:
    """What is true of people, a row each: the columns of `World.people`, all null for person -1.

    A number that several share is left out: in a shop everybody gives their own or none.
    """
    shared = pl.col("phone").is_duplicated()
    people = world.people.with_columns(phone=pl.when(~shared).then("phone"))
    return persons.cast(pl.Int64).to_frame("person").join(people, on="person", how="left", maintain_order="left")
