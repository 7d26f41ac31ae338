"""What landed is of the reader that is in force: what another one, or other limits, would read otherwise is read again."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest

import cx_pipeline
from cx_pipeline.extract import land
from cx_pipeline.extract.reader import Reader
from cx_pipeline.settings.reading import Limits
from cx_pipeline.sources.catalogue import exports, get
from cx_pipeline.stages import reading as module
from cx_pipeline.stages.code_digest import DECIDING, NO_RESULT
from cx_pipeline.stages.forgetting import book
from cx_pipeline.stages.forgetting.book import Page
from cx_pipeline.stages.intake import manifest, open_dates, take_in
from cx_pipeline.stages.manifest import Entry, Status, landed
from cx_pipeline.stages.reached import Symbol, reached
from cx_pipeline.stages.reading import code_state, reached_by_reading, reading_state
from cx_pipeline.stages.scrub import scrubbed
from tests.stages.pipeline import Pipeline
from tests.stages.readers import Dropping
from tests.stages.shop import NIGHT_1, NIGHT_2, contacts, lines, sheet, users

Deliver = Callable[[str, bytes], Path]
HOME = Path(cx_pipeline.__file__).parent
FILE, AGAIN = f"{NIGHT_1}/zendesk/users.ndjson", f"{NIGHT_2}/zendesk/users.ndjson"
USERS = lines(users())


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("cx_pipeline.stages.intake._PAUSE_SECONDS", 0.02)
    _forget()
    yield
    _forget()


def _forget() -> None:
    for function in (reading_state, code_state):
        function.cache_clear()


def other_reader(monkeypatch: pytest.MonkeyPatch, drops: int = 0) -> None:
    """Another state of the code that reads; it may leave out the last records of every batch."""
    monkeypatch.setattr(module, "code_digest", lambda _: f"another, {drops}")
    _forget()
    plain = land.write

    def write(reader: Any, folder: Path) -> Any:
        return plain(cast("Reader", Dropping(reader, drops)), folder)

    monkeypatch.setattr(land, "write", write)


def entries(pipeline: Pipeline) -> dict[str, Entry]:
    pipeline.take_in()
    return {entry.path: entry for entry in manifest(pipeline.layout).entries()}


def lying(pipeline: Pipeline, entry: Entry) -> pl.DataFrame:
    return land.scan(landed(pipeline.layout, entry.source, entry.export, entry.content) / "records", ["id"]).collect()


def folder(pipeline: Pipeline, entry: Entry) -> Path:
    return scrubbed(pipeline.layout, get(f"{entry.source}.{entry.export}"), entry, pipeline.settings)


def test_a_file_that_broke_a_limit_is_published_when_the_limit_is_raised(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(f"{NIGHT_1}/salesforce/Contact.csv", sheet(contacts([1, 2, 3])))
    pipeline.given["limits"] = Limits(max_columns=5)
    assert [(entry.status, entry.rule) for entry in pipeline.take_in()] == [(Status.UNREADABLE, "limit.columns")]
    assert open_dates(pipeline.settings, pipeline.layout) == []
    pipeline.given["limits"] = Limits()
    assert [day.isoformat() for day in open_dates(pipeline.settings, pipeline.layout)] == [NIGHT_1]
    pipeline.publish("run1")
    assert pipeline.query("SELECT source_entity, status, records FROM quality.deliveries").rows() == [("Contact", "landed", 3)]
    assert pipeline.query("SELECT count(DISTINCT source_id) FROM main.customer_identities").item() == 3
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_a_record_that_broke_a_limit_is_scrubbed_when_the_limit_is_raised(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, lines([*users()[:2], {**users()[2], "details": "x" * 4000}]))
    pipeline.given["limits"] = Limits(max_record_bytes=3000)
    pipeline.publish("run1")
    assert pipeline.query("SELECT records, damaged FROM quality.deliveries").rows() == [(3, 1)]
    pipeline.given["limits"] = Limits()
    pipeline.publish("run2")
    assert pipeline.query("SELECT records, damaged FROM quality.deliveries").rows() == [(3, 0)]
    assert pipeline.query("SELECT * FROM quality.quarantine").to_dicts() == []
    assert pipeline.query("SELECT count(DISTINCT source_id) FROM main.customer_identities").item() == 3


@pytest.mark.parametrize("ending", ["zip", "outer.zip", "csv", "csv.gz"])
def test_a_document_under_another_name_that_tells_of_its_records_is_no_copy(
    pipeline: Pipeline, deliver: Deliver, ending: str
) -> None:
    """The members of a file that is called `unsubscribed` have left, though its bytes are those of an earlier file."""
    member = b"Email Address,First Name,OPTIN_TIME,LAST_CHANGED,LEID\nann@lark.io,Ann,2026-01-01 10:00:00,2026-01-02 10:00:00,7\n"
    for night, state in ((NIGHT_1, "subscribed"), (NIGHT_2, "unsubscribed")):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("members.csv" if ending == "outer.zip" else f"{state}_members_export_1.csv", member)
        packed = {"csv": member, "csv.gz": gzip.compress(member, mtime=0)}
        data = packed.get(ending, made.getvalue())
        deliver(f"{night}/mailchimp/audience_{'1' if ending == 'zip' else state}.{ending}", data)
        pipeline.publish(f"run-{state}")
    told = pipeline.query("SELECT status, records FROM quality.deliveries").rows()
    assert told == [("landed", 1), ("landed", 1)]
    assert pipeline.query("SELECT DISTINCT state FROM main.consents").rows() == [("withdrawn",)]


def test_a_record_that_landed_stays_when_its_bytes_come_again_under_a_lower_limit(pipeline: Pipeline, deliver: Deliver) -> None:
    data = lines([*users()[:2], {**users()[2], "details": "x" * 4000}])
    deliver(AGAIN, data)
    before = entries(pipeline)
    pipeline.given["limits"] = Limits(max_record_bytes=3000)
    deliver(FILE, data)
    after = entries(pipeline)
    assert after[AGAIN] == before[AGAIN]
    assert [(entry.facts, entry.limits, entry.landing) for entry in after.values()] == [
        (before[AGAIN].facts, "", before[AGAIN].landing)
    ] * 2
    assert lying(pipeline, after[FILE]).height == 3
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_what_another_reader_reads_otherwise_takes_the_place_of_what_landed(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(FILE, USERS)
    [before] = entries(pipeline).values()
    other_reader(monkeypatch, drops=2)
    assert [day.isoformat() for day in open_dates(pipeline.settings, pipeline.layout)] == [NIGHT_1]
    [after] = entries(pipeline).values()
    assert (before.facts.records, after.facts.records, lying(pipeline, after).height) == (11, 9, 9)
    assert folder(pipeline, after) != folder(pipeline, before)
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_what_another_reader_reads_alike_stays(pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(FILE, USERS)
    [before] = entries(pipeline).values()
    place = landed(pipeline.layout, "zendesk", "users", before.content)
    made = place.stat().st_ino
    other_reader(monkeypatch)
    [after] = entries(pipeline).values()
    assert (after.read_by != before.read_by, after.landing) == (True, before.landing)
    assert (place.stat().st_ino, folder(pipeline, after)) == (made, folder(pipeline, before))
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_deliveries_of_the_same_bytes_say_what_the_one_that_was_read_again_says(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = deliver(FILE, USERS)
    deliver(AGAIN, USERS)
    before = entries(pipeline)
    gone.unlink()
    other_reader(monkeypatch, drops=3)
    after = entries(pipeline)
    assert [after[name].facts.records for name in (FILE, AGAIN)] == [8, 8]
    assert after[FILE].landing == after[AGAIN].landing != before[FILE].landing
    assert lying(pipeline, after[FILE]).height == 8


def test_deliveries_of_the_same_bytes_are_read_again_once(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(FILE, USERS)
    deliver(AGAIN, USERS)
    before = entries(pipeline)
    other_reader(monkeypatch, drops=3)
    after = entries(pipeline)
    assert open_dates(pipeline.settings, pipeline.layout) == []
    assert {name: (entry.facts.records, entry.landing, entry.read_by) for name, entry in after.items()} == dict.fromkeys(
        before, (8, after[FILE].read_by, after[FILE].read_by)
    )


def test_without_its_raw_file_a_delivery_stays_as_it_landed(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = deliver(FILE, USERS)
    before = entries(pipeline)
    gone.unlink()
    other_reader(monkeypatch, drops=3)
    assert open_dates(pipeline.settings, pipeline.layout) == []
    assert entries(pipeline) == before


def test_a_content_of_which_records_are_forgotten_is_not_read_again(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its records are known by their numbers, and another reader may count otherwise."""
    deliver(FILE, USERS)
    [before] = entries(pipeline).values()
    book.write(pipeline.layout, before, Page(sha256=before.sha256, records=(2,), is_done=True))
    other_reader(monkeypatch, drops=3)
    assert open_dates(pipeline.settings, pipeline.layout) == []
    assert entries(pipeline) == {FILE: before}
    deliver(AGAIN, USERS)
    after = entries(pipeline)
    assert after[FILE] == before
    assert (after[AGAIN].landing, lying(pipeline, before).height) == (before.landing, 11)


