"""Versions decided by groups of keys say what versions decided all at once say."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.dedupe.versions import KEYS, decide
from cx_pipeline.layout import Layout
from cx_pipeline.sources.catalogue import get
from cx_pipeline.stages.batch import row_ids, row_prefix
from cx_pipeline.stages.content_counts import count_contents
from cx_pipeline.stages.contents import Content
from cx_pipeline.stages.fates import FATES, decide_fates
from cx_pipeline.stages.manifest import Entry, Status

Record = tuple[str, str, int | None]
"""Key, content, clock."""


def content(folder: Path, number: int, records: Sequence[Record], export: str = "zendesk.tickets") -> Content:
    """A scrubbed content with these records, each of which gave an interaction."""
    source, _, name = export.partition(".")
    entry = Entry(
        delivery_id=f"{number:016x}",
        date=date(2026, 3, 1 + number),
        source=source,
        export=name,
        path=f"{number}",
        bytes=1,
        mtime_ns=1,
        sha256=f"{number:064x}",
        decompressed_bytes=1,
        status=Status.LANDED,
    )
    held = pl.DataFrame(
        [(place, key, said, clock, None, 1) for place, (key, said, clock) in enumerate(records, 1)],
        schema={
            "record_number": pl.Int64,
            "source_id": pl.String,
            "content": pl.String,
            "clock_0": pl.Int64,
            "clock_1": pl.Int64,
            "contains_interactions": pl.Int64,
        },
        orient="row",
    ).with_columns(row_ids(row_prefix(source, name, entry.sha256), pl.col("record_number")).alias("row_id"))
    made = held.select("row_id", "source_id", pl.col("record_number").alias("_record"), pl.lit(1, pl.Int64).alias("_line"))
    schema = pl.Schema({"_record": pl.Int64(), "_line": pl.Int64(), **tables()["interactions"].lake_schema})
    rows = made.select(pl.col(name) if name in made.columns else pl.lit(None, kind).alias(name) for name, kind in schema.items())
    for table, frame in (("records", held), ("interactions", rows)):
        (folder / f"{number}" / table).mkdir(parents=True)
        frame.write_parquet(folder / f"{number}" / table / "part-00000.parquet")
    return Content(entry, get(export), folder / f"{number}")


def all_at_once(contents: Sequence[Content]) -> pl.DataFrame:
    keys = [
        pl.read_parquet(one.parts("records")).with_columns(date=one.entry.date, delivery_id=pl.lit(one.entry.delivery_id))
        for one in contents
    ]
    return decide(pl.concat(keys).select(pl.col(name).cast(kind) for name, kind in KEYS.items()))


RECORDS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xy"), st.none() | st.integers(1, 2)), max_size=12)


@given(nights=st.lists(RECORDS, min_size=1, max_size=3), at_once=st.sampled_from([1, 3, 1000]))
def test_groups_of_keys_decide_as_all_keys_do(nights: list[list[Record]], at_once: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        contents = [content(Path(place), number, records) for number, records in enumerate(nights)]
        expected = all_at_once(contents)
        gave_way = expected.filter(pl.col("fate") != "published")
        fates = decide_fates(contents, Path(place), at_once)
        written = pl.concat([pl.DataFrame(schema=FATES), *map(pl.read_parquet, fates.parts)])
        assert (
            written.drop("record_number")
            .sort("row_id")
            .equals(gave_way.select(written.columns[:2] + written.columns[3:]).sort("row_id"))
        )
        assert all(row_id.endswith(f"-{number}") for row_id, number in written.select("row_id", "record_number").rows())
        assert fates.counts == Counter(gave_way.select("delivery_id", "fate").rows())
        winners = set(expected.filter(pl.col("fate") == "published")["row_id"])
        assert sorted(fates.rows_of("interactions", contents).collect()["row_id"]) == sorted(winners)
        counted = count_contents(contents, fates, Layout(Path(place)))
        assert sum(each.published for each in counted.values()) == len(winners)
        assert sum(each.scrubbed for each in counted.values()) == expected.height


def test_exports_do_not_share_keys(tmp_path: Path) -> None:
    both = [content(tmp_path, 0, [("1", "x", 1)]), content(tmp_path, 1, [("1", "x", 1)], "salesforce.Case")]
    fates = decide_fates(both, tmp_path)
    assert (list(fates.parts), dict(fates.lost), dict(fates.counts)) == ([], {}, {})
    assert fates.rows_of("interactions", both).select(pl.len()).collect().item() == 2


@pytest.mark.parametrize("contents", [0, 1])
def test_no_records_have_no_fates(tmp_path: Path, contents: int) -> None:
    fates = decide_fates([content(tmp_path, number, []) for number in range(contents)], tmp_path)
    assert fates.counts == {}
    rows = fates.rows_of("interactions", [])
    assert rows.collect_schema().names()[:2] == ["_record", "_line"]
    assert rows.collect().is_empty()
