"""Events of Shopify's fulfilments: ready, collected, delivered, delayed."""

from __future__ import annotations

import polars as pl

from cx_pipeline.sources.columns import choice, each, key_of, names, timestamp
from cx_pipeline.sources.export import Export, Rows, TableMap
from cx_pipeline.sources.shopify.ids import bare, number

_KIND = {
    "label_purchased": "confirmed",
    "label_printed": "confirmed",
    "confirmed": "confirmed",
    "carrier_picked_up": "shipped",
    "in_transit": "shipped",
    "out_for_delivery": "out_for_delivery",
    "attempted_delivery": "attempted",
    "ready_for_pickup": "ready",
    "picked_up": "collected",
    "delivered": "delivered",
    "delayed": "delayed",
    "failure": "failed",
}

FULFILLMENT_EVENTS = Export(
    source="shopify",
    name="fulfillment_events",
    title="Events of fulfilments: ready to be picked up, collected, delivered, delayed.",
    formats=("JSON (API pages, array)", "NDJSON", "CSV"),
    page_keys=("fulfillment_events", "fulfillment_event"),
    known=names(
        "message city province country zip address1 latitude longitude shop_id admin_graphql_api_id location_id created_at"
    ),
    spellings={"happened_at": ("occurred_at",), "estimated_delivery_at": (), "fulfillment_order_id": (), "created_at": ()},
    key="id",
    clock=("changed_at",),
    fields=(
        number("id", required=True),
        number("fulfillment_id"),
        number("fulfillment_order_id"),
        number("order_id"),
        choice("status", "shopify_fulfilment_event", _KIND),
        timestamp("happened_at"),
        timestamp("created_at"),
        timestamp("updated_at"),
        timestamp("estimated_delivery_at"),
    ),
    prepare={
        "changed_at": pl.coalesce("updated_at", "created_at", "happened_at"),
        "order": key_of("shopify.orders", bare("order_id")),
    },
    tables=(
        TableMap(
            "fulfilment_events",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "event_id": pl.col("record"),
                        "fulfilment_id": pl.coalesce(
                            key_of("shopify.fulfillment_orders", bare("fulfillment_order_id")),
                            pl.concat_str("order", pl.lit("#fulfilment-"), bare("fulfillment_id")),
                        ),
                        "order_id": pl.col("order"),
                        "kind": pl.col("status"),
                        "kind_raw": pl.col("raw.status"),
                        "occurred_at": pl.coalesce("happened_at", "created_at"),
                        "promised_at": pl.col("estimated_delivery_at"),
                    },
                ),
            ),
        ),
    ),
)
