from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from cx_pipeline.extract.reader import ReadOptions, open_file
from cx_pipeline.extract.refusal import FileRefused
from cx_pipeline.settings.reading import Limits

Read = Callable[..., Any]
CSV = b"a,b\n" + b"".join(b"%d,text %d\n" % (number, number) for number in range(2000))


def zipped(*entries: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


def zst(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.csv", CSV),
        ("x.csv.gz", gzip.compress(CSV)),
        ("x.csv.gz", gzip.compress(CSV[:5000]) + gzip.compress(CSV[5000:]) + bytes(512)),
        ("x.csv.zst", zst(CSV)),
        ("x.csv.zst", zst(CSV[:5000]) + zst(CSV[5000:])),
        ("x.csv.zip", zipped(("x.csv", CSV))),
        ("x.csv.zip", zipped(("__MACOSX/._x.csv", b"junk"), ("dir/", b""), ("dir/x.csv", CSV))),
        ("misnamed.csv", gzip.compress(CSV)),
    ],
)
def test_every_wrapping_gives_the_same_records_and_hash(read: Read, name: str, data: bytes) -> None:
    result = read(data, name=name)
    assert result.facts.records == 2000
    assert result.facts.sha256 == hashlib.sha256(CSV).hexdigest()
    assert result.facts.bytes == len(CSV)
    assert result.cells[-1] == ("1999", "text 1999")


GZ, ZST, ZIP = gzip.compress(CSV), zst(CSV), zipped(("x.csv", CSV))
FLIPPED = bytearray(ZIP)
FLIPPED[200] ^= 0xFF
BOMB = b"a,b\n" + b"1,2\n" * (6 << 20)


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("x.csv.gz", GZ[:-20], "container.truncated"),
        ("x.csv.gz", GZ[: len(GZ) // 2], "container.truncated"),
        ("x.csv.gz", GZ[:50] + bytes(50) + GZ[100:], "container.corrupt"),
        ("x.csv.gz", GZ[:-8] + b"\0\0\0\0" + GZ[-4:], "container.corrupt"),
        ("x.csv.gz", GZ + b"garbage", "container.corrupt"),
        ("x.csv.gz", CSV, "container.corrupt"),
        ("x.csv.zst", ZST[:-20], "container.truncated"),
        ("x.csv.zst", ZST[:100] + bytes(30) + ZST[130:], "container.corrupt"),
        ("x.csv.zip", ZIP[:-30], "container.corrupt"),
        ("x.csv.zip", bytes(FLIPPED), "container.corrupt"),
        ("x.csv.zip", zipped(("inner.zip", ZIP)), "container.nested"),
        ("x.csv.zip", zipped(("inner.csv.gz", GZ)), "container.nested"),
        ("x.csv.gz", gzip.compress(GZ), "container.nested"),
        ("x.csv.zip", zipped(("[Content_Types].xml", b"<x/>"), ("xl/sheet1.xml", b"<x/>")), "container.unsupported"),
        ("x.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "container.unsupported"),
        ("x.zip", zipped(("a.csv", CSV), ("b.json", b'{"a":1}')), "container.mixed"),
        ("x.csv.gz", gzip.compress(BOMB), "container.ratio"),
        ("x.csv.zst", zst(BOMB), "container.ratio"),
        ("x.csv.zip", zipped(("x.csv", BOMB)), "container.ratio"),
    ],
)
def test_what_cannot_be_unpacked_is_refused_whole(read: Read, name: str, data: bytes, rule: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(data, name=name)
    assert refused.value.rule == rule


@pytest.mark.parametrize("data", [CSV, GZ, ZST, ZIP])
def test_too_large(read: Read, data: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        read(data, limits=Limits(max_file_bytes=1000))
    assert refused.value.rule == "container.too_large"


def test_entries_are_read_in_the_order_of_their_names(read: Read, tmp_path: Path) -> None:
    data = zipped(("b.csv", b"a,b\n3,4\n"), ("../../a.csv", b"a,b\n1,2\nbad\n"), ("c.csv", b"a,c\n5,6\n"))
    before = sorted(tmp_path.iterdir())
    result = read(data, name="x.zip")
    assert result.rows == [{"a": "1", "b": "2", "c": None}, {"a": "3", "b": "4", "c": None}, {"a": "5", "b": None, "c": "6"}]
    assert result.good["_record"].to_list() == [1, 3, 4]
    assert sorted(tmp_path.iterdir()) == [*before, tmp_path / "x.zip"]
    assert not (tmp_path.parent / "a.csv").exists()


def test_too_many_entries(read: Read) -> None:
    with pytest.raises(FileRefused) as refused:
        read(zipped(*((f"{number}.csv", b"a,b\n") for number in range(11))), name="x.zip", limits=Limits(max_entries=10))
    assert refused.value.rule == "container.entries"


def test_an_empty_zip_is_an_empty_file(read: Read) -> None:
    assert read(zipped(), name="x.zip").facts.format == "empty"


def test_temporary_files_leave_nothing(read: Read, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    read(GZ, name="x.csv.gz", temporary=spool)
    with pytest.raises(FileRefused):
        read(GZ[:-20], name="x.csv.gz", temporary=spool)
    read("a,b\né,ü\n".encode("utf-16"), temporary=spool)
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("data", [CSV + b"1,2\n", CSV[:200]])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(CSV)
    with open_file(path, ReadOptions(block_bytes=100)) as reader:
        path.write_bytes(data)
        with pytest.raises(FileRefused) as refused:
            list(reader)
    assert refused.value.rule == "file.changed"
