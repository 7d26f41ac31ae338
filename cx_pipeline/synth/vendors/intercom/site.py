"""The invented messenger: its ids, which are texts here and numbers there."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import ids
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.timeline import DAY
from cx_pipeline.synth.world import World

APP = "qe7lq2ab"
REACH = 12 * DAY
"""How far an export reaches back behind the one before."""
PAGE = 50
_CONVERSATIONS, _ADMINS = 215_470_000_000, 5_017_690


def conversation_numbers(numbers: Ints) -> pl.Series:
    return pl.Series(_CONVERSATIONS + numbers * 37)


def conversation_ids(numbers: Ints) -> pl.Series:
    return conversation_numbers(numbers).cast(pl.String)


def contact_ids(world: World, contacts: Ints) -> pl.Series:
    """24 hexadecimal digits; negative numbers give null."""
    return ids.hexadecimal(world.dice, "intercom/contact", contacts, 24)


def admin_numbers(agents: Ints) -> pl.Series:
    return pl.Series(_ADMINS + agents * 11)
