"""A line of an order."""

from __future__ import annotations

from cx_pipeline.contracts.column import Column, record_id
from cx_pipeline.contracts.conditions import CURRENCY, matches
from cx_pipeline.contracts.dtypes import MONEY, TEXT, WHOLE
from cx_pipeline.contracts.money import with_currency
from cx_pipeline.contracts.table import Table

TABLE = Table(
    name="order_lines",
    description="One line of an order: an article and how many of it.",
    key=("line_id",),
    time="source_updated_at",
    own=(
        record_id("line_id", "line", several=True),
        Column("order_id", TEXT, "The order, as its record key."),
        Column("sku", TEXT, "Stock-keeping unit, zeros kept."),
        Column("quantity", WHOLE, "How many.", unit="count"),
        Column("price", MONEY, "Price of one.", unit="currency"),
        Column("currency", TEXT, "Currency of the price, ISO 4217."),
    ),
    own_rules=(
        matches("order_lines.currency_malformed", "currency", CURRENCY, "an ISO 4217 code", repair=True),
        with_currency("order_lines", "price"),
    ),
)
