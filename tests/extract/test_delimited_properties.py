"""What must hold for any records, in any dialect, with any damage, in blocks of any size."""

from __future__ import annotations

import tempfile

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cx_pipeline.extract import rejects
from cx_pipeline.extract.delimited import DelimitedReader
from cx_pipeline.extract.delimited_block import Table
from cx_pipeline.extract.dialect import Dialect, Ends
from cx_pipeline.extract.part import Tally
from cx_pipeline.extract.source import Source
from cx_pipeline.settings.reading import Limits

BLOCKS = (16, 64, 1 << 20)
DIALECTS = [
    Dialect(delimiter, quote, backslash, ends)
    for delimiter in (b",", b";", b"\t", b"|", b", ", b"||", b" | ", b"~^")
    for quote, backslash in ((b'"', False), (b'"', True), (b"'", False))
    for ends in Ends
]


def parse(
    data: bytes, dialect: Dialect, width: int, block: int, limits: Limits | None = None
) -> tuple[pl.DataFrame, pl.DataFrame, Tally]:
    table = Table(dialect, tuple(f"c{number}" for number in range(width)))
    tally = Tally()
    schema = {"_record": pl.Int64, "_line": pl.Int64} | dict.fromkeys(table.columns, pl.String)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        source = Source(file.fileno(), 0, len(data))
        parts = list(DelimitedReader(source, table, limits or Limits(), tally, block=block))
    good = pl.concat([pl.DataFrame(schema=schema), *(frame for part in parts for frame in part.frames)])
    return good, rejects.frame([reject for part in parts for reject in part.rejects]), tally


def written(rows: list[list[tuple[str, bool]]], dialect: Dialect, end: str) -> bytes:
    mark, quote = dialect.delimiter.decode(), dialect.quote.decode()

    def cell(text: str, quoted: bool) -> str:
        if not quoted and not set(text) & {*mark, quote, "\n", "\r"}:
            return text
        if dialect.backslash:
            text = text.replace("\\", "\\\\").replace(quote, f"\\{quote}")
        return quote + text.replace(quote, quote * 2 if not dialect.backslash else quote) + quote

    return "".join(mark.join(cell(*value) for value in row) + end for row in rows).encode()


cells = st.tuples(st.text(alphabet="ab1 ,;|\t\"'\n\réß€😀\\\0", max_size=12), st.booleans())


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=12)
    ),
    dialect=st.sampled_from(DIALECTS),
    end=st.sampled_from(["\n", "\r\n"]),
    block=st.sampled_from(BLOCKS),
    cut=st.booleans(),
)
def test_what_is_written_is_read_back(
    rows: list[list[tuple[str, bool]]], dialect: Dialect, end: str, block: int, cut: bool
) -> None:
    data = written(rows, dialect, end)
    if cut and rows[-1][-1] != ("", False):
        data = data[: -len(end)]
    good, damaged, _ = parse(data, dialect, len(rows[0]), block)
    assert damaged.height == 0
    assert good.drop("_record", "_line").rows() == [tuple(text or None for text, _ in row) for row in rows]
    assert good["_record"].to_list() == list(range(1, len(rows) + 1))


@settings(max_examples=300, deadline=None)
@given(
    data=st.text(alphabet='a,|"\n\r\\ ', max_size=120),
    delimiter=st.sampled_from([b",", b"||", b", "]),
    ends=st.sampled_from(Ends),
    backslash=st.booleans(),
    width=st.integers(1, 4),
)
@example(data='"\\\\\\\\,"\\\n""\\,', delimiter=b",", ends=Ends.LF, backslash=False, width=1)
@example(data='a,"b\nc,d\n"', delimiter=b",", ends=Ends.LF, backslash=False, width=2)
def test_any_text_gives_the_same_in_blocks_of_any_size(
    data: str, delimiter: bytes, ends: Ends, backslash: bool, width: int
) -> None:
    dialect = Dialect(delimiter, b'"', backslash, ends)
    expected = parse(data.encode(), dialect, width, 1 << 20)
    assert expected[0].height + expected[1].height == expected[2].record
    numbers = expected[0]["_record"].to_list() + expected[1]["_record"].to_list()
    assert sorted(numbers) == list(range(1, expected[2].record + 1))
    for block in (3, 16, 50):
        good, damaged, tally = parse(data.encode(), dialect, width, block)
        assert good.equals(expected[0])
        assert damaged.equals(expected[1])
        assert tally == expected[2]


words = st.text(alphabet="abcxyz ", min_size=1, max_size=6)
phrases = st.builds(lambda first, rest: first + rest, words, st.text(alphabet='abc ,"\n', max_size=10))


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.tuples(words, st.one_of(words, phrases), words), min_size=3, max_size=20),
    where=st.integers(0, 1000),
    damage=st.sampled_from(["open", "more", "fewer", "misplaced", "bytes"]),
    block=st.sampled_from(BLOCKS),
)
def test_one_damaged_record_costs_at_most_itself(rows: list[tuple[str, str, str]], where: int, damage: str, block: int) -> None:
    dialect = Dialect()
    records = [
        written([[(f"id{number}", False), *((text, False) for text in row)]], dialect, "\n") for number, row in enumerate(rows)
    ]
    expected = [(f"id{number}", *row) for number, row in enumerate(rows)]
    where %= len(rows)
    line = f"id{where},one,two words,three\n"
    records[where] = {
        "open": line.replace("two", '"two'),
        "more": line.replace("two", "two,"),
        "fewer": line.replace("two words,", ""),
        "misplaced": line.replace("two words", '"two "words"'),
        "bytes": line.replace("two", "tw\udcff"),
    }[damage].encode(errors="surrogateescape")
    good, damaged, _ = parse(b"".join(records), dialect, 4, block)
    assert good.drop("_record", "_line").rows() == expected[:where] + expected[where + 1 :]
    assert damaged.height == 1
    assert damaged["_record"].to_list() == [where + 1]
    assert damaged["raw"][0] == records[where].decode(errors="replace")


@pytest.mark.parametrize("block", BLOCKS)
def test_every_tenth_record_damaged(block: int) -> None:
    kinds = ['{0},"open,x', "{0},few", "{0},too,many,x", '{0},"mis"placed",x']
    lines = [kinds[number // 10 % 4].format(number) if number % 10 == 0 else f'{number},"a, b",x' for number in range(2000)]
    good, damaged, _ = parse(("\n".join(lines) + "\n").encode(), Dialect(), 3, block)
    assert good["c0"].to_list() == [str(number) for number in range(2000) if number % 10]
    assert damaged["_line"].to_list() == [number + 1 for number in range(0, 2000, 10)]
