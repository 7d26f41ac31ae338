"""Workforce management: the whole roster every night, and the shifts of the days around it."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.synth import damage, dirt, encode, shifts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.known import as_of
from cx_pipeline.synth.layouts import answers
from cx_pipeline.synth.records import records
from cx_pipeline.synth.shops import code, staff_number
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, iso
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

SOURCE = "workforce"
ROSTER_TRAPS = {
    "mojibake": 1,
    "white_space": 1,
    "test_person": 1,
    "edited": 2,
    "sent_twice": 1,
    "field_missing": 1,
    "field_too_many": 1,
}
_ROSTER_CELLS = {
    "mojibake": (CellTrap("full_name", dirt.name_mojibake),),
    "white_space": (CellTrap("full_name", dirt.spaced),),
}
SHIFT_TRAPS = {"clock_inversion": 6, "impossible_date": 4, "sent_twice": 3, "broken_json_element": 3}
_SHIFT_CELLS = {"impossible_date": (CellTrap("actual_start", dirt.always("2026-02-30T08:00:00Z", None)),)}
_ROUND = 120
_BACK, _AHEAD = 4, 2
_DIALECT = encode.Dialect(delimiter=";", encoding="utf-8-sig")


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights of both exports."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        _write_roster(world, folder)
        _write_shifts(world, folder)


def _day(seconds: pl.Expr) -> pl.Expr:
    return iso(seconds).str.slice(0, 10)


def _write_roster(world: World, folder: Delivery) -> None:
    """Everybody in every period; an open end is the last day there is."""
    known = world.roster.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    trap = allot(world.dice, "workforce/roster", known["place"].to_numpy(), len(known), ROSTER_TRAPS)
    edited, test = met(trap, "edited") & (folder.night > 0), met(trap, "test_person")
    tonight = world.timeline.cut(folder.night) - HOUR
    known = known.with_columns(updated=pl.when(edited).then(tonight).otherwise("updated"))
    frame, cells = dirt.soil(_roster_frame(known, edited, test), known["place"], trap, _ROSTER_CELLS)
    hurt = pl.select(
        pl.when(met(trap, "field_missing", "field_too_many") & pl.lit(value=folder.night == 0)).then(trap)
    ).to_series()
    lines = damage.damaged_rows(frame, encode.csv_texts(frame, _DIALECT), hurt, "full_name")
    lines = lines.zip_with(hurt.is_null(), lines.str.replace_all(",", ";", literal=True))
    key = frame.select(pl.concat_str("employee_id", pl.lit("/"), "effective_from")).to_series()
    open_end = (known["until"] == FOREVER) & trap.is_null()
    kind = pl.select(
        pl.when(edited).then(pl.lit("edited")).when(met(trap, "test_person", "sent_twice")).then(trap)
        .when(known["bot"]).then(pl.lit("bot_agent")).when(open_end).then(pl.lit("open_date"))
    ).to_series()  # fmt: skip
    noted = records(lines, key, known["updated"], test=test, damage=hurt, cells=cells, trap=kind)
    noted = pl.concat([noted, noted.filter(met(trap, "sent_twice"))])
    traps = {"cumulative_export": len(known)} if folder.night else {}
    folder.table("workforce.roster", f"roster_{folder.day}.csv", frame.columns, noted, dialect=_DIALECT, traps=traps)


def _roster_frame(known: pl.DataFrame, edited: pl.Series, test: pl.Series) -> pl.DataFrame:
    manager = pl.when(pl.col("manager") >= 0).then(staff_number(pl.col("manager")))
    ended = pl.when(pl.col("until") == FOREVER).then(pl.lit("9999-12-31")).otherwise(_day(pl.col("until")))
    pay = 28_000 + pl.col("staff") % 13 * 900
    return known.select(
        employee_id=staff_number(pl.col("staff")),
        full_name=pl.when(test).then(pl.lit("Test User")).otherwise("name"),
        work_email=pl.when(test).then(pl.lit("test@test.com")).otherwise("email"),
        job_title=pl.when(edited).then(pl.concat_str(pl.lit("Senior "), pl.col("role").str.to_lowercase())).otherwise("role"),
        team="team",
        department="department",
        supervisor_id=manager,
        time_zone="zone",
        active=pl.when("active").then(pl.lit("yes")).otherwise(pl.lit("No")),
        worker_type=pl.when("bot").then(pl.lit("System user")).otherwise(pl.lit("Employee")),
        # Pay in another currency comes out negative: nobody reads it here.
        annual_pay=pl.when(pl.col("staff") % 11 == 5).then(-pay).otherwise(pay).cast(pl.String),
        currency=pl.lit("EUR"),
        termination_reason=pl.when(~pl.col("active")).then(pl.lit("Personal")),
        effective_from=_day(pl.col("since")),
        effective_to=ended,
        last_modified=iso(pl.col("updated")),
    )


def _write_shifts(world: World, folder: Delivery) -> None:
    """From some days back, as they were worked, to some days ahead, as they are planned."""
    cut = world.timeline.cut(folder.night)
    planned = shifts.shifts(world, cut // DAY - _BACK, _BACK + _AHEAD + 1)
    known = as_of(planned, shifts.EVENTS, cut)
    trap = allot(world.dice, "workforce/shifts", known["shift"].to_numpy(), _ROUND, SHIFT_TRAPS)
    gone = known["is_dropped"] & (known["changed"] < FOREVER)
    frame, cells = dirt.soil(_shift_frame(known, gone, trap), known["shift"], trap, _SHIFT_CELLS)
    kind = "broken_json_element"
    hurt = pl.select(pl.when(met(trap, kind) & pl.lit(value=folder.night == 0)).then(pl.lit(kind))).to_series()
    lines = damage.damaged_texts(encode.json_texts(frame), hurt, kind, lambda text: damage.broken_element(text, "status"))
    before = known["updated"] <= world.timeline.cut(folder.night - 1)
    told = pl.select(
        pl.when(gone).then(pl.lit("tombstone_with_text")).when(met(trap, "sent_twice")).then(trap)
        .when(met(trap, "clock_inversion") & (known["ended"] < FOREVER)).then(trap)
        .when(before).then(pl.lit("overlapping_night"))
    ).to_series()  # fmt: skip
    noted = records(lines, frame["shift_id"], known["updated"], deleted=gone, damage=hurt, cells=cells, trap=told)
    noted = pl.concat([noted, noted.filter(met(trap, "sent_twice"))])
    folder.json("workforce.shifts", f"shifts_{folder.day}.json.gz", noted, answers("shifts", 250))


def _shift_frame(known: pl.DataFrame, gone: pl.Series, trap: pl.Series) -> pl.DataFrame:
    ended = pl.when(met(trap, "clock_inversion")).then(pl.col("started") - HOUR).otherwise("ended")
    status = (
        pl.when(gone).then(pl.lit("deleted"))
        .when(pl.col("ended") < FOREVER).then(pl.lit("worked"))
        .when(pl.col("started") < FOREVER).then(pl.lit("running"))
        .otherwise(pl.lit("published"))
    )  # fmt: skip
    return known.select(
        shift_id=pl.concat_str(pl.lit("SH-"), pl.col("shift").cast(pl.String)),
        employee_id=staff_number(pl.col("staff")),
        activity="activity",
        team="team",
        store_id=pl.when(pl.col("shop") >= 0).then(code(pl.col("shop"))),
        scheduled_start=iso(pl.col("start")),
        scheduled_end=iso(pl.col("end")),
        actual_start=pl.when(pl.col("started") < FOREVER).then(iso(pl.col("started"))),
        actual_end=pl.when(pl.col("ended") < FOREVER).then(iso(ended)),
        break_minutes="break_minutes",
        status=status,
        last_modified=iso(pl.col("updated")),
    )
