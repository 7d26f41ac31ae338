"""The dataset over nights: who permits is in it, who does not is in none of its files, and versions say what changed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path

import duckdb
import polars as pl
import pytest

from cx_pipeline.ai.card_words import MEMBERS
from cx_pipeline.ai.checks import NAMES
from cx_pipeline.ai.readiness import FACTORS
from cx_pipeline.ai.versions import versions
from cx_pipeline.errors import AuditBlocked, ConfigError
from cx_pipeline.stages import ai_dataset, ai_journal
from cx_pipeline.stages.ai_dataset import Dataset, build_dataset, prepare
from cx_pipeline.stages.ai_trend import Trend, trend
from cx_pipeline.stages.ai_versions import history, told_versions
from cx_pipeline.stages.purpose_bound import permits_of
from cx_pipeline.stages.release import audited, release
from cx_pipeline.stages.run import Run, only_run
from tests.ai.services import SERVICES
from tests.stages.pipeline import NOW, Pipeline
from tests.stages.talks import PEOPLE, sentence, write_receipts, write_talks

_YES, _NO, _GONE = "CONFIRMED", "NO_CHOICE", "WITHDRAWN"
_SILENT = {20, 21, 22, 23}
_ONLY_RETRIEVAL = {18, 19}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Eighteen people permit both, two retrieval alone, four said nothing; published once. Copy it to change it."""
    place = tmp_path_factory.mktemp("talks")
    pipeline = Pipeline(place / "raw", place / "data")
    write_talks(pipeline.raw, "2026-03-01")
    decided = {number: (_NO if number in _ONLY_RETRIEVAL else _YES, _YES) for number in range(PEOPLE) if number not in _SILENT}
    write_receipts(pipeline.raw, "2026-03-01", "2026-02-01T00:00:00Z", decided)
    pipeline.publish_with_dataset("run1")
    return pipeline


@pytest.fixture
def night(world: Pipeline, tmp_path: Path) -> Pipeline:
    """A data folder of a test's own, after the first night."""
    shutil.copytree(world.raw, tmp_path / "raw")
    shutil.copytree(world.data, tmp_path / "data", symlinks=True)
    return Pipeline(tmp_path / "raw", tmp_path / "data")


def _build(pipeline: Pipeline) -> Dataset:
    return build_dataset(pipeline.settings, pipeline.layout, Run("run-ai", NOW))


def _conversations(folder: Path) -> set[int]:
    ids = pl.read_parquet(folder / "conversations.parquet")["conversation_id"]
    return {int(name.rsplit(":", 1)[1]) - 1000 for name in ids}


def _everything(place: Path) -> bytes:
    """All that the files below a folder say, uncompressed."""
    said = []
    for file in place.rglob("*"):
        if file.suffix == ".parquet":
            with duckdb.connect() as connection:
                rows = connection.execute(f"SELECT string_agg(t::VARCHAR) FROM read_parquet('{file}') t").fetchall()
            said.append(rows[0][0] or "")
        elif file.is_file():
            said.append(file.read_text(encoding="utf-8"))
    return "\n".join(said).encode()


def test_only_those_who_permit_it_are_in_it(world: Pipeline) -> None:
    made = _build(world)
    assert (made.version, made.is_new) == ("1.0.0", False)
    assert made.folder is not None
    assert _conversations(made.folder) == set(range(18))
    chunks = pl.read_parquet(made.folder / "chunks.parquet")
    assert chunks["conversation_id"].n_unique() == 20
    assert chunks["is_answered"].all()
    counts = {(item.output, item.reason): item.count for item in made.facts.withheld}
    assert counts[("conversations", "never_asked")] == 4
    assert counts[("conversations", "not_given")] == 2
    assert counts[("retrieval", "never_asked")] == 4
    said = _everything(made.folder).decode()
    assert not any(sentence(number, 1) in said for number in _SILENT)
    training = next(item for item in made.facts.consents if item.output == "training")
    assert (training.subjects, training.allowed) == (24, 18)


def test_what_is_in_and_what_is_withheld_is_all_there_is(world: Pipeline) -> None:
    made = _build(world)
    withheld = sum(item.count for item in made.facts.withheld if item.output == "conversations")
    assert made.facts.conversations + withheld == world.query("SELECT count(*) AS n FROM interactions")["n"][0]
    poor = sum(item.count for item in made.facts.withheld if item.output == "finetune")
    assert sum(split.examples for split in made.facts.splits) + poor == made.facts.conversations


