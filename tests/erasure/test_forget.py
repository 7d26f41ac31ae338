"""One person is gone from everywhere, everybody else is as before, and nothing brings the person back."""

from __future__ import annotations

import errno
import gzip
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline import audit_log
from cx_pipeline.erasure import intent, places
from cx_pipeline.erasure.certificate import Certificate
from cx_pipeline.erasure.forget import forget, plan
from cx_pipeline.erasure.subject import Selector
from cx_pipeline.errors import ConfigError
from cx_pipeline.layout import Layout
from cx_pipeline.settings import load
from cx_pipeline.stages import journal, reading
from cx_pipeline.stages.intake import manifest
from cx_pipeline.stages.run import Run
from cx_pipeline.warehouse.rollback import rollback
from cx_pipeline.warehouse.verify import verify
from cx_pipeline.warehouse.versions import versions
from tests.erasure import search
from tests.erasure import world as told
from tests.erasure.conftest import Forgotten
from tests.erasure.published import described, members, passed, tables
from tests.stages import shop
from tests.stages.pipeline import NOW, Pipeline
from tests.stages.shop import NIGHT_1, lines, pages, sheet

NIGHT_3 = "2026-03-03"
_TAG = r"\[(?:forgotten|[A-Z_]+(?::[^\]]+)?)\]"


def gone(world: Pipeline, selector: Selector) -> Certificate:
    made = forget(selector, world.settings, world.layout)
    assert len(made) == 1
    return made[0]


def _blanked(rows: pl.DataFrame) -> pl.DataFrame:
    """Without what is redacted only in the first of two ways: a known identifier has a tag, and a blanked one has none."""
    texts = [name for name in ("text_masked", "text_tokenised") if name in rows.columns]
    return rows.drop("pii_counts", strict=False).with_columns(pl.col(texts).str.replace_all(_TAG, "[…]"))


def others_are_as_before(
    world: Pipeline, made: Certificate, before: dict[str, pl.DataFrame], registry: pl.DataFrame, customers: int = 1
) -> None:
    filtered = world.query("SELECT row_id FROM quality.row_fates WHERE reason = 'privacy.forgotten'").to_series()
    assert len(filtered) == sum(made.records.values())
    after, lost = tables(world), set()
    for name, told_before in before.items():
        rows, left = _blanked(told_before), _blanked(after[name])
        missing = rows.join(left, on=rows.columns, how="anti", nulls_equal=True)
        assert left.join(rows, on=rows.columns, how="anti", nulls_equal=True).is_empty(), name
        if "row_id" in rows.columns:
            assert set(missing["row_id"]) <= set(filtered), name
        lost |= set(missing["customer_id"].drop_nulls()) if name == "customers" else set()
    assert len(lost) == customers
    kept = members(world)
    assert kept.join(registry, on=kept.columns, how="anti").is_empty()
    assert set(registry.join(kept, on="record", how="anti")["customer_id"]) == lost


def test_nothing_is_left_of_a_person_of_two_tools(forgotten: Forgotten, first_night: Path) -> None:
    assert len(search.found(first_night, told.ANN_MARKS)) > 20
    assert forgotten.made.records == {"salesforce.Contact": 3, "zendesk.comments": 3, "zendesk.tickets": 3, "zendesk.users": 2}
    assert (forgotten.made.residues, forgotten.made.refused) == ({}, {})
    # joann.hale@…, another person's address, has one of the marks in it.
    assert search.found(forgotten.world.data.parent, told.ANN_MARKS[1:]) == {}
    assert passed(forgotten.world)
    texts = forgotten.world.query(
        "SELECT text_tokenised FROM messages WHERE message_id = 'zendesk.tickets:1603#description'"
    ).item()
    assert texts.startswith("Please ask my friend [forgotten] or [forgotten], and not [EMAIL:k1_")
    others_are_as_before(forgotten.world, forgotten.made, forgotten.before, forgotten.registry)


def test_what_was_kept_for_the_next_night_goes_whole(forgotten: Forgotten, first_night: Path) -> None:
    kept = {"redacted", "scores", "searched"}

    def files(data: Path) -> set[str]:
        clean = data / "lake" / "clean"
        return {path.relative_to(clean).parts[0] for path in clean.rglob("*") if path.is_file()}

    assert files(first_night / "data") == kept | {"tables"}
    assert files(forgotten.world.data) == {"tables"}


