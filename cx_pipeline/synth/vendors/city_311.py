"""Requests to a city as its portal publishes them: a number before each row, local times on the 12-hour clock."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.synth import complaints, damage, dirt, encode
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.known import as_of
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

SOURCE = "city_311"
TRAPS = {
    "double_escaped": 1,
    "impossible_date": 2,
    "clock_inversion": 3,
    "date_only": 4,
    "test_request": 2,
    "sent_twice": 2,
    "field_missing": 1,
    "field_too_many": 1,
    "invalid_bytes": 1,
}
_KINDS = (
    ("NYPD", "Noise - Residential", "Loud Music/Party"),
    ("HPD", "HEAT/HOT WATER", "ENTIRE BUILDING"),
    ("DOT", "Street Condition", "Pothole"),
    ("DSNY", "Illegal Dumping", "Removal Request"),
    ("DEP", "Water System", "Leak (Use Comments)"),
)
_WAYS = ("ONLINE", "PHONE", "MOBILE", "UNKNOWN")
_ANSWER = "Resolution Description"
_CELLS = {
    "double_escaped": (CellTrap("Descriptor", dirt.double_escaped),),
    "impossible_date": (CellTrap("Closed Date", dirt.always("02/30/2026 10:00:00 AM", None)),),
}
_DIALECT = encode.Dialect(encoding="utf-8", newline="\n")


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights: everything that was ever reported, once more each night."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        known = as_of(world.city_requests, complaints.CITY_EVENTS, world.timeline.cut(night))
        if not len(known):
            continue
        frame, noted = _records(world, known, damaged=night == 0)
        before = int((known["reported"] <= world.timeline.cut(night - 1)).sum())
        traps = {"cumulative_export": before} if before else {}
        header = ["", *frame.columns[1:]]
        folder.table(
            "city_311.service_requests", f"service_requests_{folder.day}.csv", header, noted, dialect=_DIALECT, traps=traps
        )


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    trap = allot(world.dice, "city_311/requests", known["request"].to_numpy(), len(world.city_requests), TRAPS)
    frame, cells = dirt.soil(_frame(known, trap), known["request"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, *damage.CSV_DAMAGE) & damaged).then(trap)).to_series()
    lines = damage.damaged_rows(frame, encode.csv_texts(frame, _DIALECT), hurt, _ANSWER)
    test = met(trap, "test_request")
    told = known.select(
        pl.when(met(trap, "date_only", "test_request", "sent_twice", "clock_inversion")).then(trap)
        .when("repeats").then(pl.lit("repeat_report"))
    ).to_series()  # fmt: skip
    noted = records(lines, frame["Unique Key"], known["updated"], test=test, damage=hurt, cells=cells, trap=told)
    return frame, pl.concat([noted, noted.filter(met(trap, "sent_twice"))])


def _stamp(seconds: pl.Expr) -> pl.Expr:
    """`01/02/2024 12:00:00 AM`."""
    return pl.from_epoch(seconds, "s").dt.strftime("%m/%d/%Y %I:%M:%S %p")


def _frame(known: pl.DataFrame, trap: pl.Series) -> pl.DataFrame:
    agency, kind, detail = (pl.lit(pl.Series([entry[at] for entry in _KINDS])).gather(pl.col("kind")) for at in range(3))
    number = pl.col("request")
    done = pl.col("closed") < FOREVER
    inverted, test = met(trap, "clock_inversion"), met(trap, "test_request")
    closed = (
        pl.when(inverted).then(pl.col("reported") - 2 * HOUR)
        .when(met(trap, "impossible_date")).then("reported")
        .when(done).then("closed")
    )  # fmt: skip
    status = (
        pl.when(test).then(pl.lit("Closed - Testing"))
        .when(inverted).then(pl.lit("Pending"))
        .when(done).then(pl.lit("Closed"))
        .when(pl.col("worked_on") < FOREVER).then(pl.lit("In Progress"))
        .otherwise(pl.lit("Open"))
    )  # fmt: skip
    opened = pl.when(met(trap, "date_only")).then(pl.col("reported") // DAY * DAY).otherwise("reported")
    return known.select(
        number.cast(pl.String).alias("row"),
        (number * 13 + 57_000_001).cast(pl.String).alias("Unique Key"),
        _stamp(opened).alias("Created Date"),
        _stamp(closed).alias("Closed Date"),
        agency.alias("Agency"),
        kind.alias("Complaint Type"),
        detail.alias("Descriptor"),
        pl.when(number % 3 == 0).then(pl.lit("Unspecified")).otherwise(pl.lit("RESIDENTIAL BUILDING")).alias("Location Type"),
        pl.when(number % 2 == 0).then(pl.lit("10037.0")).otherwise(pl.lit("10037")).alias("Incident Zip"),
        pl.concat_str(pl.col("house"), pl.lit(" HARBOUR STREET")).alias("Incident Address"),
        pl.lit("NEW YORK").alias("City"),
        status.alias("Status"),
        pl.when(done).then(pl.lit("The department looked into it, and the condition was corrected.")).alias(_ANSWER),
        _stamp(pl.col("updated")).alias("Resolution Action Updated Date"),
        pl.lit("MANHATTAN").alias("Borough"),
        pl.lit(pl.Series(_WAYS)).gather(pl.col("channel")).alias("Open Data Channel Type"),
    )
