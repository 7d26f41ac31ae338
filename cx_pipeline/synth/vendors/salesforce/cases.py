"""Cases: numbers with zeros in front, texts over several lines, tombstones with their text, and records that broke."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, encode, ids, texts, unsaid
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dice import Bools, Ints
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.journeys import as_of, delivered, ranges
from cx_pipeline.synth.phrases import LANGUAGES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import FOREVER, HOUR
from cx_pipeline.synth.vendors.salesforce import resaved
from cx_pipeline.synth.vendors.salesforce.values import IMPOSSIBLE, NONE, OPEN_END, flag, members, part_name, stamp
from cx_pipeline.synth.world import World

TRAPS = {
    "mojibake": 2,
    "double_escaped": 2,
    "zero_width": 2,
    "control_character": 2,
    "quoted_subject": 2,
    "clock_inversion": 4,
    "impossible_date": 2,
    "open_date": 2,
    "placeholder": 2,
    "test_record": 3,
    "field_missing": 1,
    "field_too_many": 1,
    "unterminated_quote": 1,
    "invalid_bytes": 1,
}
_CELLS = {
    "mojibake": (CellTrap("Subject", dirt.mojibake),),
    "double_escaped": (CellTrap("Description", dirt.double_escaped),),
    "zero_width": (CellTrap("Subject", dirt.zero_width),),
    "control_character": (CellTrap("Description", dirt.control),),
    "quoted_subject": (CellTrap("Subject", dirt.quoted),),
    "impossible_date": tuple(CellTrap(name, dirt.always(IMPOSSIBLE, None)) for name in ("ClosedDate", "SlaExitDate")),
    "open_date": (CellTrap("SlaExitDate", dirt.always(OPEN_END, None)),),
    "placeholder": (CellTrap("SuppliedCompany", dirt.placeholder),),
}
_UNSAID = {
    "SuppliedEmail": (unsaid.EMAIL,),
    "SuppliedPhone": (unsaid.PHONE,),
    "ContactEmail": (unsaid.EMAIL,),
    "ContactPhone": (unsaid.PHONE,),
}
_NEW_COLUMN = "Sentiment__c"
_WORDS = {"new": "New", "open": "Working", "pending": "Waiting on Customer", "solved": "Closed", "closed": "Closed"}
_TEXTS = 500_000_000
"""Keeps what is said here apart from what is said to the help desk."""


def write(world: World, folder: Delivery) -> None:
    """What changed since the last cut; on the first night some of it in files that spreadsheets saved."""
    night = folder.night
    cut, before = world.timeline.cut(night), world.timeline.cut(night - 1)
    numbers = np.concatenate([delivered(some, world.timeline, night, 0)["number"].to_numpy() for some in ranges(world.cases)])
    if night == 0:
        numbers = numbers[~_special_files(world, folder, numbers)]
    part = max(500, min(50_000, world.cases.count))
    for at, start in enumerate(range(0, len(numbers), part)):
        state = as_of(world.cases.of(numbers[start : start + part]), cut)
        frame, noted = case_records(world, state, broken=night == 0)
        header, traps = list(frame.columns), {}
        if night:
            traps = {"late_update": int((state["opened"] <= before).sum()), "unknown_new_column": 1}
            header.append(_NEW_COLUMN)
            noted = noted.with_columns(pl.concat_str("text", pl.lit(",neutral")))
        folder.table("salesforce.Case", part_name("Case", at), header, noted, traps=traps)


def _special_files(world: World, folder: Delivery, numbers: Ints) -> Bools:
    """Cases that come in files of their own; true for those that do."""
    series = pl.Series(numbers)
    clean = allot(world.dice, "salesforce/cases", numbers, world.cases.count, TRAPS).is_null()
    cut = world.timeline.cut(0)
    gone = np.zeros(len(numbers), dtype=np.bool_)
    for place, kind in enumerate(resaved.KINDS):
        chosen = clean & members(series, world.cases.count, place)
        state = as_of(world.cases.of(numbers[chosen.to_numpy()]), cut)
        frame, noted = case_records(world, state, broken=False)
        if kind.write(folder, frame, noted):
            gone |= np.isin(numbers, state["number"].filter(kind.fits(noted)).to_numpy())
    return gone


def case_records(world: World, state: pl.DataFrame, *, broken: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cases in the vendor's columns, and as records; `broken` says whether damage may be done."""
    trap = allot(world.dice, "salesforce/cases", state["number"].to_numpy(), world.cases.count, TRAPS)
    people = world.crm_profiles[state["profile"].to_numpy()]
    frame, cells = dirt.soil(_frame(world, state, people, trap), state["number"], trap, _CELLS)
    cells = unsaid.note(frame, cells, _UNSAID)
    hurt = pl.select(pl.when(met(trap, *damage.CSV_DAMAGE) & broken).then(trap)).to_series()
    gone, test = state["state"] == "deleted", met(trap, "test_record")
    inverted = met(trap, "clock_inversion") & frame["ClosedDate"].is_not_null()
    kind = pl.select(
        pl.when(inverted | test)
        .then(trap)
        .when(gone)
        .then(pl.lit("tombstone_with_text"))
        .when(state["agent"] == 2)
        .then(pl.lit("dangling_owner"))
    ).to_series()
    lines = damage.damaged_rows(frame, encode.csv_texts(frame), hurt)
    return frame, records(lines, frame["Id"], state["updated"], deleted=gone, test=test, damage=hurt, cells=cells, trap=kind)


