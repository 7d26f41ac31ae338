"""Qualtrics: responses to surveys, one file a survey, a column a question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub import text
from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, looks_like_test_person
from cx_pipeline.sources import qualtrics_header
from cx_pipeline.sources.audience import audience
from cx_pipeline.sources.columns import (
    as_written,
    boolean,
    decimal,
    duration,
    each,
    email_address,
    external_id,
    identifier,
    identity,
    language_code,
    person_name,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Field, Rows, TableMap
from cx_pipeline.sources.items import cells_of
from cx_pipeline.sources.scores import SCORE, scored

response_id = partial(identifier, shape=shaped("Qualtrics", "^[A-Za-z]{1,3}_[A-Za-z0-9]{1,60}$"))

# The response type, as number and as word; the numbers are bits that add up (9 is a preview taken for spam).
_TYPES = {
    "ip address": 0,
    "survey preview": 1,
    "survey test": 2,
    "imported": 4,
    "spam": 8,
    "possible spam": 8,
    "offline": 16,
    "offline response": 16,
    "offline survey preview": 17,
}
_PREVIEW, _TEST, _SPAM = 1, 2, 8
_SEEN_UNANSWERED = "-99"
_QUESTION = re.compile(r"(?:(?P<loop>\d+)_)?(?P<question>QID\d+)(?P<part>.*)")
_NPS_GROUP = "_NPS_GROUP"
# Reading and understanding takes no less than 300 ms a word (Zhang and Conrad, "Speeding in Web Surveys", 2014).
_READING_MS_A_WORD = 300


def _questions(columns: Sequence[str], _: Context) -> list[str]:
    """Every column that is no fact of the response itself; data embedded in it answers nothing, but is told like an answer."""
    return [name for name in columns if name not in qualtrics_header.RECORDED and name not in _DERIVED]


def _parts(column: str) -> tuple[str, str | None]:
    """Question, and which part of it: of a matrix, a loop, a list of choices. A tag without an id is a question of its own."""
    found = _QUESTION.fullmatch(column)
    if found is None:
        return column, None
    part = "_".join(piece for piece in (found["loop"], found["part"].lstrip("_-#")) if piece)
    return found["question"], part or None


def _about(columns: Sequence[str], context: Context) -> dict[str, list[str | None]]:
    parts = [_parts(name) for name in columns]
    # The text of a plain question is the question's own answer, unless that has a column, too.
    taken = {question for question, part in parts if part is None}
    parts = [(question, None if part == "TEXT" and question not in taken else part) for question, part in parts]
    return {
        "question": [question for question, _ in parts],
        "part": [part for _, part in parts],
        "label": [context.labels.get(name) for name in columns],
        "kind": ["text" if "TEXT" in name else "choice" if name in context.choices else None for name in columns],
    }


# Columns made of others: the answer that is the survey's score, and how long its questions take to read.
_SCORE, _METRIC, _READING = "cx score", "cx metric", "cx reading ms"
_DERIVED = (_SCORE, _METRIC, _READING)


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    questions = _questions(columns, context)
    declared = context.survey.question if context.survey is not None else None
    scored = _nps(questions)
    score = [name for name in questions if name == declared] or scored
    told: set[str] = set()
    reading = []
    for name in [column for column in questions if not column.endswith(_NPS_GROUP)]:
        label = context.labels.get(name, "")
        question = _parts(name)[0]
        words = len(re.findall(r"\w+", re.split(r"\s?-\s?", label)[-1] if question in told else label))
        told.add(question)
        reading.append(pl.when(_answered(name)).then(pl.lit(words * _READING_MS_A_WORD)).otherwise(0))
    return {
        **({_SCORE: pl.col(score[0])} if len(score) == 1 else {}),
        **({_METRIC: pl.lit("nps")} if len(scored) == 1 and score == scored else {}),
        **({_READING: pl.sum_horizontal(reading)} if reading else {}),
    }


def _nps(questions: Sequence[str]) -> list[str]:
    """The questions whose answers the vendor itself groups into promoters, passives and detractors."""
    return [name for name in questions if f"{name}{_NPS_GROUP}" in questions]


def _answered(column: str) -> pl.Expr:
    cell = pl.col(column).fill_null("").str.strip_chars()
    return (cell != "") & (cell != _SEEN_UNANSWERED)


def _has(bit: int) -> pl.Expr:
    return ((pl.col("type") & bit) > 0).fill_null(value=False)


def _whole(first: str, last: str) -> pl.Expr:
    parts = pl.concat_str(first, last, separator=" ", ignore_nulls=True)
    return pl.when(parts != "").then(parts)


def _test_response(context: Context) -> pl.Expr:
    by_name = looks_like_test_person(pl.col("raw.name"), address_told("RecipientEmail"), context.test_domains)
    return _has(_TEST) | (pl.col("DistributionChannel") == "test").fill_null(value=False) | by_name


_ANSWERS = cells_of(
    "answers",
    _questions,
    about=_about,
    fields=(
        as_written("question"),
        as_written("part"),
        as_written("label"),
        as_written("kind"),
        Field("cell", lambda _: text.HTML, alias="answer"),
    ),
    prepare={
        "is_code": pl.col("item.answer").str.contains(r"^-?\d{1,6}(?:\.\d{1,6})?(?:,-?\d{1,6})*$")
        & (pl.col("item.kind") != "text").fill_null(value=True),
        "state": pl.when(~written("raw.item.answer"))
        .then(pl.lit("not_asked"))
        .when(pl.col("item.answer") == _SEEN_UNANSWERED)
        .then(pl.lit("seen_unanswered"))
        # Negative codes are given to answers such as "no basis for an opinion", to keep them out of averages.
        .when(pl.col("is_code") & pl.col("item.answer").str.starts_with("-"))
        .then(pl.lit("not_applicable"))
        .otherwise(pl.lit("answered")),
        "is_choice": (pl.col("is_code") | (pl.col("item.kind") == "choice").fill_null(value=False))
        & pl.col("state").is_in(["answered", "not_applicable"]),
    },
)


def _own(kind: str, column: str, *raw: str) -> Rows:
    """An identifier of the respondent, where the response tells of somebody who can be known again."""
    rows = identity(kind, column, pl.col("record"), raw[0], since=pl.col("StartDate"))
    some = pl.any_horizontal(written(name) for name in raw)
    named = pl.any_horizontal(written(name) for name in _KNOWN_AGAIN)
    return Rows(columns=rows.columns, contains=(some & named).cast(pl.Int64), when=written(f"raw.{column}") & pl.col("is_known"))


_KNOWN_AGAIN = ("RecipientEmail", "ExternalReference")

RESPONSES = Export(
    source="qualtrics",
    name="responses",
    title="Responses to a survey: one row a response, a column a question.",
    formats=("CSV or TSV with one, two or three header rows",),
    header=qualtrics_header.read,
    is_named_by_file=True,
    open_columns=True,
    derive=_derive,
    key="ResponseId",
    clock=("RecordedDate", "EndDate"),
    fields=(
        response_id("ResponseId", required=True),
        timestamp("StartDate"),
        timestamp("EndDate"),
        timestamp("RecordedDate"),
        as_written("Status"),
        boolean("Finished"),
        decimal("Progress"),
        duration("Duration (in seconds)", "s", alias="duration_ms"),
        word("DistributionChannel"),
        language_code("UserLanguage"),
        email_address("RecipientEmail"),
        person_name("RecipientFirstName"),
        person_name("RecipientLastName"),
        person_name("Name"),
        external_id("ExternalReference"),
        word("IPAddress"),
        as_written(_SCORE, alias="score"),
        as_written(_METRIC, alias="told_metric"),
        duration(_READING, "ms", alias="reading_ms"),
    ),
    prepare={
        "type": pl.coalesce(
            pl.col("Status").str.strip_chars().cast(pl.Int64, strict=False),
            pl.col("Status").str.strip_chars().str.to_lowercase().replace_strict(_TYPES, default=None, return_dtype=pl.Int64),
        ),
        "name": pl.coalesce("Name", _whole("RecipientFirstName", "RecipientLastName")),
        "raw.name": pl.coalesce(
            pl.when(written("raw.Name")).then("raw.Name"), _whole("raw.RecipientFirstName", "raw.RecipientLastName")
        ),
        "is_known": pl.any_horizontal(written(f"raw.{name}") for name in _KNOWN_AGAIN),
        "is_finished": pl.coalesce("Finished", pl.col("Progress") >= 100),
        # Who stops half-way is recorded all the same, by the tool, when the time that the survey allows is over.
        "is_forced": ~pl.col("is_finished") & (pl.col("RecordedDate") > pl.col("EndDate").dt.offset_by("1m")),
        # The metric as the export tells it is the name of its scale, too.
        **scored(pl.when(pl.col("raw.score").str.strip_chars() != _SEEN_UNANSWERED).then("raw.score"), pl.col("told_metric")),
        "flags": pl.when(_has(_SPAM)).then(pl.lit(["taken_for_spam"])).otherwise(pl.lit([], dtype=pl.List(pl.String))),
    },
    test=_test_response,
    tables=(
        TableMap(
            "survey_responses",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "response_id": pl.col("record"),
                        "survey_id": pl.when(pl.col("file_label") != "").then("file_label"),
                        **SCORE,
                        "audience": audience(),
                        "started_at": pl.col("StartDate"),
                        "submitted_at": pl.when("is_finished").then("EndDate"),
                        "recorded_at": pl.col("RecordedDate"),
                        "completion": pl.when("is_finished")
                        .then(pl.lit("complete"))
                        .when("is_forced")
                        .then(pl.lit("forced"))
                        .when(~pl.col("is_finished"))
                        .then(pl.lit("partial")),
                        "is_preview": _has(_PREVIEW) | (pl.col("DistributionChannel") == "preview").fill_null(value=False),
                        "is_speeder": pl.when("is_finished").then(pl.col("duration_ms") < pl.col("reading_ms")),
                        "distribution_channel": pl.col("DistributionChannel"),
                        "customer_record": pl.when("is_known").then("record"),
                        "language": pl.col("UserLanguage"),
                        "dq_flags": pl.concat_list("dq_flags", "score.flags", "flags").list.sort(),
                    },
                ),
            ),
        ),
        TableMap(
            "survey_answers",
            rows=(
                Rows(
                    items=_ANSWERS,
                    contains=each(),
                    columns={
                        "response_id": pl.col("record"),
                        "question_key": pl.col("item.question"),
                        "question_label": pl.col("item.label"),
                        "sub_question": pl.col("item.part"),
                        "answer_code": pl.when("is_choice").then("item.answer"),
                        "text_answer": pl.when((pl.col("state") == "answered") & ~pl.col("is_choice")).then("item.answer"),
                        "answer_state": pl.col("state"),
                    },
                ),
            ),
        ),
        TableMap(
            "response_origins",
            rows=(
                Rows(
                    contains=each("IPAddress"),
                    when=written("raw.IPAddress"),
                    columns={"response_id": pl.col("record"), "network": pl.col("IPAddress")},
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=pl.any_horizontal(written(name) for name in _KNOWN_AGAIN).cast(pl.Int64),
                    when=pl.col("is_known"),
                    columns={
                        "customer_record": pl.col("record"),
                        "language": pl.col("UserLanguage"),
                        "first_seen_at": pl.col("StartDate"),
                        "last_seen_at": pl.coalesce("EndDate", "StartDate"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _own("email", "RecipientEmail", "RecipientEmail"),
                _own("external_id", "ExternalReference", "ExternalReference"),
                _own("name", "name", "Name", "RecipientFirstName", "RecipientLastName"),
            ),
        ),
    ),
)
