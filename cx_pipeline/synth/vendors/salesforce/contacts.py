"""Contacts: with their merged losers, once as Unicode text from a spreadsheet, once without their ids."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import dirt, encode, ids, phones, unsaid
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.encode import Dialect
from cx_pipeline.synth.locales import LOCALES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, HOUR, iso
from cx_pipeline.synth.vendors.salesforce.values import NONE, flag, members, part_name, stamp
from cx_pipeline.synth.world import World

OVERLAP = 12 * HOUR
TRAPS = {
    "mojibake": 2,
    "nfd": 2,
    "white_space": 2,
    "zero_width": 2,
    "email_capitals": 3,
    "phone_national": 12,
    "impossible_date": 2,
    "placeholder": 2,
    "multi_line_street": 4,
}
_CELLS = {
    "mojibake": (CellTrap("LastName", dirt.name_mojibake),),
    "nfd": (CellTrap("LastName", dirt.decomposed),),
    "white_space": (CellTrap("LastName", dirt.spaced),),
    "zero_width": (CellTrap("FirstName", dirt.zero_width),),
    "email_capitals": (CellTrap("Email", dirt.shouted),),
    "impossible_date": (CellTrap("Birthdate", dirt.always("2022-02-30", None)),),
    "placeholder": (CellTrap("Title", dirt.placeholder),),
}
_UNSAID = {"Email": (unsaid.EMAIL,), "Phone": (unsaid.PHONE,)}
_EXPORT = "salesforce.Contact"
_PER_FILE = 250_000


def write(world: World, folder: Delivery) -> None:
    """On the first night everybody, then who changed since, and the overlap before it."""
    night = folder.night
    cut, before = world.timeline.cut(night), world.timeline.cut(night - 1)
    moved = (pl.col("changed") > pl.col("created")) & (pl.col("changed") <= cut)
    updated = pl.when(moved).then("changed").otherwise("created")
    known = world.crm_profiles.with_columns(updated=updated, moved=moved).filter(
        (pl.col("created") <= cut) & (pl.col("updated") > before - OVERLAP)
    )
    unicode = members(known["profile"], len(world.crm_profiles), 1) & (night == 0)
    rest = known.filter(~unicode)
    for at, start in enumerate(range(0, max(1, len(rest)), _PER_FILE)):
        some = rest.slice(start, _PER_FILE)
        fresh = some["updated"] > before
        traps = {
            "late_update": int((fresh & (some["created"] <= before)).sum()) if night else 0,
            "overlapping_night": int((~fresh).sum()),
        }
        frame, noted = _records(world, some)
        folder.table(
            _EXPORT, part_name("Contact", at), frame.columns, noted, traps={name: count for name, count in traps.items() if count}
        )
    if unicode.any():
        frame, noted = _records(world, known.filter(unicode), encode.EXCEL_UNICODE)
        folder.table(
            _EXPORT, "Contact_unicode.txt", frame.columns, noted, dialect=encode.EXCEL_UNICODE, traps={"utf16_tab_file": 1}
        )
    if night == 1:
        _without_ids(world, folder)


def _without_ids(world: World, folder: Delivery) -> None:
    """A handful of contacts as somebody's own extract; nobody can say whose records these are."""
    known = world.crm_profiles.head(5).with_columns(updated="created", moved=pl.lit(value=False))
    frame, noted = _records(world, known)
    rest = frame.drop("Id")
    lines = noted.with_columns(encode.csv_texts(rest).alias("text"), *(NONE.alias(name) for name in dirt.CELLS))
    traps = {"required_column_missing": 1}
    folder.table(_EXPORT, "Contact_without_id.csv", rest.columns, lines, quarantined_whole="required_column_missing", traps=traps)


def _records(world: World, known: pl.DataFrame, dialect: Dialect = encode.VENDOR) -> tuple[pl.DataFrame, pl.DataFrame]:
    numbers = known["profile"]
    trap = allot(world.dice, "salesforce/contacts", numbers.to_numpy(), len(world.crm_profiles), TRAPS)
    frame, cells = dirt.soil(_frame(known, trap), numbers, trap, _CELLS)
    frame, cells = _with_national_phones(frame, cells, known, trap)
    cells = unsaid.note(frame, cells, _UNSAID)
    merged, test = known["kind"] == "merged", known["quirk"] == "test_person"
    kind = known.select(
        pl.when(met(trap, "multi_line_street"))
        .then(trap)
        .when(pl.col("quirk") == "role_mailbox")
        .then("quirk")
        .when(merged)
        .then(pl.lit("merged_contact"))
    ).to_series()
    lines = encode.csv_texts(frame, dialect)
    content = None if dialect is encode.VENDOR else encode.csv_texts(frame)
    return frame, records(
        lines, frame["Id"], known["updated"], deleted=merged, test=test, content=content, cells=cells, trap=kind
    )


