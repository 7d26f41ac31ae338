"""Of the delivered versions of a record, exactly one is published."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.dedupe.versions import KEYS, decide

NIGHT_1, NIGHT_2, NIGHT_3 = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)


def key(row_id: str, **given: Any) -> dict[str, Any]:
    plain = {
        "source_id": "7",
        "content": row_id,
        "clock_0": 100,
        "clock_1": None,
        "date": NIGHT_1,
        "delivery_id": "d1",
        "record_number": 1,
    }
    return {"row_id": row_id, **plain, **given}


def fates(*keys: dict[str, Any]) -> dict[str, str]:
    decided = decide(pl.DataFrame(keys, schema=KEYS))
    return dict(decided.select("row_id", "fate").rows())


def gave_way(*keys: dict[str, Any]) -> dict[str, str | None]:
    return dict(decide(pl.DataFrame(keys, schema=KEYS)).select("row_id", "gave_way_to").rows())


def test_a_record_delivered_once_is_published() -> None:
    assert fates(key("a")) == {"a": "published"}
    assert gave_way(key("a")) == {"a": None}


def test_no_records_give_no_fates() -> None:
    decided = decide(pl.DataFrame(schema=KEYS))
    assert decided.height == 0
    assert decided.columns == ["row_id", "delivery_id", "fate", "reason", "gave_way_to"]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        pytest.param({"clock_0": 100}, {"clock_0": 200}, id="its own clock"),
        pytest.param({"clock_0": 200, "date": NIGHT_1}, {"clock_0": 300, "date": NIGHT_2}, id="clock and date agree"),
        pytest.param({"clock_0": 200, "date": NIGHT_2}, {"clock_0": 300, "date": NIGHT_1}, id="arrived out of order"),
        pytest.param({"clock_0": None}, {"clock_0": 1}, id="no clock is oldest"),
        pytest.param({"clock_0": None, "date": NIGHT_3}, {"clock_0": 1, "date": NIGHT_1}, id="no clock is oldest, however late"),
        pytest.param({"clock_1": 5}, {"clock_1": 6}, id="second clock breaks a tie"),
        pytest.param({"clock_1": None, "date": NIGHT_2}, {"clock_1": 6, "date": NIGHT_1}, id="second clock before date"),
        pytest.param({"clock_0": 100, "clock_1": 9}, {"clock_0": 101, "clock_1": 1}, id="first clock before second"),
        pytest.param({"date": NIGHT_1}, {"date": NIGHT_2}, id="equal clocks: later delivery"),
        pytest.param({"clock_0": None, "date": NIGHT_1}, {"clock_0": None, "date": NIGHT_2}, id="no clocks: later delivery"),
        pytest.param({"content": "a", "delivery_id": "d9"}, {"content": "b", "delivery_id": "d1"}, id="else the content decides"),
        pytest.param({"content": "a", "record_number": 9}, {"content": "b", "record_number": 1}, id="never the position"),
    ],
)
def test_the_newest_version_supersedes(older: dict[str, Any], newer: dict[str, Any]) -> None:
    one, other = key("old", **older), key("new", **newer)
    assert fates(one, other) == fates(other, one) == {"old": "superseded", "new": "published"}
    assert gave_way(one, other) == {"old": "new", "new": None}


def test_records_of_different_ids_do_not_meet() -> None:
    assert fates(key("a", source_id="1"), key("b", source_id="2", content="a")) == {"a": "published", "b": "published"}


def test_copies_give_way_to_the_first_delivered() -> None:
    keys = [
        key("late", content="x", date=NIGHT_2, delivery_id="d2"),
        key("first", content="x"),
        key("again", content="x", record_number=2),
    ]
    assert fates(*keys) == {"late": "duplicate", "first": "published", "again": "duplicate"}
    assert gave_way(*keys) == {"late": "first", "first": None, "again": "first"}


def test_a_copy_of_a_superseded_version_is_a_duplicate_of_it() -> None:
    keys = [key("old", content="x", clock_0=1), key("copy", content="x", clock_0=1, date=NIGHT_2), key("new", clock_0=2)]
    assert fates(*keys) == {"old": "superseded", "copy": "duplicate", "new": "published"}
    assert gave_way(*keys) == {"old": "new", "copy": "old", "new": None}


def test_a_version_that_comes_back_is_as_new_as_its_last_delivery() -> None:
    """A was changed to B and back to A, on a vendor's clock that did not move."""
    keys = [
        key("a1", content="A", date=NIGHT_1),
        key("b", content="B", date=NIGHT_2),
        key("a2", content="A", date=NIGHT_3),
    ]
    assert fates(*keys) == {"a1": "published", "b": "superseded", "a2": "duplicate"}


