"""Rows of many files of all sizes: the same whether a file is streamed or read at once."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cx_pipeline.stages import small_files
from cx_pipeline.stages.contents import DELIVERY, by_delivery

_SCHEMA = pl.Schema({"_record": pl.Int64(), "said": pl.String()})
_HEIGHTS = (3, 0, 5_000, 2, 1, 4_000, 7)


def rows_of(files: list[Path], schema: pl.Schema) -> pl.LazyFrame:
    return pl.concat([pl.LazyFrame(schema=schema), *small_files.scans(files, pl.scan_parquet)])


@pytest.fixture(
    params=[(0, 1 << 20), (4_096, 1 << 20), (1 << 20, 1 << 20), (4_096, 2_000)], ids=["none", "some", "all", "too-many"]
)
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[Path, pl.DataFrame]:
    """Files, of which none, some, all or more than there is room for are small; each with its rows."""
    small, together = request.param
    monkeypatch.setattr(small_files, "_SMALL", small_files._Size(small, 10_000))
    monkeypatch.setattr(small_files, "_TOGETHER", small_files._Size(together, 1 << 20))
    made = {}
    for number, height in enumerate(_HEIGHTS):
        rows = pl.DataFrame({"_record": range(height), "said": [f"{number} {row}" for row in range(height)]}, schema=_SCHEMA)
        made[tmp_path / f"{number}.parquet"] = rows
        rows.write_parquet(tmp_path / f"{number}.parquet")
    return made


def test_rows_are_those_of_all_files(files: dict[Path, pl.DataFrame]) -> None:
    assert rows_of(list(files), _SCHEMA).collect().sort("said").equals(pl.concat(files.values()).sort("said"))


def test_rows_are_counted_selected_and_filtered(files: dict[Path, pl.DataFrame]) -> None:
    rows = rows_of(list(files), _SCHEMA)
    assert rows.select(pl.len()).collect().item() == sum(_HEIGHTS)
    assert sorted(rows.select("said").collect()["said"]) == sorted(pl.concat(files.values())["said"])
    seen = rows.filter(pl.col("_record").map_batches(lambda record: record > 2, return_dtype=pl.Boolean, is_elementwise=True))
    assert seen.select(pl.len()).collect().item() == sum(max(0, height - 3) for height in _HEIGHTS)


def test_every_row_is_of_the_delivery_of_its_file(files: dict[Path, pl.DataFrame]) -> None:
    told = by_delivery({path: path.stem for path in files}).collect()
    assert dict(told.group_by(DELIVERY).len().rows()) == {str(n): height for n, height in enumerate(_HEIGHTS) if height}
    assert told.select((pl.col("said").str.extract(r"^(\S+)") == pl.col(DELIVERY)).all()).item()


def test_a_column_that_a_file_does_not_have_is_null_where_columns_are_named(files: dict[Path, pl.DataFrame]) -> None:
    told = by_delivery(dict.fromkeys(files, "one"), {"_record": pl.Int64(), "other": pl.String()}).collect()
    assert told.columns == ["_record", "other", DELIVERY]
    assert (told.height, told["other"].null_count()) == (sum(_HEIGHTS), sum(_HEIGHTS))


def test_files_of_few_bytes_are_read_together_as_long_as_they_have_few_rows(tmp_path: Path) -> None:
    heights = [10, 19_000, 30_000, 19_000, 18_000, 19_500, 19_600, 19_700, 20]
    for number, height in enumerate(heights):
        pl.DataFrame({"_record": [number] * height}).write_parquet(tmp_path / f"{number}.parquet", compression="zstd")
    files = [tmp_path / f"{number}.parquet" for number in range(len(heights))]
    assert max(path.stat().st_size for path in files) < 4_096
    read: list[list[int]] = []

    def scan(paths: list[Path]) -> pl.LazyFrame:
        read.append([heights[int(path.stem)] for path in paths])
        return pl.scan_parquet(paths)

    rows = pl.concat(small_files.scans(files, scan))
    assert read == [[30_000], [10]]  # the large one, and one for the schema
    read.clear()
    assert rows.collect().height == sum(heights)
    assert read == [[10, 19_000, 19_000, 18_000, 19_500, 19_600], [19_700, 20]]


def test_a_file_that_is_written_anew_is_looked_at_anew(tmp_path: Path) -> None:
    path = tmp_path / "0.parquet"
    for height in (5, 30_000, 7):
        pl.DataFrame({"_record": range(height)}).write_parquet(path)
        assert pl.concat(small_files.scans([path], pl.scan_parquet)).collect().height == height


def test_no_file_has_no_rows() -> None:
    assert rows_of([], _SCHEMA).collect().equals(pl.DataFrame(schema=_SCHEMA))
