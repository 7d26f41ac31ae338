"""Orders, customers and fulfilment orders, as Shopify's API and its CSV exports hold them."""

from __future__ import annotations

import json
import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.extract import land
from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import open_file
from cx_pipeline.settings import Settings
from cx_pipeline.sources.catalogue import get
from cx_pipeline.stages.batch import scrub_batch
from cx_pipeline.stages.profile import context_of
from tests.sources.scrubbing import SHA, Record, assert_balanced, part, row, rows, scrub

ORDERS, CUSTOMERS, HAND_OVERS = "shopify.orders", "shopify.customers", "shopify.fulfillment_orders"
FIXTURES = Path(os.environ.get("CX_SHARED_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures")) / "shopify"
HEAD: Record = {
    "Name": "#1001",
    "Email": "ada@king.io",
    "Financial Status": "partially_refunded",
    "Paid at": "2025-12-06 10:37:35 -0500",
    "Fulfillment Status": "fulfilled",
    "Fulfilled at": "2025-12-07 10:37:33 -0500",
    "Accepts Marketing": "yes",
    "Currency": "USD",
    "Total": "35.00",
    "Shipping Method": "Standard",
    "Created at": "2025-12-06 10:37:33 -0500",
    "Lineitem quantity": "2",
    "Lineitem name": "Mug",
    "Lineitem price": "10.00",
    "Lineitem sku": "0012",
    "Billing Name": "Ada King",
    "Billing Country": "US",
    "Billing Phone": "'4155552671",
    "Payment Method": "Visa",
    "Refunded Amount": "5.00",
    "Id": "5632456523001",
    "Source": "web",
}
NEXT: Record = {
    "Name": "#1001",
    "Email": "ada@king.io",
    "Created at": "2025-12-06 10:37:33 -0500",
    "Lineitem quantity": "1",
    "Lineitem name": "Cup",
    "Lineitem price": "15.00",
    "Lineitem sku": "0013",
}
KEY = "shopify.orders:5632456523001"


def order(**given: Any) -> Record:
    """An order of the API: nested values as JSON text, as the reader hands them on."""
    told = {
        "id": 450789469,
        "name": "#1001",
        "email": "ada@king.io",
        "created_at": "2026-01-10T11:00:00-05:00",
        "updated_at": "2026-01-12T11:00:00-05:00",
        "currency": "EUR",
        "total_price": "409.94",
        "financial_status": "paid",
        "buyer_accepts_marketing": False,
        "test": False,
        "customer": {"id": 207119551, "first_name": "Ada", "last_name": "King", "phone": None},
        "line_items": [
            {"id": 466157049, "sku": "0012", "quantity": 1, "price": "199.00"},
            {"id": 518995019, "sku": None, "quantity": 2, "price": "105.47"},
        ],
        **given,
    }
    return {name: value if value is None or isinstance(value, str) else json.dumps(value) for name, value in told.items()}


def test_the_rows_of_an_order_are_one_order_and_its_lines() -> None:
    made = scrub(ORDERS, HEAD, NEXT, {**NEXT, "Lineitem sku": "0014"}).tables
    expected = {
        "order_id": KEY,
        "customer_record": KEY,
        "financial_status": "partially_refunded",
        "fulfilment_status": "fulfilled",
        "ordered_at": datetime(2025, 12, 6, 15, 37, 33),
        "paid_at": datetime(2025, 12, 6, 15, 37, 35),
        "total": Decimal("35.0000"),
        "currency": "USD",
        "channel": "web",
        "source_id": "5632456523001",
        "dq_flags": [],
    }
    assert [part(found, expected) for found in made["orders"].to_dicts()] == [expected]
    lines = made["order_lines"].select("line_id", "order_id", "sku", "quantity", "price", "currency", "source_id").rows()
    assert lines == [
        (f"{KEY}#1", KEY, "0012", 2, Decimal(10), "USD", "5632456523001"),
        (f"{KEY}#2", KEY, "0013", 1, Decimal(15), "USD", "5632456523001/2"),
        (f"{KEY}#3", KEY, "0014", 1, Decimal(15), "USD", "5632456523001/3"),
    ]
    assert made["returns"].select("return_id", "kind", "amount", "currency").rows() == [
        (f"{KEY}#refund", "refund", Decimal(5), "USD")
    ]
    assert made["customer_identities"].select("kind", "value").rows() == [
        ("email", "ada@king.io"),
        ("phone", "+14155552671"),
        ("name", "Ada King"),
    ]
    assert made["people"].select("customer_record", "is_contact", "country").rows() == [(KEY, True, "US")]
    assert made["consent_events"].select("event_id", "state", "channel", "occurred_at").rows() == [
        (f"{KEY}#marketing", "granted", "email", datetime(2025, 12, 6, 15, 37, 33))
    ]


