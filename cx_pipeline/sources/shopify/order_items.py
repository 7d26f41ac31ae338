"""What an order of the API holds several of: lines, hand-overs and refunds."""

from __future__ import annotations

import polars as pl

from cx_pipeline.scrub import json_values
from cx_pipeline.scrub.json_values import Place
from cx_pipeline.sources.columns import decimal, timestamp, word
from cx_pipeline.sources.export import Context, Items
from cx_pipeline.sources.items import elements_of
from cx_pipeline.sources.shopify.ids import number

LINES = elements_of(
    "line_items",
    "line_items",
    fields=(
        number("item", alias="id", at="$.id"),
        word("item", alias="sku", at="$.sku"),
        decimal("item", alias="quantity", at="$.quantity"),
        decimal("item", alias="price", at="$.price"),
    ),
)
FULFILLMENTS = elements_of(
    "fulfillments",
    "fulfillments",
    fields=(
        number("item", alias="id", at="$.id"),
        number("item", alias="location", at="$.location_id"),
        word("item", alias="status", at="$.status"),
        word("item", alias="shipment", at="$.shipment_status"),
        timestamp("item", alias="created_at", at="$.created_at"),
        timestamp("item", alias="updated_at", at="$.updated_at"),
    ),
)
_REFUNDS = elements_of("refunds", "refunds", fields=())
_MONEY = pl.Decimal(18, 4)


def _with_amounts(batch: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Refunds with the sum of what was paid back for each; null where nothing was."""
    refunds = _REFUNDS.of(batch, context)
    paid = json_values.elements(refunds.get_column("item"), "$.transactions")
    places = {name: Place("text", f"$.{name}") for name in ("kind", "status", "amount", "currency")}
    told = paid.hstack(json_values.as_frame(places, paid))
    # An attempt that failed and the sale that is undone are told beside the refund itself.
    counted = told.filter(
        (pl.col("kind").fill_null("refund") == "refund") & (pl.col("status").fill_null("success") == "success")
    ).with_columns(pl.col("amount").cast(_MONEY, strict=False))
    sums = counted.drop_nulls("amount").group_by("row").agg(pl.col("amount").sum().cast(pl.String), pl.col("currency").first())
    numbered = refunds.with_columns(pl.int_range(pl.len()).alias("row"))
    return numbered.join(sums, on="row", how="left", maintain_order="left").drop("row")


REFUNDS = Items(
    "refunds",
    _with_amounts,
    fields=(
        number("item", alias="id", at="$.id"),
        timestamp("item", alias="created_at", at="$.created_at"),
        timestamp("item", alias="processed_at", at="$.processed_at"),
        decimal("amount"),
        word("currency"),
    ),
)
