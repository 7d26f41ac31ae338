from __future__ import annotations

import json

import polars as pl
import pytest

from cx_pipeline.synth import layouts
from cx_pipeline.synth.layouts import Layout

RECORDS = pl.DataFrame({"text": [f'{{"at":{at},"word":"ß{"x" * at}"}}' for at in range(7)]})
WANTED = [json.loads(text) for text in RECORDS["text"]]


def written(layout: Layout, records: pl.DataFrame = RECORDS) -> str:
    return b"".join(layout(records)).decode()


def test_lines_and_arrays_read_back() -> None:
    assert [json.loads(line) for line in written(layouts.ndjson).splitlines()] == WANTED
    assert json.loads(written(layouts.array)) == WANTED


def test_an_array_of_several_chunks_is_one_array() -> None:
    many = pl.concat([RECORDS] * (layouts.ROWS_A_CHUNK // 5))
    assert len(json.loads(written(layouts.array, many))) == len(many)


def test_a_stream_has_nothing_between_records() -> None:
    assert written(layouts.back_to_back) == "".join(RECORDS["text"])


@pytest.mark.parametrize(("size", "pages"), [(3, [3, 3, 1]), (7, [7]), (100, [7])])
def test_pages_hold_every_record_once_and_name_the_next(size: int, pages: list[int]) -> None:
    answers = [json.loads(line) for line in written(layouts.pages("Records", size)).splitlines()]
    assert [len(answer["Records"]) for answer in answers] == pages
    assert [record for answer in answers for record in answer["Records"]] == WANTED
    assert ["NextToken" in answer for answer in answers] == [True] * (len(pages) - 1) + [False]
