"""Keys looked up in a stream, beside what a join finds."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.sorted_keys import SortedKeys

KEYS = st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh")), max_size=12)


@given(held=KEYS.map(lambda keys: list(dict.fromkeys(keys))), asked=KEYS)
def test_values_are_those_that_a_join_finds(held: list[str | None], asked: list[str | None]) -> None:
    known = pl.DataFrame({"key": held, "value": range(len(held))}, schema={"key": pl.String, "value": pl.Int64})
    rows = pl.DataFrame({"key": asked}, schema={"key": pl.String})
    found = rows.select(SortedKeys.of(known["key"], known["value"]).value(pl.col("key"))).to_series()
    assert found.to_list() == rows.join(known, on="key", how="left", maintain_order="left")["value"].to_list()


@given(held=st.lists(st.integers(-3, 3)), asked=st.lists(st.one_of(st.none(), st.integers(-5, 5)), max_size=12))
def test_keys_are_told_from_others(held: list[int], asked: list[int | None]) -> None:
    rows = pl.DataFrame({"key": asked}, schema={"key": pl.Int64}).lazy()
    there = rows.select(SortedKeys.of(pl.Series(held, dtype=pl.Int64)).holds(pl.col("key"))).collect().to_series()
    assert there.to_list() == [key is not None and key in held for key in asked]
