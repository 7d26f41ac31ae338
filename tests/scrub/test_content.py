"""Two records with the same content say the same, and no others."""

from __future__ import annotations

import hashlib

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_pipeline.scrub.content import content_key

Record = dict[str, str | None]


def keys(*records: Record, columns: list[str] | None = None) -> list[str]:
    names = sorted({name for record in records for name in record}) if columns is None else columns
    batch = pl.DataFrame(
        [{name: record.get(name) for name in names} for record in records], schema=dict.fromkeys(names, pl.String)
    )
    return content_key(batch, names).to_list()


def test_the_key_is_what_its_definition_says() -> None:
    said = "a\x1f1\x1f1\x1eb\x1f3\x1fé2".encode()
    assert keys({"a": "1", "b": "é2", "c": None}) == [hashlib.md5(said, usedforsecurity=False).hexdigest()]


def test_the_order_of_columns_makes_no_difference() -> None:
    batch = pl.DataFrame({"b": ["2"], "a": ["1"]})
    assert content_key(batch, ["b", "a"]).equals(content_key(batch.select("a", "b"), ["a", "b"]))


def test_a_column_that_was_added_empty_makes_no_difference() -> None:
    assert keys({"a": "1"}) == keys({"a": "1", "b": None}) == keys({"a": "1", "b": ""})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "1"}, {"a": "2"}),
        ({"a": "1"}, {"b": "1"}),
        ({"a": "1", "b": "2"}, {"a": "2", "b": "1"}),
        ({"a": "12", "b": None}, {"a": "1", "b": "2"}),
        ({"a": " 1"}, {"a": "1"}),
        ({"a": "x\x1eb\x1f1\x1fy"}, {"a": "x", "b": "y"}),
        ({"a": "1\x1f1"}, {"a": "1"}),
        ({"a": None}, {"a": "0"}),
    ],
)
def test_other_content_has_another_key(one: Record, other: Record) -> None:
    assert len(set(keys(one, other))) == 2


def test_columns_that_are_not_named_are_not_read() -> None:
    batch = pl.DataFrame({"a": ["1", "1"], "seen": ["yesterday", "today"]})
    assert content_key(batch, ["a"]).n_unique() == 1


@pytest.mark.parametrize("columns", [[], ["a"]])
def test_no_columns_and_no_rows(columns: list[str]) -> None:
    empty = pl.DataFrame(schema={"a": pl.String})
    assert content_key(empty, columns).to_list() == []
    assert len(set(content_key(pl.DataFrame({"a": [None, None]}, schema={"a": pl.String}), columns))) == 1


def test_foreign_column_names_are_no_sql() -> None:
    names = ['a"; DROP TABLE batch; --', "c0", "$n0", "a'b", "select", "名前"]
    records: list[Record] = [{name: "1"} for name in names]
    assert len(set(keys(*records, columns=names))) == len(names)


def test_keys_stand_in_the_order_of_the_rows() -> None:
    batch = pl.DataFrame({"a": [str(number) for number in range(200_000)]})
    assert content_key(batch, ["a"])[[0, 77_777, 199_999]].to_list() == keys({"a": "0"}, {"a": "77777"}, {"a": "199999"})


texts = st.one_of(st.none(), st.text(st.sampled_from("a1\x1e\x1f é"), max_size=4))


@settings(max_examples=30)
@given(st.lists(st.tuples(texts, texts, texts), min_size=2, max_size=8))
def test_keys_are_equal_where_records_are_equal(rows: list[tuple[str | None, ...]]) -> None:
    records = [dict(zip("abc", row, strict=True)) for row in rows]
    made = keys(*records, columns=list("abc"))
    said = [tuple(value or None for value in row) for row in rows]
    assert [made.index(key) for key in made] == [said.index(row) for row in said]