def test_a_clock_that_only_a_copy_has_counts_for_all_of_them() -> None:
    """The time of the export is no content, but it orders versions."""
    keys = [key("a1", content="A", clock_1=1), key("b", content="B", clock_1=2), key("a2", content="A", clock_1=3)]
    assert fates(*keys) == {"a1": "published", "b": "superseded", "a2": "duplicate"}


records = st.lists(
    st.fixed_dictionaries(
        {
            "source_id": st.sampled_from("123"),
            "content": st.sampled_from("ABC"),
            "clock_0": st.one_of(st.none(), st.integers(0, 3)),
            "clock_1": st.one_of(st.none(), st.integers(0, 2)),
            "date": st.sampled_from([NIGHT_1, NIGHT_2, NIGHT_3]),
            "delivery_id": st.sampled_from(["d1", "d2", "d3"]),
        }
    ),
    max_size=12,
)


def numbered(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"row_id": f"r{number}", "record_number": number, **record} for number, record in enumerate(given)]


@given(records)
def test_every_record_has_one_fate_and_every_id_one_version(given: list[dict[str, Any]]) -> None:
    keys = pl.DataFrame(numbered(given), schema=KEYS)
    decided = decide(keys)
    assert decided["row_id"].to_list() == keys["row_id"].to_list()
    published = decided.filter(pl.col("fate") == "published").join(keys, on="row_id")
    assert Counter(published["source_id"]) == Counter(set(keys["source_id"]))
    assert decided.filter(pl.col("fate") == "published")["gave_way_to"].null_count() == published.height
    pointed = (
        decided.filter(pl.col("fate") != "published")
        .join(keys, on="row_id")
        .join(
            keys.select(
                pl.col("row_id").alias("gave_way_to"), pl.col("source_id").alias("other_id"), pl.col("content").alias("other")
            ),
            on="gave_way_to",
            how="left",
        )
    )
    assert (pointed["source_id"] == pointed["other_id"]).all()
    assert ((pointed["content"] == pointed["other"]) == (pointed["fate"] == "duplicate")).all()
    # One record a (id, content) is no copy, so fates add up.
    assert decided.filter(pl.col("fate") != "duplicate").height == keys.select("source_id", "content").unique().height


@given(records, st.randoms(use_true_random=False))
def test_fates_do_not_depend_on_the_order_of_rows(given: list[dict[str, Any]], shuffler: random.Random) -> None:
    keys = numbered(given)
    shuffled = list(keys)
    shuffler.shuffle(shuffled)
    assert fates(*keys) == fates(*shuffled)
    assert gave_way(*keys) == gave_way(*shuffled)


@given(records)
def test_a_delivery_that_repeats_everything_changes_nothing(given: list[dict[str, Any]]) -> None:
    keys = numbered(given)
    newest = max((record["date"] for record in keys), default=NIGHT_1)
    last = [record for record in keys if record["date"] == newest]
    again = [{**record, "row_id": f"again-{record['row_id']}", "delivery_id": "z"} for record in last]
    before, after = fates(*keys), fates(*keys, *again)
    assert {name: fate for name, fate in after.items() if name in before} == before
    assert {after[record["row_id"]] for record in again} <= {"duplicate"}


def test_a_night_of_ten_thousand_records_repeated_is_all_duplicates() -> None:
    night = pl.DataFrame({"record_number": range(10_000)}).select(
        pl.format("a-{}", "record_number").alias("row_id"),
        pl.col("record_number").cast(pl.String).alias("source_id"),
        pl.col("record_number").cast(pl.String).alias("content"),
        pl.lit(1, dtype=pl.Int64).alias("clock_0"),
        pl.lit(None, dtype=pl.Int64).alias("clock_1"),
        pl.lit(NIGHT_1).alias("date"),
        pl.lit("d1").alias("delivery_id"),
        "record_number",
    )
    again = night.with_columns(
        pl.format("b-{}", "record_number").alias("row_id"), pl.lit(NIGHT_2).alias("date"), pl.lit("d2").alias("delivery_id")
    )
    decided = decide(pl.concat([again, night]))
    counts = Counter(decided.select(pl.col("row_id").str.slice(0, 1) + pl.col("fate")).to_series().to_list())
    assert counts == {"apublished": 10_000, "bduplicate": 10_000}