def _frame(world: World, state: pl.DataFrame, people: pl.DataFrame, trap: pl.Series) -> pl.DataFrame:
    numbers = state["number"].to_numpy()
    keys, language, test = numbers + _TEXTS, people["language"].to_numpy(), met(trap, "test_record")
    subject = texts.subjects(world.dice, keys, language).zip_with(~test, pl.Series(["TEST - please ignore"]))
    description = texts.descriptions(world.dice, keys, language, people["name"]).zip_with(~test, pl.Series(["sandbox test"]))
    done = (pl.col("solved") < FOREVER) & pl.col("state").is_in(["solved", "closed", "deleted"])
    closed = pl.when(met(trap, "clock_inversion")).then(pl.col("opened") - 2 * HOUR).otherwise("solved")
    status = pl.when(done).then(pl.lit("Closed")).otherwise(pl.col("state").replace_strict(_WORDS, default="Working"))
    owner = ids.salesforce(ids.USER, state["agent"].to_numpy())
    unknown = numbers % 9 == 4  # came by e-mail or web form and nobody found the contact
    supplied = pl.Series(unknown | (state["channel"].to_numpy() == 1))
    modified = stamp(pl.col("updated"))
    late = met(trap, "impossible_date", "open_date")
    return state.select(
        Id=ids.salesforce(ids.CASE, numbers),
        IsDeleted=flag(pl.col("state") == "deleted"),
        CaseNumber=(pl.col("number") + 1014).cast(pl.String).str.zfill(8),
        ContactId=ids.salesforce(ids.CONTACT, np.where(unknown, -1, state["profile"].to_numpy())),
        AccountId=ids.salesforce(ids.ACCOUNT, people["organization"].to_numpy()),
        ParentId=ids.salesforce(ids.CASE, np.where(numbers % 25 == 24, numbers - 7, -1)),
        SuppliedName=pl.when(supplied).then(people["name"]),
        SuppliedEmail=pl.when(supplied).then(people["email"]),
        SuppliedPhone=pl.when(supplied).then(people["phone"]),
        SuppliedCompany=pl.when(met(trap, "placeholder")).then(pl.lit("Orrery Logistics")),
        Type=pl.Series(("Problem", "Question", "Feature Request", None)).gather(numbers % 4),
        Status=status,
        Reason=pl.Series(("Delivery", "Billing", "Defect", None)).gather(numbers % 4),
        Origin=pl.Series(("Email", "Web", "Chat", "Phone", "Email")).gather(state["channel"].to_numpy()),
        Subject=subject,
        Priority=pl.Series(("Low", "Medium", "High", "High")).gather(state["priority"].to_numpy()),
        Description=description,
        IsClosed=flag(done),
        ClosedDate=pl.when(done).then(stamp(closed)),
        IsEscalated=flag(pl.col("priority") == 3),
        OwnerId=owner,
        SlaStartDate=NONE,
        SlaExitDate=pl.when(late).then(modified),
        IsStopped=NONE,
        CreatedDate=stamp(pl.col("opened")),
        CreatedById=owner,
        LastModifiedDate=modified,
        LastModifiedById=owner,
        SystemModstamp=modified,
        ContactPhone=people["phone"],
        ContactEmail=people["email"],
        MilestoneStatus=NONE,
        Order_Number__c=texts.orders(keys),
        Language__c=pl.Series(LANGUAGES).gather(language),
    )
