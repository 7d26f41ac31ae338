"""What the truth says of the smaller vendors' files, counted once more with the standard library, and what makes them real."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.sources.catalogue import recognise
from cx_pipeline.synth import Truth, generate
from cx_pipeline.synth.files import unpacked
from cx_pipeline.synth.fixes import OF_NOTHING
from cx_pipeline.synth.timeline import FOREVER
from cx_pipeline.synth.vendors import writers
from cx_pipeline.synth.world import World

SOURCES = (
    *("app_store", "delighted", "genesys", "google_play", "intercom"),
    *("jira", "servicenow", "twilio", "twitter", "typeform"),
)
Record = dict[str, Any]
LISTS = ("conversations", "admins", "calls", "issues", "items", "data")
_GAP = re.compile(r'"\w+":(?=[,}])')


def _review_state(row: Record) -> str:
    own = row["Review Link"].rpartition("=")[2] or row["Review Submit Millis Since Epoch"] + row["Device"]
    return f"{own}_{row['Review Last Update Millis Since Epoch']}"


KEYS: dict[str, Callable[[Record], str | None]] = {
    "app_store.reviews": lambda row: row["id"] + re.sub(r"\D", "", row["attributes"]["createdDate"]),
    "delighted.bounces": lambda row: f"{row['person_id']}_{row['bounced_at']}",
    "delighted.people": lambda row: row["id"],
    "delighted.responses": lambda row: row["id"],
    "delighted.unsubscribes": lambda row: f"{row['person_id']}_{row['unsubscribed_at']}",
    "genesys.conversations": lambda row: row["conversationId"],
    "google_play.reviews": _review_state,
    "intercom.admins": lambda row: row["id"],
    "intercom.contacts": lambda row: row["id"],
    "intercom.conversations": lambda row: str(row["id"]),
    "jira.issues": lambda row: row["id"],
    "servicenow.incidents": lambda row: row["sys_id"],
    "twilio.calls": lambda row: row["sid"],
    "twitter.tweets": lambda row: None if "E+" in row["tweet_id"] else row["tweet_id"],
    "typeform.responses": lambda row: row["token"],
}


def _whole(text: str) -> tuple[list[Record], int]:
    """Records that can be read, and how many cannot: those with a value that is not there."""
    broken = len(_GAP.findall(text))
    records = json.loads(_GAP.sub(r'"broken":1', text))
    listed = records if isinstance(records, list) else next(records[name] for name in LISTS if name in records)
    good = [record for record in listed if '"broken": 1' not in json.dumps(record)]
    assert len(listed) == len(good) + broken
    return good, broken


def read(path: Path) -> tuple[list[Record], int]:
    """Records of a file that can be read, and how many cannot."""
    data = unpacked(path)
    text = data.decode("utf-16" if data[:2] == b"\xff\xfe" else "utf-8-sig")
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(text, newline=""))), 0
    if path.name.startswith(("responses.", "people", "unsubscribes", "bounces")):
        return _whole(text)
    found = [_whole(line) if path.suffix == ".json" else _line(line) for line in text.split("\n")[:-1]]
    return [record for good, _ in found for record in good], sum(bad for _, bad in found)


def _line(line: str) -> tuple[list[Record], int]:
    try:
        return [json.loads(line)], 0
    except json.JSONDecodeError:
        return [], 1


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return generate(300, 2, 7, tmp_path_factory.mktemp("further"), sources=SOURCES)


def readable(made: Truth, export: str) -> list[str]:
    """Files of an export without damage that the csv module cannot read."""
    return [
        name
        for name, file in made.counts["files"].items()
        if file["export"] == export and not (file["damaged"] and ".csv" in name)
    ]


def test_every_vendor_is_known_and_every_file_is_recognised_by_its_name(made: Truth) -> None:
    assert set(SOURCES) <= set(writers())
    assert {file["export"] for file in made.counts["files"].values()} == set(KEYS)
    for name, file in made.counts["files"].items():
        _, source, base = name.split("/")
        export = recognise(source, base)
        assert export is not None, name
        assert export.id == file["export"], name


@pytest.mark.parametrize("export", sorted(KEYS))
def test_records_damage_and_keys(made: Truth, export: str) -> None:
    out, key_of = made.folder.parent, KEYS[export]
    names = readable(made, export)
    assert names
    copies: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        good, bad = read(out / name)
        keys = [key_of(record) for record in good]
        file = made.counts["files"][name]
        assert (len(good) + bad, bad) == (file["records"], file["damaged"]), name
        assert keys.count(None) == file["unusable_key"], name
        assert len({key for key in keys if key is not None}) == file["distinct_keys"], name
        assert sum(record.get("deleted") is True for record in good) == file["tombstones"], name
        for key, record in zip(keys, good, strict=True):
            if key is not None:
                copies[key].append(json.dumps(record, sort_keys=True))
    if len(names) == sum(file["export"] == export for file in made.counts["files"].values()):
        fates = made.counts["exports"][export]
        contents = sum(len(set(texts)) for texts in copies.values())
        delivered = sum(map(len, copies.values()))
        assert fates["published"] == len(copies)
        assert (fates["superseded"], fates["duplicate"]) == (contents - len(copies), delivered - contents)


def test_every_export_is_small_and_comes_every_night(made: Truth) -> None:
    nights: defaultdict[str, set[str]] = defaultdict(set)
    for name, file in made.counts["files"].items():
        nights[file["export"]].add(name[:10])
        assert 1 <= file["records"] <= 200, name
    assert all(len(days) == 2 for days in nights.values())


def test_every_vendor_has_dirt_of_its_own(made: Truth) -> None:
    traps: defaultdict[str, set[str]] = defaultdict(set)
    for file in made.counts["files"].values():
        traps[file["export"].partition(".")[0]] |= file["traps"].keys()
    assert all(len(found) >= 4 and "sent_twice" in found for found in traps.values())
    wanted = {
        "intercom": {"merged_lead", "id_as_number", "older_version_later"},
        "twitter": {"parent_missing", "key_lost_in_excel"},
        "genesys": {"still_open", "withheld"},
        "twilio": {"anonymous", "nobodys_number", "impossible_date"},
        "jira": {"told_before_done"},
        "delighted": {"test_tag", "double_submit"},
        "typeform": {"speeder", "never_finished", "double_submit"},
        "google_play": {"rating_without_words", "edited_review"},
        "app_store": {"edited_review"},
        "servicenow": {"test_record", "impossible_date"},
    }
    assert all(expected <= traps[source] for source, expected in wanted.items())


def test_dirty_cells_stand_in_the_files_as_the_truth_says(made: Truth) -> None:
    cells, checked = pl.read_parquet(made.folder / "cells.parquet"), 0
    for name in cells["file"].unique(maintain_order=True):
        export = made.counts["files"][name]["export"]
        if name not in readable(made, export):
            continue
        by_key: defaultdict[str, list[Record]] = defaultdict(list)
        for record in read(made.folder.parent / name)[0]:
            by_key[re.sub(r"[^0-9A-Za-z]", "", str(KEYS[export](record)))].append(record.get("attributes", record))
        for key, column, dirty in cells.filter(pl.col("file") == name).select("key", "column", "dirty").iter_rows():
            assert {record[column] for record in by_key[re.sub(r"[^0-9A-Za-z]", "", key)]} == {dirty}
            checked += 1
    assert checked > 40


def test_nothing_is_told_before_it_happens(made: Truth) -> None:
    for name in readable(made, "intercom.conversations"):
        for record in read(made.folder.parent / name)[0]:
            parts = record["conversation_parts"]["conversation_parts"]
            times = [record["created_at"], *(part["created_at"] for part in parts)]
            assert times == sorted(times)
            assert times[-1] <= record["updated_at"]
            assert record["statistics"]["count_conversation_parts"] == len(parts) + 1


def test_segments_of_a_conversation_do_not_end_before_they_begin(made: Truth) -> None:
    seen = 0
    for name in readable(made, "genesys.conversations"):
        for record in read(made.folder.parent / name)[0]:
            assert record["participants"][0]["purpose"] == "customer"
            for participant in record["participants"]:
                for segment in participant["sessions"][0]["segments"]:
                    assert record["conversationStart"] <= segment["segmentStart"] <= segment["segmentEnd"]
                    seen += 1
    assert seen > 300


def test_fixes_are_told_in_every_order_and_some_never() -> None:
    fixes = World(3_000, 2, 5, date(2026, 11, 1)).fixes
    told = fixes.of(pl.Series(range(fixes.count)).to_numpy())
    done, heard = told["done"] < FOREVER, told["told"] < FOREVER
    assert (told["opened"] <= told["started"]).all()
    assert (told.filter(heard)["told"] > told.filter(heard)["opened"]).all()
    assert 0.1 < (~done).mean() < 0.3  # type: ignore[operator]
    assert 0.02 < (heard & (told["told"] < told["done"])).mean() < 0.3  # type: ignore[operator]
    assert (done & ~heard).any()
    assert (told.filter(of=OF_NOTHING)["feedback"] == -1).all()
    linked = told.filter(pl.col("of") != OF_NOTHING)
    assert linked["feedback"].min() >= 0  # type: ignore[operator]


def test_facts_of_fixes_are_those_of_the_issues(made: Truth) -> None:
    facts = pl.read_parquet(made.folder / "feedback_actions" / "*.parquet")
    assert facts["published"].sum() == made.counts["exports"]["jira.issues"]["published"]
    assert facts["is_test"].sum() == made.counts["exports"]["jira.issues"]["published_test"]


def test_vendors_are_the_same_alone(made: Truth, tmp_path: Path) -> None:
    generate(300, 2, 7, tmp_path, sources=["jira", "twilio"])
    for source in ("jira", "twilio"):
        for path in tmp_path.glob(f"2*/{source}/*"):
            assert path.read_bytes() == (made.folder.parent / path.relative_to(tmp_path)).read_bytes()


@pytest.mark.parametrize(("customers", "nights"), [(1, 2), (7, 1)])
def test_the_smallest_worlds_can_be_made(tmp_path: Path, customers: int, nights: int) -> None:
    truth = generate(customers, nights, 4, tmp_path, first_night=date(2024, 2, 28), sources=SOURCES)
    assert {file["export"].partition(".")[0] for file in truth.counts["files"].values()} <= set(SOURCES)
