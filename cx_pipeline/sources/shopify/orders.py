"""Orders of Shopify, as the API writes them (an order a record) and as the CSV of the admin does (a line a row)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person
from cx_pipeline.sources.columns import (
    as_written,
    boolean,
    country,
    decimal,
    each,
    email_address,
    identifier,
    identity,
    key_of,
    language_code,
    names,
    person_name,
    phone_number,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Continuation, Export, Rows, TableMap
from cx_pipeline.sources.shopify.ids import bare, number
from cx_pipeline.sources.shopify.order_items import FULFILLMENTS, LINES, REFUNDS

_ORDER = shaped("Shopify order", r"^(?:gid://shopify/Order/)?[#A-Za-z0-9_.-]{0,20}[0-9][A-Za-z0-9_.-]{0,20}(?:/[0-9]{1,9})?$")
_PLACE, _KEY = "cx place", "cx key"
_TORN = r"^[0-9]+(?:[.,][0-9]+)?[eE][+]?[0-9]{1,3}$"
_PICK_UP = r"(?i)\bpick[ -]?up\b|\bpickup\b|click (?:&|and|\+) collect|\bcollect(?:ion)?\b|abholung|retrait"


def _derive(columns: Sequence[str], _: Context) -> Mapping[str, pl.Expr]:
    """The id of an order is on its first row; where a spreadsheet tore it, or there is none, the order's name stands for it."""
    if "name" not in columns:
        return {"id": bare("id")} if "id" in columns else {}
    if "id" not in columns:
        first = [written(name) for name in ("financial_status", "total_price") if name in columns]
        return {"id": pl.when(pl.any_horizontal(first)).then("name")} if first else {}
    return {"id": pl.when(pl.col("id").str.strip_chars().str.contains(_TORN)).then("name").otherwise(bare("id"))}


def _is_first(prefix: str = "") -> pl.Expr:
    """True for records that tell of the order itself: those of the API, and the first of its rows."""
    return pl.col(f"{prefix}{_PLACE}").fill_null("1") == "1"


def _first(contains: pl.Expr) -> pl.Expr:
    return pl.when(_is_first()).then(contains).otherwise(0)


_REACHABLE = (("email", None), ("phone", None), ("customer", "$.id"), ("customer", "$.email"))
_TOLD = pl.any_horizontal(written(column, at) for column, at in _REACHABLE)
_PERSON = pl.coalesce(key_of("shopify.customers", bare("customer_id")), pl.when("is_person").then("record"))
_EMAILS = (written("email") | written("customer", "$.email")).cast(pl.Int64)
_NAMES = pl.any_horizontal(
    written("billing_name"), *(written("customer", f"$.{part}") for part in ("first_name", "last_name"))
).cast(pl.Int64)
_PHONES = pl.any_horizontal(written("phone"), written("customer", "$.phone"), written("billing_phone")).cast(pl.Int64)


def _own(kind: str, contains: pl.Expr) -> Rows:
    """An identifier of who ordered, where the order tells of somebody who can be known again."""
    rows = identity(kind, kind, _PERSON, "name", since=pl.col("created_at"))
    told = pl.when(_TOLD).then(contains).otherwise(0)
    return replace(rows, contains=_first(told), when=_is_first("raw.") & pl.col("is_told") & written(f"raw.{kind}"))


def _test_order(context: Context) -> pl.Expr:
    bogus = pl.col("gateway").str.contains(r"(?i)\bbogus\b").fill_null(value=False)
    return (
        pl.col("test").fill_null(value=False)
        | bogus
        | looks_like_test_person(pl.col("raw.name"), address_told("email"), context.test_domains)
    )


_LINE = pl.any_horizontal(written(name) for name in ("lineitem_name", "lineitem_quantity", "lineitem_sku", "lineitem_price"))
_RAW_LINE = pl.any_horizontal(
    written(f"raw.{name}") for name in ("lineitem_name", "lineitem_quantity", "lineitem_sku", "lineitem_price")
)
_HANDED_OVER = ("fulfilled_at", "shipping_method")
_DONE = ~pl.col("item.status").fill_null("success").is_in(["cancelled", "error", "failure"])
_SHIPMENT = pl.col("item.shipment").str.to_lowercase()
_IS_PICK_UP = pl.col("shipping_method").str.contains(_PICK_UP).fill_null(value=False)

