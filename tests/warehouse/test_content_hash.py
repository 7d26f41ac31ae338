from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.warehouse.content_hash import content_hash, content_hashes
from tests.warehouse.tickets import Build

SCHEMA = {
    "name": pl.String(),
    "count": pl.Int64(),
    "share": pl.Float64(),
    "at": pl.Datetime("us"),
    "total": pl.Decimal(18, 4),
    "tags": pl.List(pl.String()),
    "at_source": pl.Struct({"source": pl.String(), "n": pl.Int64()}),
    "row_id": pl.String(),
}
text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.none() | text,
            "count": st.none() | st.integers(-(2**63), 2**63 - 1),
            "share": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "at": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
            "total": st.none() | st.decimals(-1000, 1000, places=4),
            "tags": st.none() | st.lists(st.none() | text, max_size=3),
            "at_source": st.none() | st.fixed_dictionaries({"source": st.none() | text, "n": st.none() | st.integers(0, 9)}),
            "row_id": text,
        }
    ),
    min_size=1,
    max_size=6,
)


def hash_of(frame: pl.DataFrame, **kwargs: Any) -> str:
    with duckdb.connect() as connection:
        connection.register("frame", frame.to_arrow())
        connection.execute("CREATE TABLE t AS SELECT * FROM frame")
        return content_hash(connection, "t", **kwargs)


def frame_of(records: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(records, schema=SCHEMA)


@settings(max_examples=25, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_does_not_matter(records: list[dict[str, Any]], chance: random.Random) -> None:
    frame = frame_of(records)
    shuffled = chance.sample(records, len(records))
    columns = chance.sample(list(SCHEMA), len(SCHEMA))
    assert hash_of(frame_of(shuffled).select(columns)) == hash_of(frame)


@settings(max_examples=25, deadline=None)
@given(rows, st.data())
def test_a_changed_cell_changes_it(records: list[dict[str, Any]], data: st.DataObject) -> None:
    column = data.draw(st.sampled_from([name for name in SCHEMA if name != "row_id"]))
    row = data.draw(st.integers(0, len(records) - 1))
    value = data.draw(rows)[0][column]
    changed = [dict(record) for record in records]
    changed[row][column] = value
    same = sorted(map(_plain, records)) == sorted(map(_plain, changed))
    assert (hash_of(frame_of(changed)) == hash_of(frame_of(records))) is same


@settings(max_examples=10, deadline=None)
@given(rows, st.data())
def test_every_row_counts_as_often_as_it_is_there(records: list[dict[str, Any]], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(records))
    once, twice, thrice = (hash_of(frame_of(records + [again] * times)) for times in range(3))
    assert len({once, twice, thrice}) == 3


def _plain(record: dict[str, Any]) -> str:
    """A record as text, with -0.0 as 0.0, fields in order and without the provenance column."""
    share, source = record["share"], record["at_source"]
    plain = {"share": None if share is None else share + 0.0, "at_source": source and sorted(source.items()), "row_id": ""}
    return repr(sorted({**record, **plain}.items()))


def test_rows_do_not_run_into_each_other() -> None:
    pairs = [("ab", "c"), ("a", "bc"), ("abc", ""), ("", "abc"), ("abc", None), (None, "abc"), ("1:a", "2:bc"), ("~", None)]
    hashes = {hash_of(pl.DataFrame({"a": [a], "b": [b]}, schema={"a": pl.String, "b": pl.String})) for a, b in pairs}
    assert len(hashes) == len(pairs)


@pytest.mark.parametrize("column", ["run_id", "row_id", "delivery_id", "record_number", "line", "raw_path"])
def test_provenance_is_left_out(column: str) -> None:
    frames = [pl.DataFrame({"a": [1], column: [value]}) for value in ("x", "y")]
    assert hash_of(frames[0]) == hash_of(frames[1]) == hash_of(pl.DataFrame({"a": [1]}))
    assert hash_of(frames[0], exclude=()) != hash_of(frames[1], exclude=())


def test_names_and_kinds_count() -> None:
    one = pl.DataFrame({"a": [1]})
    different = [
        one,
        one.rename({"a": "b"}),
        one.cast(pl.String),
        one.cast(pl.Float64),
        one.clear(),
        one.rename({"a": "b"}).clear(),
        pl.DataFrame({"a": [Decimal("1.0")]}),
    ]
    assert len({hash_of(frame) for frame in different}) == len(different)
    assert hash_of(one.cast(pl.Int8)) == hash_of(one)


def test_a_known_value_holds_on_every_engine_version_and_machine() -> None:
    frame = pl.DataFrame(
        {
            "id": ["007", None],
            "at": [datetime(2026, 1, 5, 2, 0, 0, 123456), None],
            "ms": [1500, None],
            "total": pl.Series(["12.3400", None]).cast(pl.Decimal(18, 4)),
            "share": [0.1, None],
            "tags": [["a", "ä"], None],
        }
    )
    assert hash_of(frame) == "ff88804bdc02d097250e903a585867c6db80a9f826270214f9377ec3542a5afb"


def test_threads_and_files_do_not_matter(build: Build) -> None:
    first, second = build("run1", rows=300_000), build("run2", rows=300_000)
    hashes = content_hashes(first.path)
    assert set(hashes) == {"main.tickets", "marts.tickets_per_day"}
    assert content_hashes(second.path) == hashes
    for threads in (1, 4):
        with duckdb.connect(str(first.path), read_only=True, config={"threads": threads}) as connection:
            assert content_hash(connection, "tickets") == hashes["main.tickets"]
