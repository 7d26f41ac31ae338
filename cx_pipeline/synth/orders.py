"""What people buy: orders and their lines, how each is handed over, and what is paid back.

The help desk and the CRM ask about some of them: order numbers and products are those of their texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from cx_pipeline.synth import texts
from cx_pipeline.synth.buyers import reachable
from cx_pipeline.synth.dice import Dice, Ints
from cx_pipeline.synth.shops import SHOPS, when_open
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, MINUTE

if TYPE_CHECKING:
    from cx_pipeline.synth.world import World

EVENTS = ("ordered", "paid", "cancelled", "fulfilled", "refunded")
HAND_OVER_EVENTS = ("ordered", "told", "collected", "shipped", "delivered", "cancelled")
CASE_TEXTS, UNASKED = 500_000_000, 700_000_000
"""Numbers in `texts.orders`: tickets from 0, cases and orders that nobody asks about from these."""
_SHIPPING = 495
_PREPARED = [HOUR, 2 * HOUR, 3 * HOUR, 5 * HOUR, 8 * HOUR, 20 * HOUR, 23 * HOUR, 30 * HOUR, 60 * HOUR]
_FETCHED = [10 * MINUTE, 2 * HOUR, 6 * HOUR, 20 * HOUR, DAY, 2 * DAY, 4 * DAY, 9 * DAY]
_PROMISED = 24 * HOUR


def orders(world: World) -> pl.DataFrame:
    """One row an order: 0.3 a customer.

    Columns: order, number (as in `texts.orders`), person, shop, pick_up and mixed (both ways) as booleans, `EVENTS` in seconds
    (FOREVER: never), refund_share (hundredths of the total), cents of `subtotal`, `shipping` and `total`.
    """
    dice, keys = world.dice, np.arange(max(1, world.customers * 3 // 10), dtype=np.int64)
    number, person, ordered = _asked(world, keys)
    pick_up = dice.chance("order/pick_up", keys, 0.4)
    mixed = pick_up & dice.chance("order/mixed", keys, 0.15)
    cancelled = np.where(
        dice.chance("order/cancels", keys, 0.05), ordered + dice.below("order/cancelled", keys, 3 * HOUR), FOREVER
    )
    slow = dice.chance("order/pays_late", keys, 0.06)
    paid = np.where(slow, ordered + HOUR + dice.below("order/paid", keys, DAY), ordered + 2)
    frame = pl.DataFrame(
        {
            "order": keys,
            "number": number,
            "person": person,
            "shop": dice.below("order/shop", keys, len(SHOPS)),
            "pick_up": pick_up,
            "mixed": mixed,
            "ordered": ordered,
            "paid": np.where(slow & (cancelled < FOREVER), FOREVER, paid),
            "cancelled": cancelled,
        }
    )
    parts = hand_overs(dice, frame)
    handed = parts.group_by("order").agg(fulfilled=pl.min_horizontal("shipped", "collected").max())
    sums = lines(dice, frame).group_by("order").agg(subtotal=(pl.col("quantity") * pl.col("cents")).sum())
    frame = frame.join(handed, on="order", maintain_order="left").join(sums, on="order", maintain_order="left")
    back = frame["fulfilled"].to_numpy() + DAY + dice.below("order/refunded", keys, 12 * DAY)
    refunds = dice.chance("order/refunds", keys, 0.14) & (back < FOREVER)
    voided = (pl.col("cancelled") < FOREVER) & (pl.col("paid") < FOREVER)
    partly = pl.Series(np.where(dice.chance("order/partly", keys, 0.5), 40, 100))
    return frame.with_columns(
        refunded=pl.when(voided).then(pl.col("cancelled") + 30).otherwise(pl.Series(np.where(refunds, back, FOREVER))),
        refund_share=pl.when(voided).then(100).otherwise(partly),
        shipping=pl.when(pl.col("pick_up") & ~pl.col("mixed")).then(0).otherwise(_SHIPPING),
    ).with_columns(total=pl.col("subtotal") + pl.col("shipping"))


def _asked(world: World, keys: Ints) -> tuple[Ints, Ints, Ints]:
    """Number, buyer and time: half are those a ticket asks about, a quarter a case, days after the order was placed."""
    dice, turn, count = world.dice, keys % 4, len(keys)
    ticket, case = keys * world.tickets.count // count, keys * world.cases.count // count
    known = reachable(world.people)["person"].to_numpy()
    desk, crm = (
        profiles.select(pl.when(pl.col("kind").is_in(["person", "phone_contact", "second_contact"])).then("person").otherwise(-1))
        .to_series()
        .to_numpy()
        for profiles in (world.desk_profiles, world.crm_profiles)
    )
    asker = np.where(turn < 2, desk[world.tickets.profile(ticket)], crm[world.cases.profile(case)])
    asker = np.where((turn < 3) & np.isin(asker, known), asker, known[dice.below("order/buyer", keys, len(known))])
    number = np.select([turn < 2, turn == 2], [ticket, CASE_TEXTS + case], UNASKED + keys)
    span = world.timeline.end - world.timeline.start
    lately = world.timeline.end - 60 - dice.below("order/lately", keys, min(span, 2 * DAY))
    evenly = world.timeline.start + keys * span // count
    alone = np.where(dice.chance("order/is_late", keys, 0.4), lately, evenly)
    asked = np.where(turn < 2, world.tickets.opened(ticket), world.cases.opened(case))
    return number, asker, np.where(turn < 3, asked - 10 * HOUR - dice.below("order/lag", keys, 8 * DAY), alone)


def lines(dice: Dice, frame: pl.DataFrame) -> pl.DataFrame:
    """One row a line, in the order of orders. Columns: order, line (from 0), key (of its own), product, sku, quantity, cents."""
    count = 1 + dice.weighted("order/lines", frame["order"].to_numpy(), (50, 30, 15, 5))
    rows = frame.select("order", "number").with_columns(line=pl.int_ranges(pl.Series(count))).explode("line")
    line, key = rows["line"].to_numpy(), rows["order"].to_numpy() * 4 + rows["line"].to_numpy()
    # The first line is the product that the texts speak of.
    product = texts.products(dice, np.where(line == 0, rows["number"].to_numpy(), UNASKED * 2 + key))
    letters = product.str.replace_all("[^A-Za-z0-9]", "").str.to_uppercase()
    return rows.with_columns(
        key=pl.Series(key),
        product=product,
        sku=pl.concat_str(pl.lit("00"), letters.str.len_bytes().cast(pl.String), pl.lit("-"), letters.str.slice(0, 5)),
        quantity=pl.Series(1 + dice.weighted("order/quantity", key, (85, 12, 3))),
        cents=900 + product.str.len_bytes().cast(pl.Int64) * 431,
    )


def hand_overs(dice: Dice, frame: pl.DataFrame) -> pl.DataFrame:
    """One row a hand-over; mixed orders have two.

    Columns: hand_over, order, shop, pick_up, ordered, promised, ready, told, collected, shipped, delivered, cancelled in seconds.
    A customer may be told before a parcel lies ready, and then comes for nothing; collected is never before ready.
    """
    ways = frame.select(
        "order", "shop", "ordered", "cancelled", way=pl.when("mixed").then([0, 1]).when("pick_up").then([1]).otherwise([0])
    )
    rows = ways.explode("way").with_columns(hand_over=pl.col("order") * 2 + pl.col("way"), pick_up=pl.col("way") == 1)
    keys, ordered = rows["hand_over"].to_numpy(), rows["ordered"].to_numpy()
    void = (rows["cancelled"] < FOREVER).to_numpy()
    here = rows["pick_up"].to_numpy() & ~void
    ready = ordered + dice.spread("order/prepared", keys, _PREPARED)
    early = dice.chance("order/told_early", keys, 0.15)
    told = np.where(
        early, np.maximum(ordered + 20 * MINUTE, ready - HOUR - dice.below("order/early", keys, 4 * HOUR)), ready + 2 * MINUTE
    )
    kept = dice.chance("order/never_fetched", keys, 0.06)
    fetched = when_open(np.maximum(ready, told) + dice.spread("order/fetched", keys, _FETCHED))
    shipped = ordered + 4 * HOUR + dice.below("order/shipped", keys, 3 * DAY)
    delivered = shipped + DAY + dice.below("order/delivered", keys, 5 * DAY)
    away = ~rows["pick_up"].to_numpy() & ~void
    return rows.drop("way").with_columns(
        promised=pl.Series(np.where(rows["pick_up"].to_numpy(), ordered + _PROMISED, ordered + 4 * DAY)),
        ready=pl.Series(np.where(here, ready, FOREVER)),
        told=pl.Series(np.where(here, told, FOREVER)),
        collected=pl.Series(np.where(here & ~kept, fetched, FOREVER)),
        shipped=pl.Series(np.where(away, shipped, FOREVER)),
        delivered=pl.Series(np.where(away, delivered, FOREVER)),
    )  # fmt: skip
