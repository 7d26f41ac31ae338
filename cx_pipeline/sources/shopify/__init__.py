"""Shopify: orders with their lines, hand-overs and refunds, customers, and fulfilment orders."""

from cx_pipeline.sources.shopify.customers import CUSTOMERS
from cx_pipeline.sources.shopify.fulfillment_events import FULFILLMENT_EVENTS
from cx_pipeline.sources.shopify.fulfillment_orders import FULFILLMENT_ORDERS
from cx_pipeline.sources.shopify.orders import ORDERS

__all__ = ["CUSTOMERS", "FULFILLMENT_EVENTS", "FULFILLMENT_ORDERS", "ORDERS"]