def test_every_split_has_examples_that_services_take(world: Pipeline) -> None:
    made = _build(world)
    assert made.folder is not None
    told = pl.read_parquet(made.folder / "finetune" / "metadata.parquet")
    for split in made.facts.splits:
        lines = (made.folder / "finetune" / f"{split.name}.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(lines) == split.examples == told.filter(split=split.name).height > 0
        for line in lines:
            assert list(json.loads(line)) == ["messages"]
            assert {name: takes(line) for name, takes in SERVICES.items()} == {name: set() for name in SERVICES}


def test_every_check_ran_and_every_file_has_its_checksum(world: Pipeline) -> None:
    made = _build(world)
    assert made.folder is not None
    assert Counter(check.name for check in made.checks if check.name in NAMES) == Counter(NAMES)
    assert all(check.passed and check.checked for check in made.checks)
    lines = [line.split("  ") for line in (made.folder / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    files = {path.relative_to(made.folder).as_posix(): path for path in made.folder.rglob("*") if path.is_file()}
    assert set(sums) == set(files) - {"SHA256SUMS"}
    assert all(hashlib.sha256(files[name].read_bytes()).hexdigest() == digest for name, digest in sums.items())
    columns = [column for file in made.facts.files for column in file.columns]
    assert all(column.meaning for column in columns)


def test_the_card_tells_every_member_of_a_message(world: Pipeline) -> None:
    made = _build(world)
    assert made.folder is not None
    messages = pl.read_parquet_schema(made.folder / "conversations.parquet")["messages"]
    assert isinstance(messages, pl.List)
    assert isinstance(messages.inner, pl.Struct)
    assert [field.name for field in messages.inner.fields] == list(MEMBERS)
    card = (made.folder / "README.md").read_text(encoding="utf-8")
    assert [name for name, meaning in MEMBERS.items() if f"| `{name}` | " not in card or meaning not in card] == []


def test_the_ticket_and_its_first_comment_are_one_message(world: Pipeline) -> None:
    made = _build(world)
    assert made.folder is not None
    rows = pl.read_parquet(made.folder / "conversations.parquet")
    assert rows["message_count"].to_list() == [2] * 18
    first = rows["messages"].list.first().struct.field("n_occurrences")
    assert first.to_list() == [2] * 18
    decided = pl.read_parquet(made.folder / "duplicates.parquet")
    assert decided.group_by("level", "method").len().rows() == [("message", "exact", 20)]


def test_who_withdraws_is_gone_from_every_file_the_next_night(night: Pipeline) -> None:
    write_receipts(night.raw, "2026-03-02", "2026-03-01T08:00:00Z", {3: (_GONE, _GONE)})
    made = night.publish_with_dataset("run2")
    assert (made.version, made.is_new) == ("2.0.0", True)
    assert made.folder is not None
    assert _conversations(made.folder) == set(range(18)) - {3}
    assert not (night.layout.ai / "1.0.0").exists()
    said = _everything(night.layout.ai)
    assert not any(sentence(3, place).encode() in said for place in range(2))
    assert b"zendesk.tickets:1003" not in said
    assert sentence(4, 1).encode() in said
    told = {(row["file"], row["change"], row["reason"]): row["records"] for row in made.changes.to_dicts()}
    assert told[("conversations.parquet", "removed", "withdrawn")] == 1
    assert told[("chunks.parquet", "removed", "withdrawn")] == 1
    assert told[("finetune/metadata.parquet", "removed", "withdrawn")] == 1
    counts = {(item.output, item.reason): item.count for item in made.facts.withheld}
    assert counts[("conversations", "withdrawn")] == counts[("retrieval", "withdrawn")] == 1


def test_who_is_no_longer_published_is_gone_as_well(night: Pipeline) -> None:
    # A person who is forgotten is in no later published file.
    shutil.rmtree(night.raw / "2026-03-01")
    shutil.rmtree(night.data / "lake")
    shutil.rmtree(night.data / "state" / "manifest")
    write_talks(night.raw, "2026-03-01", [number for number in range(PEOPLE) if number != 5])
    decided = {number: (_YES, _YES) for number in range(18) if number != 5}
    write_receipts(night.raw, "2026-03-01", "2026-02-01T00:00:00Z", decided)
    made = night.publish_with_dataset("run2")
    assert made.folder is not None
    assert made.version == "2.0.0"
    assert 5 not in _conversations(made.folder)
    assert sentence(5, 1).encode() not in _everything(night.layout.ai)
    removed = made.changes.filter(file="conversations.parquet", change="removed")
    assert removed.select("reason", "records").rows() == [("no_longer_published", 1)]


@pytest.mark.slow
def test_what_only_grows_is_a_minor_and_keeps_the_version_before(night: Pipeline) -> None:
    write_receipts(night.raw, "2026-03-02", "2026-03-01T08:00:00Z", {20: (_NO, _YES)})
    made = night.publish_with_dataset("run2")
    assert (made.version, made.is_new) == ("1.1.0", True)
    assert (night.layout.ai / "1.0.0").exists()
    assert made.changes.rows() == [("chunks.parquet", "added", "", 1)]
    assert told_versions(night.layout) == ["1.0.0", "1.1.0"]
    changed = history(night.layout, "1.1.0")
    assert changed is not None
    assert changed.rows() == made.changes.rows()


def test_figures_of_every_version_stay_told(night: Pipeline) -> None:
    write_receipts(night.raw, "2026-03-02", "2026-03-01T08:00:00Z", {3: (_GONE, _GONE)})
    made = night.publish_with_dataset("run2")
    assert made.folder is not None
    told = trend(night.layout)
    assert told.versions == ("1.0.0", "2.0.0")
    assert all(set(factors) == set(FACTORS) for factors in told.factors)
    assert told.table().splitlines()[3].startswith("| 2.0.0 | ")
    assert trend(night.layout, until="1.0.0").versions == ("1.0.0",)
    assert Trend(told.versions, ({"clean": 0.9}, {"clean": 0.8})).fallen == {"clean": 0.1}
    assert Trend(told.versions, ({"clean": 0.9}, {"clean": 0.86})).fallen == {}
    report = json.loads((made.folder / "drift.json").read_text(encoding="utf-8"))
    files = {item["file"] for item in report["since"]}
    assert files == {"conversations.parquet", "chunks.parquet", "features.parquet"}
    assert {item["split"] for item in report["splits"]} == {"validation", "test"}
    assert "Since the version before:" in (made.folder / "README.md").read_text(encoding="utf-8")


def test_a_leak_makes_no_version(night: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(night.layout.ai)
    monkeypatch.setattr(ai_dataset, "known_people", lambda _: None)
    with pytest.raises(AuditBlocked, match="no_known_identifier"):
        _build(night)
    assert not list(night.layout.ai.iterdir())


def test_an_unpermitted_row_makes_no_version(night: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(night.layout.ai)
    permits = permits_of(night.layout.lake_clean / "tables", night.settings.consent)
    everybody = permits.statements.select("customer_id").unique().collect()
    customers = pl.scan_parquet(night.layout.lake_clean / "tables" / "customers.parquet").select("customer_id").collect()
    assert customers.height > everybody.height
    said = (
        permits.statements.head(1)
        .select(pl.exclude("customer_id"))
        .with_columns(
            pl.lit("train_ai_system").alias("data_use"), pl.lit("any").alias("channel"), pl.lit("granted").alias("state")
        )
    )
    forged = type(permits)(
        customers.lazy().join(said, how="cross").select(permits.statements.collect_schema().names()), permits.declared
    )
    monkeypatch.setattr(ai_dataset, "permits_of", lambda *_: forged)
    with pytest.raises(AuditBlocked, match="permitted_by_consent"):
        _build(night)
    assert not list(night.layout.ai.iterdir())


def test_without_anything_published_there_is_nothing_to_cut(pipeline: Pipeline) -> None:
    with pytest.raises(ConfigError, match="nothing is published"):
        _build(pipeline)


def test_what_the_card_counts_is_what_the_ledger_has_booked(world: Pipeline) -> None:
    made = _build(world)
    assert made.folder is not None
    rules = world.query(
        "SELECT rule, count(*)::INTEGER AS n FROM quality.dedup_decisions WHERE decision = 'repeats' GROUP BY ALL"
    )
    told = {f"text_{item.level}_{item.method}": item.count for item in made.facts.duplicates if item.count}
    assert dict(rules.rows()) == told == {"text_message_exact": 20}
    pairs = world.query("SELECT kept_record, joined_record, probability FROM quality.dedup_decisions WHERE decision = 'repeats'")
    kept = pl.read_parquet(made.folder / "duplicates.parquet").select("kept", "removed", "jaccard")
    assert set(pairs.rows()) == set(kept.rows())
    booked = world.query(
        "SELECT output, reason, rows FROM quality.consent_withheld WHERE starts_with(output, 'ai.') ORDER BY ALL"
    )
    assert booked.rows() == [
        ("ai.features", "never_asked", 4),
        ("ai.features", "not_given", 2),
        ("ai.retrieval", "never_asked", 4),
        ("ai.training", "never_asked", 4),
        ("ai.training", "not_given", 2),
    ]
    counts = {(item.output, item.reason): item.count for item in made.facts.withheld}
    assert counts == {
        (output.removeprefix("ai.").replace("training", "conversations"), reason): rows for output, reason, rows in booked.rows()
    }
    card = (made.folder / "README.md").read_text(encoding="utf-8")
    assert "| conversations | the person was never asked, which is no yes | `never_asked` | 4 conversations |" in card
    assert "| message | exact | 20 |" in card


def test_the_readiness_of_the_version_is_booked_as_its_scorecard_tells_it(world: Pipeline) -> None:
    made = _build(world)
    assert made.folder is not None
    card = json.loads((made.folder / "scorecard.json").read_text(encoding="utf-8"))
    booked = world.query("SELECT metric, value, counted_over FROM quality.scores WHERE starts_with(metric, 'ai.')")
    told = {(f"ai.{row['name']}", row["score"], row["counted_over"]) for row in card["requirements"]}
    told |= {(f"ai.factor_{name}", row["score"], row["measured"]) for name, row in card["factors"].items()}
    assert set(booked.rows()) == told
    assert len(told) > 60


@pytest.mark.parametrize(
    "forged",
    [
        "DELETE FROM quality.dedup_decisions WHERE decision = 'repeats'",
        "INSERT INTO quality.dedup_decisions (kept_record, joined_record, rule, decision) VALUES ('a', 'b', 'x', 'repeats')",
        "DELETE FROM quality.consent_withheld WHERE output = 'ai.features'",
    ],
)
def test_a_ledger_that_says_otherwise_makes_no_version(night: Pipeline, forged: str) -> None:
    with duckdb.connect(str(night.layout.published)) as connection:
        connection.execute(forged)
    with pytest.raises(AuditBlocked, match="agrees_with_ledger"):
        _build(night)
    assert not list(night.layout.ai.glob(".*"))


@pytest.mark.slow
def test_a_candidate_that_breaks_a_check_stops_no_publishing(night: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ai_dataset, "known_people", lambda _: None)
    write_receipts(night.raw, "2026-03-02", "2026-03-01T08:00:00Z", {3: (_GONE, _GONE)})
    with pytest.raises(AuditBlocked, match="no_known_identifier"):
        night.publish_with_dataset("run2")
    assert night.query("SELECT run_id FROM quality.runs").item() == "run2"
    assert night.query("SELECT count(*) FROM quality.dedup_decisions WHERE decision = 'repeats'").item() == 0
    # What had to go is gone all the same, and the next version says that something went.
    assert versions(night.layout.ai) == []
    monkeypatch.undo()
    assert night.publish_with_dataset("run3").version == "2.0.0"


def test_a_night_that_died_after_publishing_is_made_up_for(night: Pipeline) -> None:
    write_receipts(night.raw, "2026-03-02", "2026-03-01T08:00:00Z", {3: (_GONE, _GONE)})
    run = Run("run2", NOW)
    with only_run(night.layout, run):
        built = night.build(run)
        checks = night.audit(built)
        made = prepare(night.settings, night.layout, run, audited(built, checks).path)
        ai_journal.put_candidate(night.layout, run, made)
        release(built, checks, night.settings, night.layout, run, dataset=made)
    assert versions(night.layout.ai) == ["1.0.0"]
    found = ai_journal.candidate(night.layout, run)
    assert found is not None
    assert found.facts == made.facts
    assert (found.number, found.checks, found.scores) == (made.number, made.checks, made.scores)
    assert found.changes.equals(made.changes)
    again = _build(night)
    assert (again.version, again.is_new) == ("2.0.0", True)
    assert versions(night.layout.ai) == ["2.0.0"]
    assert ai_journal.candidate(night.layout, run) is None


def test_versions_that_a_dead_night_should_have_removed_go_with_the_next(night: Pipeline) -> None:
    shutil.copytree(night.layout.ai / "1.0.0", night.layout.ai / "0.9.0")
    assert _build(night).version == "1.0.0"
    assert versions(night.layout.ai) == ["1.0.0"]
