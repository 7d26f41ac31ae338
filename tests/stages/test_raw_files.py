"""Records cut out of delivered files of every format: all others keep their numbers, lines and text."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cx_pipeline.extract.options import ReadOptions
from cx_pipeline.extract.reader import open_file
from cx_pipeline.settings.reading import Limits
from cx_pipeline.stages.forgetting.blanking import BLANK, Blanks
from cx_pipeline.stages.forgetting.raw_files import CannotRewriteError, blank, content_of, rewrite

NOTHING = Blanks([], [])
ROWS = [{"id": number, "name": f"Name {number}", "note": 'a "b",\nc' if number == 3 else None} for number in range(1, 7)]


def _csv(delimiter: str = ",", ends: str = "\n", encoding: str = "utf-8") -> bytes:
    def cell(value: object) -> str:
        text = "" if value is None else str(value)
        return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in (delimiter, '"', "\n")) else text

    lines = [delimiter.join(ROWS[0]), *(delimiter.join(cell(value) for value in row.values()) for row in ROWS)]
    return (ends.join(lines) + ends).encode(encoding)


def _zip(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return made.getvalue()


def _zst(data: bytes) -> bytes:
    packed = pa.compress(data, codec="zstd", asbytes=True)
    assert isinstance(packed, bytes)
    return packed


_LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
_CSV_ONE = b"id\nA1\nA2\nA3\nA4\nA5\nA6\n"
FILES = {
    "plain.csv": _csv(),
    "semicolon.csv": _csv(";", "\r\n"),
    "old_mac.csv": _csv(ends="\r").replace(b"\n", b" "),
    "marked.csv": b"\xef\xbb\xbf" + _csv(),
    "wide.txt": _csv("\t", "\r\n", "utf-16"),
    "western.csv": _csv(encoding="cp1252"),
    "one_column.csv": _CSV_ONE,
    "packed.csv.gz": gzip.compress(_csv(), mtime=0),
    "zipped.csv.zip": _zip("inner.csv", _csv()),
    "array.json": json.dumps(ROWS).encode(),
    "indented.json": json.dumps(ROWS, indent=2).encode(),
    "pages.json": json.dumps({"items": ROWS, "next_page": None}).encode(),
    "several_pages.json": json.dumps([{"items": ROWS[:3]}, {"items": ROWS[3:]}]).encode(),
    "lines.ndjson": _LINES,
    "last_line_open.ndjson": _LINES.rstrip(b"\n"),
    "packed.ndjson.zst": _zst(_LINES),
    "zipped.json.zip": _zip("inner.json", json.dumps(ROWS).encode()),
    "damaged.ndjson": _LINES.replace(b'{"id": 2,', b'{"id": 2 "'),
}


def read(path: Path) -> dict[int, tuple[object, ...]]:
    """Record number to line and text, damaged records by their bytes."""
    found: dict[int, tuple[object, ...]] = {}
    with open_file(path, ReadOptions()) as reader:
        for batch in reader:
            names = [name for name in ("id", "name", "note") if name in batch.good.columns]
            for record, line, *cells in batch.good.select("_record", "_line", *names).iter_rows():
                found[record] = (line, *cells)
            for record, line, raw in batch.rejects.select("_record", "_line", "raw").iter_rows():
                found[record] = (line, raw)
    return found


@pytest.mark.parametrize("gone", [{1}, {3}, {6}, {2, 3}, {1, 2, 3, 4, 5, 6}], ids=str)
@pytest.mark.parametrize("name", FILES)
def test_others_stay_as_they_were(tmp_path: Path, name: str, gone: set[int]) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    path.chmod(0o640)
    before = read(path)
    assert len(before) == 6
    made = rewrite(path, gone, NOTHING, ReadOptions(), Limits())
    after = read(path)
    assert made.before != made.after
    assert {number: told for number, told in after.items() if number not in gone} == {
        number: told for number, told in before.items() if number not in gone
    }
    assert after.keys() == before.keys()
    assert all(cell in (None, "{}") for number in gone for cell in after[number][1:])
    assert path.stat().st_mode & 0o777 == 0o640
    assert [other.name for other in tmp_path.iterdir()] == [name]
    assert rewrite(path, gone, NOTHING, ReadOptions(), Limits()).after == made.after


def test_a_zip_whose_names_tell_of_its_records_is_known_by_them_before_and_after(tmp_path: Path) -> None:
    options = ReadOptions(entry=lambda name: name.partition("_")[0])
    path = tmp_path / "told.zip"
    found = {}
    for name in ("in_1.csv", "in_2.csv", "out_1.csv"):
        path.write_bytes(_zip(name, _csv()))
        with open_file(path, options) as reader:
            assert sum(batch.good.height for batch in reader) == 6
            found[name] = reader.facts.sha256
        assert content_of(path, options, Limits()) == found[name]
    assert found["in_1.csv"] == found["in_2.csv"] != found["out_1.csv"]
    assert content_of(path, ReadOptions(), Limits()) == hashlib.sha256(_csv()).hexdigest()
    made = rewrite(path, {1}, NOTHING, options, Limits())
    assert (made.before, made.after) == (found["out_1.csv"], content_of(path, options, Limits()))


def test_rows_of_parquet_become_nulls(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    schema = pa.schema([pa.field("id", pa.int64(), nullable=False), ("name", pa.string()), ("tags", pa.list_(pa.string()))])
    table = pa.table({"id": [1, 2, 3], "name": ["a", "b", "call ann@x.io"], "tags": [["x"], ["y"], ["ann@x.io", "z"]]}, schema)
    pq.write_table(table, path, compression="zstd")
    made = rewrite(path, {2}, Blanks(["ann@x.io"], []), ReadOptions(), Limits())
    assert pq.read_table(path).to_pylist() == [
        {"id": 1, "name": "a", "tags": ["x"]},
        {"id": None, "name": None, "tags": None},
        {"id": 3, "name": f"call {BLANK}", "tags": [BLANK, "z"]},
    ]
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"
    assert made.blanked == 2


def test_a_file_that_cannot_be_cut_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(b'[{"id": 1, "name": "a"}, {"id": 2, "name": "b"]}, {"id": 3, "name": "c"}]')
    before = path.read_bytes()
    with pytest.raises(CannotRewriteError):
        rewrite(path, {1}, NOTHING, ReadOptions(), Limits())
    assert path.read_bytes() == before


def _is_refused(*_: object, **__: object) -> None:
    raise OSError(errno.EROFS, "Read-only file system")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_file_that_may_not_be_written_is_refused(tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plain.csv"
    path.write_bytes(FILES["plain.csv"])
    monkeypatch.setattr(f"cx_pipeline.stages.forgetting.raw_files.os.{step}", _is_refused)
    with pytest.raises(CannotRewriteError, match=r"^cannot be written: Read-only file system$"):
        rewrite(path, {1}, NOTHING, ReadOptions(), Limits())
    with pytest.raises(CannotRewriteError, match=r"^cannot be written: Read-only file system$"):
        blank(path, Blanks(["Name 1"], []), Limits())
    assert path.read_bytes() == FILES["plain.csv"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_may_be_as_long_as_the_file_system_lets_it(tmp_path: Path) -> None:
    path = tmp_path / f"{'n' * 251}.csv"
    path.write_bytes(FILES["plain.csv"])
    made = rewrite(path, {1}, NOTHING, ReadOptions(), Limits())
    assert made.before != made.after


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plain.csv"
    path.write_bytes(FILES["plain.csv"])
    monkeypatch.setattr("pathlib.Path.open", _is_refused)
    for ask in (lambda: rewrite(path, {1}, NOTHING, ReadOptions(), Limits()), lambda: content_of(path, ReadOptions(), Limits())):
        with pytest.raises(CannotRewriteError, match=r"^cannot be read: Read-only file system$"):
            ask()


BLANKED = [
    ("mail ann@x.io now", "mail [forgotten] now"),
    ("ANN@X.IO", "[forgotten]"),
    ("joann@x.io and ann@x.io.uk", "joann@x.io and ann@x.io.uk"),
    ("ann@x.io.", "[forgotten]."),
    ("to=ann%40x.io", "to=[forgotten]"),
    ("+1 (415) 555-0142", "[forgotten]"),
    ("415.555.0142x", "[forgotten]x"),
    ("order 94155550142", "order 94155550142"),
    ("call (0) 415 555 0142!", "call (0) [forgotten]!"),
    ("12.5", "12.5"),
]


@pytest.mark.parametrize(("text", "blanked"), BLANKED)
def test_values_are_blanked_where_they_stand_alone(text: str, blanked: str) -> None:
    blanks = Blanks(["ann@x.io"], ["14155550142", "4155550142"])
    assert blanks.in_bytes(text.encode())[0].decode() == blanked
    nested = pl.DataFrame({"t": [text, None], "l": [[text, "x"], []], "s": [{"a": text}, None]})
    made, _ = blanks.in_frame(nested)
    assert made.to_dicts() == [
        {"t": blanked, "l": [blanked, "x"], "s": {"a": blanked}},
        {"t": None, "l": [], "s": None},
    ]


def test_a_bare_number_of_json_becomes_a_text() -> None:
    made, count = Blanks([], ["4155550142"]).in_json(b'{"phone": 4155550142, "text": "\\nann@x.io"}')
    assert (json.loads(made), count) == ({"phone": BLANK, "text": "\nann@x.io"}, 1)
    made, count = Blanks(["ann@x.io"], []).in_json(b'{"text": "\\nann@x.io"}')
    assert (json.loads(made), count) == ({"text": f"\n{BLANK}"}, 1)


@pytest.mark.parametrize("wrap", [bytes, lambda data: gzip.compress(data, mtime=0), _zst, lambda data: _zip("a.txt", data)])
def test_files_that_no_export_reads_are_blanked(tmp_path: Path, wrap: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "notes.bin"
    path.write_bytes(wrap(b"hello ann@x.io, bye"))
    assert blank(path, Blanks(["ann@x.io"], []), Limits()) == 1
    assert blank(path, Blanks(["ann@x.io"], []), Limits()) == 0
