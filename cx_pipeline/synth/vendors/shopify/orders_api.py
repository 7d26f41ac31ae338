"""Orders of the API: whole orders, changed since the last call and somewhat before it."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import damage, dirt, encode, orders, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.buyers import details
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.known import delivered
from cx_pipeline.synth.layouts import answers
from cx_pipeline.synth.records import records
from cx_pipeline.synth.timeline import DAY
from cx_pipeline.synth.vendors.shopify import buyers, site
from cx_pipeline.synth.vendors.shopify.site import NONE, happened
from cx_pipeline.synth.world import World

TRAPS = {
    "email_capitals": 2,
    "zero_width": 1,
    "placeholder": 1,
    "impossible_date": 1,
    "test_order": 2,
    "clock_inversion": 1,
    "broken_json_element": 2,
}
_CELLS = {
    "email_capitals": (CellTrap("email", dirt.shouted),),
    "zero_width": (CellTrap("name", dirt.zero_width),),
    "placeholder": (CellTrap("phone", dirt.always("N/A", None)),),
    "impossible_date": (CellTrap("paid_at", dirt.always("2026-02-30T10:00:00+00:00", None)),),
}
_OVERLAP = 3 * DAY


def write(world: World, folder: Delivery) -> None:
    """What changed since the last call, less the overlap."""
    mine = world.orders.filter(site.market(pl.col("order")) == site.API)
    known = delivered(mine, orders.EVENTS, world.timeline, folder.night, _OVERLAP)
    if not len(known):
        return
    noted = site.repeated(_records(world, known.sort("updated", "order"), damaged=folder.night == 0))
    traps = {"overlapping_night": int((~known["is_fresh"]).sum())}
    layout = answers("orders", site.page(world.customers))
    name = f"orders_{folder.day}.json"
    folder.json("shopify.orders", name, noted, layout, traps={name: many for name, many in traps.items() if many})


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> pl.DataFrame:
    trap = allot(world.dice, "shopify/orders_api", known["order"].to_numpy() // 2, (len(world.orders) + 1) // 2, TRAPS)
    frame, cells = dirt.soil(_frame(world, known, trap), known["order"], trap, _CELLS)
    kind = "broken_json_element"
    hurt = pl.select(pl.when(met(trap, kind) & damaged).then(pl.lit(kind))).to_series()
    written = damage.damaged_texts(
        encode.json_texts(frame), hurt, kind, lambda text: damage.broken_element(text, "fulfillment_status")
    )
    told = pl.select(pl.when(met(trap, "test_order", "clock_inversion")).then(trap)).to_series()
    test = met(trap, "test_order")
    key = frame["id"].cast(pl.String)
    return records(written, key, known["updated"], test=test, damage=hurt, cells=cells, trap=told)


def _frame(world: World, known: pl.DataFrame, trap: pl.Series) -> pl.DataFrame:
    people = details(world, known["person"])
    order, test = pl.col("order"), met(trap, "test_order")
    email = pl.when(test).then(pl.lit("test@test.com")).otherwise(people["email"])
    refunded = site.money(site.refunded_cents())
    customer = pl.struct(
        id=site.customer_id(pl.col("person"), site.API),
        email=email,
        first_name=pl.when(test).then(pl.lit("Test")).otherwise(people["given"]),
        last_name=pl.when(test).then(pl.lit("Test")).otherwise(people["family"]),
        currency=pl.lit(site.CURRENCY),
    )
    refund = pl.struct(
        id=site.refund_id(order),
        created_at=site.api_time(pl.col("refunded")),
        processed_at=site.api_time(pl.col("refunded") + 60),
        note=NONE,
        transactions=pl.concat_list(
            pl.struct(kind=pl.lit("refund"), status=pl.lit("success"), amount=refunded, currency=pl.lit(site.CURRENCY))
        ),
    )
    paid = pl.when(happened("paid") | met(trap, "impossible_date")).then(site.api_time(pl.col("paid")))
    inverted = pl.when(met(trap, "clock_inversion")).then(pl.col("updated") + 180).otherwise("ordered")
    frame = known.join(_lines(world, known), on="order", how="left", maintain_order="left")
    return frame.select(
        id=site.order_id(order),
        admin_graphql_api_id=pl.concat_str(pl.lit("gid://shopify/Order/"), site.order_id(order)),
        app_id=pl.lit(580111),
        cancel_reason=pl.when(happened("cancelled")).then(pl.lit("customer")),
        cancelled_at=pl.when(happened("cancelled")).then(site.api_time(pl.col("cancelled"))),
        created_at=site.api_time(inverted),
        currency=pl.lit(site.CURRENCY),
        current_total_price=site.money(pl.col("total") - site.refunded_cents()),
        email=email,
        financial_status=site.financial_status(),
        fulfillment_status=pl.when(happened("fulfilled")).then(pl.lit("fulfilled")),
        fulfillments=pl.lit([], pl.List(pl.Int64)),
        name=texts.orders(known["number"].to_numpy()),
        order_number=order + 1001,
        paid_at=paid,
        payment_gateway_names=pl.concat_list(pl.when(test).then(pl.lit("bogus")).otherwise(pl.lit("shopify_payments"))),
        phone=pl.when(met(trap, "placeholder")).then(pl.lit("+353870000000")).otherwise(people["phone"]),
        presentment_currency=pl.lit(site.CURRENCY),
        processed_at=site.api_time(pl.col("ordered")),
        buyer_accepts_marketing=buyers.agrees(world, known["person"]),
        source_name=pl.lit("web"),
        subtotal_price=site.money(pl.col("subtotal")),
        tags=pl.lit(""),
        test=test,
        total_price=site.money(pl.col("total")),
        total_price_set=_both_currencies(pl.col("total")),
        total_tax=site.money(pl.col("total") * 19 // 119),
        updated_at=site.api_time(pl.col("updated")),
        customer=customer,
        line_items="line_items",
        refunds=pl.when(happened("refunded")).then(pl.concat_list(refund)).otherwise(pl.lit([])),
    )


def _both_currencies(cents: pl.Expr) -> pl.Expr:
    amount = pl.struct(amount=site.money(cents), currency_code=pl.lit(site.CURRENCY))
    return pl.struct(shop_money=amount, presentment_money=amount)


def _lines(world: World, known: pl.DataFrame) -> pl.DataFrame:
    item = pl.struct(
        id=site.line_id(pl.col("key")),
        name="product",
        title="product",
        price=site.money(pl.col("cents")),
        quantity="quantity",
        sku="sku",
        taxable=pl.lit(value=True),
        fulfillment_status=NONE,
    )
    lines = orders.lines(world.dice, known.sort("order"))
    return lines.group_by("order", maintain_order=True).agg(line_items=item)
