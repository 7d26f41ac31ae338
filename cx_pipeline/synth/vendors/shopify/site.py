"""What is the same in all exports of the two shops on this platform: ids, times, money, and the envelope of API answers."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth.timeline import FOREVER

CSV, API = 0, 1
"""The two shops: one is exported by hand out of the admin, one by its API. Who buys in both is a customer of each."""
NONE = pl.lit(None, pl.String)
ZONE = "Europe/Dublin"
CURRENCY = "EUR"
_STEP = 32_771
_ORDER, _LINE, _CUSTOMER, _HAND_OVER, _REFUND, _LOCATION, _EVENT = (
    5_632_450_000_017,
    13_900_000_000_011,
    7_210_000_000_003,
    6_710_000_000_041,
    880_000_000_005,
    68_000_000_000,
    12_584_341_000_009,
)


def order_id(order: pl.Expr) -> pl.Expr:
    return _ORDER + order * _STEP


def line_id(key: pl.Expr) -> pl.Expr:
    return _LINE + key * _STEP


def customer_id(person: pl.Expr, market: int) -> pl.Expr:
    return _CUSTOMER + (person * 2 + market) * _STEP


def hand_over_id(hand_over: pl.Expr) -> pl.Expr:
    return _HAND_OVER + hand_over * _STEP


def refund_id(order: pl.Expr) -> pl.Expr:
    return _REFUND + order * _STEP


def location_id(shop: pl.Expr) -> pl.Expr:
    return _LOCATION + shop * _STEP


def event_id(event: pl.Expr) -> pl.Expr:
    return _EVENT + event * _STEP


def market(order: pl.Expr) -> pl.Expr:
    """By which shop the order was taken."""
    return order % 2


def money(cents: pl.Expr) -> pl.Expr:
    """`12.50`."""
    whole = (cents // 100).cast(pl.String)
    return pl.concat_str(whole, pl.lit("."), (cents % 100).cast(pl.String).str.zfill(2))


def happened(name: str) -> pl.Expr:
    return pl.col(name) < FOREVER


def admin_time(seconds: pl.Expr) -> pl.Expr:
    """`2025-12-06 10:37:33 +0000`, as the admin writes times into its CSV."""
    return _local(seconds).dt.strftime("%Y-%m-%d %H:%M:%S %z")


def api_time(seconds: pl.Expr) -> pl.Expr:
    """`2025-12-06T10:37:33+00:00`."""
    return _local(seconds).dt.strftime("%Y-%m-%dT%H:%M:%S%:z")


def _local(seconds: pl.Expr) -> pl.Expr:
    return pl.from_epoch(seconds, "s").dt.replace_time_zone("UTC").dt.convert_time_zone(ZONE)


def refunded_cents() -> pl.Expr:
    """What was paid back of an order; nothing before it happened."""
    return pl.when(happened("refunded")).then(pl.col("total") * pl.col("refund_share") // 100).otherwise(0)


def financial_status() -> pl.Expr:
    return (
        pl.when(happened("refunded") & (pl.col("refund_share") == 100)).then(pl.lit("refunded"))
        .when(happened("refunded")).then(pl.lit("partially_refunded"))
        .when(happened("paid")).then(pl.lit("paid"))
        .when(happened("cancelled")).then(pl.lit("voided"))
        .otherwise(pl.lit("pending"))
    )  # fmt: skip


def page(customers: int) -> int:
    """How many records an API answer holds: 250 at most, less in a small world, so that every file has several."""
    return max(15, min(250, customers // 20))


def repeated(records: pl.DataFrame, count: int = 2) -> pl.DataFrame:
    """The records, of which the last come once more at the end, as when something changes while pages are read."""
    return pl.concat([records, records.tail(count).with_columns(trap=pl.lit("sent_twice"))])
