"""Who may be written to, from what the people of a world told each tool.

Of the pipeline's output only this is asked: whose a record is, and which people somebody else told something of too.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cx_pipeline.synth.consents import DENIED, GRANTED, NOT_ASKED, PENDING, WITHDRAWN
from cx_pipeline.synth.timeline import FOREVER
from cx_pipeline.synth.vendors.hubspot import contacts, portal
from cx_pipeline.synth.vendors.klaviyo import profiles
from cx_pipeline.synth.vendors.mailchimp import audience
from cx_pipeline.synth.world import World
from tests.accuracy.compare import asked, counts

_MODELLED = ("mailchimp.audience", "klaviyo.profiles", "hubspot.contacts", "hubspot.subscription_changes", "onetrust.receipts")
_NOT_GIVEN = {GRANTED: "granted", WITHDRAWN: "withdrawn", DENIED: "not_given", PENDING: "not_given"}
_STRICTNESS = {"granted": 0, "not_given": 1, "withdrawn": 2}
# What a vendor's own oddities do to a consent is tested where that vendor is read.
_ODD = ("other_home_of_consent", "suppressed", "cleaned", "edited_member", "edited_profile", "edited_contact")


class Judged(NamedTuple):
    """Customers that the truth judges: those who may be written to, all of them, and those who may in fact."""

    expected: set[str]
    judged: set[str]
    found: set[str]


def newsletters(published: Path, truth: Path) -> Judged:
    """Marketing e-mails: the latest that mailing tools were told under an address, unless HubSpot was told to stop.

    Judged are people of whom these tools alone tell a consent, as the consent centre's purposes stand for nothing here.
    """
    told = counts(truth)["world"]
    world = World(told["customers"], told["nights"], told["seed"], date.fromisoformat(told["first_night"]))
    cut = world.timeline.cut(world.nights - 1)
    owners = _owners(published, truth)
    mailed = pl.concat([_mailchimp(world, cut), _klaviyo(world, cut)]).join(owners, on=["person", "export"])
    strictness = pl.col("state").replace_strict(_STRICTNESS)
    latest = (
        mailed.with_columns(strictness.alias("strictness"))
        .sort("at", "strictness", descending=True)
        .unique("customer_id", keep="first", maintain_order=True)
    )
    left = pl.any_horizontal(pl.col(topic).is_in([WITHDRAWN, DENIED]) for topic in portal.SUBSCRIPTIONS)
    stopped = contacts.people(world, cut).filter(left).with_columns(export=pl.lit("hubspot.contacts")).select("person", "export")
    refused = set(stopped.join(owners, on=["person", "export"])["customer_id"])
    others = asked(
        published,
        f"""SELECT DISTINCT customer_id FROM consent_events WHERE customer_id IS NOT NULL
            AND source_system || '.' || source_entity NOT IN {_MODELLED}""",
    )
    odd = set(mailed.filter("is_odd")["customer_id"])
    people = (set(latest["customer_id"]) | refused) - set(others["customer_id"]) - odd
    yes = set(latest.filter(state="granted")["customer_id"]) - refused
    found = asked(
        published,
        "SELECT customer_id FROM contactable_customers WHERE purpose = 'marketing.communications' AND channel = 'email'",
    )
    return Judged(yes & people, people, set(found["customer_id"]) & people)


def _mailchimp(world: World, cut: int) -> pl.DataFrame:
    """Members confirm when they are asked; who left says when, who never came when the record last changed."""
    known = audience.members(world, cut)
    at = {"granted": "asked", "withdrawn": "newsletter_at", "not_given": "changed"}
    return _told(known, "mailchimp.audience", [(state, pl.col(column)) for state, column in at.items()])


def _klaviyo(world: World, cut: int) -> pl.DataFrame:
    known = profiles.people(world, cut)
    return _told(known, "klaviyo.profiles", [(state, pl.col("newsletter_at")) for state in _STRICTNESS])


def _told(known: pl.DataFrame, export: str, at: list[tuple[str, pl.Expr]]) -> pl.DataFrame:
    """`person, export, state, at, is_odd` of the members of a tool."""
    state = pl.col("newsletter").replace_strict(_NOT_GIVEN, default=None, return_dtype=pl.String)
    when = pl.coalesce(pl.when(pl.col("state_told") == name).then(column) for name, column in at)
    return (
        known.filter(pl.col("newsletter") != NOT_ASKED, pl.col("quirk") != "test_person")
        .with_columns(state.alias("state_told"))
        .select(
            "person",
            pl.lit(export).alias("export"),
            pl.col("state_told").alias("state"),
            when.clip(upper_bound=FOREVER).alias("at"),
            pl.col("trap").is_in(_ODD).fill_null(value=False).alias("is_odd"),
        )
    )


def _owners(published: Path, truth: Path) -> pl.DataFrame:
    """`person, export, customer_id`: which customer the records of a person in a tool became."""
    records = asked(
        published,
        """SELECT DISTINCT source_system || '.' || source_entity || ':' || source_id AS record_key, customer_id
           FROM customer_identities WHERE NOT is_test AND customer_id IS NOT NULL""",
    )
    return (
        pl.read_parquet(truth / "people.parquet")
        .join(records, on="record_key")
        .select(
            pl.col("person").str.extract("([0-9]+)$").cast(pl.Int64).alias("person"),
            pl.col("record_key").str.extract("^([^:]+)").alias("export"),
            "customer_id",
        )
        .unique()
    )
