"""The checked-in sample the whole way through the library: the queries of the README run on it, and repeating changes nothing."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from cx_pipeline.identity.registry import Assignment, empty
from cx_pipeline.layout import Layout
from cx_pipeline.marts.catalogue import moved_by_the_clock
from cx_pipeline.privacy.tokens import Tokeniser
from cx_pipeline.quality.audit import audit_books
from cx_pipeline.quality.check_result import CheckStatus
from cx_pipeline.settings import Settings
from cx_pipeline.stages.build import build
from cx_pipeline.stages.clean import clean
from cx_pipeline.stages.intake import all_dates, take_in
from cx_pipeline.stages.run import Run, only_run
from cx_pipeline.synth.world import World
from cx_pipeline.warehouse.content_hash import content_hashes
from cx_pipeline.warehouse.reader import open_read_only
from tests.house.tree import ROOT

SAMPLE = ROOT / "data" / "sample"
README = (ROOT / "README.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", README, flags=re.DOTALL)
WHOLE_GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
ALL = [query for query in re.findall(r"```sql\n(.*?)```", WHOLE_GUIDE, flags=re.DOTALL) if ".parquet'" not in query]  # their own
GUIDE = WHOLE_GUIDE.partition("### Ten questions\n")[2].partition("\n## ")[0]
QUESTIONS = re.findall(r"```sql\n(.*?)```", GUIDE, flags=re.DOTALL)
TEN = re.findall(r"```sql\n(.*?)```", GUIDE.partition("\n### ")[0], flags=re.DOTALL)
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def _once(data: Path, registry: Assignment, now: datetime) -> tuple[Path, Assignment]:
    settings, layout = Settings(data_dir=data, raw_dir=SAMPLE), Layout(data)
    run, tokeniser = Run(f"{now:%Y%m%dT%H%M%S}-sample", now), Tokeniser(bytes(range(32)))
    with only_run(layout, run):
        take_in(settings, layout, all_dates(settings))
        cleaned = clean(settings, layout, run, tokeniser, registry)
        return build(settings, layout, run, tokeniser).path, cleaned.registry


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Assignment]:
    data = tmp_path_factory.mktemp("sample")
    return data, *_once(data, empty(), NOW)


@contextmanager
def _opened(staged: tuple[Path, Path, Assignment]) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_read_only(staged[1]) as connection:
        yield connection


def test_the_readme_has_five_queries() -> None:
    assert len(QUERIES) == 5


def test_the_guide_has_ten_questions() -> None:
    assert len(TEN) == 10


@pytest.mark.parametrize("query", QUESTIONS, ids=lambda query: re.sub(r"\W+", "_", query)[:40])
def test_a_question_of_the_guide_has_an_answer(staged: tuple[Path, Path, Assignment], query: str) -> None:
    with _opened(staged) as connection:
        assert connection.execute(query).fetchall()


@pytest.mark.parametrize("query", ALL, ids=lambda query: re.sub(r"\W+", "_", query)[:40])
def test_every_query_of_the_guide_runs(staged: tuple[Path, Path, Assignment], query: str) -> None:
    with _opened(staged) as connection:
        connection.execute(query).fetchall()


def test_a_percentage_of_the_readme_is_one(staged: tuple[Path, Path, Assignment]) -> None:
    [query] = [query for query in QUERIES if "percent_satisfied" in query]
    with _opened(staged) as connection:
        told = connection.sql(query).pl()
    assert told.height > 2
    assert told.filter(~pl.col("percent_satisfied").is_between(0, 100) | (pl.col("answered") > pl.col("offered"))).is_empty()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: re.sub(r"\W+", "_", query)[:40])
def test_a_query_of_the_readme_answers(staged: tuple[Path, Path, Assignment], query: str) -> None:
    with _opened(staged) as connection:
        assert connection.execute(query).fetchall()


def test_the_books_of_the_sample_balance(staged: tuple[Path, Path, Assignment]) -> None:
    results = audit_books(staged[1])
    assert len(results) > 20
    assert [(item.table, item.name, item.observed) for item in results if item.status is not CheckStatus.PASSED] == []
    with _opened(staged) as connection:
        fates = connection.execute(
            "SELECT sum(quarantined) > 0, sum(superseded) > 0, sum(duplicate) > 0 FROM quality.ledger WHERE stage <> 'map'"
        ).fetchone()
    assert fates == (True, True, True), "the sample shows every fate"


def test_first_replies_are_those_that_the_generator_knows_to_the_second(staged: tuple[Path, Path, Assignment]) -> None:
    """Conversations of the messenger: the bot (agent 0) never replies; where it spoke first, the agent did so when solving."""
    told = json.loads((SAMPLE / "truth" / "counts.json").read_text(encoding="utf-8"))["world"]
    world = World(told["customers"], told["nights"], told["seed"], date.fromisoformat(told["first_night"]))
    replied = pl.when("bot_first").then("solved").otherwise("replied")
    known = pl.when((replied <= world.timeline.end) & (pl.col("agent") != 0)).then(replied)
    truth = world.chats.of(np.arange(world.chats.count)).select("opened", known.alias("known"))
    with _opened(staged) as connection:
        found = connection.sql(
            """SELECT CAST(epoch(opened_at) AS BIGINT) AS opened, CAST(epoch(first_reply_at) AS BIGINT) AS found,
                      vendor_difference
               FROM marts.reply_times WHERE source_system = 'intercom'"""
        ).pl()
    both = found.join(truth, on="opened", how="left", validate="m:1")
    assert both.height > 100
    assert both.filter(pl.col("found").ne_missing(pl.col("known"))).is_empty()
    assert both["found"].count() > 90
    assert set(both["vendor_difference"].drop_nulls()) == {"agrees", "bot"}


def test_a_second_run_changes_nothing_that_is_said(staged: tuple[Path, Path, Assignment]) -> None:
    data, first, registry = staged
    before = content_hashes(first)
    again, _ = _once(data, registry, NOW + timedelta(days=1))
    after = content_hashes(again)
    moved = {"quality.runs", *moved_by_the_clock()}  # the run's own clock
    assert {name: value for name, value in after.items() if name not in moved} == {
        name: value for name, value in before.items() if name not in moved
    }
