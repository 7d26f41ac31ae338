"""Rows found by number, beside those of a join."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.stages.lookup import Lookup

NUMBERS = st.lists(st.one_of(st.none(), st.integers(0, 2**64 - 1), st.integers(0, 5)), max_size=30)


@given(held=NUMBERS, asked=NUMBERS)
def test_what_is_found_is_what_a_join_finds(held: list[int | None], asked: list[int | None]) -> None:
    rows = pl.DataFrame({"key": held, "value": range(len(held))}, schema={"key": pl.UInt64, "value": pl.Int64})
    wanted = pl.DataFrame({"key": asked, "row": range(len(asked))}, schema={"key": pl.UInt64, "row": pl.Int64})
    found = Lookup.of(rows, "key").find(wanted, "key")
    assert found.rows() == wanted.join(rows, on="key", maintain_order="left_right").drop("key").rows()
