"""What the truth says, counted once more from the files with the standard library only."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.synth import Truth
from cx_pipeline.synth.files import unpacked

Rows = list[dict[str, Any]]
CONTACTS, RESPONSES = "amazon_connect.contact_records", "qualtrics.responses"
ORDERS = "shopify.orders"
EVENTS = "shopify.fulfillment_events"
ANSWERS = {ORDERS: "orders", "shopify.customers": "customers", EVENTS: "fulfillment_events", "workforce.shifts": "shifts"}
PAGED = {"zendesk.tickets": "tickets", "zendesk.satisfaction_ratings": "satisfaction_ratings"}


def rows(path: Path, export: str) -> tuple[Rows, int]:
    """Records that can be read, and the number of those that cannot."""
    data = unpacked(path)
    kept = {CONTACTS: contacts, RESPONSES: responses}
    if export in kept:
        return kept[export](data)
    if export in PAGED:
        return paged(data, PAGED[export])
    if ".json" in path.name:
        return answers(data, ANSWERS[export])
    return lines(data) if ".ndjson" in path.name else (table(data, path, export), 0)


def table(data: bytes, path: Path, export: str) -> Rows:
    text = data.decode({b"\xff\xfe": "utf-16"}.get(data[:2], "utf-8-sig"))
    delimiter = "\t" if path.suffix == ".txt" else ";" if export == "workforce.roster" else ","
    found = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    return order_lines(found) if export == ORDERS else found


def contacts(data: bytes) -> tuple[Rows, int]:
    """Records of any layout: whatever is an object with a ContactId is one."""
    text, at, found = data.decode(), 0, list[dict[str, Any]]()
    broken = text.count('"DisconnectReason":,')
    text = text.replace('"DisconnectReason":,', '"DisconnectReason":"broken",')
    while (start := text.find("{", at)) >= 0:
        value, at = json.JSONDecoder().raw_decode(text, start)
        found += value.get("ContactRecords", [value])
    return [record for record in found if record.get("DisconnectReason") != "broken"], broken


def responses(data: bytes) -> tuple[Rows, int]:
    """Rows behind two or three header rows, by the names of the first; of equal names the first counts."""
    text = data.decode("utf-8-sig")
    header, *rest = csv.reader(io.StringIO(text, newline=""))
    behind = rest[2:] if '{"ImportId":"' in rest[1][0] else rest[1:]
    return [dict(reversed(list(zip(header, row, strict=True)))) for row in behind], 0


def lines(data: bytes) -> tuple[Rows, int]:
    good: Rows = []
    bad = 0
    for line in data.decode().split("\n")[:-1]:
        try:
            good.append(json.loads(line))
        except json.JSONDecodeError:
            bad += 1
    return good, bad


def paged(data: bytes, key: str) -> tuple[Rows, int]:
    good: Rows = []
    bad = 0
    for line in data.decode().split("\n")[:-1]:
        bad += line.count('"priority":,')
        page = json.loads(line.replace('"priority":,', '"priority":"broken",'))
        good += [record for record in page[key] if record.get("priority") != "broken"]
    return good, bad


def answers(data: bytes, key: str) -> tuple[Rows, int]:
    """Answers of an API, a line each; an element with a value that is not there is broken."""
    good: Rows = []
    bad = 0
    for line in data.decode().split("\n")[:-1]:
        found = json.loads(re.sub(r'"(?:fulfillment_status|state|status)":,', '"broken":true,', line))[key]
        good += [record for record in found if "broken" not in record]
        bad += sum("broken" in record for record in found)
    return good, bad


def order_lines(found: Rows) -> Rows:
    """Rows by the id of their order and, from the second on, their place in it."""
    order, place = "", 0
    for row in found:
        order, place = (row["Id"], 1) if row["Id"] else (order, place + 1)
        row["Id"] = order if place == 1 else f"{order}/{place}"
    return found


def readable(truth: Truth, export: str) -> list[str]:
    """Files that the standard library can read: no damaged tables, no foreign encodings."""
    files = truth.counts["files"].items()
    return [
        name
        for name, file in files
        if file["export"] == export and "skipped" not in file and "quarantined_whole" not in file
        and not (file["damaged"] and ".csv" in name) and file.get("encoding") != "cp1252"
    ]  # fmt: skip


EXPORTS = [
    "zendesk.tickets", "zendesk.users", "zendesk.comments", "zendesk.satisfaction_ratings",
    "salesforce.Case", "salesforce.Contact", "salesforce.Account", "salesforce.User",
    "salesforce.Lead", "salesforce.Opportunity",
    CONTACTS, RESPONSES,
    ORDERS, "shopify.customers", "shopify.fulfillment_orders", EVENTS, "store.visits",
    "workforce.roster", "workforce.shifts", "cfpb.complaints", "city_311.service_requests",
]  # fmt: skip

# Damaged files, which the csv module cannot read.
UNREADABLE = (
    "salesforce.Case", "salesforce.Lead", "salesforce.Opportunity", RESPONSES, ORDERS, "shopify.customers", "store.visits",
    "workforce.roster", "cfpb.complaints", "city_311.service_requests",
)  # fmt: skip
KEYS = ("Id", "id", "ContactId", "ResponseId", "V1", "Customer ID", "visit_id", "shift_id", "Complaint ID", "Unique Key")


def key(row: dict[str, Any]) -> str:
    if "effective_from" in row:
        return f"{row['employee_id']}/{row['effective_from']}"
    return str(next(row[name] for name in KEYS if row.get(name))).lstrip("'")


def cell(row: dict[str, Any], column: str) -> Any:
    """`Queue.Name` is the name inside the queue."""
    outer, _, inner = column.partition(".")
    return row[outer][inner] if inner else row[outer]


@pytest.mark.parametrize("export", EXPORTS)
def test_records_damage_and_keys_of_each_file(truth: Truth, world: Path, export: str) -> None:
    files = readable(truth, export)
    assert files
    for name in files:
        file = truth.counts["files"][name]
        good, bad = rows(world / name, export)
        usable = [key(row) for row in good if "E+" not in key(row)]
        assert (len(good) + bad, bad) == (file["records"], file["damaged"]), name
        assert len(good) - len(usable) == file["unusable_key"], name
        assert len(set(usable)) == file["distinct_keys"], name


@pytest.mark.parametrize("export", EXPORTS)
def test_tombstones_of_each_file(truth: Truth, world: Path, export: str) -> None:
    for name in readable(truth, export):
        good, _ = rows(world / name, export)
        gone = sum(row.get("status") == "deleted" or row.get("IsDeleted") == "1" for row in good)
        assert gone == truth.counts["files"][name]["tombstones"], name


@pytest.mark.parametrize("export", [export for export in EXPORTS if export not in UNREADABLE])
def test_fates_of_each_export(truth: Truth, world: Path, export: str) -> None:
    versions: defaultdict[str, list[str]] = defaultdict(list)
    refused = 0
    for name in readable(truth, export):
        good, bad = rows(world / name, export)
        refused += bad
        for row in good:
            if "E+" in key(row):
                refused += 1
            else:
                versions[key(row)].append(json.dumps(row, sort_keys=True))
    copies, contents = sum(map(len, versions.values())), sum(len(set(texts)) for texts in versions.values())
    fates = truth.counts["exports"][export]
    assert fates["quarantined"] == refused
    assert fates["published"] == len(versions)
    assert fates["superseded"] == contents - len(versions)
    assert fates["duplicate"] == copies - contents
    assert fates["records"] == copies + refused


def test_every_export_balances(truth: Truth) -> None:
    for fates in truth.counts["exports"].values():
        assert fates["records"] == sum(fates[fate] for fate in ("published", "quarantined", "superseded", "duplicate"))


def test_published_tombstones_are_those_of_the_last_version(truth: Truth, world: Path) -> None:
    last: dict[str, tuple[str, str]] = {}
    for name in readable(truth, "zendesk.tickets"):
        for row in rows(world / name, "zendesk.tickets")[0]:
            last[key(row)] = max(last.get(key(row), ("", "")), (row["updated_at"], row["status"]))
    assert (
        sum(status == "deleted" for _, status in last.values())
        == truth.counts["exports"]["zendesk.tickets"]["published_tombstones"]
    )


def test_quarantine_points_at_the_records_that_are_broken(truth: Truth, world: Path) -> None:
    refused = pl.read_parquet(truth.folder / "quarantine.parquet").filter(pl.col("why") == "cut_line")
    assert len(refused) == sum(file["traps"].get("cut_line", 0) for file in truth.counts["files"].values())
    for name, record, _ in refused.iter_rows():
        line = unpacked(world / name).decode().split("\n")[record - 1]
        with pytest.raises(json.JSONDecodeError):
            json.loads(line)


def test_quarantine_and_counts_agree(truth: Truth) -> None:
    refused = pl.read_parquet(truth.folder / "quarantine.parquet")
    for name, file in truth.counts["files"].items():
        listed = refused.filter((pl.col("file") == name) & pl.col("record").is_not_null())
        assert len(listed) == file["damaged"] + file["unusable_key"]
    whole = refused.filter(pl.col("record").is_null())
    assert whole.rows() == [("2026-11-02/salesforce/Contact_without_id.csv", None, "required_column_missing")]


def test_dirty_cells_stand_in_the_files_as_the_truth_says(truth: Truth, world: Path) -> None:
    cells = pl.read_parquet(truth.folder / "cells.parquet")
    checked = 0
    for name in cells["file"].unique(maintain_order=True):
        export = truth.counts["files"][name]["export"]
        if export not in EXPORTS or name not in readable(truth, export):
            continue
        by_key: defaultdict[str | None, list[dict[str, Any]]] = defaultdict(list)
        for row in rows(world / name, export)[0]:
            by_key[None if "E+" in key(row) else key(row)].append(row)
        for _, record, column, dirty, _, _ in cells.filter(pl.col("file") == name).iter_rows():
            found = {cell(row, column) for row in by_key[record]}
            assert (dirty in found) if record is None else (found == {dirty})
            checked += 1
    assert checked > 100


def test_the_same_bytes_again_are_noted(truth: Truth, world: Path) -> None:
    again = {name: file["same_bytes_as"] for name, file in truth.counts["files"].items() if "same_bytes_as" in file}
    assert len(again) == 1
    for later, earlier in again.items():
        assert (world / later).read_bytes() == (world / earlier).read_bytes()


def test_every_file_is_in_the_truth_and_the_truth_is_outside_the_deliveries(truth: Truth, world: Path) -> None:
    delivered = {
        path.relative_to(world).as_posix() for path in world.rglob("*") if path.is_file() and truth.folder not in path.parents
    }
    assert delivered == set(truth.counts["files"])
    assert truth.folder == world / "truth"
    assert json.loads((truth.folder / "counts.json").read_text("utf-8")) == truth.counts


def test_versions_are_the_keys_that_were_delivered_more_than_once(truth: Truth, world: Path) -> None:
    told = pl.read_parquet(truth.folder / "versions.parquet")
    for export, fates in truth.counts["exports"].items():
        several = told.filter(pl.col("export") == export)
        assert int((several["contents"] - 1).sum()) == fates["superseded"]
        assert int((several["copies"] - several["contents"]).sum()) == fates["duplicate"]
    copies: defaultdict[str, list[str]] = defaultdict(list)
    for name in readable(truth, CONTACTS):
        for row in rows(world / name, CONTACTS)[0]:
            copies[key(row)].append(json.dumps(row, sort_keys=True))
    counted = {record: (len(texts), len(set(texts))) for record, texts in copies.items() if len(texts) > 1}
    stated = told.filter(pl.col("export") == CONTACTS).select("key", "copies", "contents").iter_rows()
    assert {record: (many, contents) for record, many, contents in stated} == counted
