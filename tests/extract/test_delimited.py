from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.extract.reader import ReadOptions, open_file
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.settings.reading import Limits

Read = Callable[..., Any]
BLOCKS = (64, 97, 4 << 20)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", [("1", "2")]),
        ("a,b\n1,2", [("1", "2")]),
        ("a,b\r\n1,2\r\n3,4\r\n", [("1", "2"), ("3", "4")]),
        ("a,b\r1,2\r3,4\r", [("1", "2"), ("3", "4")]),
        ("a,b\r1,2\r3,4", [("1", "2"), ("3", "4")]),
        ("a;b\n1,5;2\n", [("1,5", "2")]),
        ("a\tb\n1 x\t2\n", [("1 x", "2")]),
        ("a|b\n1|2\n", [("1", "2")]),
        ("a,b\n,2\n1,\n,\n", [(None, "2"), ("1", None), (None, None)]),
        ('a,b\n"",2\n', [(None, "2")]),
        ('a,b\n"1,x",2\n', [("1,x", "2")]),
        ('a,b\n"1\n\nx",2\n', [("1\n\nx", "2")]),
        ('a,b\n"1\r\nx",2\r\n', [("1\r\nx", "2")]),
        ('a,b\n"say ""hi""",2\n', [('say "hi"', "2")]),
        ('a,b\n"""quoted""","2"\n', [('"quoted"', "2")]),
        ('a,b\n12" monitor,2\n', [('12" monitor', "2")]),
        ('a,b\n5\'11",12"\n"x","y"\n', [("5'11\"", '12"'), ("x", "y")]),
        ("\n\na,b\n\n1,2\n\n\n3,4\n\n", [("1", "2"), ("3", "4")]),
        ("sep=;\na;b\n1,2;3\n", [("1,2", "3")]),
        ("a\n1\n2\n", [("1",), ("2",)]),
        ('"a"\n"1, and 2"\n"3"\n', [("1, and 2",), ("3",)]),
        ("a,b\nÄpfel,日本語\n", [("Äpfel", "日本語")]),
        ("a,b\nx\0y,2\n", [("x\0y", "2")]),
        ("a,b,\n1,2,\n3,4,\n", [("1", "2"), ("3", "4")]),
        ("a,b\n1,2,\n3,4,\n5,6,\n", [("1", "2"), ("3", "4"), ("5", "6")]),
        ("a,b,\n1,2\n3,4\n", [("1", "2"), ("3", "4")]),
        ('a,b\n"x\\"y",2\n"p\\"q",3\n', [('x"y', "2"), ('p"q', "3")]),
        ("'a','b'\n'1,5','2'\n'3','4'\n", [("1,5", "2"), ("3", "4")]),
        ("a,b\n1,2\r3,4\n5,6\n", [("1", "2"), ("3", "4"), ("5", "6")]),
        ("a,b\n1,x\ry\n5,6\n", [("1", "x\ry"), ("5", "6")]),
        ("a,b\n1,2\r\n3,4\n", [("1", "2"), ("3", "4")]),
        (f"a,b\n{'x' * 300},2\n3,{'y' * 500}\n", [("x" * 300, "2"), ("3", "y" * 500)]),
    ],
)
def test_well_formed_text_is_read_exactly(read: Read, text: str, rows: list[tuple[str | None, ...]], block: int) -> None:
    result = read(text.encode(), block_bytes=block)
    assert result.cells == rows
    assert result.facts.damaged == 0
    assert result.facts.format == "csv"


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    ("text", "rows", "rules", "lines"),
    [
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", ["1", "6"], ["csv.field_count"], [(3, 3)]),
        ("a,b,c\n1,2,3\n4,5,x,y\n6,7,8\n", ["1", "6"], ["csv.field_count"], [(3, 3)]),
        ('a,b,c\n1,"2,3\n4,"x",5\n6,7,8\n', ["4", "6"], ["csv.quote"], [(2, 2)]),
        ('a,b,c\n1,"2,3\n4,5,6\n7,8,9\n', ["4", "7"], ["csv.quote"], [(2, 2)]),
        ('a,b,c\n0,0,0\n1,2,"3\n4,5,6\n7,8,9\n', ["0", "4", "7"], ["csv.quote"], [(3, 3)]),
        ('a,b,c\n1,"2,3\n4,"",6\n7,"",9\n8,"x",9\n', ["4", "7", "8"], ["csv.quote"], [(2, 2)]),
        ('a,b,c\n1,"he said "hi" twice",3\n4,5,6\n', ["4"], ["csv.quote"], [(2, 2)]),
        ('a,b,c\n1,"one "two"\nthree",3\n4,5,6\n', ["4"], ["csv.quote"], [(2, 3)]),
        ('a,b,c\n1,"line\nline, of text\nline",3,4\n4,5,6\n', ["4"], ["csv.field_count"], [(2, 4)]),
        ('a,b,c\n1,2,3\n4,"a text that\nis cut, and', ["1"], ["csv.truncated"], [(3, 4)]),
        ("a,b,c\n1,2,3\n4,5", ["1"], ["csv.truncated"], [(3, 3)]),
        ('a,b,c\n1,"2,3\n4,"5,6\n7,8,9\n', ["7"], ["csv.quote", "csv.quote"], [(2, 2), (3, 3)]),
        ('a,b,c\n1,"2,3\n4,5\n7,"8",9\n7,8,9\n', ["7", "7"], ["csv.quote", "csv.field_count"], [(2, 2), (3, 3)]),
        ('a,b\n1,2\n"Grand Totals (2 records)"\n"Copyright (c) 2000-2024"\n', ["1"], ["csv.remark"] * 2, [(3, 3), (4, 4)]),
    ],
)
def test_a_damaged_record_costs_only_itself(
    read: Read, text: str, rows: list[str], rules: list[str], lines: list[tuple[int, int]], block: int
) -> None:
    result = read(text.encode(), block_bytes=block)
    assert result.good["a"].to_list() == rows
    assert result.rules == rules
    assert result.rejects.select("_line", "_line_end").rows() == lines


