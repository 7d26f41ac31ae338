"""An order."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, customer, record_id
from cx_pipeline.contracts.conditions import CURRENCY, in_order, matches
from cx_pipeline.contracts.dtypes import MONEY, TEXT, TIME
from cx_pipeline.contracts.money import with_currency
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="orders",
    description="One order, whatever it holds.",
    key=("order_id",),
    time="ordered_at",
    own=(
        record_id("order_id", "order"),
        customer("The person who ordered."),
        Column("financial_status", TEXT, "Where the payment stands, as the source names it."),
        Column("fulfilment_status", TEXT, "How much has been handed over, as the source names it."),
        Column("ordered_at", TIME, "When it was placed.", unit="UTC"),
        Column("paid_at", TIME, "When it was paid.", unit="UTC"),
        Column("cancelled_at", TIME, "When it was cancelled.", unit="UTC"),
        Column("total", MONEY, "Total to pay, with tax and shipping.", unit="currency"),
        Column("currency", TEXT, "Currency of the amounts, ISO 4217."),
        Column("channel", TEXT, "Where it was placed, as the source names it."),
    ),
    own_rules=(
        matches("orders.currency_malformed", "currency", CURRENCY, "an ISO 4217 code", repair=True),
        with_currency("orders", "total"),
        in_order("orders.paid_before_ordered", "ordered_at", "paid_at"),
        in_order("orders.cancelled_before_ordered", "ordered_at", "cancelled_at"),
    ),
)
