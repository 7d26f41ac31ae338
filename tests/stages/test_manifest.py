"""One small file a delivery: what a run takes in stays known."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.stages.manifest import Entry, Facts, Manifest, Status, delivery_id, firsts

DAY_1, DAY_2 = date(2026, 3, 1), date(2026, 3, 2)


def entry(path: str, sha256: str = "", status: Status = Status.LANDED, day: date = DAY_1, **given: Any) -> Entry:
    plain = {"source": "zendesk", "export": "users", "bytes": 1, "mtime_ns": 1, "decompressed_bytes": 1}
    return Entry(delivery_id=delivery_id(path, sha256), date=day, path=path, sha256=sha256, status=status, **{**plain, **given})


def test_what_was_put_comes_back_in_order(tmp_path: Path) -> None:
    book = Manifest(tmp_path)
    facts = Facts(format="csv", columns=("a", "é"), renamed=(("", "column_1"),), records=3)
    put = [entry("b", "22", day=DAY_2), entry("b", "11"), entry("a", "33", facts=facts)]
    for one in put:
        book.put(one)
    assert book.entries() == [put[2], put[1], put[0]]
    assert book.entries([DAY_2]) == [put[0]]
    assert book.entries([]) == []
    assert Manifest(tmp_path / "none").entries() == []


@pytest.mark.parametrize("status", [Status.GROWING, Status.EMPTY, Status.UNREADABLE, Status.UNRECOGNISED])
def test_what_had_no_content_gives_way_to_what_has(tmp_path: Path, status: Status) -> None:
    book = Manifest(tmp_path)
    book.put(entry("a", status=status))
    book.put(entry("b", status=status))
    book.put(entry("a", "11"))
    assert [(one.path, one.status) for one in book.entries()] == [("a", Status.LANDED), ("b", status)]


@pytest.mark.parametrize("status", [Status.LANDED, Status.QUARANTINED, Status.EXCLUDED])
def test_what_had_records_is_never_forgotten(tmp_path: Path, status: Status) -> None:
    book = Manifest(tmp_path)
    book.put(entry("a", "11", status))
    book.put(entry("a", "22"))
    book.put(entry("a", status=Status.GROWING))
    assert sorted((one.sha256, str(one.status)) for one in book.entries()) == [
        ("", "growing"),
        ("11", str(status)),
        ("22", "landed"),
    ]


def test_paths_that_no_encoding_knows_have_an_id() -> None:
    assert len({delivery_id("a\udcff", ""), delivery_id("a", ""), delivery_id("a", "1"), delivery_id("a\0", "")}) == 4


def test_of_one_content_the_first_delivery_counts() -> None:
    entries = [
        entry("z", "11", day=DAY_1),
        entry("a", "11", day=DAY_2),
        entry("b", "11", day=DAY_1, source="salesforce"),
        entry("c", "11", day=DAY_1),
        entry("d", "22", Status.QUARANTINED),
        entry("e", "33", Status.EXCLUDED),
        entry("f"),
    ]
    expected = {
        ("zendesk", "users", "11"): "c",
        ("salesforce", "users", "11"): "b",
        ("zendesk", "users", "22"): "d",
        ("zendesk", "users", ""): "f",
    }
    for order in (entries, entries[::-1]):
        assert {key: one.path for key, one in firsts(order).items()} == expected
