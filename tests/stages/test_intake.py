"""Files of the raw folder become landed records, or are recorded with the reason why not."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cx_pipeline.extract import land
from cx_pipeline.extract.header import Header
from cx_pipeline.sources import catalogue
from cx_pipeline.sources.catalogue import exports, get
from cx_pipeline.stages import intake, landing
from cx_pipeline.stages.intake import manifest, open_dates, take_in, unknown_columns
from cx_pipeline.stages.manifest import Entry, Status, firsts, landed
from cx_pipeline.stages.reading import reading
from tests.stages.pipeline import Pipeline
from tests.stages.shop import CANARY_MAIL, NIGHT_1, NIGHT_2, contacts, lines, pages, sheet, tickets, users

Deliver = Callable[[str, bytes], Path]
USERS = lines(users())
FILE = f"{NIGHT_1}/zendesk/users.ndjson"
_YESTERDAY = time.time() - 86_400


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause between two looks at a young file is for writers that are slower than a test's."""
    monkeypatch.setattr("cx_pipeline.stages.intake._PAUSE_SECONDS", 0.02)


def told(pipeline: Pipeline) -> dict[str, tuple[str, str, int]]:
    return {entry.path.split("/", 1)[1]: (str(entry.status), entry.rule, entry.facts.records) for entry in pipeline.take_in()}


def only(pipeline: Pipeline) -> Entry:
    found = manifest(pipeline.layout).entries()
    assert len(found) == 1, [(entry.path, entry.status) for entry in found]
    return found[0]


def test_a_file_lands_with_all_its_records(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, USERS)
    assert told(pipeline) == {"zendesk/users.ndjson": ("landed", "", 11)}
    entry = only(pipeline)
    records = land.scan(landed(pipeline.layout, "zendesk", "users", entry.content) / "records", ["id"]).collect()
    assert records["id"].to_list() == [str(row["id"]) for row in users()]
    assert records["_record"].to_list() == list(range(1, 12))
    assert (entry.bytes, entry.decompressed_bytes, entry.date) == (len(USERS), len(USERS), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("zendesk/users.json", b"", ("empty", "delivery.empty", 0)),
        ("zendesk/users.json", b" \n ", ("empty", "delivery.empty", 0)),
        ("zendesk/users.json", b"[]", ("landed", "", 0)),
        ("salesforce/Contact.csv", b"Id,Name\r\n", ("landed", "", 0)),
        ("salesforce/Contact.csv", sheet([{"Name": "Ada"}] * 4), ("quarantined", "delivery.missing_column", 4)),
        (
            "salesforce/Case.csv",
            sheet([{"Id": "500A00000000001IAA", "CaseNumber": "1"}]),
            ("quarantined", "delivery.missing_column", 1),
        ),
        ("salesforce/Contact.csv", b"0031,Ada\n0032,Ben\n0033,Cem\n", ("unreadable", "csv.no_header", 0)),
        ("salesforce/Contact.csv", b"Contacts\n\nId||Name\n0031||Ada\n", ("landed", "", 1)),
        ("salesforce/Contacts.csv", sheet(contacts([1])), ("unrecognised", "delivery.unrecognised", 0)),
        ("nobody/orders.csv", b"a\n1\n", ("unrecognised", "delivery.unrecognised", 0)),
        ("shopify/orders.csv", b"Email,Total\na,1\n", ("quarantined", "delivery.missing_column", 1)),
        ("shopify/orders.csv", b"a\n1\n", ("unreadable", "csv.no_header", 0)),
        ("zendesk/users.json.gz", gzip.compress(USERS)[:-30], ("unreadable", "container.truncated", 0)),
        ("zendesk/users.json.gz", b"no gzip at all", None),
        ("zendesk/users.json", pages("users", users())[:-200], None),
    ],
)
def test_what_is_not_taken_in_is_recorded_with_its_rule(
    pipeline: Pipeline, deliver: Deliver, name: str, data: bytes, expected: tuple[str, str, int] | None
) -> None:
    deliver(f"{NIGHT_1}/{name}", data)
    found = told(pipeline)
    if expected is None:  # which rule is the reader's affair; that the file is told of and stops nothing is not
        assert list(found) == [name]
        assert found[name][0] in ("unreadable", "landed")
    else:
        assert found == {name: expected}
    assert manifest(pipeline.layout).entries()[0].reason.count("@") == 0


