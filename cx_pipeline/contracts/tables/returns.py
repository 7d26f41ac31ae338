"""A return, refund or trade-in."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, enum, record_id
from cx_pipeline.contracts.conditions import CURRENCY, in_order, matches
from cx_pipeline.contracts.dtypes import MONEY, TEXT, TIME
from cx_pipeline.contracts.money import with_currency
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import RETURN_KIND

TABLE = Table(
    name="returns",
    description="A return, refund or trade-in of part of an order.",
    key=("return_id",),
    time="opened_at",
    own=(
        record_id("return_id", "return"),
        Column("order_id", TEXT, "The order, as its record key."),
        *enum("kind", RETURN_KIND, "What it is."),
        Column("opened_at", TIME, "When the customer asked for it.", unit="UTC"),
        Column("received_at", TIME, "When the goods came back.", unit="UTC"),
        Column("credited_at", TIME, "When the money went back.", unit="UTC"),
        Column("amount", MONEY, "What was paid back or credited.", unit="currency"),
        Column("currency", TEXT, "Currency of the amount, ISO 4217."),
    ),
    own_rules=(
        matches("returns.currency_malformed", "currency", CURRENCY, "an ISO 4217 code", repair=True),
        with_currency("returns", "amount"),
        in_order("returns.received_before_opened", "opened_at", "received_at"),
        in_order("returns.credited_before_opened", "opened_at", "credited_at"),
    ),
)
