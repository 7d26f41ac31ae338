"""Responses and answers that the truth tells, compared with the cells of the files, last night last."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cx_pipeline.synth import Truth
from cx_pipeline.synth.files import unpacked
from cx_pipeline.synth.vendors.qualtrics.catalogue import SURVEYS

_KEY = "qualtrics.responses:"
_TIME = "%Y-%m-%d %H:%M:%S"
FILES = "2*/qualtrics/*"


def heads(path: Path) -> list[list[str]]:
    """The first three rows, which are never damaged."""
    return [row for row, _ in zip(csv.reader(io.StringIO(unpacked(path).decode("utf-8-sig", "replace"))), range(3), strict=False)]


@pytest.fixture(scope="module")
def answers(truth: Truth) -> pl.DataFrame:
    return pl.read_parquet(truth.folder / "survey_answers" / "*.parquet")


@pytest.fixture(scope="module")
def responses(truth: Truth) -> pl.DataFrame:
    return pl.read_parquet(truth.folder / "survey_responses" / "*.parquet")


def test_every_kind_of_survey_has_responses_enough_to_report_on(responses: pl.DataFrame) -> None:
    real = responses.filter(pl.col("published") & ~pl.col("is_test"))
    assert set(real["survey"]) == {survey.key for survey in SURVEYS}
    assert real.group_by("survey").len()["len"].min() >= 10  # type: ignore[operator]
    teams = real.filter(pl.col("audience") == "employee").group_by("team").len()
    assert (len(teams), teams["len"].min() >= 10) == (5, True)  # type: ignore[operator]


def test_published_responses_are_those_of_the_counts(responses: pl.DataFrame, truth: Truth) -> None:
    fates = truth.counts["exports"]["qualtrics.responses"]
    published = responses.filter("published")
    assert (len(published), int(published["is_test"].sum())) == (fates["published"], fates["published_test"])
    damaged = sum(file["damaged"] for file in truth.counts["files"].values() if file["export"] == "qualtrics.responses")
    assert 0 < len(responses) - len(published) < damaged, "some of the damaged ones come again, and are whole then"


def test_what_is_not_published_stands_in_the_first_night_only(world: Path, responses: pl.DataFrame) -> None:
    nights = [
        b"".join(unpacked(path) for path in sorted(world.glob(f"{day}/qualtrics/*"))).decode("utf-8", "replace")
        for day in ("2026-11-01", "2026-11-02")
    ]
    lost = responses.filter(~pl.col("published"))["response_id"].str.strip_prefix(_KEY).to_list()
    assert [(key in nights[0], key in nights[1]) for key in lost] == [(True, False)] * len(lost)


def test_header_rows(world: Path, truth: Truth) -> None:
    surveys = {survey.key: survey for survey in SURVEYS}
    for path in world.glob(FILES):
        file = truth.counts["files"][path.relative_to(world).as_posix()]
        tags, labels, ids = heads(path)
        survey = surveys[file["survey"]]
        assert len(tags) == len(labels)
        if survey.legacy:
            assert (tags[:3], labels[0], tags[-1], labels[-1], file["header_rows"]) == (
                ["V1", "V2", "V3"],
                "ResponseID",
                "",
                "",
                2,
            )
        else:
            assert file["header_rows"] == 3
            assert {item[:13] for item in ids} == {'{"ImportId":"'}
            assert len(set(ids)) == len(ids) == len(tags)
            assert (len(set(tags)) < len(tags)) == survey.german
    assert len(surveys["wide"].columns) > 280


def test_answers_are_the_cells_of_the_last_file(world: Path, truth: Truth, answers: pl.DataFrame) -> None:
    told = {
        (key, column, import_id): written
        for key, column, import_id, written in answers.select("response_id", "column", "import_id", "written").iter_rows()
    }
    checked = set()
    for path in sorted(world.glob("2026-11-02/qualtrics/*")):
        assert truth.counts["files"][path.relative_to(world).as_posix()]["damaged"] == 0
        tags, _, third, *rows = csv.reader(io.StringIO(unpacked(path).decode("utf-8-sig"), newline=""))
        modern = third[0].startswith("{")
        ids = [item.removeprefix('{"ImportId":"').removesuffix('"}') for item in third] if modern else [None] * len(tags)
        for row in rows if modern else [third, *rows]:
            key = _KEY + row[tags.index("ResponseId" if modern else "V1")]
            for tag, import_id, cell in zip(tags, ids, row, strict=True):
                if tag.startswith("Q"):
                    assert (told[key, tag, import_id] or "") == cell
                    checked.add((key, tag, import_id))
    assert len(checked) > 500


@pytest.mark.parametrize(
    ("state", "written"), [("seen_unanswered", "^-99$"), ("not_asked", "^$"), ("not_applicable", "^-1$"), ("answered", ".")]
)
def test_states_are_told_by_what_is_written(answers: pl.DataFrame, state: str, written: str) -> None:
    cells = answers.filter(pl.col("answer_state") == state)["written"].fill_null("")
    assert len(cells) > 50
    assert cells.str.contains(written).all()


def test_only_spoilt_answers_differ_from_what_is_written(answers: pl.DataFrame, truth: Truth) -> None:
    given = answers.filter(pl.col("answer_state").is_in(["answered", "not_applicable"]))
    assert answers.filter(pl.col("answer_state").is_in(["not_asked", "seen_unanswered"]))["answer"].null_count() > 500
    other = given.filter(pl.col("answer").ne_missing(pl.col("written")))
    cells = pl.read_parquet(truth.folder / "cells.parquet").filter(pl.col("column").str.starts_with("Q"))
    # An answer outside its scale is kept as it was given; it is no score.
    cells = cells.filter((pl.col("trap") != "score_outside_scale") & pl.col("file").str.contains("/qualtrics/")).select(
        response_id=_KEY + pl.col("key"), column="column", written="dirty", answer="clean"
    )
    found = other.filter("published").select("response_id", "column", "written", "answer")
    assert len(found) >= 10
    assert found.join(cells, on=found.columns, nulls_equal=True, how="anti").is_empty()
    assert cells.join(found, on=found.columns, nulls_equal=True, how="anti").is_empty()


def test_scores_are_the_answers(responses: pl.DataFrame, answers: pl.DataFrame) -> None:
    direct = answers.filter((pl.col("column") == "Q1") & (pl.col("answer_state") == "answered"))
    scores = responses.join(direct.select("response_id", "answer"), on="response_id", how="left", maintain_order="left")
    assert set(scores.filter(pl.col("nps").is_null())["answer"].drop_nulls()) == {"11"}
    inside = scores.filter(pl.col("answer") != "11")
    assert inside["nps"].cast(pl.String).eq_missing(inside["answer"]).all()
    assert scores["nps"].is_between(0, 10).all()


def test_what_was_recorded_by_force(responses: pl.DataFrame) -> None:
    forced = responses.filter((pl.col("completion") == "forced") & pl.col("recorded_at").is_not_null())
    assert forced["submitted_at"].null_count() == len(forced) > 0
    days = forced["recorded_at"].str.to_datetime() - forced["started_at"].str.to_datetime()
    assert days.drop_nulls().dt.total_days().unique().to_list() == [7]


def test_double_submits_say_the_same(responses: pl.DataFrame, answers: pl.DataFrame) -> None:
    doubles = responses.filter(pl.col("duplicate_of").is_not_null())
    assert len(doubles) >= 3
    said = answers.select("response_id", "column", "import_id", "answer", "answer_state")
    second = said.join(doubles.select("response_id", "duplicate_of"), on="response_id")
    first = said.rename({"response_id": "duplicate_of"})
    pairs = second.join(first, on=["duplicate_of", "column", "import_id"], nulls_equal=True, suffix="_first")
    assert len(pairs) == len(second)
    assert pairs["answer"].eq_missing(pairs["answer_first"]).all()


def test_edited_responses_change_from_night_to_night(world: Path, responses: pl.DataFrame) -> None:
    edited = responses.filter("is_edited")["response_id"].str.strip_prefix(_KEY).to_list()
    lines: dict[str, set[str]] = {key: set() for key in edited}
    for path in world.glob(FILES):
        for line in unpacked(path).decode("utf-8-sig", "replace").split("\n"):
            for key in edited:
                if key in line:
                    lines[key].add(line)
    assert edited
    assert {len(versions) for versions in lines.values()} == {2}


def test_previews_tests_and_spam_are_told_by_their_status(responses: pl.DataFrame) -> None:
    marks = responses.group_by("status").agg(pl.col("is_preview", "is_spam").all(), tests=pl.col("is_test").all())
    by_status: dict[str, dict[str, Any]] = {row["status"]: row for row in marks.iter_rows(named=True)}
    assert set(by_status) == {"0", "1", "2", "4", "8"}
    assert {status for status, row in by_status.items() if row["is_preview"]} == {"1"}
    assert {status for status, row in by_status.items() if row["is_spam"]} == {"8"}
    assert {status for status, row in by_status.items() if row["tests"]} == {"2"}
