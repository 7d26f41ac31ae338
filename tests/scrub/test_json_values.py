"""Values, elements and entries of JSON text."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.scrub.json_values import Place, as_frame, elements, entries, values

WHOLE = '{"id":360001234567890123456,"text":"a \\"b\\"\\n","none":null,"yes":true,"price":1.50,"in":{"list":[1,"x"]}}'


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$.id", "360001234567890123456"),
        ("$.text", 'a "b"\n'),
        ("$.none", None),
        ("$.yes", "true"),
        ("$.price", "1.5"),
        ("$.in", '{"list":[1,"x"]}'),
        ("$.in.list[1]", "x"),
        ("$.missing", None),
        ("$[?(@.list)].list", None),
    ],
)
def test_a_value_at_a_path(path: str, expected: str | None) -> None:
    assert values(pl.DataFrame({"c": [WHOLE]}), [Place("c", path)])[0].to_list() == [expected]


def test_a_filter_picks_by_a_value_beside() -> None:
    frame = pl.DataFrame({"c": ['{"Type":"EMAIL","Address":"x"}']})
    place = Place("c", "$[?(@.Type=='EMAIL')].Address")
    assert values(frame, [place, Place("c", "$.Type")])[1].to_list() == ["EMAIL"]


@pytest.mark.parametrize("text", [None, "", "  ", "{", "plain", '{"a":1} tail'])
def test_what_is_no_json_has_no_values(text: str | None) -> None:
    column = pl.Series("c", [text], dtype=pl.String)
    assert values(column.to_frame(), [Place("c", "$.a")])[0].to_list() == [None]
    assert elements(column).is_empty()
    assert entries(column).is_empty()


def test_half_an_emoji_costs_itself_alone() -> None:
    frame = pl.DataFrame({"c": ['{"a":"\\ud83d","b":"kept"}', '{"b":"\\ud83d\\ude00"}']})
    assert [found.to_list() for found in values(frame, [Place("c", "$.a"), Place("c", "$.b")])] == [
        ["\ufffd", None],
        ["kept", "😀"],
    ]


def test_elements_in_order_with_their_places() -> None:
    texts = pl.Series("c", ['{"p":[{"x":1},null,"s"]}', None, '{"p":{"x":9}}', '{"p":[]}', '{"p":null}', '{"q":[1]}'])
    assert elements(texts, "$.p").rows() == [(0, '{"x":1}', 1), (0, '"s"', 2), (2, '{"x":9}', 1)]


def test_entries_in_order_with_their_keys() -> None:
    texts = pl.Series("c", ['{"m":{"b":1,"a b":{"c":[2]}}}', '{"m":[]}', '{"m":{}}', None])
    assert entries(texts, "$.m").select("row", "number", "key", "text").rows() == [(0, 1, "b", "1"), (0, 2, "a b", '{"c":[2]}')]


def test_columns_keep_their_names() -> None:
    frame = pl.DataFrame({'odd "name"': ['{"a":"1"}'], "c": ['{"a":"2"}']})
    found = as_frame({"one": Place('odd "name"', "$.a"), "two": Place("c", "$.a")}, frame)
    assert found.rows(named=True) == [{"one": "1", "two": "2"}]


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5), max_size=4), max_size=6
    )
)
def test_every_element_once_in_order(lists: list[list[str]]) -> None:
    texts = pl.Series("c", [json.dumps(each) for each in lists], dtype=pl.String)
    found = elements(texts)
    read = as_frame({"v": Place("text", "$")}, found)
    assert list(zip(found["row"], read["v"], strict=True)) == [(n, text) for n, each in enumerate(lists) for text in each]
