"""How web tools name a visit: the cookie of the browser, the number of the session, the account that signed in."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import ids
from cx_pipeline.synth.timeline import DAY
from cx_pipeline.synth.world import World

SITE = "https://www.quenloria-home.com"


def cookies(world: World, browsers: pl.Series) -> pl.Series:
    """The client id of a browser: a random number and when the cookie was set, such as `1026454.1593001200`."""
    keys = browsers.to_numpy()
    drawn = pl.Series(world.dice.below("visit/cookie", keys, 2_000_000_000) + 1_000_000)
    since = pl.Series(world.timeline.start - world.dice.below("visit/since", keys, 500 * DAY) - DAY)
    return pl.select(pl.concat_str(drawn, pl.lit("."), since)).to_series()


def accounts(world: World, persons: pl.Series) -> pl.Series:
    """The CRM's id of who signed in; null for nobody, and for people whom the CRM does not know."""
    contacts = world.crm_profiles.filter(pl.col("kind") == "person").select("person", contact="profile")
    found = persons.to_frame("person").join(contacts, on="person", how="left", maintain_order="left")["contact"]
    return ids.salesforce(ids.CONTACT, found.fill_null(-1).to_numpy())