def _streets(trap: pl.Series) -> pl.Expr:
    several = pl.concat_str(pl.lit("c/o reception\n"), "street", pl.lit(', flat "B"'))
    upstairs = pl.concat_str("street", pl.lit(", 2nd floor"))
    return pl.when(met(trap, "multi_line_street")).then(several).when("moved").then(upstairs).otherwise("street")


def _address(street: pl.Expr, country: pl.Series) -> pl.Expr:
    """The compound column: the flat ones once more, as JSON in a cell."""
    nowhere = pl.lit(None, pl.Float64)
    return pl.struct(
        city="city",
        country=country,
        geocodeAccuracy=NONE,
        latitude=nowhere,
        longitude=nowhere,
        postalCode="postal",
        state="state",
        street=street,
    ).struct.json_encode()


def _frame(known: pl.DataFrame, trap: pl.Series) -> pl.DataFrame:
    profiles = known["profile"].to_numpy()
    owner = ids.salesforce(ids.USER, profiles % 5 + 3)
    country = pl.Series([item.country_name for item in LOCALES]).gather(known["locale"].to_numpy())
    street = _streets(trap)
    spelt = pl.concat_str("given", pl.lit(" "), "family")
    born = met(trap, "impossible_date") | pl.Series(profiles % 5 == 0)
    titled = met(trap, "placeholder") | pl.Series(profiles % 4 == 0)
    return known.select(
        Id=ids.salesforce(ids.CONTACT, profiles),
        IsDeleted=flag(pl.col("kind") == "merged"),
        MasterRecordId=ids.salesforce(ids.CONTACT, known["survivor"].fill_null(-1).to_numpy()),
        AccountId=ids.salesforce(ids.ACCOUNT, known["organization"].to_numpy()),
        LastName="family",
        FirstName="given",
        Name=pl.when(pl.col("kind") == "second_contact").then(spelt).otherwise("name"),
        MailingStreet=street,
        MailingCity="city",
        MailingState="state",
        MailingPostalCode="postal",
        MailingCountry=country,
        MailingLatitude=NONE,
        MailingLongitude=NONE,
        MailingGeocodeAccuracy=NONE,
        MailingAddress=_address(street, country),
        Phone="phone",
        MobilePhone=NONE,
        Email="email",
        Title=pl.when(titled).then(pl.lit("Buyer")),
        Birthdate=pl.when(born).then(iso(pl.col("profile") % 9000 * DAY).str.slice(0, 10)),
        OwnerId=owner,
        HasOptedOutOfEmail=flag(pl.col("profile") % 6 == 0),
        HasOptedOutOfFax=NONE,
        DoNotCall=flag(pl.col("profile") % 10 == 0),
        CreatedDate=stamp(pl.col("created")),
        CreatedById=owner,
        LastModifiedDate=stamp(pl.col("updated")),
        LastModifiedById=owner,
        SystemModstamp=stamp(pl.col("updated")),
        EmailBouncedReason=NONE,
        EmailBouncedDate=NONE,
        IsEmailBounced=NONE,
        IndividualId=NONE,
    )


def _with_national_phones(
    frame: pl.DataFrame, cells: pl.DataFrame, known: pl.DataFrame, trap: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Phones as people at home write them; the country stands in another column."""
    real = met(trap, "phone_national") & known["phone"].str.starts_with("+").fill_null(value=False)
    home = phones.national(pl.lit(known["phone"]), pl.lit(known["country"]))
    marks = {"trap": pl.lit("phone_national"), "cell": pl.lit("Phone"), "dirty": home, "clean": pl.lit(known["phone"])}
    return frame.with_columns(Phone=pl.when(real).then(home).otherwise("Phone")), cells.with_columns(
        pl.when(real).then(mark).otherwise(name).alias(name) for name, mark in marks.items()
    )
