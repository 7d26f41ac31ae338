"""The company's own side: client organisations, and the agents and bots that answer."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Dice
from cx_pipeline.synth.people import ORGANIZATION_DOMAIN
from cx_pipeline.synth.people import build as build_people

_FIRST = (
    "Orrery",
    "Halcyon",
    "Müller & Söhne",
    "O'Keefe",
    "Tern",
    "Quorum",
    "Ångbåt",
    "Petrichor",
    "Sola",
    "Brightwater",
    "Kestrel",
    "Lumen",
)
_SECOND = ("Logistics", "Freight, Inc.", "Retail", 'Foods "Delikat"', "Systems", "Travel; Tours", "Partners", "Works")
TEAMS = ("First line", "Billing", "Returns", "Logistics", "Second line")
BOT_NAME = "Company Bot"


def organizations(dice: Dice, count: int) -> pl.DataFrame:
    """One row a client. Columns: organization, name, domain, parent (-1: none), city, country."""
    keys = np.arange(count, dtype=np.int64)
    homes = build_people(Dice(dice.seed + 1), count, 1, {})
    first = pl.Series(_FIRST).gather(keys % len(_FIRST))
    second = pl.Series(_SECOND).gather((keys // len(_FIRST)) % len(_SECOND))
    number = pl.Series(keys).cast(pl.String)
    frame = pl.DataFrame({"organization": keys, "first": first, "second": second, "number": number})
    later_round = pl.Series(keys >= len(_FIRST) * len(_SECOND))
    suffix = pl.when(later_round).then(pl.concat_str(pl.lit(" "), "number")).otherwise(pl.lit(""))
    parent = np.where((keys > 0) & dice.chance("parent", keys, 0.15), keys // 2, -1)
    return frame.select(
        "organization",
        name=pl.concat_str("first", pl.lit(" "), "second", suffix),
        domain=pl.concat_str(pl.lit("c"), "number", pl.lit(f".{ORGANIZATION_DOMAIN}")),
        parent=pl.Series(parent),
        city=homes["city"],
        state=homes["state"],
        postal=homes["postal"],
        street=homes["street"],
        country=homes["country"],
        locale=homes["locale"],
        phone=homes["phone"],
    )


def agents(dice: Dice, count: int) -> pl.DataFrame:
    """One row an agent, known to every tool unless `hidden`: that one's user record is never delivered.

    Number 0 is a bot, 1 has left the company, 2 is hidden; of the others every ninth has left. Columns: agent, name,
    given, family, email, team, manager (-1: none), bot, active, hidden, locale, country.
    """
    keys = np.arange(count, dtype=np.int64)
    faces = build_people(Dice(dice.seed + 2), count, 1, {})
    bot = pl.Series(keys == 0)
    return pl.DataFrame({"agent": keys, "bot": bot}).with_columns(
        given=faces["given"].zip_with(~bot, pl.Series(["Company"])),
        family=faces["family"].zip_with(~bot, pl.Series(["Bot"])),
        name=faces["name"].zip_with(~bot, pl.Series([BOT_NAME])),
        email=pl.concat_str(faces["latin"], pl.col("agent").cast(pl.String), pl.lit("@care.quenloria-home.com")),
        team=pl.Series(TEAMS).gather(keys % len(TEAMS)),
        manager=pl.Series(np.where(keys > len(TEAMS), keys % len(TEAMS) + 3, -1)),
        active=pl.Series((keys % 9 != 1) | (keys == 0)),
        hidden=pl.Series(keys == 2),
        locale=faces["locale"],
        country=faces["country"],
    )