def test_rows_find_their_order_wherever_they_stand() -> None:
    """An order between them, a torn id, a lost first row, an export without ids, all columns on every row, two in one."""
    other = {**HEAD, "Name": "#1002", "Id": "5632456523002"}
    table: list[tuple[list[Record], list[str]]] = [
        ([HEAD, other, NEXT], ["5632456523001", "5632456523002", "5632456523001/2"]),
        ([NEXT, HEAD], ["5632456523001/2", "5632456523001"]),
        ([{**HEAD, "Id": "5.63246E+12"}, NEXT], ["#1001", "#1001/2"]),
        ([NEXT, NEXT], ["#1001/2", "#1001/3"]),
        ([{**HEAD, "Id": None}, NEXT], ["#1001/2", "#1001/3"]),
        ([HEAD, {**HEAD, **NEXT}], ["5632456523001", "5632456523001/2"]),
        ([HEAD, NEXT, HEAD, NEXT], ["5632456523001", "5632456523001/2"] * 2),
        ([HEAD, NEXT, {**HEAD, "Id": "77"}, NEXT], ["5632456523001", "5632456523001/2", "77", "77/2"]),
        ([{**HEAD, "Name": None}], ["5632456523001"]),
        ([{**HEAD, "Name": None, "Id": None}], []),
    ]
    for given, keys in table:
        made = scrub(ORDERS, *given)
        assert made.records["source_id"].to_list() == keys
        assert made.tables["order_lines"].height == len(keys)
    bare = scrub(ORDERS, *({name: cell for name, cell in one.items() if name != "Id"} for one in (HEAD, NEXT)))
    assert bare.records["source_id"].to_list() == ["#1001", "#1001/2"]
    assert bare.tables["orders"].height == 1


def test_an_order_may_straddle_batches(tmp_path: Path) -> None:
    names = list(HEAD)
    given = [HEAD, NEXT, NEXT, {**HEAD, "Name": "#1002", "Id": "5632456523002"}, {**NEXT, "Name": "#1002"}]
    lines = [",".join(names), *(",".join(one.get(name) or "" for name in names) for one in given)]
    path = tmp_path / "orders_export.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with open_file(path, ReadOptions()) as reader:
        facts = land.write(reader, tmp_path / "landed")
    export = get(ORDERS)
    context = context_of(export, tmp_path / "landed", Settings(), path.name, facts.columns, facts.labels)
    batch = land.scan(tmp_path / "landed", facts.columns).collect()
    whole = scrub_batch(batch, export, SHA, context)
    apart = [scrub_batch(one, export, SHA, context) for one in batch.iter_slices(2)]
    for made in (whole, *apart):
        assert_balanced(ORDERS, made)
    keys = ["5632456523001", "5632456523001/2", "5632456523001/3", "5632456523002", "5632456523002/2"]
    assert whole.records["source_id"].to_list() == keys
    assert [key for made in apart for key in made.records["source_id"]] == keys
    assert [line for made in apart for line in made.tables["order_lines"]["line_id"]] == whole.tables["order_lines"][
        "line_id"
    ].to_list()


def test_pick_up_hides_in_the_name_of_the_shipping_method() -> None:
    handed_over = datetime(2025, 12, 7, 15, 37, 33)
    for method, expected in (
        ("Standard", (None, handed_over, None)),
        ("Pick up at Main St", ("pick_up", None, handed_over)),
        ("Click & Collect", ("pick_up", None, handed_over)),
    ):
        made = row(ORDERS, "fulfilments", {**HEAD, "Shipping Method": method})
        assert (made["method"], made["shipped_at"], made["collected_at"]) == expected
        assert made["method_raw"] == method
    assert rows(ORDERS, "fulfilments", {**HEAD, "Shipping Method": None, "Fulfilled at": None}) == []


def test_orders_that_tell_of_nobody_and_orders_that_are_tests() -> None:
    nobody = scrub(ORDERS, {**HEAD, "Email": None, "Billing Phone": None}).tables
    assert (nobody["people"].height, nobody["customer_identities"].height, nobody["consent_events"].height) == (0, 0, 0)
    assert nobody["orders"]["customer_record"].to_list() == [None]
    for record, is_test in (
        (HEAD, False),
        ({**HEAD, "Payment Method": "Bogus Gateway (for testing)"}, True),
        ({**HEAD, "Email": "test.ada@king.io"}, True),
        (order(), False),
        (order(test=True), True),
    ):
        assert row(ORDERS, "orders", record)["is_test"] is is_test