def test_a_file_without_a_required_column_is_kept_whole_and_the_others_go_on(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(f"{NIGHT_1}/salesforce/Contact.csv", sheet([{"Name": CANARY_MAIL}] * 4))
    deliver(f"{NIGHT_1}/salesforce/Contact_good.csv", sheet(contacts([1, 2])))
    assert {name: status for name, (status, _, _) in told(pipeline).items()} == {
        "salesforce/Contact.csv": "quarantined",
        "salesforce/Contact_good.csv": "landed",
    }
    kept = next(entry for entry in manifest(pipeline.layout).entries() if entry.status is Status.QUARANTINED)
    assert kept.reason == "required column missing: Id"
    stored = land.scan(landed(pipeline.layout, "salesforce", "Contact", kept.content) / "records", ["Name"]).collect()
    assert stored["Name"].to_list() == [CANARY_MAIL] * 4


def test_the_header_rows_that_an_export_knows_are_read(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = replace(get("salesforce.Contact"), header=lambda rows: Header(2, rows[0], rows[1]))
    monkeypatch.setattr("cx_pipeline.stages.landing.recognise", lambda *_: known)
    deliver(f"{NIGHT_1}/salesforce/Contact.csv", b"Id,Name,\nThe id,,\n0031,Ada,\n0032,Ben,\n")
    pipeline.take_in()
    entry = only(pipeline)
    assert (entry.facts.header_rows, entry.facts.columns, entry.facts.records) == (2, ("Id", "Name"), 2)
    assert entry.facts.labels == (("Id", "The id"),)
    records = land.scan(landed(pipeline.layout, "salesforce", "Contact", entry.content) / "records", ["Name"]).collect()
    assert records.rows() == [(1, 3, "Ada"), (2, 4, "Ben")]


def test_the_same_bytes_under_another_name_are_stored_once(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, USERS)
    deliver(f"{NIGHT_2}/zendesk/users_again.ndjson.gz", gzip.compress(USERS))
    entries = pipeline.take_in()
    assert [(entry.status, entry.sha256) for entry in entries] == [(Status.LANDED, entries[0].sha256)] * 2
    assert len(list(pipeline.layout.lake_raw.glob("*/*"))) == 1
    assert [entry.path for entry in firsts(entries).values()] == [FILE]


def test_what_was_taken_in_is_not_read_again(pipeline: Pipeline, deliver: Deliver) -> None:
    for name in (FILE, f"{NIGHT_1}/zendesk/users_empty.json", f"{NIGHT_1}/zendesk/nothing.json"):
        deliver(name, USERS if name == FILE else b"")
    first = pipeline.take_in()
    pipeline.progress.clear()
    assert pipeline.take_in() == first
    assert pipeline.progress == []
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_a_file_that_changed_is_another_delivery_beside_the_old_one(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, USERS)
    pipeline.take_in()
    deliver(FILE, lines(users()[:3]))
    assert open_dates(pipeline.settings, pipeline.layout) == [date(2026, 3, 1)]
    assert sorted(entry.facts.records for entry in pipeline.take_in()) == [3, 11]
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_what_was_taken_in_stays_when_the_file_goes(pipeline: Pipeline, deliver: Deliver) -> None:
    path = deliver(FILE, USERS)
    pipeline.take_in()
    path.unlink()
    entry = only(pipeline)
    assert landed(pipeline.layout, "zendesk", "users", entry.content).is_dir()


def test_landed_records_that_are_gone_are_read_again(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, USERS)
    pipeline.take_in()
    folder = landed(pipeline.layout, "zendesk", "users", only(pipeline).content)
    shutil.rmtree(folder)
    pipeline.take_in()
    assert (folder / "records").is_dir()


@pytest.mark.parametrize("before", [b"", gzip.compress(USERS)[:-30]], ids=["empty", "cut"])
def test_a_file_that_is_whole_at_last_replaces_what_was_recorded_of_it(
    pipeline: Pipeline, deliver: Deliver, before: bytes
) -> None:
    name = f"{NIGHT_1}/zendesk/users.ndjson.gz"
    deliver(name, before)
    assert pipeline.take_in()[0].status in (Status.EMPTY, Status.UNREADABLE)
    deliver(name, gzip.compress(USERS))
    assert [(entry.status, entry.facts.records) for entry in pipeline.take_in()] == [(Status.LANDED, 11)]


def test_a_file_that_is_being_written_is_left_for_the_next_run(pipeline: Pipeline, deliver: Deliver) -> None:
    path = deliver(FILE, USERS)
    deliver(f"{NIGHT_1}/zendesk/tickets.json", pages("tickets", tickets([1], "2026-02-25T00:00:00Z")))
    stop = threading.Event()

    def write() -> None:
        with path.open("ab") as handle:
            while not stop.wait(0.002):
                handle.write(lines(users()[:1]))
                handle.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while path.stat().st_size < len(USERS) + 200:
            time.sleep(0.002)
        found = told(pipeline)
    finally:
        stop.set()
        writer.join()
    assert found == {"zendesk/users.ndjson": ("growing", "delivery.growing", 0), "zendesk/tickets.json": ("landed", "", 1)}
    assert open_dates(pipeline.settings, pipeline.layout) == [date(2026, 3, 1)]
    os.utime(path, (_YESTERDAY, _YESTERDAY))
    assert {name: status for name, (status, _, _) in told(pipeline).items()} == {
        "zendesk/users.ndjson": "landed",
        "zendesk/tickets.json": "landed",
    }


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_run(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(FILE, USERS)
    os.utime(path, (_YESTERDAY, _YESTERDAY))
    write = land.write

    def write_and_change(reader: object, folder: Path) -> object:
        with path.open("ab") as handle:
            handle.write(b"\n")
        return write(reader, folder)  # type: ignore[arg-type]

    monkeypatch.setattr(land, "write", write_and_change)
    assert told(pipeline) == {"zendesk/users.ndjson": ("growing", "delivery.growing", 0)}
    monkeypatch.undo()
    os.utime(path, (_YESTERDAY, _YESTERDAY))
    assert told(pipeline) == {"zendesk/users.ndjson": ("landed", "", 11)}


def test_a_file_that_may_not_be_read_stops_nothing_and_is_tried_again(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(FILE, USERS)
    plain = Path.open

    def refuse(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return plain(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    assert told(pipeline) == {"zendesk/users.ndjson": ("unreadable", "delivery.not_opened", 0)}
    assert only(pipeline).reason == "the file cannot be opened: Permission denied"
    monkeypatch.undo()
    assert told(pipeline) == {"zendesk/users.ndjson": ("landed", "", 11)}


def test_a_file_that_goes_between_looking_and_reading_stops_nothing(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(FILE, USERS)
    deliver(f"{NIGHT_1}/zendesk/tickets.json", pages("tickets", tickets([1], "2026-02-25T00:00:00Z")))
    pipeline.layout.prepare()

    def vanish(line: str) -> None:
        if "users" in line:
            path.unlink()

    found = take_in(pipeline.settings, pipeline.layout, [date(2026, 3, 1)], progress=vanish)
    assert {entry.path: entry.rule for entry in found if entry.status is Status.UNREADABLE} == {FILE: "delivery.not_opened"}
    assert [entry.facts.records for entry in found if entry.status is Status.LANDED] == [1]


def test_an_excluded_export_is_counted_and_not_stored(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, USERS)
    pipeline.given["exclude"] = {"zendesk.users"}
    assert told(pipeline) == {"zendesk/users.ndjson": ("excluded", "delivery.excluded", 11)}
    assert list(pipeline.layout.lake_raw.glob("*/*")) == []
    pipeline.given["exclude"] = set()
    assert open_dates(pipeline.settings, pipeline.layout) == [date(2026, 3, 1)]
    assert told(pipeline) == {"zendesk/users.ndjson": ("landed", "", 11)}


def test_an_empty_file_of_an_excluded_export_is_empty(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, b"")
    pipeline.given["exclude"] = {"zendesk.users"}
    assert told(pipeline) == {"zendesk/users.ndjson": ("empty", "delivery.empty", 0)}


def test_only_the_dates_and_sources_asked_for_are_taken_in(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, USERS)
    deliver(f"{NIGHT_1}/salesforce/Contact.csv", sheet(contacts([1])))
    deliver(f"{NIGHT_2}/zendesk/users.ndjson", USERS)
    pipeline.layout.prepare()
    found = take_in(pipeline.settings, pipeline.layout, [date(2026, 3, 1)], {"zendesk"})
    assert [entry.path for entry in found] == [FILE]
    assert [entry.path for entry in manifest(pipeline.layout).entries()] == [FILE]


def test_dates_before_the_first_partition_are_left_alone(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver("2014-12-31/zendesk/users.ndjson", USERS)
    assert told(pipeline) == {}
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_nothing_is_left_beside_what_landed(pipeline: Pipeline, deliver: Deliver) -> None:
    """Whether a file was good, empty or broken: what was read aside holds personal values and goes."""
    deliver(FILE, USERS)
    deliver(f"{NIGHT_1}/zendesk/tickets.json", b"")
    deliver(f"{NIGHT_1}/zendesk/comments.json.gz", gzip.compress(USERS)[:-30])
    pipeline.take_in()
    assert [path.name for path in pipeline.layout.lake_raw.iterdir()] == ["zendesk_users"]


def test_columns_that_no_mapping_reads_are_told(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, lines([{**users()[0], "shoe_size": 43, "url": "https://x", "hat_size": "x"}]))
    assert list(unknown_columns(pipeline.take_in(), exports()).values()) == [("shoe_size", "hat_size")]


def test_columns_that_are_items_are_no_news(pipeline: Pipeline, deliver: Deliver) -> None:
    """A column for each subscription type: none of them has a name that anybody could list."""
    header = b"hs_object_id,email,hs_email_optout_41,Unsubscribed from: News,shoe_size\n"
    deliver(f"{NIGHT_1}/hubspot/contacts.csv", header + b"7,ada@king.io,true,TRUE,43\n")
    assert list(unknown_columns(pipeline.take_in(), exports()).values()) == [("shoe_size",)]


def test_many_files_of_a_night_are_recorded_in_time_that_grows_with_their_number(pipeline: Pipeline, deliver: Deliver) -> None:
    """Recording a file looks at no other file's record."""
    for number in range(150):
        deliver(f"{NIGHT_1}/nobody/orders_{number}.csv", b"a\n1\n")
    reads = 0
    book = manifest(pipeline.layout)
    entry_of = Entry.model_validate_json

    def counting(text: str) -> Entry:
        nonlocal reads
        reads += 1
        return entry_of(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Entry, "model_validate_json", counting)
        assert len(pipeline.take_in()) == 150
    assert reads <= 2 * 150
    assert len(book.entries()) == 150


def test_what_is_unpacked_lies_in_the_lake(pipeline: Pipeline) -> None:
    for export in exports().values():
        assert reading(export, pipeline.settings, pipeline.layout).temporary == pipeline.layout.lake_raw


def test_a_file_that_no_source_knew_is_taken_in_when_one_does(
    pipeline: Pipeline, deliver: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(f"{NIGHT_1}/zendesk/users.ndjson", lines(users()))
    with monkeypatch.context() as before:
        for module in (intake, landing):
            before.setattr(module, "recognise", lambda *_: None)
        assert [entry.status for entry in pipeline.take_in()] == [Status.UNRECOGNISED]
        assert open_dates(pipeline.settings, pipeline.layout) == []
    assert open_dates(pipeline.settings, pipeline.layout) == [date.fromisoformat(NIGHT_1)]
    assert [entry.status for entry in pipeline.take_in()] == [Status.LANDED]
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_a_file_that_lacked_a_column_is_taken_in_when_it_does_no_longer(
    pipeline: Pipeline, deliver: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(f"{NIGHT_1}/salesforce/Contact.csv", sheet([{"Name": "Ada"}] * 4))
    assert [entry.rule for entry in pipeline.take_in()] == ["delivery.missing_column"]
    assert open_dates(pipeline.settings, pipeline.layout) == []
    export = get("salesforce.Contact")
    less = replace(export, fields=tuple(replace(field, required=False) for field in export.fields))
    known = exports()
    monkeypatch.setattr(catalogue, "exports", lambda: {**known, export.id: less})
    for module in (intake, landing):
        monkeypatch.setattr(module, "recognise", lambda *_: less)
    assert open_dates(pipeline.settings, pipeline.layout) == [date.fromisoformat(NIGHT_1)]
    assert [(entry.status, entry.facts.records) for entry in pipeline.take_in()] == [(Status.LANDED, 4)]
