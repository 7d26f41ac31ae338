"""Leads: all of them on the first night, afterwards those that changed; converted ones name the contact they became."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import damage, dirt, encode, ids, leads, unsaid
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.buyers import details
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.known import delivered
from cx_pipeline.synth.locales import LOCALES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.salesforce.values import IMPOSSIBLE, NONE, flag, stamp
from cx_pipeline.synth.world import World

TRAPS = {
    "mojibake": 2,
    "nfd": 1,
    "white_space": 2,
    "email_capitals": 2,
    "placeholder": 1,
    "impossible_date": 1,
    "test_record": 2,
    "field_missing": 1,
    "unterminated_quote": 1,
    "invalid_bytes": 1,
}
_CELLS = {
    "mojibake": (CellTrap("LastName", dirt.name_mojibake),),
    "nfd": (CellTrap("LastName", dirt.decomposed),),
    "white_space": (CellTrap("LastName", dirt.spaced),),
    "email_capitals": (CellTrap("Email", dirt.shouted),),
    "placeholder": (CellTrap("FirstName", dirt.always("N/A", None)),),
    "impossible_date": (CellTrap("LastActivityDate", dirt.always(IMPOSSIBLE, None)),),
}
_OVERLAP = 12 * DAY


def write(world: World, folder: Delivery) -> None:
    """What changed since the last cut, and the overlap before it."""
    known = delivered(world.leads, leads.LEAD_EVENTS, world.timeline, folder.night, _OVERLAP)
    if not len(known):
        return
    traps = {"overlapping_night": int((~known["is_fresh"]).sum())}
    frame, noted = _records(world, known, damaged=folder.night == 0)
    told = {name: count for name, count in traps.items() if count}
    folder.table("salesforce.Lead", "Lead.csv", frame.columns, noted, traps=told)


_UNSAID = {
    "Email": (unsaid.EMAIL,),
    "Phone": (unsaid.PHONE,),
    "FirstName": (unsaid.NAME,),
    "LastName": (unsaid.NAME,),
    "Name": (unsaid.NAME,),
}


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    trap = allot(world.dice, "salesforce/leads", known["lead"].to_numpy(), len(world.leads), TRAPS)
    frame, cells = dirt.soil(_frame(world, known, trap), known["lead"], trap, _CELLS)
    cells = unsaid.note(frame, cells, _UNSAID)
    hurt = pl.select(pl.when(met(trap, *damage.CSV_DAMAGE) & damaged).then(trap)).to_series()
    lines = damage.damaged_rows(frame, encode.csv_texts(frame), hurt, "Description")
    merged, test = known["merged"] < FOREVER, met(trap, "test_record")
    kind = pl.select(pl.when(test).then(trap).when(merged).then(pl.lit("merged_lead"))).to_series()
    noted = records(lines, frame["Id"], known["updated"], deleted=merged, test=test, damage=hurt, cells=cells, trap=kind)
    return frame, noted


def _frame(world: World, known: pl.DataFrame, trap: pl.Series) -> pl.DataFrame:
    people, test = details(world, known["person"]), met(trap, "test_record")
    contact = pl.Series(known["contact"].zip_with(known["converted"] < FOREVER, pl.Series([-1])))
    employer = world.crm_profiles["organization"].gather(contact.clip(0)).zip_with(contact >= 0, pl.Series([-1]))
    owner = ids.salesforce(ids.USER, known["lead"].to_numpy() % 5 + 3)
    survivor = known["survivor"].zip_with(known["merged"] < FOREVER, pl.Series([-1]))
    turned = pl.col("converted") < FOREVER
    status = (
        pl.when(turned).then(pl.lit("Closed - Converted"))
        .when(pl.col("lost") < FOREVER).then(pl.lit("Closed - Not Converted"))
        .when(pl.col("worked") < FOREVER).then(pl.lit("Working - Contacted"))
        .otherwise(pl.lit("Open - Not Contacted"))
    )  # fmt: skip
    name = {
        part: pl.when(test).then(pl.lit(fake)).otherwise(people[own])
        for part, own, fake in (("LastName", "family", "Test"), ("FirstName", "given", "Test"), ("Name", "name", "Test Test"))
    }
    active = met(trap, "impossible_date") | (known["worked"] < FOREVER)
    modified = stamp(pl.col("updated"))
    return known.select(
        Id=ids.salesforce(ids.LEAD, known["lead"].to_numpy()),
        IsDeleted=flag(pl.col("merged") < FOREVER),
        MasterRecordId=ids.salesforce(ids.LEAD, survivor.to_numpy()),
        **name,
        Title=NONE,
        Company=pl.lit("-"),
        Street=people["street"],
        City=people["city"],
        State=people["state"],
        PostalCode=people["postal"],
        Country=pl.Series([item.country_name for item in LOCALES]).gather(people["locale"].to_numpy()),
        Phone=pl.when(~test).then(people["phone"]),
        MobilePhone=NONE,
        Email=pl.when(test).then(pl.lit("test@test.com")).otherwise(people["email"]),
        Description=pl.concat_str(pl.lit("Filled in the form,\nlead "), pl.col("lead").cast(pl.String)),
        LeadSource=pl.lit(pl.Series(("Web", "Partner Referral", "Phone Inquiry"))).gather(pl.col("lead") % 3),
        Status=status,
        Rating=pl.lit("Warm"),
        HasOptedOutOfEmail=flag(pl.col("lead") % 9 == 4),
        IsConverted=flag(turned),
        ConvertedDate=pl.when(turned).then(stamp(pl.col("converted")).str.slice(0, 10)),
        ConvertedAccountId=ids.salesforce(ids.ACCOUNT, employer.to_numpy()),
        ConvertedContactId=ids.salesforce(ids.CONTACT, contact.to_numpy()),
        ConvertedOpportunityId=NONE,
        OwnerId=owner,
        CreatedDate=stamp(pl.col("opened")),
        CreatedById=owner,
        LastModifiedDate=modified,
        LastModifiedById=owner,
        SystemModstamp=modified,
        LastActivityDate=pl.when(active).then(modified),
        Language__c=pl.Series([item.language for item in LOCALES]).gather(people["locale"].to_numpy()),
    )


def note(world: World, book: TruthBook) -> None:
    """Who a lead is; test records are nobody, and damaged ones may never be known."""
    came = world.leads.filter(pl.col("opened") <= world.timeline.end)
    trap = allot(world.dice, "salesforce/leads", came["lead"].to_numpy(), len(world.leads), TRAPS)
    came = came.filter(~met(trap, "test_record", *damage.CSV_DAMAGE))
    numbers = ids.salesforce(ids.LEAD, came["lead"].to_numpy())
    book.people(
        came.select(
            record_key=pl.concat_str(pl.lit("salesforce.Lead:"), numbers),
            person=pl.concat_str(pl.lit("person-"), pl.col("person").cast(pl.String)),
            kind=pl.lit("lead"),
            link=pl.lit("email"),
        )
    )
