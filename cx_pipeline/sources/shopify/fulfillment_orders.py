"""Fulfilment orders of Shopify: what is to be handed over from one place, and how; the only record of click and collect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from cx_pipeline.sources.columns import choice, each, key_of, names, timestamp, word, written
from cx_pipeline.sources.export import Context, Export, Rows, TableMap
from cx_pipeline.sources.shopify.ids import bare, number

_METHOD = {
    "shipping": "shipping",
    "pick_up": "pick_up",
    "pickup_point": "pickup_point",
    "local": "local",
    "local_delivery": "local",
    "retail": "retail",
    "none": "none",
}
# Words of events, of the API's two generations; the first that is there counts.
_EVENTS = {
    "ready_at": ("ready_for_pickup", "READY_FOR_PICKUP", "prepared", "PREPARED"),
    "collected_at": ("picked_up", "PICKED_UP", "collected", "COLLECTED"),
    "delivered_at": ("delivered", "DELIVERED"),
    "shipped_at": ("in_transit", "IN_TRANSIT"),
    "delay_notified_at": ("delayed", "DELAYED"),
}
_TIMES = ("happened_at", "happenedAt", "created_at", "createdAt", "occurred_at")
_WORDS = ("status", "event", "type", "kind")


def _happened(column: str, words: tuple[str, ...]) -> list[pl.Expr]:
    """The time of the first event of some kind in a list of events."""
    events = pl.col(column)
    return [
        events.str.json_path_match(f"$[?(@.{kind}=='{word}')].{time}") for word in words for kind in _WORDS for time in _TIMES
    ]


def _derive(columns: Sequence[str], _: Context) -> Mapping[str, pl.Expr]:
    """Times that stand in columns of their own, else in the list of events."""
    lists = [name for name in ("events", "fulfillment_events") if name in columns]
    made: dict[str, pl.Expr] = {}
    for name, words in _EVENTS.items():
        given = [pl.col(name).str.strip_chars().replace("", None)] if name in columns else []
        found = [time for held in lists for time in _happened(held, words)]
        if lists and found:
            made[name] = pl.coalesce(*given, *found)
    if "delivery_method" in columns:
        told = pl.col("delivery_method").str.strip_chars()
        made["method"] = pl.coalesce(
            told.str.json_path_match("$.method_type"),
            told.str.json_path_match("$.methodType"),
            pl.when(~told.str.starts_with("{")).then(told),
        )
    return made


FULFILLMENT_ORDERS = Export(
    source="shopify",
    name="fulfillment_orders",
    title="Fulfilment orders: what is to be handed over from one place, how, and when it was ready and collected.",
    formats=("JSON (API pages, array)", "NDJSON", "CSV"),
    page_keys=("fulfillment_orders", "fulfillment_order", "fulfillmentOrders"),
    known=names(
        """
        assigned_location_id shop_id fulfill_at request_status supported_actions destination line_items international_duties
        fulfillment_holds merchant_requests outgoing_requests admin_graphql_api_id order_name channel_id events
        fulfillment_events fulfillments delivery_method supportedActions lineItems
        """
    ),
    spellings={
        "delivery_method": ("deliveryMethod",),
        "method": ("method_type",),
        "order_id": ("order",),
        "ready_at": ("ready_for_pickup_at", "prepared_at"),
        "collected_at": ("picked_up_at",),
        "shipped_at": ("in_transit_at",),
        "delivered_at": (),
        "delay_notified_at": (),
        "assigned_location_id": (),
    },
    derive=_derive,
    key="id",
    clock=("changed_at",),
    fields=(
        number("id", required=True),
        number("order_id"),
        number("order", alias="order_in", at="$.id"),
        number("assigned_location", alias="location_in", at="$.location_id"),
        number("assigned_location", alias="location_of", at="$.location.id"),
        number("assigned_location_id", alias="location_id"),
        choice("method", "shopify_delivery_method", _METHOD),
        word("status"),
        timestamp("created_at"),
        timestamp("updated_at"),
        timestamp("fulfill_by"),
        timestamp("delivery_method", alias="until", at="$.max_delivery_date_time"),
        timestamp("delivery_method", alias="until_of", at="$.maxDeliveryDateTime"),
        *(timestamp(name) for name in _EVENTS),
    ),
    prepare={
        "order_key": key_of("shopify.orders", bare(pl.coalesce("order_id", "order_in"))),
        "changed_at": pl.coalesce("updated_at", pl.max_horizontal("created_at", *_EVENTS)),
    },
    tables=(
        TableMap(
            "fulfilments",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "fulfilment_id": pl.col("record"),
                        "order_id": pl.col("order_key"),
                        "method": pl.col("method"),
                        "method_raw": pl.when(written("raw.method")).then("raw.method"),
                        "location_id": bare(pl.coalesce("location_in", "location_of", "location_id")),
                        "promised_at": pl.coalesce("until", "until_of", "fulfill_by"),
                        **{name: pl.col(name) for name in _EVENTS},
                        "status": pl.col("status"),
                    },
                ),
            ),
        ),
    ),
)
