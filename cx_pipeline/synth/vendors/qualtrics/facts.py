"""Responses and answers as they must come out, told from the world and never read back from a file."""

from __future__ import annotations

import polars as pl

from cx_pipeline.synth.allot import met
from cx_pipeline.synth.delivery import Delivery
from cx_pipeline.synth.timeline import iso
from cx_pipeline.synth.vendors.qualtrics.catalogue import PULSE
from cx_pipeline.synth.vendors.qualtrics.part import Part
from cx_pipeline.synth.vendors.qualtrics.survey import Kind

_KEY = pl.lit("qualtrics.responses:")


def note(folder: Delivery, part: Part, survey_id: str, at: int) -> None:
    """Note every response that was told of by the last night, and each of its answers."""
    name = f"{folder.source}_{part.survey.key}_{at:03}"
    folder.book.facts("survey_responses", name, _responses(part, survey_id))
    folder.book.facts("survey_answers", name, _answers(part, survey_id))
    published = part.known.filter(~pl.col("is_lost"))
    folder.book.people(
        published.select(record_key=_KEY + pl.col("response_id"), person="owner", kind=pl.lit("respondent"), link="link")
    )


def _score(part: Part, kind: Kind) -> pl.Series:
    """The score of the first question of a kind, null where it was not answered or lies outside its scale."""
    name = next(
        name
        for name, column in zip(part.survey.names, part.survey.columns, strict=True)
        if column.question.kind is kind and not column.is_group
    )
    column = "likely" if kind is Kind.NPS else "content"
    outside = met(part.cells["trap"], "score_outside_scale") & pl.lit(value=kind is Kind.NPS)
    answered = part.answers[name].state == "answered"
    return part.known.select(pl.when(answered & ~outside).then(column)).to_series()


def _responses(part: Part, survey_id: str) -> pl.DataFrame:
    survey = part.survey
    sane = ~met(part.known["trap"], "impossible_date")
    order, team = ("embedded", None) if survey is not PULSE else (None, "embedded")
    none, done, nps = pl.lit(None, pl.String), pl.col("progress") == 100, _score(part, Kind.NPS)
    return part.known.select(
        response_id=_KEY + pl.col("response_id"),
        survey_id=pl.lit(survey_id),
        survey=pl.lit(survey.key),
        audience=pl.lit("employee" if survey is PULSE else "customer"),
        person="owner",
        team=none if team is None else pl.col(team),
        status="status",
        is_preview=pl.col("status") == "1",
        is_test="is_test",
        is_spam=pl.col("status") == "8",
        # A legacy export has no time at which the tool closed what was never finished.
        completion=pl.when(done).then(pl.lit("complete")).otherwise(pl.lit("partial" if survey.legacy else "forced")),
        nps=nps,
        nps_group=pl.when(nps >= 9).then(pl.lit("promoter")).when(nps >= 7).then(pl.lit("passive"))
        .when(nps.is_not_null()).then(pl.lit("detractor")),
        csat=_score(part, Kind.CSAT),
        started_at=pl.when(sane).then(iso(pl.col("started"))),
        submitted_at=pl.when(done).then(iso(pl.col("ended"))),
        recorded_at=pl.lit(None, pl.String) if survey.legacy else iso(pl.col("recorded")),
        is_speeder=pl.lit(None, pl.Boolean) if survey.legacy else pl.when(done).then("speeder"),
        duplicate_of=_KEY + pl.col("duplicate_of"),
        distribution_channel=none if survey.legacy else pl.col("channel"),
        order_ref=none if order is None or not survey.embedded else pl.col(order),
        language=none if survey.legacy else pl.col("language").str.to_lowercase(),
        is_edited="is_edited",
        published=~pl.col("is_lost"),
    )  # fmt: skip


def _answers(part: Part, survey_id: str) -> pl.DataFrame:
    """One row a response and column. `written` is the cell as it stands in the file, `answer` what it says.

    An answer outside its scale is kept as it was given. What is embedded in a response is told like an answer.
    """
    rows = [_embedded(part)] if part.survey.embedded else []
    for name, column in zip(part.survey.names, part.survey.columns, strict=True):
        answer = part.answers[name]
        spoilt = (part.cells["cell"] == name).fill_null(value=False) & ~met(part.cells["trap"], "score_outside_scale")
        said = answer.state.is_in(["answered", "not_applicable"])
        legacy = part.survey.legacy
        rows.append(
            part.known.select(
                response_id=_KEY + pl.col("response_id"),
                column=pl.lit(column.tag),
                import_id=pl.lit(None if legacy else column.import_id, pl.String),
                question_key=pl.lit(column.tag if legacy else column.question_key),
                sub_question=pl.lit(None if legacy or column.question.kind is Kind.TEXT else column.sub, pl.String),
                answer_state=answer.state,
                answer=pl.when(spoilt).then(part.cells["clean"]).when(said).then(part.spoilt[name]),
                written=part.spoilt[name],
                published=~pl.col("is_lost"),
            )
        )
    return pl.concat(rows).with_columns(survey_id=pl.lit(survey_id))


def _embedded(part: Part) -> pl.DataFrame:
    name = part.survey.embedded
    return part.known.select(
        response_id=_KEY + pl.col("response_id"),
        column=pl.lit(name),
        import_id=pl.lit(name),
        question_key=pl.lit(name),
        sub_question=pl.lit(None, pl.String),
        answer_state=pl.when(pl.col("embedded").is_null()).then(pl.lit("not_asked")).otherwise(pl.lit("answered")),
        answer="embedded",
        written="embedded",
        published=~pl.col("is_lost"),
    )
