"""Rows found by number, beside those of a join."""

from __future__ import annotations

from functools import partial

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.stages import lookup
from cx_pipeline.stages.lookup import Lookup

NUMBERS = st.lists(st.one_of(st.none(), st.integers(0, 2**64 - 1), st.integers(0, 5)), max_size=30)


@given(held=NUMBERS, asked=NUMBERS)
def test_what_is_found_is_what_a_join_finds(held: list[int | None], asked: list[int | None]) -> None:
    rows = pl.DataFrame({"key": held, "value": range(len(held))}, schema={"key": pl.UInt64, "value": pl.Int64})
    wanted = pl.DataFrame({"key": asked, "row": range(len(asked))}, schema={"key": pl.UInt64, "row": pl.Int64})
    found = Lookup.of(rows, "key").find(wanted, "key")
    assert found.rows() == wanted.join(rows, on="key", maintain_order="left_right").drop("key").rows()


PARTS = st.lists(
    st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 2**64 - 1), st.integers(0, 3)), st.integers(0, 2)), max_size=12),
    min_size=1,
    max_size=4,
)


@given(parts=PARTS, piece=st.integers(1, 5))
def test_parts_are_held_as_all_their_rows_once(parts: list[list[tuple[int | None, int]]], piece: int) -> None:
    schema = pl.Schema({"key": pl.UInt64(), "value": pl.Int64()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookup, "_PIECE", piece)
        held = Lookup.of_parts([partial(pl.DataFrame, part, schema=schema, orient="row") for part in parts], "key")
    there = sorted({row for part in parts for row in part if row[0] is not None})
    assert list(zip(held.keys.tolist(), held.rows["value"].to_list(), strict=True)) == there