@pytest.mark.parametrize(
    ("selector", "marks", "records"),
    [
        pytest.param(Selector(record="delighted.responses:31"), told.SUE_MARKS, {"delighted.responses": 1}, id="survey only"),
        pytest.param(Selector(phone="(415) 555-0172"), told.BOB_MARKS, {"shopify.orders": 1}, id="shop buyer"),
    ],
)
def test_nothing_is_left_of_others_either(
    world: Pipeline, selector: Selector, marks: tuple[str, ...], records: dict[str, int]
) -> None:
    before, registry = tables(world), members(world)
    assert len(search.found(world.data.parent, marks)) >= 4
    made = gone(world, selector)
    assert made.records == records
    assert made.is_clean
    assert search.found(world.data.parent, marks) == {}
    assert passed(world)
    # The buyer's own record was never delivered: an order is all there is of them.
    others_are_as_before(world, made, before, registry, customers=0 if "shopify.orders" in records else 1)


@pytest.mark.slow
def test_the_next_run_says_what_the_forget_said(world: Pipeline) -> None:
    gone(world, Selector(email=told.ANN[0]))
    before, ledger = tables(world), world.query("SELECT * EXCLUDE (run_id) FROM quality.ledger ORDER BY ALL")
    fates = world.query("SELECT * FROM quality.row_fates ORDER BY ALL")
    world.publish("run2")
    assert world.query("SELECT * EXCLUDE (run_id) FROM quality.ledger ORDER BY ALL").equals(ledger)
    assert world.query("SELECT * FROM quality.row_fates ORDER BY ALL").equals(fates)
    for name, rows in tables(world).items():
        assert _blanked(rows).equals(_blanked(before[name])), name
    filtered = world.query("SELECT reason, count(*) AS n FROM quality.row_fates WHERE fate = 'filtered' GROUP BY ALL")
    assert filtered.rows() == [("privacy.forgotten", 11)]


def test_other_peoples_texts_lose_the_identifiers_alone(forgotten: Forgotten) -> None:
    world = forgotten.world
    texts = pl.read_parquet(world.layout.lake_clean / "tables" / "messages.parquet")
    said = texts.filter(pl.col("interaction_id") == "zendesk.tickets:1603").get_column("text").item()
    assert said == "Please ask my friend [forgotten] or [forgotten], and not joann.hale@hale-mail.io"
    raw = json.loads((world.raw / NIGHT_1 / "zendesk/tickets.json").read_bytes())
    assert next(row for row in raw["tickets"] if row.get("id") == 1603)["description"] == said


def test_a_delivered_file_keeps_its_form_and_every_other_record(forgotten: Forgotten, first_night: Path) -> None:
    name = f"{NIGHT_1}/zendesk/comments.ndjson.gz"
    before = gzip.decompress((first_night / "raw" / name).read_bytes()).splitlines()
    after = gzip.decompress((forgotten.world.raw / name).read_bytes()).splitlines()
    assert [line for line in after if line != b"{}"] == [line for line in before if b"700" not in line or b"7004" in line]
    assert [number for number, line in enumerate(after) if line == b"{}"] == [10, 11, 12]


@pytest.mark.slow
def test_every_version_is_written_anew_and_can_be_published_again(world: Pipeline) -> None:
    world.publish("run2")
    made = gone(world, Selector(email=told.ANN[0]))
    kept = versions(world.layout)
    assert {change.name for change in made.versions} == {version.name for version in kept} == {item.name for item in kept}
    assert len(kept) == 2
    assert all(change.before != change.after for change in made.versions)
    for version in kept:
        assert verify(world.layout.versions / f"{version.name}.duckdb") == version.rows
    assert [version.is_published for version in kept] == [True, False]
    assert list(world.layout.clean.rglob("*.wal")) == []
    rollback(world.layout, kept[1].name, now=NOW)
    world.publish("run3")
    assert passed(world)


def test_comments_and_types_survive(forgotten: Forgotten) -> None:
    assert described(forgotten.world).equals(forgotten.catalogue)


def test_a_dry_run_changes_nothing_and_tells_nothing_personal(world: Pipeline) -> None:
    before = search.state(world.data.parent)
    said = plan(Selector(email=told.ANN[0]), world.settings, world.layout)
    assert search.state(world.data.parent) == before
    assert said.records == {"salesforce.Contact": 3, "zendesk.comments": 3, "zendesk.tickets": 3, "zendesk.users": 2}
    assert said.places["raw files"] > 0
    assert said.places["published file"] > 0
    text = str(said).lower()
    assert not [mark for mark in told.ANN_MARKS if mark.lower() in text]


