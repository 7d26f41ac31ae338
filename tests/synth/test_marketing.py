"""The truth of the exports of marketing and web tools, counted once more from the files with the standard library only."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.synth import Truth
from cx_pipeline.synth.files import unpacked

Row = dict[str, Any]
BROKEN = re.compile(r'"(?:type|source|language|list_is_active)":,')
PAGES = {
    "hubspot.contacts": "results",
    "hubspot.email_events": "events",
    "hubspot.subscription_changes": "timeline",
    "klaviyo.events": "data",
    "klaviyo.profiles": "data",
    "mailchimp.campaign_activity": "emails",
    "onetrust.receipts": "content",
}
KEYS: dict[str, Callable[[Row], str]] = {
    "ga4.events": lambda row: "|".join(
        str(row[name])
        for name in (
            *("user_pseudo_id", "event_timestamp", "event_name", "event_bundle_sequence_id"),
            *("batch_page_id", "batch_ordering_id", "batch_event_index"),
        )
    ),
    "hubspot.contacts": lambda row: str(row.get("id") or row.get("hs_object_id") or row["E-Mail"].lower()),
    "hubspot.email_events": lambda row: str(row["id"]),
    "hubspot.subscription_changes": lambda row: f"{row['recipient'].lower()}|{row['timestamp']}",
    "klaviyo.events": lambda row: str(row["id"]),
    "klaviyo.profiles": lambda row: str(row["id"]),
    "mailchimp.audience": lambda row: str(row["LEID"]),
    "mailchimp.campaign_activity": lambda row: f"{row['campaign_id']}|{row['email_address'].lower()}",
    "onetrust.receipts": lambda row: str(row["receiptId"]),
    "web_vitals.events": lambda row: f"{row['id']}|{row['name']}",
}


def rows(path: Path, export: str) -> tuple[list[Row], int]:
    """Records that can be read, and the number of those that cannot."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            texts = [archive.read(name).decode() for name in archive.namelist()]
        return [row for text in texts for row in csv.DictReader(io.StringIO(text, newline=""))], 0
    text = unpacked(path).decode("utf-8-sig")
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(text, newline=""))), 0
    lines = text.split("\n")[:-1]
    if ".ndjson" in path.name:
        return single(lines, path, export)
    broken = sum(len(BROKEN.findall(line)) for line in lines)
    pages = [json.loads(BROKEN.sub('"broken":true,', line)) for line in lines]
    return [row for page in pages for row in page[PAGES[export]] if not is_broken(row)], broken


def is_broken(row: Row) -> bool:
    return "broken" in row or any("broken" in change for change in row.get("changes", []))


def single(lines: list[str], path: Path, export: str) -> tuple[list[Row], int]:
    good: list[Row] = []
    for line in lines:
        try:
            good.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    if export == "mailchimp.campaign_activity":
        campaign = path.stem.removeprefix("campaign_activity_")
        good = [{"campaign_id": campaign, "email_address": name, "activity": row[name]} for row in good for name in row]
    return good, len(lines) - len(good)


def readable(truth: Truth, export: str) -> list[str]:
    """Files that the standard library can read: no damaged tables."""
    files = truth.counts["files"].items()
    return [
        name for name, file in files if file["export"] == export and not (file["damaged"] and (name.endswith((".csv", ".zip"))))
    ]


@pytest.mark.parametrize("export", sorted(KEYS))
def test_records_damage_keys_and_tombstones_of_each_file(truth: Truth, world: Path, export: str) -> None:
    files = readable(truth, export)
    assert files
    for name in files:
        file = truth.counts["files"][name]
        good, bad = rows(world / name, export)
        gone = sum(row.get("archived") is True or row.get("is_deleted") is True for row in good)
        assert (len(good) + bad, bad, gone) == (file["records"], file["damaged"], file["tombstones"]), name
        assert len({KEYS[export](row) for row in good}) == file["distinct_keys"], name


@pytest.mark.parametrize("export", sorted(set(KEYS) - {"hubspot.contacts", "mailchimp.audience", "mailchimp.campaign_activity"}))
def test_fates_of_each_export(truth: Truth, world: Path, export: str) -> None:
    versions: defaultdict[str, list[str]] = defaultdict(list)
    refused = 0
    for name in readable(truth, export):
        good, bad = rows(world / name, export)
        refused += bad
        for row in good:
            versions[KEYS[export](row)].append(json.dumps(row, sort_keys=True))
    copies, contents = sum(map(len, versions.values())), sum(len(set(texts)) for texts in versions.values())
    fates = truth.counts["exports"][export]
    assert (fates["quarantined"], fates["published"]) == (refused, len(versions))
    assert (fates["superseded"], fates["duplicate"]) == (contents - len(versions), copies - contents)


@pytest.mark.parametrize("export", sorted(KEYS))
def test_dirty_cells_stand_in_the_files_as_the_truth_says(truth: Truth, world: Path, export: str) -> None:
    cells = pl.read_parquet(truth.folder / "cells.parquet")
    for name in readable(truth, export):
        by_key: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows(world / name, export)[0]:
            by_key[("@" if export == "ga4.events" else "") + KEYS[export](row)].append(row)
        for _, record, column, dirty, _, _ in cells.filter(pl.col("file") == name).iter_rows():
            outer, _, inner = column.partition(".")
            assert {row[outer][inner] if inner else row[outer] for row in by_key[record]} == {dirty}


def test_some_tools_never_hear_of_a_withdrawal(world: Path) -> None:
    receipts, _ = rows(world / "2026-11-01/onetrust/receipts_2026-11-01.json", "onetrust.receipts")
    gone = {
        row["identifier"].lower()
        for row in receipts
        for purpose in row["purposes"]
        if purpose["Name"] == "Newsletter" and purpose["TransactionType"] == "WITHDRAWN"
    }
    with zipfile.ZipFile(world / "2026-11-02/mailchimp/audience_2026-11-02.zip") as archive:
        members = archive.read("subscribed_members_export_3f1c.csv").decode().lower()
    profiles, _ = rows(world / "2026-11-01/klaviyo/profiles_2026-11-01.json", "klaviyo.profiles")
    still = {
        str(row["attributes"]["email"]).strip().lower()
        for row in profiles
        if row["attributes"]["subscriptions"]["email"]["marketing"]["consent"] == "SUBSCRIBED"
    }
    assert any(address in members or address in still for address in gone)
