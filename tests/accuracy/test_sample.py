"""The checked-in sample against the truth that its generator wrote beside it: counts exact, by file and by export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cx_pipeline.settings import load
from cx_pipeline.sources.catalogue import by_source
from tests.accuracy import compare, consents, hand_overs, loops, pages, tokens
from tests.accuracy.leaks import left_in_texts
from tests.accuracy.score import NOTED, score_cells

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
TRUTH = SAMPLE / "truth"


@pytest.fixture(scope="module")
def published(sample_data: Path) -> Path:
    return sample_data / "clean" / "cx.duckdb"


def _rows(published: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(published), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_every_file_holds_what_was_written(published: Path) -> None:
    found, expected = compare.files(published, TRUTH)
    assert found == expected


def test_every_export_has_the_fates_of_the_truth(published: Path) -> None:
    found, expected = compare.fates(published, TRUTH)
    assert found == expected


def test_tombstones_and_tests_are_marked(published: Path) -> None:
    found, expected = compare.marks(published, TRUTH)
    assert found == expected


def test_consents_are_what_people_decided(published: Path) -> None:
    found, expected, beyond = compare.consents(published, TRUTH)
    assert (found, beyond) == (expected, set())
    assert len(expected) >= 212


def test_texts_hold_nothing_that_a_silo_knows_of_their_people(published: Path) -> None:
    """What is left are names of people who are known by nothing but a telephone number, below a line that closes nothing."""
    found, pairs = left_in_texts(published, TRUTH)
    assert pairs > 8_000
    assert set(found) <= {"given", "family"}
    assert found.total() <= 20


def test_people_who_must_stay_apart_do(published: Path) -> None:
    pairs = _rows(
        published,
        f"""WITH member AS (SELECT DISTINCT source_system || '.' || source_entity || ':' || source_id AS record, customer_id
                            FROM customer_identities)
            SELECT count(*), count(*) FILTER (a.customer_id = b.customer_id)
            FROM read_parquet('{TRUTH / "must_not_merge.parquet"}') pair
            JOIN member a ON a.record = pair.left JOIN member b ON b.record = pair.right""",
    )
    assert pairs[0][0] > 0
    assert pairs[0][1] == 0


def test_one_person_is_one_customer_where_an_exact_rule_can_tell(published: Path) -> None:
    found = _rows(
        published,
        f"""WITH member AS (SELECT DISTINCT source_system || '.' || source_entity || ':' || source_id AS record, customer_id
                            FROM customer_identities)
            SELECT link, count(DISTINCT person) AS people, count(DISTINCT customer_id) AS customers
            FROM read_parquet('{TRUTH / "people.parquet"}') JOIN member ON record = record_key
            WHERE kind = 'person' GROUP BY ALL""",
    )
    by_link = {link: (people, customers) for link, people, customers in found}
    assert {"email", "phone", "external_id"} <= set(by_link)
    for link in ("email", "phone", "external_id", "single"):
        people, customers = by_link[link]
        assert people == customers, link


def test_steps_of_fulfilments_are_those_of_the_truth(published: Path) -> None:
    found, expected = compare.fulfilment_events(published, TRUTH)
    assert expected.height > 100
    assert_frame_equal(found, expected)


def test_promised_fixes_are_those_of_the_truth(published: Path) -> None:
    found, expected = compare.feedback_actions(published, TRUTH)
    assert expected["told_at"].null_count() < expected.height
    assert_frame_equal(found, expected)


def test_loops_of_feedback_are_closed_as_the_generator_closed_them(published: Path) -> None:
    found, expected = loops.feedback_loops(published, TRUTH)
    assert found == expected
    assert [sum(row[flag] for row in expected.values()) for flag in (5, 6, 7)] == [2, 14, 14]  # too early, never, silently


def test_feedback_is_where_its_agent_s_team_is(published: Path) -> None:
    found, expected = loops.feedback_routes(published, TRUTH)
    assert found == expected
    assert {row[2] for row in expected.values()} == {"reached", "elsewhere"}


def test_hand_overs_were_late_and_in_vain_as_the_generator_made_them(published: Path) -> None:
    found, expected, missing = hand_overs.hand_overs(published, TRUTH)
    assert (found, missing) == (expected, set())
    assert sum(row.is_late is True for row in expected.values()) > 40
    assert sum(row.is_told_too_early for row in expected.values()) == 3


@pytest.mark.parametrize("told", [hand_overs.demand, hand_overs.refunds])
def test_what_was_asked_for_and_what_was_done(published: Path, told: Callable[[Path, Path], tuple[Any, Any]]) -> None:
    found, expected = told(published, TRUTH)
    assert found == expected
    assert len(expected) >= 9


def test_pages_came_as_fast_as_browsers_said(published: Path) -> None:
    found, expected = pages.page_loads(published, TRUTH)
    assert found == expected
    contacts = pages.contacts_after_failures(published, TRUTH)
    assert contacts[0] == contacts[1] > 0


def test_every_cell_is_right(published: Path) -> None:
    score = score_cells(published.parents[1], TRUTH, load(), NOTED)
    assert (score.wrong, score.left, score.harmed, score.missing) == (0, 0, 0, 0), str(score)
    assert score.right > 400
    assert score.fine > 90_000


def test_no_spoilt_cell_of_any_vendor_is_wrong_or_left(published: Path) -> None:
    score = score_cells(published.parents[1], TRUTH, load(), by_source())
    assert (score.wrong, score.left) == (0, 0), str(score)


def test_who_may_be_written_to_is_who_told_all_tools_so(published: Path) -> None:
    newsletters = consents.newsletters(published, TRUTH)
    assert newsletters.found == newsletters.expected
    assert len(newsletters.expected) >= 25
    assert len(newsletters.judged) >= 100


def test_equal_values_have_equal_tokens_wherever_they_stand(published: Path) -> None:
    lake = published.parents[1] / "lake" / "clean" / "tables"
    told = tokens.pairs(published, lake)
    assert told.group_by("domain", "value").agg(pl.col("token").n_unique().alias("tokens"))["tokens"].max() == 1
    assert told.group_by("domain", "token").agg(pl.col("value").n_unique().alias("values"))["values"].max() == 1
    several = told.group_by("domain", "value").agg(pl.col("place").n_unique().alias("places"))
    assert several.filter(pl.col("places") > 1).height > 300
