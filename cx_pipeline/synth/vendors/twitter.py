"""Tweets between customers and the company as public support corpora hold them: a CSV of threads, some without their start."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, editions, encode, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dice import Ints
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.journeys import Journeys
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.world import World

SOURCE = "twitter"
BRAND = "QuenloriaHelp"
REACH = 14 * DAY
TRAPS = {
    **dict.fromkeys(("mojibake", "zero_width", "control_character", "double_escaped"), 2),
    "sent_twice": 4,
    "field_missing": 1,
    "field_too_many": 2,
    "unterminated_quote": 1,
    "invalid_bytes": 1,
}
_THREADS = {"parent_missing": 5}
_CELLS = {
    "mojibake": (CellTrap("text", dirt.mojibake),),
    "zero_width": (CellTrap("text", dirt.zero_width),),
    "control_character": (CellTrap("text", dirt.control),),
    "double_escaped": (CellTrap("text", dirt.double_escaped),),
}
_EXPORT, _TEXTS = "twitter.tweets", 400_000_000
_MOMENTS = ("opened", "replied", "asked", "solved")
_PLAIN = encode.Dialect(encoding="utf-8", newline="\n")
_SPOILT_KEYS = 6
_MONTH = "%a %b %d %H:%M:%S +0000 %Y"


def threads(world: World) -> Journeys:
    """Threads: 0.15 a customer; `profile` is the person."""
    return Journeys(world.dice, "thread", world.timeline, max(1, world.customers * 3 // 20), world.customers, len(world.agents))


def write(world: World, out: Path, book: TruthBook) -> None:
    """All nights: tweets since the last cut and two weeks before, and once a few that went through a spreadsheet."""
    told = threads(world)
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        for name, numbers in editions.numbers(told.count):
            _write(world, folder, told.of(numbers), name)


def _write(world: World, folder: Delivery, journeys: pl.DataFrame, name: str) -> None:
    cut, before = world.timeline.cut(folder.night), world.timeline.cut(folder.night - 1)
    rows = [journeys.with_columns(slot=pl.lit(slot, pl.Int64), said=moment) for slot, moment in enumerate(_MOMENTS)]
    heard = pl.concat(rows).filter(pl.col("said") <= cut).sort("number", "said")
    follows = {"before": pl.col("slot").shift(1).over("number"), "after": pl.col("slot").shift(-1).over("number")}
    heard = heard.with_columns(**follows).filter(pl.col("said") > before - REACH)
    if not len(heard):
        return
    number = _own(heard["number"], heard["slot"]).to_numpy()
    trap = allot(world.dice, "twitter/tweets", number, threads(world).count * 3, TRAPS)
    heard = heard.with_columns(trap=trap, why=pl.lit(None, pl.String))
    again = heard.filter(met(trap, "sent_twice")).with_columns(why=pl.lit("sent_twice"))
    frame, noted = _records(world, pl.concat([heard, again]), folder.night)
    folder.table(_EXPORT, f"tweets{name}.csv", frame.columns, noted, dialect=_PLAIN)
    if folder.night == 1 and not name:
        few = _records(world, heard.filter(heard["trap"].is_null()).tail(_SPOILT_KEYS), folder.night)[0]
        few = few.with_columns(tweet_id=pl.lit("9.25497E+17"), inbound=pl.col("inbound").str.to_uppercase())
        spoilt = records(encode.csv_texts(few, _PLAIN), pl.Series([None] * len(few), dtype=pl.String), pl.Series([0] * len(few)))
        spoilt = spoilt.with_columns(trap=pl.lit("key_lost_in_excel"))
        folder.table(_EXPORT, "tweets_from_excel.csv", few.columns, spoilt, dialect=encode.Dialect())


def _own(number: pl.Series, slot: pl.Series) -> pl.Series:
    return number * len(_MOMENTS) + slot


def tweet_ids(numbers: Ints) -> pl.Series:
    """18 digits; negative numbers give null."""
    ids = pl.Series("id", 925_497_000_000_000_000 + numbers.astype(np.int64) * 7_919).cast(pl.String)
    return ids.to_frame().select(pl.when(pl.Series(numbers >= 0)).then("id")).to_series()


def _records(world: World, heard: pl.DataFrame, night: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    number = _own(heard["number"], heard["slot"])
    parent = _own(heard["number"], heard["before"]).fill_null(-1).to_numpy()
    first = allot(world.dice, "twitter/threads", heard["number"].to_numpy(), threads(world).count, _THREADS)
    lost = (first == "parent_missing").fill_null(value=False) & (heard["slot"] == 0)
    parent = np.where(lost.to_numpy(), 4_000_000_000 + number.to_numpy(), parent)
    inbound = heard["slot"].is_in([0, 2])
    frame = heard.select(
        tweet_id=tweet_ids(number.to_numpy()),
        author_id=pl.when(inbound).then((pl.col("profile") + 115_700).cast(pl.String)).otherwise(pl.lit(BRAND)),
        inbound=pl.when(inbound).then(pl.lit("True")).otherwise(pl.lit("False")),
        created_at=pl.from_epoch("said", "s").dt.strftime(_MONTH),
        text=_texts(world, heard),
        response_tweet_id=tweet_ids(_own(heard["number"], heard["after"]).fill_null(-1).to_numpy()),
        in_response_to_tweet_id=tweet_ids(parent),
    )
    spoilt, cells = dirt.soil(frame, number, heard["trap"], _CELLS)
    # What a site writes is escaped once; what is spoilt brings its own.
    plain = pl.Series(cells["trap"].is_null())
    spoilt = spoilt.with_columns(
        text=pl.when(plain).then(pl.col("text").str.replace_many({"&": "&amp;", "<": "&lt;", ">": "&gt;"})).otherwise("text")
    )
    hurt = pl.select(pl.when(met(heard["trap"], *damage.CSV_DAMAGE) & (night == 0)).then(heard["trap"])).to_series()
    lines = damage.damaged_rows(spoilt, encode.csv_texts(spoilt, _PLAIN), hurt, "text")
    kind = heard.select(pl.coalesce("why", pl.when(lost).then(pl.lit("parent_missing")))).to_series()
    return spoilt, records(lines, frame["tweet_id"], heard["said"], damage=hurt, cells=cells, trap=kind)


def _texts(world: World, heard: pl.DataFrame) -> pl.Series:
    """What is said, with whom it is said to in front."""
    person = heard["profile"].to_numpy()
    people = world.people[person]
    keys, language = heard["number"].to_numpy() + _TEXTS, people["language"].to_numpy()
    said = [
        texts.descriptions(world.dice, keys, language, people["given"]),
        *(texts.answers(world.dice, kind, keys, language) for kind in ("replies", "thanks", "solutions")),
    ]
    to = (
        pl.when(pl.col("slot").is_in([0, 2])).then(pl.lit(f"@{BRAND} ")).otherwise(pl.format("@{} ", pl.col("profile") + 115_700))
    )
    picked = pl.coalesce(pl.when(pl.col("slot") == slot).then(text) for slot, text in enumerate(said))
    return heard.select(pl.concat_str(to, picked)).to_series()
