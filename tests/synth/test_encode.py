from __future__ import annotations

import csv
import io
import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.synth import damage
from cx_pipeline.synth.encode import BAD_BYTE, EXCEL, EXCEL_UNICODE, VENDOR, Dialect, csv_line, csv_texts, json_texts

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@pytest.mark.parametrize("dialect", [VENDOR, EXCEL, EXCEL_UNICODE])
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8))
def test_tables_read_back_with_the_csv_module(dialect: Dialect, rows: list[tuple[str, str, str]]) -> None:
    texts = csv_texts(pl.DataFrame(rows, schema=["a", "b", "c"], orient="row"), dialect)
    lines = [csv_line(row, dialect.delimiter) for row in rows]
    assert texts.to_list() == lines
    read = csv.reader(io.StringIO(dialect.newline.join([*lines, ""]), newline=""), delimiter=dialect.delimiter)
    assert [tuple(row) for row in read] == rows


@given(text=CELLS)
def test_json_reads_back(text: str) -> None:
    frame = pl.DataFrame({"id": [1], "text": [text], "none": pl.Series([None], dtype=pl.String), "many": [["a", "b"]]})
    assert json.loads(json_texts(frame)[0]) == {"id": 1, "text": text, "none": None, "many": ["a", "b"]}


RECORD: dict[str, str | None] = {"Id": "1", "Name": "n", "Third": "t", "Subject": "s", "Text": 'two\nlines, "quoted"'}


@pytest.mark.parametrize(("kind", "fields"), [("field_missing", 4), ("field_too_many", 6), ("invalid_bytes", 5)])
def test_damage_changes_the_number_of_fields(kind: str, fields: int) -> None:
    line = damage.CSV_DAMAGE[kind](RECORD, "Subject")
    assert len(next(csv.reader(io.StringIO(line, newline="")))) == fields
    assert (BAD_BYTE in line) == (kind == "invalid_bytes")


@pytest.mark.parametrize("subject", ["plain", "one, two", 'a 27" monitor, large', ""])
def test_a_subject_with_commas_of_its_own_is_damaged_too(subject: str) -> None:
    line = damage.field_too_many({**RECORD, "Subject": subject})
    assert len(next(csv.reader(io.StringIO(line, newline="")))) == 6 + subject.count(",")


def test_an_unterminated_quote_is_one_line_with_an_odd_number_of_quotes() -> None:
    line = damage.unterminated_quote(RECORD)
    assert line.count('"') % 2 == 1
    assert "\n" not in line


def test_broken_json_breaks_once_and_only_there() -> None:
    text = '{"id":1,"priority":"high","status":"open"}'
    broken = damage.broken_element(text)
    assert broken == '{"id":1,"priority":,"status":"open"}'
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken)


def test_damage_reaches_only_the_rows_it_is_meant_for() -> None:
    texts = pl.Series(["0123456789", "abcdefghij"])
    assert damage.damaged_texts(texts, pl.Series(["cut_line", None]), "cut_line", damage.cut_line).to_list() == [
        "012345",
        "abcdefghij",
    ]
    assert texts[0] == "0123456789"