def test_an_order_of_the_api() -> None:
    made = scrub(ORDERS, order(cancelled_at="2026-01-11T11:00:00-05:00")).tables
    key = "shopify.orders:450789469"
    expected = {
        "order_id": key,
        "customer_record": "shopify.customers:207119551",
        "ordered_at": datetime(2026, 1, 10, 16),
        "cancelled_at": datetime(2026, 1, 11, 16),
        "source_updated_at": datetime(2026, 1, 12, 16),
        "total": Decimal("409.94"),
    }
    assert part(made["orders"].to_dicts()[0], expected) == expected
    assert made["order_lines"].select("line_id", "sku", "quantity", "price", "currency").rows() == [
        (f"{key}#line-466157049", "0012", 1, Decimal(199), "EUR"),
        (f"{key}#line-518995019", None, 2, Decimal("105.47"), "EUR"),
    ]
    assert made["people"].height == 0
    assert made["customer_identities"].select("customer_record", "kind", "value").rows() == [
        ("shopify.customers:207119551", "email", "ada@king.io"),
        ("shopify.customers:207119551", "name", "Ada King"),
    ]
    assert made["consent_events"]["state"].to_list() == ["not_given"]


def test_the_same_order_twice_in_a_page_is_two_versions_and_no_lines_of_one() -> None:
    made = scrub(ORDERS, order(), order(updated_at="2026-01-13T11:00:00-05:00"))
    assert made.records["source_id"].to_list() == ["450789469"] * 2
    assert made.tables["orders"].height == 2


def test_refunds_and_hand_overs_of_an_order() -> None:
    refund = {
        "id": 1,
        "created_at": "2026-02-01T10:00:00Z",
        "processed_at": "2026-02-02T10:00:00Z",
        "transactions": [
            {"kind": "refund", "status": "success", "amount": "41.94", "currency": "EUR"},
            {"kind": "refund", "status": "success", "amount": "1.06", "currency": "EUR"},
            {"kind": "refund", "status": "failure", "amount": "9.00", "currency": "EUR"},
        ],
    }
    moves = [
        {"id": 5, "status": "success", "created_at": "2026-01-11T10:00:00Z", "updated_at": "2026-01-13T10:00:00Z"},
        {"id": 6, "status": "cancelled", "created_at": "2026-01-11T10:00:00Z"},
    ]
    moves[0]["shipment_status"] = "delivered"
    made = scrub(ORDERS, order(refunds=[refund, {"id": 2, "transactions": []}], fulfillments=moves)).tables
    assert made["returns"].select("return_id", "opened_at", "credited_at", "amount", "currency").rows() == [
        ("shopify.orders:450789469#refund-1", datetime(2026, 2, 1, 10), datetime(2026, 2, 2, 10), Decimal(43), "EUR"),
        ("shopify.orders:450789469#refund-2", None, None, None, "EUR"),
    ]
    assert made["fulfilments"].select("fulfilment_id", "shipped_at", "delivered_at", "status").rows() == [
        ("shopify.orders:450789469#fulfilment-5", datetime(2026, 1, 11, 10), datetime(2026, 1, 13, 10), "delivered"),
        ("shopify.orders:450789469#fulfilment-6", None, None, "cancelled"),
    ]


def test_customers_of_both_formats() -> None:
    api: Record = {
        "id": "gid://shopify/Customer/207119551",
        "email": "Ada@King.io",
        "first_name": "Ada",
        "last_name": "King",
        "phone": "+14155552671",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "email_marketing_consent": '{"state":"unsubscribed","consent_updated_at":"2025-05-05T00:00:00Z"}',
        "sms_marketing_consent": '{"state":"subscribed","consent_updated_at":"2025-06-06T00:00:00Z"}',
        "default_address": '{"country_code":"FR","phone":"0140000000"}',
    }
    csv: Record = {
        "Customer ID": "'207119551",
        "First Name": "Ada",
        "Last Name": "King",
        "Email": "ada@king.io",
        "Accepts Email Marketing": "yes",
        "Accepts SMS Marketing": "no",
        "Default Address Country Code": "US",
        "Phone": "'+14155552671",
        "Total Spent": "0.00",
    }
    old: Record = {"First Name": "Ada", "Email": "Ada@King.io", "Accepts Marketing": "no", "Country Code": "US"}
    persons = []
    for record, consents in (
        (api, [("email", "withdrawn", datetime(2025, 5, 5)), ("sms", "granted", datetime(2025, 6, 6))]),
        (csv, [("email", "granted", None), ("sms", "not_given", None)]),
        (old, [("email", "not_given", None)]),
    ):
        made = scrub(CUSTOMERS, record).tables
        assert made["consent_events"].select("channel", "state", "occurred_at").rows() == consents
        persons += made["people"].select("customer_record", "country").rows()
        assert ("email", "ada@king.io") in made["customer_identities"].select("kind", "value").rows()
    assert persons == [
        ("shopify.customers:207119551", "FR"),
        ("shopify.customers:207119551", "US"),
        ("shopify.customers:ada@king.io", "US"),
    ]
    shifted = scrub(CUSTOMERS, {**csv, "Customer ID": "Ada"})
    assert shifted.quarantined["rule"].to_list() == ["key.unusable"]


