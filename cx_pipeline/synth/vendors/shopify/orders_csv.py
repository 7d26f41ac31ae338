"""Orders out of the admin: a row a line, the order itself on the first of them; every export reaches back a month."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth import damage, dirt, encode, orders, texts
from cx_pipeline.synth.allot import allot, met
from cx_pipeline.synth.buyers import details
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.dirt import CellTrap
from cx_pipeline.synth.known import as_of
from cx_pipeline.synth.records import records
from cx_pipeline.synth.shops import SHOPS
from cx_pipeline.synth.timeline import DAY
from cx_pipeline.synth.vendors.shopify import buyers, site
from cx_pipeline.synth.vendors.shopify.header import HEADER
from cx_pipeline.synth.vendors.shopify.site import NONE, happened
from cx_pipeline.synth.world import World

TRAPS = {
    "mojibake": 1,
    "white_space": 1,
    "email_capitals": 2,
    "impossible_date": 1,
    "test_order": 2,
    "order_without_email": 2,
    "paid_without_a_date": 2,
    "tracking_cookie": 1,
    "sent_twice": 2,
    "field_missing": 1,
    "field_too_many": 1,
    "invalid_bytes": 1,
}
_CELLS = {
    "mojibake": (CellTrap("Billing Name", dirt.name_mojibake),),
    "white_space": (CellTrap("Billing Name", dirt.spaced),),
    "email_capitals": (CellTrap("Email", dirt.shouted),),
    "impossible_date": (CellTrap("Paid at", dirt.always("2026-02-30 10:00:00 +0000", None)),),
}
_REACH = 30 * DAY
_DAMAGE = ("field_missing", "field_too_many", "invalid_bytes")
_COOKIE = 'first_name: "fb.1.1643992155109.1098115397"'
DIALECT = encode.Dialect(encoding="utf-8", newline="\n")


def write(world: World, folder: Delivery) -> None:
    """On the first night all orders, afterwards those of the last month, changed or not."""
    night, cut = folder.night, world.timeline.cut(folder.night)
    mine = world.orders.filter(site.market(pl.col("order")) == site.CSV)
    known = as_of(mine, orders.EVENTS, cut).filter(pl.lit(night == 0) | (pl.col("ordered") > cut - _REACH))
    if not len(known):
        return
    before = int((known["ordered"] <= world.timeline.cut(night - 1)).sum())
    noted = _records(world, known.reverse(), damaged=night == 0)
    traps = {"cumulative_export": before} if before else {}
    folder.table("shopify.orders", "orders_export_1.csv", HEADER, noted, dialect=DIALECT, traps=traps)


def trap_of(world: World, order: pl.Series) -> pl.Series:
    """The trap of each order of the shop that is exported by hand."""
    return allot(world.dice, "shopify/orders_csv", order.to_numpy() // 2, (len(world.orders) + 1) // 2, TRAPS)


def _records(world: World, known: pl.DataFrame, *, damaged: bool) -> pl.DataFrame:
    """Orders, the latest first, as the admin lists them; the last line of an order is the one that breaks."""
    lines = orders.lines(world.dice, known.sort("order")).drop("number")
    rows = known.join(lines, on="order", how="left", maintain_order="left")
    trap = trap_of(world, rows["order"])
    head, last = rows["line"] == 0, rows["order"] != rows["order"].shift(-1).fill_null(-1)
    on_head = pl.select(pl.when(head).then(trap)).to_series()
    frame, cells = dirt.soil(_frame(world, rows, trap), rows["order"], on_head, _CELLS)
    hurt = pl.select(pl.when(met(trap, *_DAMAGE) & last & damaged).then(trap)).to_series()
    written = damage.damaged_rows(frame, encode.csv_texts(frame, DIALECT), hurt, "Lineitem name")
    number = pl.concat_str(
        site.order_id(pl.col("order")), pl.when(~head).then("/" + (pl.col("line") + 1).cast(pl.String)).otherwise(pl.lit(""))
    )
    key = rows.select(number).to_series()
    test = met(trap, "test_order")
    noted = records(written, key, _clock(rows, trap), test=test, damage=hurt, cells=cells, trap=_kind(on_head))
    # At the end of the file, where no row of the same order stands right before it.
    again = noted.filter(met(trap, "sent_twice") & (rows["order"] != rows["order"][-1]))
    return pl.concat([noted, again])


def _kind(trap: pl.Series) -> pl.Series:
    told = ("test_order", "order_without_email", "paid_without_a_date", "tracking_cookie", "sent_twice")
    return pl.select(pl.when(met(trap, *told)).then(trap)).to_series()


def _clock(rows: pl.DataFrame, trap: pl.Series) -> pl.Series:
    """The latest of the times on the row; rows behind the first tell of none but those of placing and cancelling."""
    undated = met(trap, "paid_without_a_date", "impossible_date")
    paid = pl.when(happened("paid") & ~undated).then("paid")
    late = [pl.when(happened(name)).then(name) for name in ("cancelled", "fulfilled")]
    return rows.select(
        pl.when(pl.col("line") == 0)
        .then(pl.max_horizontal("ordered", paid, *late))
        .otherwise(pl.max_horizontal("ordered", late[0]))
    ).to_series()


def _frame(world: World, rows: pl.DataFrame, trap: pl.Series) -> pl.DataFrame:
    """All columns in the order of the header; most of them on an order's first row only."""
    people = details(world, rows["person"])
    test, nobody = met(trap, "test_order"), met(trap, "order_without_email")
    email = pl.when(test).then(pl.lit("test@test.com")).when(~nobody).then(people["email"])
    every: dict[str, pl.Expr | pl.Series | str] = {
        "Name": texts.orders(rows["number"].to_numpy()),
        "Email": email,
        "Created at": site.admin_time(pl.col("ordered")),
        "Lineitem quantity": pl.col("quantity").cast(pl.String),
        "Lineitem name": "product",
        "Lineitem price": site.money(pl.col("cents")),
        "Lineitem sku": "sku",
        "Lineitem requires shipping": pl.lit("true"),
        "Lineitem taxable": pl.lit("true"),
        "Lineitem fulfillment status": _fulfilled(),
        "Lineitem discount": pl.lit("0.00"),
        "Vendor": pl.lit("Quenloria Home"),
    }
    shop = pl.lit(pl.Series(SHOPS)).gather(pl.col("shop"))
    voucher = pl.when(pl.col("order") % 7 == 0).then(pl.lit("WELCOME"))
    first = {
        "Financial Status": site.financial_status(),
        "Paid at": pl.when(happened("paid") & ~met(trap, "paid_without_a_date")).then(site.admin_time(pl.col("paid"))),
        "Fulfillment Status": _fulfilled(),
        "Fulfilled at": pl.when(happened("fulfilled")).then(site.admin_time(pl.col("fulfilled"))),
        "Accepts Marketing": pl.when(buyers.agrees(world, rows["person"])).then(pl.lit("yes")).otherwise(pl.lit("no")),
        "Currency": pl.lit(site.CURRENCY),
        "Subtotal": site.money(pl.col("subtotal")),
        "Shipping": site.money(pl.col("shipping")),
        "Taxes": site.money(pl.col("total") * 19 // 119),
        "Total": site.money(pl.col("total")),
        "Discount Code": voucher,
        "Discount Amount": pl.lit("0.00"),
        "Shipping Method": pl.when("pick_up").then(pl.concat_str(pl.lit("Pick up: "), shop)).otherwise(pl.lit("Standard")),
        **_address("Billing", people, test, nobody),
        **_address("Shipping", people, test, nobody),
        "Note Attributes": pl.when(met(trap, "tracking_cookie")).then(pl.lit(_COOKIE)),
        "Cancelled at": pl.when(happened("cancelled")).then(site.admin_time(pl.col("cancelled"))),
        "Payment Method": pl.when(test).then(pl.lit("(for testing) Bogus Gateway")).otherwise(pl.lit("Shopify Payments")),
        "Payment Reference": pl.concat_str(pl.lit("r"), site.order_id(pl.col("order")), pl.lit(".1")),
        "Refunded Amount": site.money(site.refunded_cents()),
        "Outstanding Balance": pl.lit("0.00"),
        "Location": pl.when("pick_up").then(shop),
        "Id": site.order_id(pl.col("order")).cast(pl.String),
        "Risk Level": pl.lit("Low"),
        "Source": pl.when(nobody).then(pl.lit("pos")).otherwise(pl.lit("web")),
        "Tax 1 Name": pl.lit("VAT 19%"),
        "Tax 1 Value": site.money(pl.col("total") * 19 // 119),
    }  # fmt: skip
    head = pl.col("line") == 0
    blank = {name: NONE for name in HEADER if name not in every and name not in first}
    told = {name: pl.when(head).then(value) for name, value in first.items()}
    return rows.select(**every, **told, **blank).select(HEADER)


def _fulfilled() -> pl.Expr:
    return pl.when(happened("fulfilled")).then(pl.lit("fulfilled")).otherwise(pl.lit("unfulfilled"))


def _address(kind: str, people: pl.DataFrame, test: pl.Series, nobody: pl.Series) -> dict[str, pl.Expr]:
    """Post codes and phones carry the apostrophe that keeps a spreadsheet from reading them as numbers."""
    known = ~nobody & ~test
    cells = {
        "Street": people["street"],
        "Address1": people["street"],
        "City": people["city"],
        "Zip": pl.select(pl.concat_str(pl.lit("'"), people["postal"])).to_series(),
        "Province": people["state"],
        "Country": people["country"],
        "Phone": pl.select(pl.concat_str(pl.lit("'"), people["phone"])).to_series(),
    }
    name = pl.when(test).then(pl.lit("Test Test")).when(~nobody).then(people["name"])
    return {f"{kind} Name": name, **{f"{kind} {part}": pl.when(known).then(cell) for part, cell in cells.items()}}
