"""Visits to shops, as the tills note them: every night what was entered or put right, and the week before once more."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.synth import damage, dirt, encode, visits
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.buyers import details
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.known import delivered
from cx_pipeline.synth.records import records
from cx_pipeline.synth.shops import FIRST_CLERK, code, local_time, staff_number
from cx_pipeline.synth.timeline import DAY, FOREVER, MINUTE
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.vendors.shopify import site
from cx_pipeline.synth.world import World

SOURCE = "store"
TRAPS = {
    "email_capitals": 2,
    "mojibake": 2,
    "white_space": 1,
    "placeholder": 2,
    "impossible_date": 2,
    "clock_inversion": 2,
    "test_visit": 2,
    "sent_twice": 2,
    "field_missing": 1,
    "field_too_many": 1,
    "unterminated_quote": 1,
    "invalid_bytes": 1,
}
_CELLS = {
    "email_capitals": (CellTrap("email", dirt.shouted), CellTrap("note", dirt.control)),
    "mojibake": (CellTrap("customer_name", dirt.name_mojibake), CellTrap("note", dirt.mojibake)),
    "white_space": (CellTrap("customer_name", dirt.spaced), CellTrap("purpose", dirt.spaced)),
    "placeholder": (CellTrap("loyalty_id", dirt.always("N/A", None)),),
    "impossible_date": (CellTrap("left_at", dirt.always("2026-02-30T10:00:00+00:00", None)),),
}
_OUTCOMES = {visits.RETURN: "returned", visits.ADVICE: "advised", visits.BROWSE: "bought"}
_NOTES = (
    "Asked for another size; we have none.",
    "Wants to be called back.",
    "Was in a hurry",
    "Compares with the shop next door",
)
_OVERLAP = 7 * DAY
_LABEL = "store/visits"
_DIALECT = encode.Dialect(encoding="utf-8")


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        known = delivered(world.visits, visits.EVENTS, world.timeline, night, _OVERLAP)
        if not len(known):
            continue
        fresh = known["is_fresh"]
        edited = fresh & (known["entered"] <= world.timeline.cut(night - 1))
        traps = {"overlapping_night": int((~fresh).sum()), "late_update": int(edited.sum())}
        noted = _records(world, known, damaged=night == 0)
        name = f"visits_{folder.day}.csv{'.zst' if night % 2 else ''}"
        folder.table("store.visits", name, _COLUMNS, noted, dialect=_DIALECT, traps={name: n for name, n in traps.items() if n})
    _note(world, book)


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> pl.DataFrame:
    trap = allot(world.dice, _LABEL, known["visit"].to_numpy(), len(world.visits), TRAPS)
    frame, cells = dirt.soil(_frame(world, known, trap), known["visit"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, *damage.CSV_DAMAGE) & damaged).then(trap)).to_series()
    lines = damage.damaged_rows(frame, encode.csv_texts(frame, _DIALECT), hurt, "note")
    test = met(trap, "test_visit")
    told = known.select(
        pl.when(met(trap, "clock_inversion", "test_visit", "sent_twice"))
        .then(trap)
        .when("is_in_vain")
        .then(pl.lit("visit_in_vain"))
    ).to_series()
    noted = records(lines, frame["visit_id"], known["updated"], test=test, damage=hurt, cells=cells, trap=told)
    return pl.concat([noted, noted.filter(met(trap, "sent_twice"))])


def _given(world: World, known: pl.DataFrame) -> pl.DataFrame:
    """What the till was told of the customer: a card, an address or a phone, each by some."""
    people = details(world, known["person"])
    keys = known["visit"].to_numpy()
    has = {
        name: pl.Series(world.dice.chance(f"store/{name}", keys, rate))
        for name, rate in (("card", 0.5), ("mail", 0.6), ("phone", 0.3))
    }
    person = pl.col("person").cast(pl.String)
    return known.select(
        loyalty_id=pl.when(has["card"] & (pl.col("person") >= 0)).then(pl.concat_str(pl.lit("QL"), person.str.zfill(7))),
        email=pl.when(has["mail"] | (pl.col("order") >= 0)).then(people["email"]),
        phone=pl.when(has["phone"]).then(people["phone"]),
        customer_name=people["name"],
    )


def _frame(world: World, known: pl.DataFrame, trap: pl.Series) -> pl.DataFrame:
    given, test, shop = _given(world, known), met(trap, "test_visit"), pl.col("shop")
    left = (
        pl.when(met(trap, "impossible_date")).then(pl.col("entered") + 5 * MINUTE)
        .when(met(trap, "clock_inversion")).then(pl.col("entered") - 10 * MINUTE)
        .when(pl.col("left") < FOREVER).then("left")
    )  # fmt: skip
    outcome = (
        pl.when("is_in_vain").then(pl.lit("not ready"))
        .when(pl.col("purpose") == visits.PICK_UP).then(pl.lit("picked up"))
        .otherwise(pl.col("purpose").replace_strict(_OUTCOMES, default=None))
    )  # fmt: skip
    remark = pl.lit(pl.Series(_NOTES)).gather(pl.col("visit") % len(_NOTES))
    return known.select(
        visit_id=pl.concat_str(pl.lit("V-"), pl.col("visit").cast(pl.String).str.zfill(7)),
        store_id=code(shop),
        entered_at=local_time(pl.col("entered"), shop),
        left_at=local_time(left, shop),
        staff_id=staff_number(pl.col("clerk") + FIRST_CLERK),
        purpose=pl.when(test).then(pl.lit("test")).otherwise("purpose"),
        loyalty_id=pl.when(met(trap, "placeholder")).then(pl.lit("QL")).otherwise(given["loyalty_id"]),
        email=given["email"],
        phone=given["phone"],
        customer_name=given["customer_name"],
        order_id=pl.when(pl.col("order") >= 0).then(site.order_id(pl.col("order")).cast(pl.String)),
        outcome=outcome,
        note=pl.when(pl.col("noted") < FOREVER).then(pl.lit("Put right by the manager, see the other till")).otherwise(remark),
        updated_at=local_time(pl.col("updated"), shop),
    )


_COLUMNS = (
    *("visit_id", "store_id", "entered_at", "left_at", "staff_id", "purpose", "loyalty_id", "email", "phone", "customer_name"),
    *("order_id", "outcome", "note", "updated_at"),
)


def _note(world: World, book: TruthBook) -> None:
    """Who came, and by what the till could know."""
    came = world.visits
    given = _given(world, came).with_columns(person=came["person"], visit=came["visit"])
    trap = allot(world.dice, _LABEL, came["visit"].to_numpy(), len(came), TRAPS)
    lost = met(trap, "test_visit", "placeholder", *damage.CSV_DAMAGE)
    told = given.filter(~lost & (pl.col("person") >= 0) & pl.any_horizontal(pl.col("loyalty_id", "email", "phone").is_not_null()))
    book.people(
        told.select(
            record_key=pl.concat_str(pl.lit("store.visits:V-"), pl.col("visit").cast(pl.String).str.zfill(7)),
            person=pl.concat_str(pl.lit("person-"), pl.col("person").cast(pl.String)),
            kind=pl.lit("visitor"),
            link=pl.when(pl.col("email").is_not_null()).then(pl.lit("email"))
            .when(pl.col("phone").is_not_null()).then(pl.lit("phone"))
            .otherwise(pl.lit("none")),
        )
    )  # fmt: skip
