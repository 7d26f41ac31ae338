"""The invented contact centre: its ids, its queues and its lines."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import ids
from cx_pipeline.synth.calls import CALLED_BACK, CHAT, EMAIL, MOST_LEGS, OUTBOUND, TASK, VOICE
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.world import World

ACCOUNT = "402917365508"
INSTANCE = f"arn:aws:connect:eu-west-2:{ACCOUNT}:instance/6d1f0c52-3b7e-4a58-9c41-d27e5b8a90f3"
QUEUES = ("First line", "Billing", "Returns & refunds", "Logistics", "Second line")
COMPLAINTS = "Beschwerden & Rückgaben"
"""A queue whose name some records have in the wrong encoding."""
LINE = "+442079460999"
MAILBOX = "contact@care.quenloria-home.com"
CHANNELS = ("VOICE", "CHAT", "TASK", "EMAIL")
INVERSION = 90
"""Seconds by which a wrong clock lets a contact end before it began."""
_NUMBERS = np.arange(len(QUEUES))


def contact_ids(world: World, numbers: Ints, positions: Ints | int = 0) -> pl.Series:
    """One id a leg; positions below 0 have none."""
    positions = np.asarray(positions)
    return ids.uuids(world.dice, "connect/contact", np.where(positions >= 0, numbers * MOST_LEGS + positions, -1))


def agents(world: World, numbers: Ints) -> pl.Series:
    """The id of each agent."""
    return ids.uuids(world.dice, "connect/agent", np.arange(len(world.agents), dtype=np.int64)).gather(numbers)


def agent_arns(world: World, numbers: Ints) -> pl.Series:
    """`arn:…:instance/…/agent/…`"""
    return pl.select(pl.lit(f"{INSTANCE}/agent/") + agents(world, numbers)).to_series()


def queue_arns(world: World, queues: Ints) -> pl.Series:
    """`arn:…:instance/…/queue/…`"""
    queue = ids.uuids(world.dice, "connect/queue", _NUMBERS)
    return pl.select(pl.lit(f"{INSTANCE}/queue/") + queue.gather(queues)).to_series()


def customer_lines(world: World, persons: Ints) -> pl.DataFrame:
    """What the centre sees of each person: `phone` (E.164; null when withheld or no real number) and `email`."""
    known = world.people.select(
        phone=pl.when(pl.col("phone").str.starts_with("+")).then("phone"), email="email", language="language", quirk="quirk"
    )
    return known[persons]


def withheld(world: World, numbers: Ints) -> pl.Series:
    """True for contacts that hide who calls."""
    return pl.Series(world.dice.chance("connect/withheld", numbers, 0.06))


def initiation(legs: pl.DataFrame) -> pl.Series:
    """How each leg began, in the vendor's words."""
    return legs.select(
        pl.when((pl.col("way") == CALLED_BACK) & (pl.col("position") > 0))
        .then(pl.lit("CALLBACK"))
        .when((pl.col("position") > 0) & (pl.col("number") % 3 == 0))
        .then(pl.lit("QUEUE_TRANSFER"))
        .when(pl.col("position") > 0)
        .then(pl.lit("TRANSFER"))
        .when((pl.col("way") == OUTBOUND) & (pl.col("channel") == VOICE) & (pl.col("number") % 4 == 0))
        .then(pl.lit("EXTERNAL_OUTBOUND"))
        .when(pl.col("way") == OUTBOUND)
        .then(pl.lit("OUTBOUND"))
        .when(pl.col("channel").is_in([CHAT, TASK]))
        .then(pl.lit("API"))
        .otherwise(pl.lit("INBOUND"))
    ).to_series()


def has_phone(legs: pl.DataFrame) -> pl.Series:
    return legs["channel"] == VOICE


def has_email(legs: pl.DataFrame) -> pl.Series:
    return legs["channel"] == EMAIL