ORDERS = Export(
    source="shopify",
    name="orders",
    title="Orders with their lines, hand-overs and refunds: one record an order (API), or one row a line (CSV).",
    formats=("CSV (one row a line, the order on the first)", "JSON (API pages, array)", "NDJSON"),
    page_keys=("orders", "order"),
    ignore=names("order_status_url client_details browser_ip"),
    known=names(
        """
        admin_graphql_api_id app_id billing_address cancel_reason cart_token checkout_id checkout_token closed_at
        company confirmation_number confirmed contact_email current_subtotal_price current_subtotal_price_set
        current_total_additional_fees_set current_total_discounts current_total_discounts_set current_total_duties_set
        current_total_price current_total_price_set current_total_tax current_total_tax_set device_id
        discount_applications discount_codes estimated_taxes landing_site landing_site_ref location_id
        merchant_business_entity_id merchant_of_record_app_id note note_attributes number order_number
        original_total_additional_fees_set original_total_duties_set payment_details payment_gateway_names payment_terms
        phone po_number presentment_currency processed_at processing_method reference referring_site shipping_address
        source source_identifier source_url subtotal_price subtotal_price_set tags tax_exempt tax_lines taxes_included
        token total_cash_rounding_payment_adjustment_set total_cash_rounding_refund_adjustment_set total_discounts
        total_discounts_set total_line_items_price total_line_items_price_set total_outstanding total_price_set
        total_price_usd total_shipping_price_set total_tax total_tax_set total_tip_received total_weight user_id
        duties_included shipping_lines
        """
    )
    | frozenset(
        f"{kind} {part}"
        for kind in ("Billing", "Shipping")
        for part in (
            *("Name", "Street", "Address1", "Address2", "Company", "City", "Zip", "Province", "Country", "Phone"),
            "Province Name",
        )
    )
    | frozenset(f"Tax {place} {part}" for place in range(1, 6) for part in ("Name", "Value"))
    | frozenset(
        {
            *("Subtotal", "Shipping", "Taxes", "Discount Code", "Discount Amount", "Lineitem compare at price"),
            *("Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status", "Lineitem discount", "Notes"),
            *("Note Attributes", "Payment Reference", "Payment References", "Payment ID", "Payment Terms Name", "Vendor"),
            *("Outstanding Balance", "Employee", "Device ID", "Tags", "Risk Level", "Receipt Number", "Duties"),
            "Next Payment Due At",
        }
    ),
    spellings={
        "total_price": ("Total",),
        "buyer_accepts_marketing": ("Accepts Marketing",),
        "source_name": ("Source",),
        "gateway": ("Payment Method",),
        "billing_country": ("Billing Country",),
    },
    derive=_derive,
    continuation=Continuation(
        group="name",
        head="id",
        carried=("currency", "email", "cancelled_at", "created_at"),
        place=_PLACE,
        key=_KEY,
        marked_by="lineitem_name",
    ),
    key=_KEY,
    clock=("changed_at",),
    fields=(
        identifier(_KEY, _ORDER),
        identifier("id", _ORDER, required=True),
        as_written(_PLACE),
        word("name", alias="number"),
        email_address("email", alias="own_email"),
        email_address("customer", alias="customer_email", at="$.email"),
        phone_number("phone", country="billing_country", alias="own_phone"),
        phone_number("customer", alias="customer_phone", at="$.phone"),
        phone_number("billing_phone", country="billing_country"),
        person_name("billing_name"),
        person_name("customer", alias="first_name", at="$.first_name"),
        person_name("customer", alias="last_name", at="$.last_name"),
        country("billing_country"),
        number("customer", alias="customer_id", at="$.id"),
        language_code("customer_locale"),
        timestamp("created_at"),
        timestamp("updated_at"),
        timestamp("paid_at"),
        timestamp("fulfilled_at"),
        timestamp("cancelled_at"),
        word("financial_status"),
        word("fulfillment_status"),
        word("currency"),
        decimal("total_price"),
        decimal("refunded_amount"),
        boolean("buyer_accepts_marketing"),
        word("source_name"),
        word("gateway"),
        boolean("test"),
        word("shipping_method"),
        word("location"),
        as_written("lineitem_name"),
        word("lineitem_sku"),
        decimal("lineitem_quantity"),
        decimal("lineitem_price"),
        as_written("line_items"),
        as_written("fulfillments"),
        as_written("refunds"),
    ),
    test=_test_order,
    prepare={
        "email": pl.coalesce("own_email", "customer_email"),
        "raw.email": pl.coalesce(pl.when(written("raw.own_email")).then("raw.own_email"), "raw.customer_email"),
        "phone": pl.coalesce("own_phone", "customer_phone", "billing_phone"),
        "raw.phone": pl.coalesce(
            *(pl.when(written(f"raw.{name}")).then(f"raw.{name}") for name in ("own_phone", "customer_phone", "billing_phone"))
        ),
        "name": pl.coalesce(
            "billing_name", pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True).replace("", None)
        ),
        "raw.name": pl.coalesce(
            pl.when(written("raw.billing_name")).then("raw.billing_name"),
            pl.concat_str("raw.first_name", "raw.last_name", separator=" ", ignore_nulls=True).replace("", None),
        ),
        "is_told": pl.any_horizontal(
            written(f"raw.{name}") for name in ("own_email", "customer_email", "own_phone", "customer_id")
        ),
        "is_person": _is_first("raw.")
        & pl.col("customer_id").is_null()
        & (pl.col("email").is_not_null() | pl.col("own_phone").is_not_null()),
        # The CSV tells of no change but these; of two deliveries with the same ones, the later stands.
        "changed_at": pl.coalesce("updated_at", pl.max_horizontal("created_at", "paid_at", "fulfilled_at", "cancelled_at")),
        "order": key_of("shopify.orders", bare("id")),
    },
    tables=(
        TableMap(
            "orders",
            primary=True,
            rows=(
                Rows(
                    contains=_first(each()),
                    when=_is_first("raw."),
                    columns={
                        "order_id": pl.col("record"),
                        "customer_record": _PERSON,
                        "financial_status": pl.col("financial_status"),
                        "fulfilment_status": pl.col("fulfillment_status"),
                        "ordered_at": pl.col("created_at"),
                        "paid_at": pl.col("paid_at"),
                        "cancelled_at": pl.col("cancelled_at"),
                        "total": pl.col("total_price"),
                        "currency": pl.col("currency").str.to_uppercase(),
                        "channel": pl.col("source_name"),
                    },
                ),
            ),
        ),
        TableMap(
            "order_lines",
            rows=(
                Rows(
                    contains=_LINE.cast(pl.Int64),
                    when=_RAW_LINE,
                    columns={
                        "line_id": pl.concat_str("order", pl.lit("#"), pl.col(f"raw.{_PLACE}").fill_null("1")),
                        "order_id": pl.col("order"),
                        "sku": pl.col("lineitem_sku"),
                        "quantity": pl.col("lineitem_quantity"),
                        "price": pl.col("lineitem_price"),
                        "currency": pl.col("currency").str.to_uppercase(),
                    },
                ),
                Rows(
                    items=LINES,
                    contains=each(),
                    columns={
                        "line_id": pl.concat_str(
                            "order", pl.lit("#line-"), pl.coalesce(bare("item.id"), pl.col("item.number").cast(pl.String))
                        ),
                        "order_id": pl.col("order"),
                        "sku": pl.col("item.sku"),
                        "quantity": pl.col("item.quantity"),
                        "price": pl.col("item.price"),
                        "currency": pl.col("currency").str.to_uppercase(),
                    },
                ),
            ),
        ),
        TableMap(
            "fulfilments",
            rows=(
                Rows(
                    # One hand-over an order is all that the CSV can tell, though there may have been several.
                    contains=_first(pl.any_horizontal(written(name) for name in _HANDED_OVER).cast(pl.Int64)),
                    when=_is_first("raw.") & pl.any_horizontal(written(f"raw.{name}") for name in _HANDED_OVER),
                    columns={
                        "fulfilment_id": pl.concat_str("order", pl.lit("#fulfilment")),
                        "order_id": pl.col("order"),
                        "method": pl.when(_IS_PICK_UP).then(pl.lit("pick_up")),
                        "method_raw": pl.col("raw.shipping_method"),
                        "location_id": pl.col("location"),
                        "shipped_at": pl.when(~_IS_PICK_UP).then("fulfilled_at"),
                        "collected_at": pl.when(_IS_PICK_UP).then("fulfilled_at"),
                        "status": pl.col("fulfillment_status"),
                    },
                ),
                Rows(
                    items=FULFILLMENTS,
                    contains=each(),
                    columns={
                        "fulfilment_id": pl.concat_str(
                            "order", pl.lit("#fulfilment-"), pl.coalesce(bare("item.id"), pl.col("item.number").cast(pl.String))
                        ),
                        "order_id": pl.col("order"),
                        "method": pl.when(_SHIPMENT.is_in(["ready_for_pickup", "picked_up"])).then(pl.lit("pick_up")),
                        "location_id": bare("item.location"),
                        "shipped_at": pl.when(
                            _DONE & ~_SHIPMENT.is_in(["ready_for_pickup", "picked_up"]).fill_null(value=False)
                        ).then("item.created_at"),
                        # The carrier's word for where it is comes with the time of the last change.
                        "ready_at": pl.when(_SHIPMENT == "ready_for_pickup").then("item.updated_at"),
                        "delivered_at": pl.when(_SHIPMENT == "delivered").then("item.updated_at"),
                        "collected_at": pl.when(_SHIPMENT == "picked_up").then("item.updated_at"),
                        "status": pl.coalesce("item.shipment", "item.status"),
                    },
                ),
            ),
        ),
        TableMap(
            "returns",
            rows=(
                Rows(
                    contains=_first(pl.col("refunded_amount").str.contains("[1-9]").cast(pl.Int64)),
                    when=_is_first("raw.") & pl.col("raw.refunded_amount").str.contains("[1-9]"),
                    columns={
                        "return_id": pl.concat_str("order", pl.lit("#refund")),
                        "order_id": pl.col("order"),
                        "kind": pl.lit("refund"),
                        "amount": pl.col("refunded_amount"),
                        "currency": pl.col("currency").str.to_uppercase(),
                    },
                ),
                Rows(
                    items=REFUNDS,
                    contains=each(),
                    columns={
                        "return_id": pl.concat_str(
                            "order", pl.lit("#refund-"), pl.coalesce(bare("item.id"), pl.col("item.number").cast(pl.String))
                        ),
                        "order_id": pl.col("order"),
                        "kind": pl.lit("refund"),
                        "opened_at": pl.col("item.created_at"),
                        "credited_at": pl.when(pl.col("item.amount").is_not_null()).then(
                            pl.coalesce("item.processed_at", "item.created_at")
                        ),
                        "amount": pl.col("item.amount"),
                        "currency": pl.coalesce("item.currency", "currency").str.to_uppercase(),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=_first(each()),
                    when=pl.col("is_person"),
                    columns={
                        "customer_record": pl.col("record"),
                        "country": pl.col("billing_country"),
                        "language": pl.col("customer_locale"),
                        "first_seen_at": pl.col("created_at"),
                        "last_seen_at": pl.col("created_at"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap("customer_identities", rows=(_own("email", _EMAILS), _own("phone", _PHONES), _own("name", _NAMES))),
        TableMap(
            "consent_events",
            rows=(
                Rows(
                    contains=_first(pl.when(_TOLD).then(each("buyer_accepts_marketing")).otherwise(0)),
                    when=_is_first("raw.") & pl.col("is_told") & written("raw.buyer_accepts_marketing"),
                    columns={
                        "event_id": pl.concat_str("record", pl.lit("#marketing")),
                        "identity": pl.struct(
                            kind=pl.when(pl.col("email").is_not_null())
                            .then(pl.lit("email"))
                            .when(pl.col("phone").is_not_null())
                            .then(pl.lit("phone"))
                            .otherwise(pl.lit("external_id")),
                            token=pl.coalesce("email", "phone", bare("customer_id"), bare("id")),
                        ),
                        "customer_record": _PERSON,
                        "channel": pl.lit("email"),
                        "purpose": pl.lit("marketing"),
                        # A box that was left alone is no refusal.
                        "state": pl.when("buyer_accepts_marketing")
                        .then(pl.lit("granted"))
                        .when(~pl.col("buyer_accepts_marketing"))
                        .then(pl.lit("not_given"))
                        .otherwise(pl.lit("unknown")),
                        "state_raw": pl.col("raw.buyer_accepts_marketing"),
                        "occurred_at": pl.col("created_at"),
                    },
                ),
            ),
        ),
    ),
)