def test_what_a_dead_night_left_is_replaced_by_what_is_read_now(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(FILE, USERS)
    [before] = entries(pipeline).values()
    for path in (pipeline.layout.state / "manifest").rglob("*.json"):
        path.unlink()
    other_reader(monkeypatch, drops=1)
    [after] = entries(pipeline).values()
    assert (lying(pipeline, after).height, after.landing) == (10, after.read_by)
    assert folder(pipeline, after) != folder(pipeline, before)


def test_a_night_that_died_before_it_told_of_what_it_read_again_is_made_up_for(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records are there already and the manifest says what it said: what was scrubbed of the old ones is not theirs."""
    deliver(FILE, lines([{**row, "name": f"{row['name']} "} for row in users()]))
    [before] = entries(pipeline).values()
    with monkeypatch.context() as dying:
        other_reader(dying)
        plain = land.write

        def write(reader: Any, folder: Path) -> Any:
            facts = plain(reader, folder)
            for part in folder.glob("part-*.parquet"):
                pl.read_parquet(part).with_columns(pl.col("name").str.strip_chars()).write_parquet(part)
            return facts

        dying.setattr(land, "write", write)
        dying.setattr("cx_pipeline.stages.intake._tell", lambda *_: None)
        assert entries(pipeline) == {FILE: before}
        dying.undo()
        other_reader(dying)
        dying.setattr(land, "write", write)
        [after] = entries(pipeline).values()
    assert after.facts == before.facts
    assert folder(pipeline, after) != folder(pipeline, before)


def test_what_a_dead_night_left_in_the_lake_is_told_of_though_its_raw_file_is_gone(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = deliver(FILE, USERS)
    [before] = entries(pipeline).values()
    other_reader(monkeypatch, drops=2)
    with monkeypatch.context() as dying:
        dying.setattr("cx_pipeline.stages.intake._tell", lambda *_: None)
        pipeline.take_in()
    gone.unlink()
    [after] = entries(pipeline).values()
    assert (before.facts.records, after.facts.records, lying(pipeline, after).height) == (11, 9, 9)
    assert folder(pipeline, after) != folder(pipeline, before)


def test_a_date_that_was_read_by_another_program_in_between_is_no_proof_for_the_others(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(FILE, USERS)
    deliver(AGAIN, USERS)
    before = entries(pipeline)
    with monkeypatch.context() as between:
        other_reader(between, drops=2)
        take_in(pipeline.settings, pipeline.layout, [date.fromisoformat(NIGHT_1)])
    _forget()
    after = entries(pipeline)
    assert after == before
    assert lying(pipeline, after[FILE]).height == 11


def test_a_touched_file_of_an_excluded_export_is_as_it_landed(pipeline: Pipeline, deliver: Deliver) -> None:
    path = deliver(FILE, USERS)
    [before] = entries(pipeline).values()
    os.utime(path, (1_700_000_000, 1_700_000_000))
    pipeline.given["exclude"] = {"zendesk.users"}
    [after] = entries(pipeline).values()
    assert after == before.model_copy(update={"mtime_ns": 1_700_000_000 * 10**9})
    path.unlink()
    pipeline.given["exclude"] = set()
    assert [entry.status for entry in entries(pipeline).values()] == [Status.LANDED]


def test_a_copy_that_is_refused_says_what_is_read_of_the_other(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, line in enumerate(USERS.splitlines(keepends=True)):
            archive.writestr(f"users_{number:02}.ndjson", line)
    deliver(FILE, USERS)
    deliver(f"{NIGHT_2}/zendesk/users.ndjson.zip", zipped.getvalue())
    before = entries(pipeline)
    assert len({entry.sha256 for entry in before.values()}) == 1
    other_reader(monkeypatch, drops=3)
    pipeline.given["limits"] = Limits(max_entries=1)
    after = entries(pipeline)
    assert [(entry.status, entry.facts.records) for entry in after.values()] == [(Status.LANDED, 8)] * 2
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_damaged_files_of_the_lake_are_landed_anew_when_they_are_read_again(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(FILE, USERS)
    [before] = entries(pipeline).values()
    for part in landed(pipeline.layout, "zendesk", "users", before.content).rglob("part-*.parquet"):
        part.write_bytes(b"PAR1")
    other_reader(monkeypatch)
    [after] = entries(pipeline).values()
    assert lying(pipeline, after).height == 11


@pytest.mark.parametrize(
    ("file", "reached"),
    [
        ("extract/container.py", set(exports())),
        ("extract/delimited_block.py", set(exports())),
        ("sources/qualtrics_header.py", {name for name in exports() if name.startswith("qualtrics.")}),
        ("scrub/phone.py", set()),
        ("stages/intake.py", set()),
    ],
)
def test_the_code_that_reads_counts_for_those_that_it_reads(
    monkeypatch: pytest.MonkeyPatch, file: str, reached: set[str]
) -> None:
    plain = Path.read_bytes
    before = {name: reading_state(get(name)) for name in exports()}
    monkeypatch.setattr(Path, "read_bytes", lambda path: plain(path) + (b"# changed" if path == HOME / file else b""))
    _forget()
    assert {name for name in exports() if reading_state(get(name)) != before[name]} == reached


def test_all_that_reads_and_the_libraries_that_do_are_told_of() -> None:
    """They are listed, as following them from definition to definition takes half a second; so the list is held to that."""
    drivers = (Symbol("cx_pipeline.extract.reader", "open_file"), Symbol("cx_pipeline.extract.land", "write"))
    followed, told = reached(drivers, NO_RESULT), reached_by_reading(())
    assert {path.name for path in followed.files - told.files} == {"disk.py"}  # whether a file is whole, not what it holds
    assert followed.libraries & DECIDING.keys() == told.libraries


def test_what_an_export_tells_the_reader_counts() -> None:
    export = get("zendesk.users")
    changes: list[dict[str, Any]] = [
        {},
        {"page_keys": ("people",)},
        {"known": export.known | {"shoe_size"}},
        {"title": "another"},
    ]
    told = [reading_state(replace(export, **change)) for change in changes]
    assert (told[0] == told[3], len(set(told))) == (True, 3)


def test_other_limits_are_nothing_to_files_that_broke_none(pipeline: Pipeline, deliver: Deliver) -> None:
    deliver(FILE, USERS)
    pipeline.take_in()
    pipeline.given["limits"] = Limits(max_entries=7, max_columns=4)
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_reading_again_is_no_reason_to_judge_again(pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What went on before, with settings and sources of then, and is read alike goes on."""
    deliver(FILE, USERS)
    deliver(AGAIN, lines([{**row, "shoe_size": 43} for row in users()]))
    before = entries(pipeline)
    other_reader(monkeypatch)
    known = exports()
    export = known["zendesk.users"]
    fields = tuple(replace(field, required=True) for field in export.fields)
    stricter = replace(export, fields=fields, on_drift={"*": "quarantine"})
    assert stricter.missing(before[FILE].facts.columns)
    monkeypatch.setattr("cx_pipeline.sources.catalogue.exports", lambda: {**known, "zendesk.users": stricter})
    for module_name in ("intake", "landing"):
        monkeypatch.setattr(f"cx_pipeline.stages.{module_name}.recognise", lambda *_: stricter)
    after = entries(pipeline)
    assert [entry.status for entry in after.values()] == [Status.LANDED] * 2
    assert [entry.read_by != before[path].read_by for path, entry in after.items()] == [True, True]
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_what_another_reader_refuses_stays_and_says_so(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(FILE, USERS)
    [before] = entries(pipeline).values()
    other_reader(monkeypatch)
    pipeline.given["limits"] = Limits(max_columns=3)
    [after] = entries(pipeline).values()
    assert (after.status, after.facts, after.landing) == (Status.LANDED, before.facts, before.landing)
    assert after.reason == "as it was read before; now it is refused: limit.columns"
    assert open_dates(pipeline.settings, pipeline.layout) == []
    pipeline.given["limits"] = Limits()
    assert [entry.reason for entry in entries(pipeline).values()] == [""]


def test_what_landed_before_its_export_was_excluded_is_left_alone(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left out of what is published, and its records leave the lake when their time has come."""
    deliver(FILE, USERS)
    before = entries(pipeline)
    other_reader(monkeypatch)
    pipeline.given["exclude"] = {"zendesk.users"}
    assert open_dates(pipeline.settings, pipeline.layout) == []
    assert entries(pipeline) == before


def test_a_file_that_is_recognised_as_another_export_now_stays_what_it_was(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(FILE, USERS)
    before = entries(pipeline)
    other_reader(monkeypatch)
    for module_name in ("intake", "landing"):
        monkeypatch.setattr(f"cx_pipeline.stages.{module_name}.recognise", lambda *_: get("zendesk.tickets"))
    assert open_dates(pipeline.settings, pipeline.layout) == []
    assert entries(pipeline) == before


def test_a_content_with_forgotten_records_keeps_what_was_told_of_it(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However its bytes come again, its records are those of the reading by which the forgotten ones are numbered."""
    path = deliver(AGAIN, USERS)
    [before] = entries(pipeline).values()
    book.write(pipeline.layout, before, Page(sha256=before.sha256, records=(2,), is_done=True))
    other_reader(monkeypatch, drops=3)
    deliver(FILE, USERS)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    after = entries(pipeline)
    assert [(entry.facts, entry.read_by, entry.landing) for entry in after.values()] == [
        (before.facts, before.read_by, before.landing)
    ] * 2
    assert lying(pipeline, before).height == 11
    assert open_dates(pipeline.settings, pipeline.layout) == []


def test_what_lies_in_the_lake_is_not_replaced_by_the_same_reading_of_it(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values of forgotten people were blanked there since; what was scrubbed of it would not be held against the list again."""
    gone = deliver(FILE, USERS)
    entries(pipeline)
    gone.unlink()
    other_reader(monkeypatch, drops=1)
    deliver(AGAIN, USERS)
    entry = entries(pipeline)[AGAIN]
    for part in landed(pipeline.layout, "zendesk", "users", entry.content).rglob("part-*.parquet"):
        pl.read_parquet(part).with_columns(pl.lit(None, dtype=pl.String).alias("id")).write_parquet(part)
    deliver("2026-03-03/zendesk/users.ndjson", USERS)
    assert lying(pipeline, entries(pipeline)[FILE])["id"].null_count() == 10


def test_a_night_that_died_between_the_lake_and_the_manifest_is_open(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(FILE, USERS)
    entries(pipeline)
    with monkeypatch.context() as dying:
        other_reader(dying, drops=2)
        dying.setattr("cx_pipeline.stages.intake._tell", lambda *_: None)
        pipeline.take_in()
    _forget()  # the program before it is back
    assert [day.isoformat() for day in open_dates(pipeline.settings, pipeline.layout)] == [NIGHT_1]
    [after] = entries(pipeline).values()
    assert (after.facts.records, lying(pipeline, after).height) == (11, 11)


def test_the_words_of_a_delivery_are_profiled_anew_when_the_mapping_is_another(
    pipeline: Pipeline, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for night in (NIGHT_1, NIGHT_2):
        deliver(f"{night}/zendesk/users.ndjson", lines([{**row, "notes": night} for row in users()]))
    pipeline.publish("run1")
    profiles = pipeline.layout.lake_raw / "zendesk_users"
    before = {path.name for path in profiles.glob("*/profile-*.json")}
    monkeypatch.setattr("cx_pipeline.stages.drift._state", lambda _: "another")
    pipeline.publish("run2")
    assert len(before) == 1
    assert {path.name for path in profiles.glob("*/profile-*.json")} == {"profile-another.json"}
    assert {tuple(json.loads(path.read_bytes())) for path in profiles.glob("*/profile-*.json")} == {("columns", "words")}
