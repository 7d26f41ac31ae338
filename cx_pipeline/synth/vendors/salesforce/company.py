"""Users and accounts: all of them on the first night, afterwards those that changed."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import encode, ids
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.locales import LOCALES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, HOUR
from cx_pipeline.synth.vendors.salesforce.values import NONE, flag, stamp
from cx_pipeline.synth.world import World

_TWICE = "_again"


def write_users(world: World, folder: Delivery) -> None:
    """Agents but the hidden one, whose records dangle."""
    night, cut = folder.night, world.timeline.cut(folder.night)
    agents = world.agents.filter(~pl.col("hidden") & (pl.lit(night == 0) | (pl.col("agent") % 7 == 4)))
    since = pl.lit(cut - 300 * DAY if night == 0 else cut - HOUR)
    agents = agents.with_columns(modified=since - pl.col("agent") * 60)
    system = ids.salesforce(ids.USER, np.array([3]))[0]
    frame = agents.select(
        Id=ids.salesforce(ids.USER, agents["agent"].to_numpy()),
        Username=pl.concat_str("email", pl.lit(".crm")),
        LastName="family",
        FirstName="given",
        Name="name",
        Email="email",
        IsActive=flag(pl.col("active")),
        Department="team",
        Title=pl.lit("Agent" if night == 0 else "Senior agent"),
        ManagerId=ids.salesforce(ids.USER, agents["manager"].to_numpy()),
        TimeZoneSidKey=pl.Series([item.zone for item in LOCALES]).gather(agents["locale"].to_numpy()),
        UserType=pl.when("bot").then(pl.lit("AutomatedProcess")).otherwise(pl.lit("Standard")),
        CreatedDate=stamp(pl.lit(world.timeline.start - 500 * DAY)),
        CreatedById=pl.lit(system),
        LastModifiedDate=stamp(pl.col("modified")),
        LastModifiedById=pl.lit(system),
        SystemModstamp=stamp(pl.col("modified")),
    )
    bots = pl.select(pl.when(agents["bot"]).then(pl.lit("bot_agent"))).to_series()
    noted = records(encode.csv_texts(frame), frame["Id"], agents["modified"], trap=bots)
    folder.table("salesforce.User", "User.csv", frame.columns, noted)


def write_accounts(world: World, folder: Delivery) -> None:
    """Organisations, in files with one column name twice; on the second night also a file with a header and no rows."""
    night, cut = folder.night, world.timeline.cut(folder.night)
    some = world.dice.chance(f"account/{night}", world.organizations["organization"].to_numpy(), 0.1)
    chosen = pl.Series(some) | pl.lit(night == 0) | (pl.col("organization") == night)
    since = pl.lit(world.timeline.start - 100 * DAY if night == 0 else cut - HOUR)
    accounts = world.organizations.filter(chosen).with_columns(modified=since - pl.col("organization") % HOUR)
    owner = ids.salesforce(ids.USER, accounts["organization"].to_numpy() % 3 + 3)
    frame = accounts.select(
        Id=ids.salesforce(ids.ACCOUNT, accounts["organization"].to_numpy()),
        IsDeleted=NONE,
        MasterRecordId=NONE,
        Name="name",
        Type=pl.lit("Customer - Direct"),
        ParentId=ids.salesforce(ids.ACCOUNT, accounts["parent"].to_numpy()),
        BillingStreet="street",
        BillingCity="city",
        BillingState="state",
        BillingPostalCode="postal",
        BillingCountry="country",
        Phone="phone",
        Website=pl.concat_str(pl.lit("https://"), "domain"),
        Region__c="country",
        Industry=pl.lit("Retail"),
        **{f"Region__c{_TWICE}": "country"},
        OwnerId=owner,
        CreatedDate=stamp(pl.lit(world.timeline.start - 400 * DAY)),
        CreatedById=owner,
        LastModifiedDate=stamp(pl.col("modified")),
        LastModifiedById=owner,
        SystemModstamp=stamp(pl.col("modified")),
    )
    header = [name.removesuffix(_TWICE) for name in frame.columns]
    noted = records(encode.csv_texts(frame), frame["Id"], accounts["modified"])
    folder.table("salesforce.Account", "Account.csv", header, noted, traps={"duplicate_column_name": 1})
    if night == 1:
        empty = {"header_only_file": 1, "duplicate_column_name": 1}
        folder.table("salesforce.Account", "Account_header_only.csv", header, noted.clear(), traps=empty)