def deliver_again(world: Pipeline) -> None:
    ann = told.user(501, "Annabel Hale", told.ANN[0], "(415) 555-0171", updated_at="2026-03-02T00:00:00Z")
    renamed = told.user(777, "Annabel Hale", told.ANN[0].upper())
    called = told.user(778, "Annabel Hale", None, "415-555-0171")
    stranger = told.user(779, "Someone Else", None, "415-555-0171")
    new = [ann, renamed, called, stranger]
    fresh = shop.tickets([606], "2026-03-02T00:00:00Z", requester_id=777, submitter_id=777)
    files = {
        f"{NIGHT_3}/zendesk/users.ndjson": lines([*told.users(), *new]),
        f"{NIGHT_3}/zendesk/tickets.json": pages("tickets", [*told.tickets(), *fresh]),
        f"{NIGHT_3}/salesforce/Contact.csv": sheet(told.contacts()),
    }
    for name, data in files.items():
        told.World(world.raw).put(name, data)


@pytest.mark.slow
def test_a_full_export_brings_nobody_back(world: Pipeline) -> None:
    gone(world, Selector(email=told.ANN[0]))
    people = set(world.query("SELECT customer_id FROM main.customers").to_series())
    deliver_again(world)
    world.publish("run2")
    assert passed(world)
    now = world.query("SELECT customer_id FROM main.customers").to_series()
    added = set(now) - people
    assert people <= set(now)
    assert len(added) == 1  # the stranger with another name on the same number
    found = search.found(world.data.parent, ("Annabel Hale", "ann.hale@hale-mail.io".replace("ann", "=ann")))
    assert found == {}
    left = world.query("SELECT source_id FROM main.customer_identities WHERE source_id IN ('501', '777', '778', '779')")
    assert set(left["source_id"]) == {"779"}
    assert world.query("SELECT count(*) FROM main.interactions WHERE source_id IN ('1601', '1602', '1606')").item() == 0


@pytest.mark.slow
def test_the_same_bytes_again_bring_nobody_back(world: Pipeline, first_night: Path) -> None:
    gone(world, Selector(email=told.ANN[0]))
    for name in ("zendesk/users.ndjson", "salesforce/Contact.csv"):
        told.World(world.raw).put(f"{NIGHT_3}/{name}", (first_night / "raw" / NIGHT_1 / name).read_bytes())
    world.publish("run2")
    assert passed(world)
    assert search.found(world.data.parent, ("Annabel Hale", "4155550171")) == {}


@pytest.mark.slow
def test_the_lake_can_be_made_anew_from_the_raw_files(world: Pipeline) -> None:
    gone(world, Selector(email=told.ANN[0]))
    before = tables(world)
    for folder in (world.layout.lake_raw, world.layout.lake_scrubbed):
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
    world.publish("run2")
    assert passed(world)
    for name, rows in tables(world).items():
        assert _blanked(rows).equals(_blanked(before[name])), name


@pytest.fixture
def another_reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The code that reads files is another from now on; it reads them alike."""
    monkeypatch.setattr(reading, "code_state", lambda _: "another")
    reading.reading_state.cache_clear()
    yield
    reading.reading_state.cache_clear()


@pytest.mark.slow
def test_files_that_are_read_again_bring_nobody_back(world: Pipeline, first_night: Path, request: pytest.FixtureRequest) -> None:
    gone(world, Selector(email=told.ANN[0]))
    before = tables(world)
    request.getfixturevalue("another_reader")
    for name in ("zendesk/users.ndjson", "salesforce/Contact.csv"):
        told.World(world.raw).put(f"{NIGHT_3}/{name}", (first_night / "raw" / NIGHT_1 / name).read_bytes())
    for run in ("run2", "run3"):
        world.publish(run)
        assert passed(world)
        assert search.found(world.data.parent, ("Annabel Hale", "4155550171")) == {}
    assert set(tables(world)["customers"]["customer_id"]) == set(before["customers"]["customer_id"])


@pytest.mark.usefixtures("another_reader")
def test_a_person_is_forgotten_in_files_that_another_reader_read(world: Pipeline) -> None:
    made = gone(world, Selector(email=told.ANN[0]))
    assert (made.residues, made.refused) == ({}, {})
    assert search.found(world.data.parent, told.ANN_MARKS[1:]) == {}


@pytest.mark.usefixtures("another_reader")
def test_a_file_whose_records_are_counted_otherwise_now_stays_and_is_named(world: Pipeline) -> None:
    """The numbers of the records to cut are those of the first reading; cut by them it could lose somebody else's."""
    [entry] = [each for each in manifest(world.layout).entries() if each.path == f"{NIGHT_1}/zendesk/users.ndjson"]
    facts = entry.facts.model_copy(update={"records": entry.facts.records + 1})
    manifest(world.layout).put(entry.model_copy(update={"facts": facts}))
    before = (world.raw / entry.path).read_bytes()
    made = gone(world, Selector(email=told.ANN[0]))
    assert made.refused == {entry.path: "its records are counted otherwise than when it was taken in"}
    assert (world.raw / entry.path).read_bytes() == before


