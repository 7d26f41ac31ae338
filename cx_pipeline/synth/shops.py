"""The company's shops and who serves in them."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.people import build as build_people
from cx_pipeline.synth.timeline import DAY, HOUR

SHOPS = ("Dublin Grafton", "Berlin Mitte", "Lyon Bellecour", "Boston Back Bay")
ZONES = ("Europe/Dublin", "Europe/Berlin", "Europe/Paris", "America/New_York")
FIRST_CLERK = 90_000
"""Staff numbers of clerks begin here; agents have theirs below."""


def when_open(seconds: Ints) -> Ints:
    """The moment itself between 09:00 and 19:00 UTC, else within the first hour of the next opening."""
    day, clock = seconds // DAY * DAY, seconds % DAY
    opening = day + 9 * HOUR + clock % HOUR
    return np.where(clock < 9 * HOUR, opening, np.where(clock >= 19 * HOUR, opening + DAY, seconds))


def code(shop: pl.Expr) -> pl.Expr:
    """`S-001`: what the tills call a shop."""
    return pl.concat_str(pl.lit("S-"), (shop + 1).cast(pl.String).str.zfill(3))


def staff_number(staff: pl.Expr) -> pl.Expr:
    """`00017`: what rosters and tills call somebody of the staff."""
    return (staff + 17).cast(pl.String).str.zfill(5)


def local_time(seconds: pl.Expr, shop: pl.Expr) -> pl.Expr:
    """`2026-08-02T21:52:17+01:00`, by the clock on the wall of the shop; null for null."""
    moment = pl.from_epoch(seconds, "s").dt.replace_time_zone("UTC")
    told = [moment.dt.convert_time_zone(zone).dt.strftime("%Y-%m-%dT%H:%M:%S%:z") for zone in ZONES]
    return pl.coalesce(pl.when(shop == at).then(text) for at, text in enumerate(told))


def clerks(dice: Dice, count: int) -> pl.DataFrame:
    """One row a clerk. Columns: staff (number, from FIRST_CLERK), shop, given, family, name, email, active (one in nine left)."""
    keys = np.arange(count, dtype=np.int64)
    faces = build_people(Dice(dice.seed + 3), count, 1)
    number = pl.Series(keys).cast(pl.String)
    return pl.DataFrame(
        {"staff": keys + FIRST_CLERK, "shop": keys % len(SHOPS), "active": keys % 9 != 8}
    ).with_columns(
        given=faces["given"],
        family=faces["family"],
        name=faces["name"],
        email=pl.concat_str(faces["latin"], number, pl.lit("@shops.quenloria-home.com")),
    )  # fmt: skip