def test_an_unterminated_quote_costs_one_record_of_many(read: Read) -> None:
    lines = [f"{number},text {number},x" for number in range(20_000)]
    for damaged in (0, 7_000, 19_998):
        cut = [*lines]
        cut[damaged] = f'{damaged},"text {damaged},x'
        result = read(("id,text,z\n" + "\n".join(cut) + "\n").encode())
        assert result.facts.damaged == 1
        assert result.rejects["_line"].to_list() == [damaged + 2]
        assert result.rejects["raw"].to_list() == [cut[damaged] + "\n"]
        assert result.good.height == 19_999


def test_numbers_and_lines_count_what_is_there(read: Read) -> None:
    result = read(b'a,b\n1,"x\ny"\n\nbad\n2,z\n')
    assert result.good.select("_record", "_line").rows() == [(1, 2), (3, 6)]
    assert result.rejects.select("_record", "_line", "_line_end").rows() == [(2, 5, 5)]


@pytest.mark.parametrize("block", BLOCKS)
def test_bytes_that_are_no_utf8_damage_their_record(read: Read, block: int) -> None:
    result = read("a,b\nä,1\n".encode() + b"x\xff,2\n" + "é,3\n".encode(), block_bytes=block)
    assert result.cells == [("ä", "1"), ("é", "3")]
    assert result.rules == ["encoding.invalid_bytes"]
    assert result.rejects["raw"].to_list() == ["x\ufffd,2\n"]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_file_cut_inside_a_character_is_truncated(read: Read, block: int) -> None:
    result = read("a,b\nä,1\nb,é".encode()[:-1], block_bytes=block)
    assert result.cells == [("ä", "1")]
    assert result.rules == ["csv.truncated"]
    assert result.facts.is_truncated


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(
    ("record", "rule"),
    [
        (f"{'x' * 900},{'y' * 200},2", "limit.record_bytes"),
        (f'"{"x" * 900}{"line " * 30}","{"y" * 200}",2', "limit.record_bytes"),
        (f'"{("long text" + chr(10)) * 300}",1,2', "limit.record_bytes"),
        (f'"{("a quoted text" + chr(10)) * 300}",1,2', "limit.record_bytes"),
        (f"{'x' * 600},1,2", "limit.cell_bytes"),
    ],
)
def test_records_and_cells_over_the_limit(read: Read, record: str, rule: str, block: int) -> None:
    limits = Limits(max_record_bytes=1000, max_cell_bytes=500)
    text = f"a,b,c\n1,2,3\n{record}\n4,5,6\n"
    result = read(text.encode(), limits=limits, block_bytes=block)
    assert result.cells == [("1", "2", "3"), ("4", "5", "6")]
    assert result.rules == [rule]
    assert len(result.rejects["raw"][0]) == 500