@pytest.mark.slow
def test_a_number_of_a_household_stays_with_the_others(world: Pipeline) -> None:
    made = gone(world, Selector(email="carl@home-mail.io"))
    assert made.shared == 1
    assert "phone" not in made.identifiers
    assert made.identifiers["phone_name"] == 1
    left = world.query("SELECT DISTINCT source_id FROM main.customer_identities WHERE kind = 'phone' AND source_id LIKE '50%'")
    assert set(left["source_id"]) == {"501", "503"}
    told.World(world.raw).put(f"{NIGHT_3}/zendesk/users.ndjson", lines([told.user(780, "Emil Home", None, told.HOME_PHONE)]))
    world.publish("run2")
    assert world.query("SELECT count(*) FROM main.customer_identities WHERE source_id = '780'").item() == 2


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        (Selector(), "one person is named in one way"),
        (Selector(email="a@b.io", phone="1"), "one person is named in one way"),
        (Selector(phone=told.HOME_PHONE), "2 people carry this phone"),
        (Selector(customer="k1_nobody"), "no customer has this id"),
        (Selector(email="no address"), "this is no email"),
    ],
)
def test_who_is_meant_must_be_plain(forgotten: Forgotten, selector: Selector, said: str) -> None:
    world = forgotten.world
    before = search.state(world.data.parent)
    with pytest.raises(ConfigError, match=said):
        plan(selector, world.settings, world.layout)
    assert search.state(world.data.parent) == before


