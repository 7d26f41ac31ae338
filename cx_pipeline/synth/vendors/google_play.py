"""Reviews as the Play Console's monthly files hold them: UTF-16, rebuilt every night, each review in its latest state."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from cx_pipeline.synth import damage, dirt, editions, encode, ids, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.phrases import LANGUAGES
from cx_pipeline.synth.records import records
from cx_pipeline.synth.reviews import VERSIONS
from cx_pipeline.synth.timeline import DAY, FOREVER, iso
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

SOURCE, PACKAGE = "google_play", "com.quenloria.home"
TRAPS = {"sent_twice": 3, "mojibake": 2, "zero_width": 2, "control_character": 2, "field_missing": 1, "field_too_many": 2}
_CELLS = {
    "mojibake": (CellTrap("Review Text", dirt.mojibake),),
    "zero_width": (CellTrap("Review Title", dirt.zero_width),),
    "control_character": (CellTrap("Review Text", dirt.control),),
}
_TEXTS, _YOUNG = 800_000_000, 10 * DAY
_DEVICES = ("a51", "gta8", "OnePlus8T", "redfin", "sunfish")
_UTF_16 = encode.Dialect(encoding="utf-16", newline="\n")


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights; the first brings the files of all months, each later one those of months in which something changed."""
    every = world.reviews(SOURCE)
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        for name, numbers in editions.numbers(every.count):
            trap = allot(world.dice, "google_play/reviews", numbers, every.count, TRAPS)
            known = every.of(numbers).with_columns(trap=trap)
            told = editions.sent(known, world.timeline, night, world.timeline.end)
            month = pl.from_epoch("clock", "s").dt.strftime("%Y%m")
            for (written,), part in (
                told.with_columns(month=month).partition_by("month", as_dict=True, maintain_order=True).items()
            ):
                if night == 0 or written in _rebuilt(world, night):
                    frame, noted = _records(world, part, night)
                    folder.table(
                        "google_play.reviews", f"reviews_{PACKAGE}_{written}{name}.csv", frame.columns, noted, dialect=_UTF_16
                    )


def _rebuilt(world: World, night: int) -> set[str]:
    """The months whose files are written anew: the one of the night, and while it is young the one before."""
    moments = (world.timeline.cut(night), world.timeline.cut(night) - _YOUNG)
    return {datetime.fromtimestamp(moment, UTC).strftime("%Y%m") for moment in moments}


def _records(world: World, told: pl.DataFrame, night: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    trap = told["trap"]
    frame, cells = dirt.soil(_frame(world, told, night), told["number"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, *damage.CSV_DAMAGE) & told["has_text"] & (night == 0)).then(trap)).to_series()
    lines = damage.damaged_rows(frame, encode.csv_texts(frame, _UTF_16), hurt, "Review Text")
    kind = told.select(
        pl.coalesce(
            "why",
            pl.when("is_changed").then(pl.lit("edited_review")),
            pl.when(~pl.col("has_text")).then(pl.lit("rating_without_words")),
        )
    ).to_series()
    review = _review_ids(world, told)
    alone = pl.concat_str(pl.lit(f"rating_{PACKAGE}"), frame["Review Submit Millis Since Epoch"], frame["Device"], separator="_")
    key = pl.concat_str(pl.coalesce(review, alone), frame["Review Last Update Millis Since Epoch"], separator="_")
    return frame, records(lines, pl.select(key).to_series(), told["clock"], damage=hurt, cells=cells, trap=kind)


def _review_ids(world: World, told: pl.DataFrame) -> pl.Series:
    review = ids.uuids(world.dice, "google_play/review", told["number"].to_numpy())
    return told.select(pl.when("has_text").then(review)).to_series()


def _frame(world: World, told: pl.DataFrame, night: int) -> pl.DataFrame:
    numbers = told["number"].to_numpy()
    people = world.people[told["person"].to_numpy()]
    language = people["language"].to_numpy()
    first = texts.descriptions(world.dice, numbers + _TEXTS, language, people["given"])
    later = texts.answers(world.dice, "thanks", numbers + _TEXTS, language)
    said, version = pl.col("has_text"), pl.col("version")
    replied = said & (pl.col("replied") <= min(world.timeline.cut(night), FOREVER - 1))
    milliseconds = {name: (pl.col(name) * 1000).cast(pl.String) for name in ("made", "clock", "replied")}
    link = f"http://play.google.com/console/developers/app/reviews/{PACKAGE}?reviewId="
    columns: dict[str, pl.Expr | pl.Series] = {
        "Package Name": pl.lit(PACKAGE),
        "App Version Code": (pl.lit(809) + version).cast(pl.String),
        "App Version Name": pl.Series(VERSIONS).gather(told["version"].to_numpy()),
        "Reviewer Language": pl.Series(LANGUAGES).gather(language),
        "Device": pl.Series(_DEVICES).gather(numbers % len(_DEVICES)),
        "Review Submit Date and Time": iso(pl.col("made")),
        "Review Submit Millis Since Epoch": milliseconds["made"],
        "Review Last Update Date and Time": iso(pl.col("clock")),
        "Review Last Update Millis Since Epoch": milliseconds["clock"],
        "Star Rating": pl.when("is_changed").then("edited_rating").otherwise("rating").cast(pl.String),
        "Review Title": pl.when(said & (pl.col("number") % 2 == 0)).then(texts.subjects(world.dice, numbers + _TEXTS, language)),
        "Review Text": pl.when(said & pl.col("is_changed")).then(pl.concat_str(later, pl.lit(" "), first)).when(said).then(first),
        "Developer Reply Date and Time": pl.when(replied).then(iso(pl.col("replied"))),
        "Developer Reply Millis Since Epoch": pl.when(replied).then(milliseconds["replied"]),
        "Developer Reply Text": pl.when(replied).then(texts.answers(world.dice, "replies", numbers + _TEXTS, language)),
        "Review Link": pl.concat_str(pl.lit(link), _review_ids(world, told)),
    }
    return told.select(**columns)