@pytest.mark.parametrize(
    "told",
    [
        {"delivery_method": '{"id":1,"method_type":"pick_up","max_delivery_date_time":"2026-01-12T17:00:00Z"}'},
        {"deliveryMethod": '{"methodType":"PICK_UP","maxDeliveryDateTime":"2026-01-12T17:00:00Z"}'},
        {"delivery_method": "pick_up", "fulfill_by": "2026-01-12T17:00:00Z"},
    ],
    ids=["rest", "graphql", "flat"],
)
@pytest.mark.parametrize(
    "times",
    [
        {"ready_at": "2026-01-11T10:00:00Z", "collected_at": "2026-01-12T10:00:00Z"},
        {"ready_for_pickup_at": "2026-01-11T10:00:00Z", "picked_up_at": "2026-01-12T10:00:00Z"},
        {
            "events": '[{"status":"ready_for_pickup","happened_at":"2026-01-11T10:00:00Z"},'
            '{"status":"picked_up","happened_at":"2026-01-12T10:00:00Z"}]'
        },
    ],
    ids=["columns", "other names", "events"],
)
def test_click_and_collect(told: Record, times: Record) -> None:
    given: Record = {
        "id": "1046000818",
        "order_id": "450789469",
        "status": "closed",
        "assigned_location": '{"location_id":24826418,"name":"Main St"}',
        "created_at": "2026-01-10T10:00:00Z",
        **told,
        **times,
    }
    expected = {
        "fulfilment_id": "shopify.fulfillment_orders:1046000818",
        "order_id": "shopify.orders:450789469",
        "method": "pick_up",
        "location_id": "24826418",
        "promised_at": datetime(2026, 1, 12, 17),
        "ready_at": datetime(2026, 1, 11, 10),
        "collected_at": datetime(2026, 1, 12, 10),
        "status": "closed",
        "dq_flags": [],
    }
    assert part(row(HAND_OVERS, "fulfilments", given), expected) == expected


def test_columns_of_a_fulfilment_order_are_no_news() -> None:
    """The vendor tells from when and until when a hand-over may be made."""
    export = get(HAND_OVERS)
    assert {"fulfill_at", "fulfill_by"} <= export.known | export.reads


def test_events_of_fulfilments() -> None:
    event: Record = {
        "id": "12584341209251",
        "fulfillment_id": "2608403447971",
        "order_id": "450789469",
        "status": "ready_for_pickup",
        "happened_at": "2026-01-25T16:32:23-05:00",
        "updated_at": "2026-01-25T16:32:24-05:00",
    }
    expected = {
        "event_id": "shopify.fulfillment_events:12584341209251",
        "fulfilment_id": "shopify.orders:450789469#fulfilment-2608403447971",
        "order_id": "shopify.orders:450789469",
        "kind": "ready",
        "kind_raw": "ready_for_pickup",
        "occurred_at": datetime(2026, 1, 25, 21, 32, 23),
        "dq_flags": [],
    }
    made = rows("shopify.fulfillment_events", "fulfilment_events", event, {**event, "id": "2", "status": "PICKED_UP"})
    assert part(made[0], expected) == expected
    assert made[1]["kind"] == "collected"


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the vendors' example files are not here")
@pytest.mark.parametrize(
    ("export", "file", "table", "lines"),
    [
        (ORDERS, "order.json", "orders", 3),
        (ORDERS, "orders.json", "orders", 0),
        ("shopify.fulfillment_events", "fulfillment_event.json", "fulfilment_events", 0),
        (CUSTOMERS, "customer.json", "people", 0),
        (CUSTOMERS, "customers_search.json", "people", 0),
    ],
)
def test_the_vendors_own_examples(export: str, file: str, table: str, lines: int, tmp_path: Path) -> None:
    with open_file(FIXTURES / file, ReadOptions(page_keys=get(export).page_keys)) as reader:
        facts = land.write(reader, tmp_path / "landed")
    context = context_of(get(export), tmp_path / "landed", Settings(), file, facts.columns, facts.labels)
    made = scrub_batch(land.scan(tmp_path / "landed", facts.columns).collect(), get(export), SHA, context)
    assert_balanced(export, made)
    assert (made.quarantined.height, made.tables[table].height) == (0, 1)
    assert (made.tables["order_lines"].height if "order_lines" in made.tables else 0) == lines
