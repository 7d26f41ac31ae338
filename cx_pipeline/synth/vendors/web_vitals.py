"""web-vitals as browsers report them: a metric several times a page load, from two generations of the site's code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from cx_pipeline.sources.pages import rating
from cx_pipeline.synth import damage, encode
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.records import nothing, records
from cx_pipeline.synth.timeline import DAY, HOUR
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.visitors import SITE, cookies
from cx_pipeline.synth.world import World

SOURCE = "web_vitals"
OVERLAP = 3 * HOUR
TRAPS = {
    "shift_times_thousand": 2,
    "negative_metric": 1,
    "crawler": 1,
    "sent_twice": 1,
    "rating_in_capitals": 1,
    "cut_line": 1,
}
"""Met by the page loads of a day, with weights as in `allot.period`."""
_EXPORT = "web_vitals.events"
_METRICS = ("TTFB", "FCP", "LCP", "LCP", "CLS", "CLS", "INP")
"""What a load reports, one after the other: the largest paint and the shift once more when the page is left."""
_SHARES = (100, 100, 60, 100, 30, 100, 100)
_AFTER_MS = (5, 30, 400, 2_600, 2_000, 9_000, 9_001)
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"
_CRAWLER = "Mozilla/5.0 (compatible; Larkbot/2.1; +https://www.vostrania.com/bot)"
_SAMPLED = 0.5


def write(world: World, out: Path, book: TruthBook) -> None:
    """Each night the day before, and the overlap ahead of it."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        cut = world.timeline.cut(night)
        told = reports(world, night)
        noted = _records(told, damaged=night == 0) if len(told) else nothing()
        repeated = int((noted["clock"] <= cut - DAY).sum()) if night else 0
        if len(noted):
            folder.lines(_EXPORT, f"events_{folder.day}.ndjson", noted, traps={"overlapping_night": repeated} if repeated else {})


def reports(world: World, night: int) -> pl.DataFrame:
    """What the browsers report, a row a metric, in the order of time.

    Columns: those of page loads, and trap, cookie, at (place in the order of a load's reports), metric, reported (epoch, ms),
    is_early (it is reported once more), honest (the value), number (the value as it is written).
    """
    cut = world.timeline.cut(night)
    loads = pl.concat(_loads(world, cut - days * DAY) for days in (2, 1)).filter(pl.col("began") > cut - DAY - OVERLAP)
    if not len(loads):
        return loads
    return pl.concat(_metric(world, loads, at) for at in range(len(_METRICS))).sort("reported", "load", "at")


def _loads(world: World, day: int) -> pl.DataFrame:
    """The loads of the day that begins at a moment which were sampled, with their traps."""
    loads = world.sessions.loads(world.sessions.between(day, day + DAY))
    loads = loads.filter(pl.Series(world.dice.chance("vitals/sampled", loads["load"].to_numpy(), _SAMPLED)))
    return loads.with_columns(
        trap=allot(world.dice, f"vitals/loads/{day}", np.arange(len(loads)), len(loads), TRAPS),
        cookie=cookies(world, loads["browser"]),
    )


def _metric(world: World, loads: pl.DataFrame, at: int) -> pl.DataFrame:
    """The reports of one kind; what is no longer measured when the page is cut off is missing."""
    name, column = _METRICS[at], _METRICS[at].lower()
    share = pl.Series(world.dice.below(f"vitals/share/{at}", loads["load"].to_numpy(), 100) < _SHARES[at])
    early = at + 1 < len(_METRICS) and _METRICS[at + 1] == name
    value = pl.col(column) * 6 // 10 if early else pl.col(column)
    scale = 10_000 if name == "CLS" else 1
    spoken = (pl.col("trap") == "negative_metric").fill_null(value=False) & pl.lit(name == "TTFB")
    shifted = (pl.col("trap") == "shift_times_thousand").fill_null(value=False) & pl.lit(name == "CLS")
    number = pl.when(spoken).then(-(value + 1) / scale).when(shifted).then(value / 10).otherwise(value / scale)
    there = share & ~(loads["is_cut_off"] & pl.Series([at in (3, 5, 6)] * len(loads)))
    return loads.with_columns(at=pl.lit(at), metric=pl.lit(name), reported=pl.col("loaded_ms") + _AFTER_MS[at],
                              is_early=pl.lit(early), honest=value / scale, number=number, is_shifted=shifted,
                              is_negative=spoken).filter(there)  # fmt: skip


def _records(reports: pl.DataFrame, *, damaged: bool) -> pl.DataFrame:
    crawler = met(reports["trap"], "crawler")
    serial = (pl.col("load") * 1_000_003 + pl.col("at").replace({2: 3, 4: 5})) % 9_000_000_000_000 + 1_000_000_000_000
    key = pl.concat_str(pl.lit("v5-"), "loaded_ms", pl.lit("-"), serial)
    rated = rating(pl.col("metric"), pl.col("honest").cast(pl.Float64)).str.replace("_", "-")
    loud = met(reports["trap"], "rating_in_capitals")
    frame = reports.select(
        name="metric",
        value=pl.col("number").cast(pl.Float64),
        rating=pl.when(loud).then(rated.str.to_uppercase()).otherwise(rated),
        delta=pl.col("number").cast(pl.Float64),
        id=key,
        navigationType=pl.Series(["navigate", "reload", "back-forward"]).gather(reports["load"].to_numpy() % 3),
        timestamp="reported",
        page=pl.lit(SITE) + pl.col("path"),
        client_id="cookie",
        session_id=pl.concat_str("cookie", pl.lit("-"), "began"),
        device="device",
        ua=pl.when(crawler).then(pl.lit(_CRAWLER)).otherwise(pl.lit(_BROWSER)),
        timeout="is_timeout",
        cut_off="is_cut_off",
    )
    cut = reports.select(
        pl.when(met(reports["trap"], "cut_line") & (pl.col("metric") == "FCP") & pl.lit(damaged)).then("trap")
    ).to_series()
    lines = damage.damaged_texts(encode.json_texts(frame), cut, "cut_line", damage.cut_line)
    kind = reports.select(
        pl.when(crawler | loud | pl.col("is_shifted") | pl.col("is_negative"))
        .then("trap")
        .when("is_early")
        .then(pl.lit("reported_again_later"))
    ).to_series()
    name = pl.select(pl.concat_str(frame["id"], pl.lit("|"), frame["name"])).to_series()
    noted = records(lines, name, reports["reported"], damage=cut, trap=kind)
    again = noted[(met(reports["trap"], "sent_twice") & (reports["metric"] == "INP")).arg_true().to_numpy()]
    return pl.concat([noted, again.with_columns(trap=pl.lit("sent_twice"))]) if len(again) else noted
