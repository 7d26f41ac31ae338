"""Events of fulfilments: a record a step, as the shop or the carrier told of it, sometimes long after it happened."""

from __future__ import annotations

import numpy as np
import polars as pl

from cx_pipeline.synth import damage, dirt, encode
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.layouts import answers
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, iso
from cx_pipeline.synth.vendors.shopify import site
from cx_pipeline.synth.vendors.shopify.site import NONE
from cx_pipeline.synth.world import World

TRAPS = {"impossible_date": 2, "unknown_status": 2, "told_late": 2, "broken_json_element": 2}
_EXPORT = "shopify.fulfillment_events"
_CELLS = {
    "impossible_date": (CellTrap("estimated_delivery_at", dirt.always("2026-02-30T10:00:00+00:00", None)),),
}
_OVERLAP = 2 * DAY
_LATE = 30 * HOUR
_STEPS = {
    "told": ("ready_for_pickup", "ready"),
    "collected": ("picked_up", "collected"),
    "shipped": ("in_transit", "shipped"),
    "delayed": ("delayed", "delayed"),
    "delivered": ("delivered", "delivered"),
}
"""What happened to the word of the platform and to the one of the canonical table."""


def events(world: World) -> pl.DataFrame:
    """One row a step of a hand-over: what is delivered after it was promised was delayed when the promise ran out.

    Columns: event, hand_over, order, shop, pick_up, promised, word, kind, happened and told (seconds), trap.
    """
    parts = world.hand_overs.with_columns(
        delayed=pl.when((pl.col("shipped") < FOREVER) & (pl.col("delivered") > pl.col("promised")))
        .then(pl.max_horizontal("promised", pl.col("shipped") + 1))
        .otherwise(FOREVER)
    )
    every = pl.concat(
        parts.select(
            "hand_over", "order", "shop", "pick_up", "promised",
            event=pl.col("hand_over") * len(_STEPS) + slot, word=pl.lit(word), kind=pl.lit(kind), happened=name,
        )
        for slot, (name, (word, kind)) in enumerate(_STEPS.items())
    )  # fmt: skip
    every = every.filter(pl.col("happened") < FOREVER).sort("event")
    # By their places, for most keys stand for steps that never happen.
    trap = allot(world.dice, "shopify/events", np.arange(len(every), dtype=np.int64), len(every), TRAPS)
    return every.with_columns(trap=trap, told=pl.col("happened") + pl.when(met(trap, "told_late")).then(_LATE).otherwise(60))


def write(world: World, folder: Delivery) -> None:
    """What was told of since the last call, and the overlap before it."""
    cut, before = world.timeline.cut(folder.night), world.timeline.cut(folder.night - 1)
    known = events(world).filter(pl.col("told") <= cut, pl.col("told") > before - _OVERLAP).sort("told", "event")
    if not len(known):
        return
    noted = site.repeated(_records(known, damaged=folder.night == 0))
    repeats = int((known["told"] <= before).sum())
    traps = {"overlapping_night": repeats} if repeats else {}
    layout = answers("fulfillment_events", site.page(world.customers))
    folder.json(_EXPORT, f"fulfillment_events_{folder.day}.json", noted, layout, traps=traps)
    whole = known.filter(~_is_hurt(known, damaged=folder.night == 0))
    folder.book.facts("fulfilment_events", f"shopify_{folder.night:03}", _facts(whole))


def _is_hurt(known: pl.DataFrame, *, damaged: bool) -> pl.Series:
    return met(known["trap"], "broken_json_element") & damaged


def _records(known: pl.DataFrame, *, damaged: bool) -> pl.DataFrame:
    trap = known["trap"]
    frame, cells = dirt.soil(_frame(known), known["event"], trap, _CELLS)
    hurt = pl.select(pl.when(_is_hurt(known, damaged=damaged)).then(pl.lit("broken_json_element"))).to_series()
    written = damage.damaged_texts(
        encode.json_texts(frame), hurt, "broken_json_element", lambda text: damage.broken_element(text, "status")
    )
    kind = pl.select(pl.when(met(trap, "unknown_status", "told_late")).then(trap)).to_series()
    return records(written, frame["id"], known["told"], damage=hurt, cells=cells, trap=kind)


def _estimated(known: pl.DataFrame) -> pl.Expr:
    """Carriers say when they will deliver; the counter of a shop does not."""
    return pl.when(~pl.col("pick_up") | met(known["trap"], "impossible_date")).then(site.api_time(pl.col("promised")))


def _frame(known: pl.DataFrame) -> pl.DataFrame:
    return known.select(
        id=site.event_id(pl.col("event")),
        fulfillment_id=site.hand_over_id(pl.col("hand_over")) + 2,
        fulfillment_order_id=site.hand_over_id(pl.col("hand_over")),
        order_id=site.order_id(pl.col("order")),
        shop_id=pl.lit(548_380_009),
        location_id=site.location_id(pl.col("shop")),
        status=pl.when(met(known["trap"], "unknown_status")).then(pl.lit("held_at_customs")).otherwise("word"),
        message=NONE,
        happened_at=site.api_time(pl.col("happened")),
        estimated_delivery_at=_estimated(known),
        created_at=site.api_time(pl.col("told")),
        updated_at=site.api_time(pl.col("told")),
    )


def _facts(known: pl.DataFrame) -> pl.DataFrame:
    """Rows as they must come out; those of an overlap stand in the parts of both nights."""
    is_estimated = ~pl.col("pick_up") & ~met(known["trap"], "impossible_date")
    return known.select(
        event_id=pl.format(f"{_EXPORT}:{{}}", site.event_id(pl.col("event"))),
        fulfilment_id=pl.format("shopify.fulfillment_orders:{}", site.hand_over_id(pl.col("hand_over"))),
        order_id=pl.format("shopify.orders:{}", site.order_id(pl.col("order"))),
        kind=pl.when(~met(known["trap"], "unknown_status")).then("kind"),
        occurred_at=iso(pl.col("happened")),
        promised_at=pl.when(is_estimated).then(iso(pl.col("promised"))),
    )
