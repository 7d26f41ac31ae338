"""Header rows that an export knows: names, labels, and what is no column at all."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from cx_pipeline.extract.header import MOST_ROWS, Header
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.settings.reading import Limits

Read = Callable[..., Any]
BLOCKS = (64, 4 << 20)


def survey(rows: Sequence[tuple[str, ...]]) -> Header | None:
    """Names, the wording of the questions, and a row of ids that take the place of names."""
    if len(rows) < 3 or not any(cell.startswith("id:") for cell in rows[2]):
        return None
    ids = [cell.removeprefix("id:") for cell in rows[2]]
    names = tuple(new or old for new, old in zip(ids, rows[0], strict=True))
    labels = tuple("" if label == name else label for label, name in zip(rows[1], rows[0], strict=True))
    return Header(3, names, labels)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("block", BLOCKS)
def test_three_rows_give_names_and_labels(read: Read, mark: str, end: str, block: int) -> None:
    text = 'Q1,Q1,Status\n"How are\nyou, today?","And ""now""?",Status\nid:QID1,id:QID2,id:\n\nfine,"so, so",0\nbad,,1\n'
    result = read((mark + text.replace("\n", end)).encode(), header=survey, block_bytes=block)
    assert result.facts.columns == ("QID1", "QID2", "Status")
    assert result.facts.header_rows == 3
    assert result.facts.renamed == (("Q1", "QID1"), ("Q1", "QID2"))
    assert result.facts.labels == (("QID1", f"How are{end}you, today?"), ("QID2", 'And "now"?'))
    assert result.cells == [("fine", "so, so", "0"), ("bad", None, "1")]
    assert result.good["_line"].to_list() == [6, 7]
    assert result.good["_record"].to_list() == [1, 2]


def test_a_header_that_is_not_known_is_one_row_of_names(read: Read) -> None:
    result = read(b"Q1,Status\nfine,0\n", header=survey)
    assert (result.facts.columns, result.facts.header_rows, result.facts.labels) == (("Q1", "Status"), 1, ())
    assert result.cells == [("fine", "0")]


def test_the_first_records_are_handed_over(read: Read) -> None:
    seen: list[Sequence[tuple[str, ...]]] = []
    read(b'\xef\xbb\xbfa,b\n\n1,"2, x"\n' + b"3,4\n" * 9, header=seen.append)
    assert seen == [[("a", "b"), ("1", "2, x"), *[("3", "4")] * (MOST_ROWS - 2)]]


def test_names_of_the_header_are_made_unique(read: Read) -> None:
    result = read(b"a,b,c,d\n1,2,3,4\n", header=lambda _: Header(1, ("x", "", "x", "_line"), ("one", "", "three", "")))
    assert result.facts.columns == ("x", "column_2", "x__2", "_line__2")
    assert result.facts.renamed == (("a", "x"), ("b", "column_2"), ("c", "x__2"), ("d", "_line__2"))
    assert result.facts.labels == (("x", "one"), ("x__2", "three"))


def test_long_labels_and_many_columns(read: Read) -> None:
    width = 400
    label = '"' + "a question of many words, and a break\n" * 200 + '"'
    rows = [
        ",".join(f"Q{number}" for number in range(width)),
        ",".join([label] * width),
        ",".join(f"id:QID{number}" for number in range(width)),
    ]
    result = read("\n".join([*rows, ",".join(["x"] * width), ""]).encode(), header=survey)
    assert result.facts.columns == tuple(f"QID{number}" for number in range(width))
    assert {len(text) for _, text in result.facts.labels} == {7600}
    assert (len(result.facts.labels), result.cells) == (width, [("x",) * width])
    assert result.good["_line"].to_list() == [200 * width + 4]


SPARE = "Q1,Q2,\nWhy?,What?,\nid:1,id:2,\n"


@pytest.mark.parametrize("block", BLOCKS)
def test_a_trailing_delimiter_is_no_column(read: Read, block: int) -> None:
    result = read((SPARE + "x,y,\n" * 50).encode(), header=survey, block_bytes=block)
    assert result.facts.columns == ("1", "2")
    assert result.facts.renamed == (("Q1", "1"), ("Q2", "2"))
    assert result.cells == [("x", "y")] * 50


@pytest.mark.parametrize("block", BLOCKS)
def test_a_last_column_without_a_name_is_kept_when_it_holds_anything(read: Read, block: int) -> None:
    result = read((SPARE + "x,y,\n" * 50 + "x,y,z\n" + "x,y,\n" * 50).encode(), header=survey, block_bytes=block)
    assert result.facts.columns == ("1", "2", "column_3")
    assert result.facts.renamed == (("Q1", "1"), ("Q2", "2"), ("", "column_3"))
    assert result.good["column_3"].drop_nulls().to_list() == ["z"]
    assert (result.good.height, result.facts.damaged) == (101, 0)


def test_a_last_column_that_any_header_row_names_is_a_column(read: Read) -> None:
    result = read(b"Q1,\nWhy?,Which?\nid:1,\nx,\n", header=survey)
    assert result.facts.columns == ("1", "column_2")
    assert result.facts.labels == (("1", "Why?"), ("column_2", "Which?"))


def test_every_document_of_a_zip_has_its_own_header(read: Read) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.csv", "Q1,Q2\nWhy?,What?\nid:1,id:2\nx,y\n")
        archive.writestr("two.csv", "Q2,Q3\nWhat?,Who?\nid:2,id:3\np,q\n")
        archive.writestr("three.csv", "1,2\nplain,row\n")
    result = read(packed.getvalue(), name="export.zip", header=survey)
    assert result.facts.columns == ("1", "2", "3")
    assert result.facts.labels == (("1", "Why?"), ("2", "What?"), ("3", "Who?"))
    assert result.rows == [
        {"1": "x", "2": "y", "3": None},
        {"1": "plain", "2": "row", "3": None},
        {"1": None, "2": "p", "3": "q"},
    ]


def test_too_many_columns_are_refused_before_the_export_is_asked(read: Read) -> None:
    with pytest.raises(FileRefused) as refused:
        read(b"a,b,c\n1,2,3\n", header=survey, limits=Limits(max_columns=2))
    assert refused.value.rule == "limit.columns"
