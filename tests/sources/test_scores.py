"""What respondents picked, as numbers on declared scales."""

from __future__ import annotations

from typing import get_args

import polars as pl
import pytest

from cx_pipeline.contracts.words import SURVEY_METRIC
from cx_pipeline.settings.reading import ScaleName, Survey
from cx_pipeline.sources.export import Context
from cx_pipeline.sources.scores import SCALES, SCORE, scored
from cx_pipeline.stages.batch import survey_columns

Told = tuple[str | None, float | None, float | None, float | None, str | None, str | None]


def made(original: str | None, told: str | None, survey: Survey | None = None) -> Told:
    """Metric, score, lowest, highest, group and flag."""
    frame = pl.DataFrame(
        {"given": [original], "told": [told], "dq_flags": [[]]}, schema_overrides={"dq_flags": pl.List(pl.String)}
    )
    frame = frame.with_columns(*survey_columns(Context(survey=survey))).with_columns(pl.col("given", "told").cast(pl.String))
    for name, expression in scored(pl.col("given"), pl.col("told")).items():
        frame = frame.with_columns(expression.alias(name))
    row = frame.select(expression.alias(name) for name, expression in SCORE.items()).row(0, named=True)
    assert row["score_original"] == (original if (original or "").strip() else None)
    flag = row["dq_flags"][0] if row["dq_flags"] else None
    return row["metric"], row["score"], row["scale_min"], row["scale_max"], row["nps_group"], flag


@pytest.mark.parametrize(
    ("original", "scale", "score"),
    [
        ("9", "nps", 9.0),
        ("10 - Extremely likely", "nps", 10.0),
        ("0 (Not at all likely)", "nps", 0.0),
        ("Not at all likely", "nps", 0.0),
        ("9/10", "nps", 9.0),
        ("7,0", "csat_7", 7.0),
        ("4.5", "stars_5", 4.5),
        ("4 stars", "stars_5", 4.0),
        ("4 out of 5", "stars_5", 4.0),
        ("★★★☆☆", "stars_5", 3.0),
        ("⭐️⭐️⭐️⭐️", "stars_5", 4.0),
        ("Very Satisfied", "csat_5", 5.0),
        ("5: Very satisfied", "csat_5", 5.0),
        ("somewhat_dissatisfied", "csat_5", 2.0),
        ("😡", "smileys_5", 1.0),
        ("🤩", "smileys_5", 5.0),
        ("😐", "smileys_3", 2.0),
        ("☹️", "smileys_3", 1.0),
        ("good", "good_bad", 1.0),
        ("Bad", "good_bad", 0.0),
        ("👍🏽", "thumbs", 1.0),
        ("👎", "thumbs", 0.0),
        ("1", "thumbs", 1.0),
        ("Great!", "csat_3", 3.0),
        ("1", "csat_3_best_first", 3.0),
        ("Not good", "csat_3_best_first", 1.0),
        ("Strongly agree", "ces_7", 7.0),
        ("7", "ces_7", 7.0),
        ("1", "ces_7_easy_first", 7.0),
        ("Very easy", "ces_7_easy_first", 7.0),
        ("5", "ces_5_easy_first", 1.0),
        ("Very good", "quality_5", 4.0),
        ("Mildly disappointed", "pmf_3", 2.0),
        ("85", "csat_100", 85.0),
    ],
)
def test_what_was_picked_is_a_number_whose_higher_end_is_the_better(original: str, scale: str, score: float) -> None:
    known = SCALES[scale]
    metric, number, lowest, highest, _, flag = made(original, scale)
    assert (metric, number, lowest, highest, flag) == (known.metric, score, known.lowest, known.highest, None)


@pytest.mark.parametrize(
    ("original", "scale"), [("soso", "nps"), ("8/7", "csat_5"), ("9 lives", "nps"), ("12-11-2026", "nps"), ("good", "csat_10")]
)
def test_what_is_no_score_of_the_scale_is_flagged_and_kept_as_written(original: str, scale: str) -> None:
    assert made(original, scale)[1:] == (None, SCALES[scale].lowest, SCALES[scale].highest, None, "score_unreadable")


@pytest.mark.parametrize("original", [None, "", "  "])
def test_no_answer_is_no_score(original: str | None) -> None:
    assert made(original, "nps") == ("nps", None, 0.0, 10.0, None, None)


@pytest.mark.parametrize(
    ("score", "group"), [("10", "promoter"), ("9", "promoter"), ("8", "passive"), ("7", "passive"), ("6", "detractor")]
)
def test_only_net_promoter_scores_have_groups(score: str, group: str) -> None:
    assert made(score, "nps")[4] == group
    assert made(score, "csat_0_10")[4] is None


def test_a_score_of_no_known_scale_is_no_number() -> None:
    assert made("4", None) == (None, None, None, None, None, None)


@pytest.mark.parametrize(
    ("survey", "told", "expected"),
    [
        (Survey(id="*", scale="ces_7_easy_first"), "nps", ("ces", 5.0, 1.0, 7.0, None, None)),
        (Survey(id="*", metric="csat", scale_min=1, scale_max=5), None, ("csat", 3.0, 1.0, 5.0, None, None)),
        (Survey(id="*", metric="ces", scale_min=1, scale_max=5, is_inverted=True), None, ("ces", 3.0, 1.0, 5.0, None, None)),
        (Survey(id="*", metric="nps"), None, ("nps", 3.0, 0.0, 10.0, "detractor", None)),
        (Survey(id="*", is_inverted=True), "csat_5", ("csat", 3.0, 1.0, 5.0, None, None)),
        (Survey(id="*", metric="csat"), None, ("csat", None, None, None, None, None)),
    ],
)
def test_settings_go_before_what_the_export_tells(survey: Survey, told: str | None, expected: Told) -> None:
    assert made("3", told, survey) == expected


def test_inverted_by_the_settings() -> None:
    assert made("1", "ces_5", Survey(id="*", is_inverted=True))[1] == 5.0
    assert made("1", None, Survey(id="*", metric="ces", scale_min=1, scale_max=7, is_inverted=True))[1] == 7.0


def test_settings_name_every_scale() -> None:
    assert set(get_args(ScaleName)) == set(SCALES)


@pytest.mark.parametrize("name", SCALES)
def test_a_scale_is_whole(name: str) -> None:
    scale = SCALES[name]
    assert scale.metric in SURVEY_METRIC
    assert scale.lowest < scale.highest
    assert not scale.steps or len(scale.steps) == scale.highest - scale.lowest + 1
