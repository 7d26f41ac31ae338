"""Raw columns under the names an export reads, and rows that go on with an earlier one."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.sources.catalogue import get
from cx_pipeline.sources.export import Context, Continuation
from cx_pipeline.stages.raw_columns import complete, continued, is_continued

RULE = Continuation(group="group", head="head", carried=("told",), place="place", key="key", marked_by="line")


def frame(*rows: tuple[str | None, str | None, str | None]) -> pl.DataFrame:
    named = pl.DataFrame(rows, schema={"group": pl.String, "head": pl.String, "told": pl.String}, orient="row")
    return named.with_row_index("_record", offset=1).cast({"_record": pl.Int64})


def test_rows_that_go_on_with_an_earlier_one() -> None:
    found = continued(frame(("#1", "a", "EUR"), ("#1", " ", None), ("#2", "b", "USD"), ("#1", None, "GBP")).lazy(), RULE)
    assert found.rows() == [(2, "2", "a", "EUR"), (4, "3", "a", "GBP")]


_ORDERS = st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=8)


@given(_ORDERS)
@settings(max_examples=40, deadline=None)
def test_no_row_is_lost_and_none_changes_its_order(orders: list[tuple[int, bool]]) -> None:
    """However the rows of orders lie between each other: every row of an order has a key of its own that names it."""
    waiting = [
        [(f"#{number}", f"id{number}" if place == 0 or is_filled else None, "EUR") for place in range(lines)]
        for number, (lines, is_filled) in enumerate(orders)
        if not is_filled
    ]
    rows = [row for place in range(4) for order in waiting for row in order[place : place + 1]]
    rows += [
        (f"#{number}", f"id{number}", "EUR")
        for number, (lines, is_filled) in enumerate(orders)
        if is_filled
        for _ in range(lines)
    ]
    found = continued(frame(*rows).lazy(), RULE)
    keys = {record: f"{head}/{place}" for record, place, head, _ in found.rows()}
    told = [keys.get(record, head) for record, (_, head, _) in enumerate(rows, start=1)]
    assert len(set(told)) == len(rows)
    assert [key.split("/")[0] for key in told if key is not None] == [group.replace("#", "id") for group, _, _ in rows]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Unique Key", "Created Date"], {"unique_key": "Unique Key", "created_date": "Created Date"}),
        (["SR_NUMBER", "created_date"], {"unique_key": "SR_NUMBER"}),
        (["unique_key", "id"], {}),
        (["shoe size"], {}),
    ],
)
def test_columns_under_other_names(columns: list[str], expected: dict[str, str]) -> None:
    assert get("city_311.service_requests").spelled(columns) == expected


def test_exports_without_other_names_are_read_by_the_letter() -> None:
    assert get("zendesk.tickets").spelled(["ID", "Created At"]) == {}


def test_a_record_in_an_envelope() -> None:
    export = get("shopify.orders")
    batch = pl.DataFrame({"_record": [1], "_line": [1], "order": ['{"id": 7, "customer": {"id": 8}}']})
    whole = complete(batch, export, Context())
    assert whole.select("id", "customer", "cx key", "cx place").rows() == [("7", '{"id":8}', "7", None)]
    assert export.missing(["order"]) == []
    assert not is_continued(export, ["order"])
