"""What teams bore in an invented world, against what its generator knows; and no sign of vulnerability where nobody said one."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl
import pytest

from cx_pipeline.layout import Layout
from cx_pipeline.settings import load
from cx_pipeline.settings.reading import Survey
from cx_pipeline.stages.cx_audit import write_audit
from cx_pipeline.stages.run import Run, only_run
from cx_pipeline.stages.vulnerability import find_signals
from cx_pipeline.synth import generate
from tests.faults.drive import drive

LEAST = 5
pytestmark = pytest.mark.slow


class Driven(NamedTuple):
    """A world, and what the pipeline made of it."""

    data: Path
    truth: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.data / "clean" / "cx.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def told(self, table: str) -> pl.DataFrame:
        """Rows of the truth that count."""
        every = pl.read_parquet(self.truth / table / "*.parquet")
        return every.filter(pl.col("published") & ~pl.col("is_test"))


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Driven:
    folder = tmp_path_factory.mktemp("load")
    truth = generate(customers=600, nights=2, seed=23, out=folder / "raw").folder
    # No export says who is asked: the company declares the survey of its own people.
    staff = pl.read_parquet(truth / "survey_responses" / "*.parquet").filter(audience="employee")["survey_id"][0]
    drive(folder / "raw", folder / "data", "world", surveys=(Survey(id=f"{staff}*", audience="employee"),))
    return Driven(folder / "data", truth)


def _week(text: str) -> date:
    day = datetime.fromisoformat(text).date()
    return day - timedelta(days=day.weekday())


def test_scores_of_employees_are_those_of_the_truth(driven: Driven) -> None:
    said = driven.told("survey_responses").filter(
        (pl.col("audience") == "employee")
        & ~pl.col("is_preview")
        & pl.col("duplicate_of").is_null()
        & pl.col("nps").is_not_null()
    )
    expected: dict[tuple[date, str], list[int]] = defaultdict(list)
    for team, nps, submitted, recorded in said.select("team", "nps", "submitted_at", "recorded_at").rows():
        expected[_week(submitted or recorded), team].append(nps)
    found = driven.rows(
        "SELECT week, team, survey_answers, survey_score FROM marts.agent_load_weekly WHERE survey_answers > 0 AND teams = 1"
    )
    for week, team, answers, score in found:
        scores = expected[week, team]
        assert (answers, round(score, 9)) == (len(scores), round(10 * sum(scores) / len(scores), 9))
    together = driven.rows(
        "SELECT week, sum(survey_answers) FROM marts.agent_load_weekly GROUP BY ALL HAVING sum(survey_answers) > 0"
    )
    assert len(together) > 3
    for week, answers in together:
        assert answers <= sum(len(scores) for (monday, _), scores in expected.items() if monday == week)


def test_calls_of_a_contact_centre_are_those_of_the_truth(driven: Driven) -> None:
    """Its agents stand in no roster, so their team is the tool; legs, transfers, wrap-up and busy time second by second."""
    legs = driven.told("call_legs").filter(pl.col("agent_id").is_not_null() & pl.col("connected_at").is_not_null())
    rows: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in legs.to_dicts():
        rows[_week(row["connected_at"])].append(row)
    found = driven.rows(
        """SELECT week, legs, transferred_share, wrap_up_mean_ms, busy_ms FROM marts.agent_load_weekly
           WHERE team = 'unknown in amazon_connect' AND legs IS NOT NULL"""
    )
    assert len(found) > 3
    for week, count, transferred, wrap_up, busy_ms in found:
        known = [row["wrap_up_ms"] for row in rows[week] if row["wrap_up_ms"] is not None]
        assert count == len(rows[week])
        assert transferred == sum(row["is_transferred"] for row in rows[week]) / count
        assert wrap_up is None or wrap_up == sum(known) / len(known)
        assert busy_ms is None or abs(busy_ms - _busy(legs, week)) < 1


def _busy(legs: pl.DataFrame, week: date) -> float:
    """Milliseconds of a week in which somebody was on a call, each second of a person once."""
    begins = datetime.combine(week, datetime.min.time(), UTC)
    seconds: set[tuple[str, int]] = set()
    for row in legs.to_dicts():
        first = datetime.fromisoformat(row["connected_at"])
        last = datetime.fromisoformat(row["disconnected_at"]) + timedelta(milliseconds=row["wrap_up_ms"] or 0)
        first, last = max(first, begins), min(last, begins + timedelta(days=7))
        seconds.update((row["agent_id"], second) for second in range(int(first.timestamp()), int(last.timestamp())))
    return 1000.0 * len(seconds)


def test_no_row_is_of_a_few_people(driven: Driven) -> None:
    assert driven.rows(
        f"SELECT count(*) FROM marts.agent_load_weekly WHERE agents < {int(LEAST)} AND survey_answers IS NULL"
    ) == [(0,)]
    assert driven.rows("SELECT count(*) > 10 FROM marts.agent_load_weekly") == [(True,)]
    names = driven.rows("SELECT DISTINCT column_name FROM duckdb_columns() WHERE table_name = 'agent_load_weekly'")
    assert "agent_id" not in {name for (name,) in names}


def test_opinions_of_customers_are_all_on_the_map(driven: Driven) -> None:
    """Every answer of the tool whose truth is told, and those of the other tools besides; double submits as they were found."""
    [(steps,)] = driven.rows("SELECT sum(steps)::BIGINT FROM marts.blind_spots WHERE stage = 'tell' AND channel <> 'reviews'")
    counts = """SELECT count(*) FILTER (source_system <> 'qualtrics'),
                  count(*) FILTER (source_system = 'qualtrics' AND score IS NULL)
                FROM main.survey_responses
                WHERE NOT is_deleted AND NOT is_test AND NOT coalesce(is_preview, FALSE) AND duplicate_of IS NULL
                  AND score_original IS NOT NULL AND audience = 'customer'"""
    [(others, beyond_scale)] = driven.rows(counts)
    double = {row[0] for row in driven.rows("SELECT response_id FROM main.survey_responses WHERE duplicate_of IS NOT NULL")}
    said = driven.told("survey_responses").filter(
        (pl.col("audience") == "customer") & ~pl.col("is_preview") & pl.col("nps").is_not_null()
    )
    assert len(double) > 3
    assert steps - others - beyond_scale == len(set(said["response_id"]) - double)


def test_nobody_is_found_where_nobody_said_anything(driven: Driven) -> None:
    settings, layout = load(data_dir=driven.data), Layout(driven.data.absolute())
    run = Run("signs", datetime(2026, 11, 20, 3, tzinfo=UTC))
    with only_run(layout, run):
        assert find_signals(settings, layout, run) == 0
    assert driven.rows("SELECT count(*) > 1000 FROM main.messages WHERE text_masked IS NOT NULL") == [(True,)]


def test_the_page_of_the_world_is_written(driven: Driven) -> None:
    text = write_audit(load(data_dir=driven.data), Layout(driven.data.absolute())).read_text(encoding="utf-8")
    assert all(f'id="{name}"' in text for name in ("metrics", "journey", "teams", "silos", "quality"))
    assert not any(customer in text for (customer,) in driven.rows("SELECT customer_id FROM customers"))
