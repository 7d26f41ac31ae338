"""Invented worlds far larger than the sample, driven through the whole pipeline and judged against their truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cx_pipeline.settings import Settings, load
from cx_pipeline.settings.reading import Survey
from cx_pipeline.synth import generate
from tests.accuracy import compare, hand_overs, loops, pages
from tests.accuracy.score import NOTED, Score, score_cells
from tests.faults.drive import drive


@dataclass(frozen=True)
class Driven:
    """A world and what the pipeline made of it."""

    data: Path
    truth: Path
    settings: Settings

    @property
    def published(self) -> Path:
        return self.data / "clean" / "cx.duckdb"


@pytest.fixture(scope="module", params=[pytest.param(700, id="small"), pytest.param(20_000, id="large", marks=pytest.mark.slow)])
def driven(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Driven:
    folder = tmp_path_factory.mktemp("world")
    raw, data = folder / "raw", folder / "data"
    truth = generate(customers=request.param, nights=2, seed=11, out=raw).folder
    # No export says who is asked: the company declares the survey of its own people.
    told = pl.read_parquet(truth / "survey_responses" / "*.parquet").filter(audience="employee")["survey_id"][0]
    surveys = (Survey(id=f"{told}*", audience="employee"),)
    drive(raw, data, "world", surveys=surveys, marts={"loops": {"departments": loops.DEPARTMENTS}})
    return Driven(data, truth, load(surveys=surveys))


@pytest.fixture(scope="module")
def score(driven: Driven) -> Score:
    return score_cells(driven.data, driven.truth, driven.settings, NOTED)


def test_cells(driven: Driven, score: Score) -> None:
    assert score.share_right >= 0.999, str(score)
    assert (score.harmed, score.missing) == (0, 0), str(score)
    assert score.right > 500


def test_quarantine_holds_what_is_broken_and_nothing_else(driven: Driven) -> None:
    found, expected = compare.quarantine(driven.published, driven.truth)
    assert found == expected


def test_files(driven: Driven) -> None:
    found, expected = compare.files(driven.published, driven.truth)
    assert found == expected


def test_fates(driven: Driven) -> None:
    found, expected = compare.fates(driven.published, driven.truth)
    assert found == expected


def test_tombstones_and_tests(driven: Driven) -> None:
    found, expected = compare.marks(driven.published, driven.truth)
    assert found == expected


def test_call_legs(driven: Driven) -> None:
    found, expected = compare.call_legs(driven.published, driven.truth)
    assert_frame_equal(found, expected)


def test_survey_responses(driven: Driven) -> None:
    found, expected = compare.survey_responses(driven.published, driven.truth)
    assert_frame_equal(found, expected)


def test_survey_answers(driven: Driven) -> None:
    found, expected = compare.survey_answers(driven.data, driven.truth)
    assert_frame_equal(found, expected)


def test_consents(driven: Driven) -> None:
    found, expected, beyond = compare.consents(driven.published, driven.truth)
    assert (found, beyond) == (expected, set())
    assert len(expected) > 100


def test_loops_of_feedback(driven: Driven) -> None:
    found, expected = loops.feedback_loops(driven.published, driven.truth)
    assert found == expected
    found, expected = loops.feedback_routes(driven.published, driven.truth)
    assert found == expected
    assert len(expected) > 50


def test_hand_overs(driven: Driven) -> None:
    found, expected, missing = hand_overs.hand_overs(driven.published, driven.truth)
    assert (found, missing) == (expected, set())
    assert len(expected) > 100
    for told in (hand_overs.demand, hand_overs.refunds):
        found, expected = told(driven.published, driven.truth)
        assert found == expected
        assert len(expected) > 10


def test_pages(driven: Driven) -> None:
    found, expected = pages.page_loads(driven.published, driven.truth)
    assert found == expected
    contacts = pages.contacts_after_failures(driven.published, driven.truth)
    assert contacts[0] == contacts[1] > 0
