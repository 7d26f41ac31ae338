"""The company's shops and who serves in them."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice
from cx_pipeline.synth.people import build as build_people

SHOPS = ("Dublin Grafton", "Berlin Mitte", "Lyon Bellecour", "Boston Back Bay")
ZONES = ("Europe/Dublin", "Europe/Berlin", "Europe/Paris", "America/New_York")
FIRST_CLERK = 90_000
"""Staff numbers of clerks begin here; agents have theirs below."""


def code(shop: pl.Expr) -> pl.Expr:
    """`S-001`: what the tills call a shop."""
    return pl.concat_str(pl.lit("S-"), (shop + 1).cast(pl.String).str.zfill(3))


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