@pytest.mark.parametrize(
    ("header", "names", "renamed"),
    [
        ("a,a,a", ("a", "a__2", "a__3"), (("a", "a__2"), ("a", "a__3"))),
        ("a,,a__2,a", ("a", "column_2", "a__2", "a__3"), (("", "column_2"), ("a", "a__3"))),
        ("_record,_line,x", ("_record__2", "_line__2", "x"), (("_record", "_record__2"), ("_line", "_line__2"))),
        ('"a""b; drop table x; --",A,a', ('a"b; drop table x; --', "A", "a"), ()),
    ],
)
def test_names_are_made_unique_and_recorded(
    read: Read, header: str, names: tuple[str, ...], renamed: tuple[tuple[str, str], ...]
) -> None:
    width = len(names)
    result = read(f"{header}\n{','.join(map(str, range(width)))}\n".encode())
    assert result.facts.columns == names
    assert result.facts.renamed == renamed
    assert result.cells == [tuple(map(str, range(width)))]


def test_header_only_and_empty_files(read: Read) -> None:
    only = read(b"a,b,c\n")
    assert (only.facts.format, only.facts.columns, only.facts.records) == ("csv", ("a", "b", "c"), 0)
    for data in (b"", b"\n \r\n", b"\xef\xbb\xbf\n"):
        assert read(data).facts.format == "empty"


def test_too_many_columns_refuse_the_file(read: Read) -> None:
    with pytest.raises(FileRefused) as refused:
        read(",".join(f"c{number}" for number in range(101)).encode(), limits=Limits(max_columns=100))
    assert refused.value.rule == "limit.columns"


def test_many_columns_are_read(read: Read) -> None:
    width = 4000
    result = read((",".join(f"c{n}" for n in range(width)) + "\n" + ",".join(map(str, range(width))) + "\n").encode())
    assert result.cells == [tuple(map(str, range(width)))]


def test_dialect_is_told(read: Read) -> None:
    assert read(b"a;b\r\n1;2\r\n").facts.dialect == 'delimiter=; quote=" ends=CRLF'
    assert read(b"a\tb\r1\t2\r").facts.dialect == 'delimiter=TAB quote=" ends=CR'
    assert read(b"a,b\r\n1,2\n").facts.dialect == 'delimiter=, quote=" ends=mixed'


def test_a_delimiter_that_changes_mid_file_damages_those_records_only(read: Read) -> None:
    text = "a,b,c\n" + "1,2,3\n" * 50 + "1;2;3\n" * 5 + "4,5,6\n" * 50
    result = read(text.encode())
    assert (result.good.height, result.facts.damaged) == (100, 5)


def test_batches_have_the_wanted_size(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n" + "".join(f"{n},x\n" for n in range(1000)))
    with open_file(path, ReadOptions(batch_rows=300, block_bytes=512)) as reader:
        heights = [batch.good.height for batch in reader]
    assert heights == [300, 300, 300, 100]


SPECTRUM = (
    Path(os.environ.get("CX_SHARED_FIXTURES", Path(__file__).parents[3] / "shared" / "fixtures"))
    / "csv_dialects"
    / "csv_spectrum"
)


@pytest.mark.skipif(not SPECTRUM.exists(), reason="the shared csv-spectrum files are not here")
def test_csv_spectrum(read: Read) -> None:
    files = sorted(SPECTRUM.glob("*.csv"))
    assert files
    for file in files:
        expected = json.loads(file.with_suffix(".json").read_bytes())
        result = read(file.read_bytes())
        # the files with Windows line ends were checked in with Unix ones
        expected = [{key: value.replace("\r\n", "\n") for key, value in row.items()} for row in expected]
        assert [{key: value or "" for key, value in row.items()} for row in result.rows] == expected, file.name
        assert result.facts.damaged == 0


@pytest.mark.parametrize(
    ("text", "dialect", "columns"),
    [
        ("Name;Street, City;Age\n" + "A;x, y;1\n" * 9, "delimiter=;", 3),
        ("Amount;Price\n" + "1,5;2,5\n" * 9, "delimiter=;", 2),
        ("Comment, if any\n" + "fine\nwell, yes\nso, so, la\nno\n" * 9, "delimiter=none", 1),
        ("a,b\n" + "1,2,3,4\n" * 9, "delimiter=,", 2),
        ("a|b|c\n" + "x, y|z; w|q\n" * 9, "delimiter=|", 3),
        ('a,b\n1,"' + "line, of; text\n" * 40_000 + '"\n2,3\n', "delimiter=,", 2),
        ("a,b\n" + "1,2\r3,4\n" * 50, "delimiter=,", 2),
        ("a\tb\n" + '5" x\t"y\n' * 50, "delimiter=TAB quote=none", 2),
    ],
)
def test_the_dialect_is_found_on_all_evidence(read: Read, text: str, dialect: str, columns: int) -> None:
    result = read(text.encode())
    assert result.facts.dialect.startswith(dialect)
    assert len(result.facts.columns) == columns
