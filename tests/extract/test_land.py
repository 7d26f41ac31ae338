from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.extract import land
from cx_pipeline.extract.reader import ReadOptions, open_file
from cx_pipeline.extract.refusal import FileRefused


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_records_are_landed_in_parts_and_read_back_in_order(tmp_path: Path) -> None:
    path = put(tmp_path / "x.csv", b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(1000)) + b"bad\n")
    with open_file(path, ReadOptions(batch_rows=300)) as reader:
        facts = land.write(reader, tmp_path / "landed")
    assert (facts.records, facts.damaged) == (1001, 1)
    assert sorted(file.name for file in (tmp_path / "landed").iterdir()) == [f"part-{n:05d}.parquet" for n in range(4)] + [
        "rejects.parquet"
    ]
    frame = land.scan(tmp_path / "landed", ["b", "a", "missing"]).collect()
    assert frame.columns == ["_record", "_line", "b", "a", "missing"]
    assert frame["_record"].to_list() == list(range(1, 1001))
    assert frame["a"].to_list() == [str(number) for number in range(1000)]
    assert frame["missing"].null_count() == 1000
    assert land.scan_rejects(tmp_path / "landed").collect()["rule"].to_list() == ["csv.field_count"]
    assert (tmp_path / "landed").stat().st_mode & 0o077 == 0


def test_json_parts_may_differ_in_columns(tmp_path: Path) -> None:
    path = put(tmp_path / "x.json", b'{"a":1}\n{"a":2}\n{"b":3}\n{"b":4}\n')
    with open_file(path, ReadOptions(batch_rows=2, block_bytes=16)) as reader:
        facts = land.write(reader, tmp_path / "landed")
    frame = land.scan(tmp_path / "landed", facts.columns).collect()
    assert frame.drop("_line").rows() == [(1, "1", None), (2, "2", None), (3, None, "3"), (4, None, "4")]


def test_a_file_without_records_is_landed_too(tmp_path: Path) -> None:
    with open_file(put(tmp_path / "x.csv", b"a,b\n")) as reader:
        facts = land.write(reader, tmp_path / "landed")
    assert facts.columns == ("a", "b")
    assert land.scan(tmp_path / "landed", facts.columns).collect().shape == (0, 4)
    assert land.scan_rejects(tmp_path / "landed").collect().height == 0


def test_landing_again_replaces_and_failing_leaves_what_was(tmp_path: Path) -> None:
    path = put(tmp_path / "x.csv", b"a,b\n1,2\n3,4\n")
    for _ in range(2):
        with open_file(path) as reader:
            land.write(reader, tmp_path / "landed")
    with open_file(path) as reader:
        path.write_bytes(b"a,b\n5,6\n")
        with pytest.raises(FileRefused):
            land.write(reader, tmp_path / "landed")
    assert land.scan(tmp_path / "landed", ["a"]).collect()["a"].to_list() == ["1", "3"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["landed", "x.csv"]


def test_parquet_becomes_text(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "id": [9007199254740993, None],
            "at": [date(2024, 5, 1), None],
            "flag": [True, None],
            "tags": [["a", "b"], None],
            "via": [{"channel": "web", "n": 1}, None],
            "raw": [b"\x00\xff", None],
            "_record": ["x", ""],
        }
    )
    path = tmp_path / "x.parquet"
    frame.write_parquet(path)
    with open_file(path) as reader:
        (batch,) = list(reader)
    assert batch.good.rows() == [
        (1, 1, "9007199254740993", "2024-05-01", "true", '["a","b"]', '{"channel":"web","n":1}', "00ff", "x"),
        (2, 2, None, None, None, None, None, None, None),
    ]
    assert (reader.facts.format, reader.facts.records) == ("parquet", 2)
    assert reader.facts.renamed == (("_record", "_record__2"),)


@pytest.mark.parametrize("kept", [20, 200])
def test_a_damaged_parquet_file_is_refused(tmp_path: Path, kept: int) -> None:
    pl.DataFrame({"a": range(1000)}).write_parquet(tmp_path / "x.parquet")
    with (
        pytest.raises(FileRefused) as refused,
        open_file(put(tmp_path / "y.parquet", (tmp_path / "x.parquet").read_bytes()[:kept])) as reader,
    ):
        list(reader)
    assert refused.value.rule == "container.corrupt"
