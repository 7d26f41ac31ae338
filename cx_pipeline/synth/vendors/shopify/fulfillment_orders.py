"""Fulfilment orders: who fetches what where, when it was told to lie ready, and when it went."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import damage, dirt, encode, orders
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.known import delivered
from cx_pipeline.synth.records import records
from cx_pipeline.synth.shops import SHOPS
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR
from cx_pipeline.synth.vendors.shopify import site
from cx_pipeline.synth.vendors.shopify.site import NONE, happened
from cx_pipeline.synth.world import World

TRAPS = {"impossible_date": 1, "unknown_method": 1, "cut_line": 2}
_CELLS = {
    "impossible_date": (CellTrap("fulfill_by", dirt.always("2026-02-30T10:00:00+00:00", None)),),
}
_OVERLAP = 2 * DAY
_EVENTS = {"told": "ready_for_pickup", "collected": "picked_up", "shipped": "in_transit", "delivered": "delivered"}


def write(world: World, folder: Delivery) -> None:
    """What changed since the last call, less the overlap; a line each."""
    known = delivered(world.hand_overs, orders.HAND_OVER_EVENTS, world.timeline, folder.night, _OVERLAP)
    if not len(known):
        return
    noted = _records(world, known.sort("updated", "hand_over"), damaged=folder.night == 0)
    repeats = int((~known["is_fresh"]).sum())
    traps = {"overlapping_night": repeats} if repeats else {}
    folder.lines("shopify.fulfillment_orders", f"fulfillment_orders_{folder.day}.ndjson", noted, traps=traps)


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> pl.DataFrame:
    trap = allot(world.dice, "shopify/hand_overs", known["hand_over"].to_numpy() // 2, len(world.orders), TRAPS)
    frame, cells = dirt.soil(_frame(known, trap), known["hand_over"], trap, _CELLS)
    hurt = pl.select(pl.when(met(trap, "cut_line") & damaged).then(pl.lit("cut_line"))).to_series()
    written = damage.damaged_texts(encode.json_texts(frame), hurt, "cut_line", damage.cut_line)
    kind = known.select(
        pl.when(met(trap, "unknown_method"))
        .then(trap)
        .when((pl.col("ready") < FOREVER) & (pl.col("ready") - pl.col("told") > HOUR))
        .then(pl.lit("told_before_ready"))
        .when((pl.col("collected") < FOREVER) & (pl.col("ready") > pl.col("promised")))
        .then(pl.lit("ready_late"))
    ).to_series()
    return records(written, frame["id"], known["updated"], damage=hurt, cells=cells, trap=kind)


def _frame(known: pl.DataFrame, trap: pl.Series) -> pl.DataFrame:
    done = pl.min_horizontal("collected", "delivered") < FOREVER
    status = (
        pl.when(happened("cancelled")).then(pl.lit("cancelled"))
        .when(done).then(pl.lit("closed"))
        .when(happened("told") | happened("shipped")).then(pl.lit("in_progress"))
        .otherwise(pl.lit("open"))
    )  # fmt: skip
    method = (
        pl.when(met(trap, "unknown_method")).then(pl.lit("locker"))
        .when("pick_up").then(pl.lit("pick_up"))
        .otherwise(pl.lit("shipping"))
    )  # fmt: skip
    shop = pl.lit(pl.Series(SHOPS)).gather(pl.col("shop"))
    delivery = pl.struct(
        id=site.hand_over_id(pl.col("hand_over")) + 1,
        method_type=method,
        min_delivery_date_time=NONE,
        max_delivery_date_time=site.api_time(pl.col("promised")),
        presented_name=pl.when("pick_up").then(shop).otherwise(pl.lit("Standard")),
    )
    events = pl.concat_list(
        pl.when(happened(name)).then(pl.struct(status=pl.lit(word), happened_at=site.api_time(pl.col(name))))
        for name, word in _EVENTS.items()
    ).list.drop_nulls()
    return known.select(
        id=site.hand_over_id(pl.col("hand_over")),
        shop_id=pl.lit(548_380_009),
        order_id=site.order_id(pl.col("order")),
        assigned_location_id=site.location_id(pl.col("shop")),
        request_status=pl.lit("unsubmitted"),
        status=status,
        fulfill_at=site.api_time(pl.col("ordered")),
        fulfill_by=pl.when(met(trap, "impossible_date")).then(site.api_time(pl.col("promised"))),
        created_at=site.api_time(pl.col("ordered") + 1),
        updated_at=site.api_time(pl.col("updated") + 1),
        delivery_method=delivery,
        assigned_location=pl.struct(location_id=site.location_id(pl.col("shop")), name=shop),
        fulfillment_events=events,
        fulfillment_holds=pl.lit([], pl.List(pl.Int64)),
    )
