"""Google Analytics 4 as its export to a warehouse is: a day streamed as it happens, and a day later once more for good."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, encode
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.records import nothing, records
from cx_pipeline.synth.timeline import DAY
from cx_pipeline.synth.truth import TruthBook
from cx_pipeline.synth.visitors import SITE, accounts, cookies
from cx_pipeline.synth.world import World

SOURCE = "ga4"
TRAPS = {
    "late_event": 2,
    "source_known_later": 2,
    "placeholder": 2,
    "hash_of_nothing": 2,
    "sent_twice": 1,
    "debug_event": 1,
    "cut_line": 1,
}
"""Met by the page loads of a day, with weights as in `allot.period`."""
_EXPORT = "ga4.events"
_CELLS = {
    "placeholder": (CellTrap("user_id", dirt.always("(not set)", None)),),
    "hash_of_nothing": (CellTrap("user_id", dirt.null_hash),),
}
_TEXT, _WHOLE, _REAL = pl.String, pl.String, pl.Float64


def write(world: World, out: Path, book: TruthBook) -> None:
    """Each night yesterday as far as it was streamed, and the day before for good, with what came late."""
    for night in range(world.nights):
        folder = Delivery(out, world.timeline.date_of(night).isoformat(), SOURCE, night, book)
        cut = world.timeline.cut(night)
        for streamed, until in ((True, cut), (False, cut - DAY)):
            day = pl.select(pl.from_epoch(pl.lit(until - DAY), "s").dt.strftime("%Y%m%d")).item()
            noted = _day(world, until - DAY, until, day, streamed=streamed, damaged=night == 0)
            if len(noted):
                name = f"events_intraday_{day}.ndjson" if streamed else f"events_{day}.ndjson.gz"
                folder.lines(_EXPORT, name, noted)


def _day(world: World, after: int, until: int, day: str, *, streamed: bool, damaged: bool) -> pl.DataFrame:
    visits = world.sessions.between(after, until)
    loads = world.sessions.loads(visits)
    if not len(loads):
        return nothing()
    loads = loads.with_columns(
        trap=allot(world.dice, f"ga4/loads/{day}", np.arange(len(loads)), len(loads), TRAPS),
        cookie=cookies(world, loads["browser"]),
        account=accounts(world, loads["person"]),
    ).filter(~pl.lit(streamed) | (pl.col("trap") != "late_event").fill_null(value=True))
    views = loads.with_columns(event=pl.lit("page_view"), order=1)
    starts = loads.filter(pl.col("position") == 0).with_columns(
        event=pl.lit("session_start"),
        order=0,
        trap=pl.when(pl.col("trap").is_in(["late_event", "source_known_later"])).then("trap"),
    )
    events = pl.concat([starts, views]).sort("loaded_ms", "load", "order")
    return _records(world, events, day, streamed=streamed, damaged=damaged)


def _records(world: World, events: pl.DataFrame, day: str, *, streamed: bool, damaged: bool) -> pl.DataFrame:
    frame, cells = dirt.soil(_frame(world, events, day, streamed=streamed), events["load"], events["trap"], _CELLS)
    cut = events.select(pl.when(met(events["trap"], "cut_line") & pl.lit(streamed and damaged)).then("trap")).to_series()
    lines = damage.damaged_texts(encode.json_texts(frame), cut, "cut_line", damage.cut_line)
    place = ("event_bundle_sequence_id", "batch_page_id", "batch_ordering_id", "batch_event_index")
    key = frame.select(
        pl.concat_str(pl.lit("@"), "user_pseudo_id", pl.lit("|"), "event_timestamp", pl.lit("|"), "event_name",
                      *(pl.lit("|") + pl.col(name) for name in place))
    ).to_series()  # fmt: skip
    kind = events.select(pl.when(met(events["trap"], "late_event", "source_known_later", "debug_event")).then("trap")).to_series()
    noted = records(
        lines, key, events["loaded_ms"] // 1000, test=met(events["trap"], "debug_event"), damage=cut, cells=cells, trap=kind
    )
    twice = met(events["trap"], "sent_twice").arg_true().to_numpy()
    again = noted[twice].with_columns(trap=pl.lit("sent_twice"))
    return pl.concat([noted, again]) if len(again) else noted


def _parameter(key: str, *, text: pl.Expr | None = None, whole: pl.Expr | None = None) -> pl.Expr:
    """A parameter has a place for each type, and one of them is filled."""
    value = pl.struct(
        string_value=pl.lit(None, _TEXT) if text is None else text,
        int_value=pl.lit(None, _WHOLE) if whole is None else whole.cast(_WHOLE),
        float_value=pl.lit(None, _REAL),
        double_value=pl.lit(None, _REAL),
    )
    return pl.struct(key=pl.lit(key), value=value)


def _frame(world: World, events: pl.DataFrame, day: str, *, streamed: bool) -> pl.DataFrame:
    loads = events["load"].to_numpy()
    micros = pl.col("loaded_ms") * 1000 + pl.Series(world.dice.below("ga4/micros", loads, 900)) + pl.col("order")
    bundle = pl.Series(world.dice.below("ga4/bundle", loads, 2_000_000_000) + 7_000_000_000)
    debug = _parameter("debug_mode", whole=pl.lit(1))
    plain = (
        _parameter("page_location", text=pl.lit(SITE) + pl.col("path") + pl.lit("?utm_source=newsletter")),
        _parameter("ga_session_id", whole=pl.col("began")),
        _parameter("engaged_session_event", whole=pl.lit(1)),
    )
    # Where a visit came from is worked out when the day is over.
    unknown = pl.lit(streamed) & (pl.col("trap") == "source_known_later").fill_null(value=False)
    medium = pl.Series(["organic", "cpc", "(none)", "email"]).gather(np.asarray(events["number"]) % 4)
    return events.select(
        event_date=pl.lit(day),
        event_timestamp=micros.cast(pl.String),
        event_name="event",
        event_params=pl.when(pl.col("trap") == "debug_event")
        .then(pl.concat_list(*plain, debug))
        .otherwise(pl.concat_list(*plain)),
        event_bundle_sequence_id=bundle.cast(pl.String),
        user_id="account",
        user_pseudo_id="cookie",
        device=pl.struct(category="device", language=pl.lit("en-us"), web_info=pl.struct(browser=pl.lit("Chrome"))),
        geo=pl.struct(country=pl.lit(None, _TEXT), region=pl.lit("Northeast")),
        traffic_source=pl.struct(medium=pl.when(~unknown).then(medium)),
        stream_id=pl.lit("5107391132"),
        platform=pl.lit("WEB"),
        is_active_user=pl.lit(value=True),
        batch_page_id=pl.col("loaded_ms").cast(pl.String),
        batch_ordering_id=(pl.col("position") + 1).cast(pl.String),
        batch_event_index=(pl.col("order") + 1).cast(pl.String),
        items=pl.lit([], pl.List(pl.String)),
    )
