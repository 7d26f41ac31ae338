"""Opportunities: all of them on the first night, afterwards those that changed; forecasts move, tombstones stay."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import damage, dirt, encode, ids, leads
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.known import delivered
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER, iso
from cx_pipeline.synth.vendors.salesforce.values import NONE, flag, stamp
from cx_pipeline.synth.vendors.shopify.site import money
from cx_pipeline.synth.world import World

TRAPS = {
    "double_escaped": 1,
    "zero_width": 1,
    "impossible_date": 1,
    "open_date": 1,
    "test_record": 2,
    "field_missing": 1,
    "field_too_many": 1,
}
_CELLS = {
    "double_escaped": (CellTrap("Name", dirt.double_escaped),),
    "zero_width": (CellTrap("Name", dirt.zero_width),),
    "impossible_date": (CellTrap("CloseDate", dirt.always("2026-02-30", None)),),
    "open_date": (CellTrap("CloseDate", dirt.always("9999-12-31", None)),),
}
_OVERLAP = 12 * DAY


def write(world: World, folder: Delivery) -> None:
    """What changed since the last cut, and the overlap before it."""
    known = delivered(world.deals, leads.DEAL_EVENTS, world.timeline, folder.night, _OVERLAP)
    if not len(known):
        return
    traps = {"overlapping_night": int((~known["is_fresh"]).sum())}
    frame, noted = _records(world, known, damaged=folder.night == 0)
    told = {name: count for name, count in traps.items() if count}
    folder.table("salesforce.Opportunity", "Opportunity.csv", frame.columns, noted, traps=told)


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    trap = allot(world.dice, "salesforce/deals", known["deal"].to_numpy(), len(world.deals), TRAPS)
    frame, cells = dirt.soil(_frame(world, known, trap), known["deal"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, *damage.CSV_DAMAGE) & damaged).then(trap)).to_series()
    lines = damage.damaged_rows(frame, encode.csv_texts(frame), hurt, "Name")
    gone, test = known["deleted"] < FOREVER, met(trap, "test_record")
    kind = pl.select(pl.when(test).then(trap).when(gone).then(pl.lit("tombstone_with_text"))).to_series()
    return frame, records(lines, frame["Id"], known["updated"], deleted=gone, test=test, damage=hurt, cells=cells, trap=kind)


def _frame(world: World, known: pl.DataFrame, trap: pl.Series) -> pl.DataFrame:
    client = known.join(world.organizations.select("organization", "name"), on="organization", how="left", maintain_order="left")
    owner = ids.salesforce(ids.USER, known["deal"].to_numpy() % 5 + 3)
    done, won = pl.col("decided") < FOREVER, pl.col("is_won")
    stage = (
        pl.when(done & won).then(pl.lit("Closed Won"))
        .when(done).then(pl.lit("Closed Lost"))
        .when(pl.col("proposed") < FOREVER).then(pl.lit("Proposal/Price Quote"))
        .otherwise(pl.lit("Qualification"))
    )  # fmt: skip
    title = pl.concat_str(client["name"].fill_null("Private customer"), pl.lit(" - deal "), pl.col("deal").cast(pl.String))
    modified = stamp(pl.col("updated"))
    return known.select(
        Id=ids.salesforce(ids.OPPORTUNITY, known["deal"].to_numpy()),
        IsDeleted=flag(pl.col("deleted") < FOREVER),
        AccountId=ids.salesforce(ids.ACCOUNT, known["organization"].to_numpy()),
        IsPrivate=NONE,
        Name=pl.when(met(trap, "test_record")).then(pl.lit("[TEST] do not call")).otherwise(title),
        Description=NONE,
        StageName=stage,
        Amount=money(pl.col("cents")),
        Probability=pl.when(done & won).then(pl.lit("100")).when(done).then(pl.lit("0")).otherwise(pl.lit("50")),
        CloseDate=iso(pl.when(done).then("decided").otherwise("due")).str.slice(0, 10),
        Type=pl.lit("New Customer"),
        LeadSource=pl.lit("Web"),
        IsClosed=flag(done),
        IsWon=flag(done & won),
        ForecastCategory=pl.when(done).then(pl.lit("Closed")).otherwise(pl.lit("Pipeline")),
        CurrencyIsoCode=pl.lit("EUR"),
        OwnerId=owner,
        CreatedDate=stamp(pl.col("opened")),
        CreatedById=owner,
        LastModifiedDate=modified,
        LastModifiedById=owner,
        SystemModstamp=modified,
        ContactId=ids.salesforce(ids.CONTACT, known["contact"].to_numpy()),
        FiscalYear=iso(pl.col("due")).str.slice(0, 4),
    )