def test_the_certificate_is_its_owners_and_holds_no_value(forgotten: Forgotten) -> None:
    world, made = forgotten.world, forgotten.made
    folder = world.layout.reports / "forget"
    written = {path.suffix: path for path in folder.iterdir()}
    assert set(written) == {".json", ".md"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in written.values()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert Certificate.model_validate_json(written[".json"].read_text()) == made
    for change in made.files:
        assert change.before != change.after
    assert made.request in written[".md"].read_text()
    assert list((world.layout.state / "forgetting").glob("*")) == []
    act = audit_log.acts(world.layout)[-1]
    assert (act.action, act.detail["records"], act.detail["residues"]) == ("forget", 11, 0)
    assert audit_log.verify(world.layout).problems == []


def test_what_cannot_be_cleaned_is_named(world: Pipeline) -> None:
    torn = gzip.compress(lines([told.user(501, "Annabel Hale", told.ANN[0])] * 3), mtime=0)[:-12]
    path = told.World(world.raw).put(f"{NIGHT_3}/zendesk/users_torn.ndjson.gz", torn)
    made = gone(world, Selector(email=told.ANN[0]))
    assert list(made.residues) == [f"raw/{path.relative_to(world.raw).as_posix()}"]
    assert not made.is_clean


def _closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing below a folder may be written, as on a read-only mount; tests may run as a user who may write everywhere."""
    open_file, chmod = os.open, Path.chmod

    def refused(path: Path, flags: int, *rest: int, **given: int) -> int:
        if flags & os.O_CREAT and folder in Path(path).parents:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return open_file(path, flags, *rest, **given)

    def kept(path: Path, mode: int) -> None:
        if folder in path.parents:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        chmod(path, mode)

    monkeypatch.setattr(os, "open", refused)
    monkeypatch.setattr(Path, "chmod", kept)


def test_raw_files_that_may_not_be_written_are_named_and_nights_go_on(world: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        _closed(world.raw, patched)
        made = gone(world, Selector(email=told.ANN[0]))
        assert not made.is_clean
        assert set(made.refused.values()) == {"cannot be written: Read-only file system"}
        assert f"raw/{NIGHT_1}/zendesk/users.ndjson" in made.residues
        assert made.files == ()
        assert intent.pending(world.layout) == []
        world.progress.clear()
        world.clean(Run("run2", NOW))
        assert any(said.startswith(f"{journal.WARNING}forgotten people may still stand") for said in world.progress)
    world.progress.clear()
    world.clean(Run("run3", NOW))
    assert not any(said.startswith(journal.WARNING) for said in world.progress)
    assert "Annabel Hale" not in (world.raw / NIGHT_1 / "zendesk/users.ndjson").read_text()


def test_a_file_that_cannot_be_read_is_not_taken_for_a_searched_one(world: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = told.World(world.raw).put("notes.txt", b"about nobody")
    open_file = Path.open

    def refused(path: Path, *given: Any, **named: Any) -> Any:
        if path == secret:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return open_file(path, *given, **named)

    monkeypatch.setattr(Path, "open", refused)
    assert plan(Selector(email=told.ANN[0]), world.settings, world.layout).unsearched == 1
    made = gone(world, Selector(email=told.ANN[0]))
    assert made.unsearched == {"raw/notes.txt": "cannot be read: Permission denied"}
    assert (made.residues, made.refused, made.is_clean) == ({}, {}, False)


def test_a_folder_that_may_not_be_looked_into_is_given_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw, layout = tmp_path / "raw", Layout(tmp_path / "data")
    closed = raw / NIGHT_1 / "zendesk"
    closed.mkdir(parents=True)
    (raw / NIGHT_1 / "notes.txt").write_text("a")
    layout.prepare()
    settings = load(data_dir=layout.data, raw_dir=raw)
    assert [path for place, path in places.files(layout, settings) if place == "raw files"] == [raw / NIGHT_1 / "notes.txt"]
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed and access(path, mode))
    assert closed in [path for _, path in places.files(layout, settings)]


def test_files_are_found_whatever_bytes_their_names_hold_and_those_that_went_are_counted(world: Pipeline) -> None:
    put = told.World(world.raw).put
    names = [os.fsdecode(name) for name in (b"users_\xe1.ndjson", rb"users_\xe1.ndjson")]
    files = [
        put(
            f"{NIGHT_3}/zendesk/{name}",
            lines([told.user(501, "Annabel Hale", told.ANN[0], updated_at=f"2026-03-02T00:00:0{n}Z")]),
        )
        for n, name in enumerate(names)
    ]
    went = put(f"{NIGHT_3}/zendesk/users_went.ndjson", lines([told.user(501, "Annabel H. Hale", told.ANN[0])]))
    world.clean(Run("run2", NOW))
    went.unlink()
    made = gone(world, Selector(email=told.ANN[0]))
    assert [path.read_bytes() for path in files] == [b"{}\n", b"{}\n"]
    assert (made.residues, made.missing) == ({}, 1)


def test_ai_datasets_reports_and_decisions_lose_the_person(world: Pipeline) -> None:
    customer = world.query("SELECT customer_id FROM main.customer_identities WHERE source_id = '501' LIMIT 1").item()
    other = world.query("SELECT customer_id FROM main.customer_identities WHERE source_id = '502' LIMIT 1").item()
    ai = world.data / "ai" / "v1"
    ai.mkdir(parents=True)
    (ai / "chunks.jsonl").write_text(f'{{"customer": "{customer}", "text": "a"}}\n{{"customer": "{other}", "text": "b"}}\n')
    pl.DataFrame({"customer_id": [customer, other], "text": ["a", f"ask {told.ANN[0]}"]}).write_parquet(ai / "chunks.parquet")
    world.layout.reports.mkdir(exist_ok=True)
    (world.layout.reports / "notes.html").write_text(f"<p>{told.ANN[0]} called</p>")
    decided = world.layout.state / "identity_decisions.csv"
    decided.write_text(
        "at,left,right,decision,who,note\n"
        "2026-03-01T00:00:00,zendesk.users:501,zendesk.users:502,different,me,\n"
        "2026-03-01T00:00:00,zendesk.users:502,zendesk.users:503,different,me,neighbours\n"
    )
    made = gone(world, Selector(email=told.ANN[0]))
    assert made.is_clean
    assert (ai / "chunks.jsonl").read_text() == f'{{"customer": "{other}", "text": "b"}}\n'
    assert pl.read_parquet(ai / "chunks.parquet").rows() == [(other, "ask [forgotten]")]
    assert (world.layout.reports / "notes.html").read_text() == "<p>[forgotten] called</p>"
    assert "501" not in decided.read_text()
    assert "neighbours" in decided.read_text()
