"""Typeform: responses to forms from its API, its webhooks and its results page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, has_test_tag, looks_like_test_person
from cx_pipeline.sources.audience import audience
from cx_pipeline.sources.columns import (
    as_written,
    each,
    email_address,
    external_id,
    html,
    identifier,
    identity,
    language_code,
    line,
    person_name,
    phone_number,
    timestamp,
    word,
    written,
)
from cx_pipeline.sources.export import Context, Export, Field, Rows, TableMap
from cx_pipeline.sources.items import cells_of, elements_of, entries_of
from cx_pipeline.sources.naming import fold
from cx_pipeline.sources.scores import SCORE, scored
from cx_pipeline.sources.spellings import folded_names, under_one_name

response_id = partial(identifier, shape=shaped("Typeform", "^[A-Za-z0-9_-]{1,64}$"))

# Facts of the response, in the API's words; behind them the labels of the files of the results page. `#` is the token there.
_SPELLINGS = {
    "token": "response_id|response id|response token",
    "landing_id": "landing id",
    "form_id": "form id",
    "landed_at": "start date (utc)|start date|started at|landed at",
    "submitted_at": "submit date (utc)|submit date|submitted at",
    "stage_date": "stage date (utc)|stage date",
    "response_type": "response type",
    "network_id": "network id",
    "tags": "tag",
    "score": "calculated score",
    "ending": "ending displayed|thankyou_screen_ref",
}
_TOLD = folded_names(_SPELLINGS)
_JSON = ("answers", "hidden", "calculated", "variables", "metadata", "definition", "form_response", "event_id", "event_type")
# Hidden fields are named by whoever made the form; these names tell who answered.
_WHO = {
    "email": ("email", "e-mail", "email_address", "user_email", "customer_email"),
    "phone": ("phone", "phone_number", "mobile"),
    "name": ("name", "full_name", "customer_name", "user_name"),
    "customer_key": ("customer_id", "external_id", "user_id", "account_id", "customerid", "userid", "contact_id"),
}
_IDENTIFYING = frozenset(fold(name) for spelled in _WHO.values() for name in spelled)
_ID = re.compile(r"[A-Za-z0-9_-]+")
_RECOMMEND = re.compile(r"(?i)how likely (?:are|is) (?:you|it).{0,60}recommend")
# Nobody reads a form, decides and sends it in three seconds, nor answers a question in less than one.
_FASTEST_MS, _FASTEST_ANSWER_MS = 3000, 1000


def _derive(columns: Sequence[str], context: Context) -> Mapping[str, pl.Expr]:
    made = under_one_name(columns, _SPELLINGS)
    have = {*columns, *made}

    def told(name: str) -> pl.Expr:
        """A fact of the response, also from inside of a webhook's event."""
        inside = [pl.col("form_response").str.json_path_match(f"$.{name}")] if "form_response" in columns else []
        own = [made.get(name, pl.col(name))] if name in have else []
        return pl.coalesce(*own, *inside, pl.lit(None, dtype=pl.String))

    def who(kind: str) -> pl.Expr:
        hidden = [told("hidden").str.json_path_match(f"$['{name}']") for name in _WHO[kind]]
        wanted = set(map(fold, _WHO[kind]))
        cells = [pl.when(written(name)).then(pl.col(name)) for name in columns if fold(name) in wanted]
        return pl.coalesce(*hidden, *cells, pl.lit(None, dtype=pl.String))

    answers = told("answers")
    token = [pl.col("#")] if "#" in columns else []
    score, scale = _scored(columns, context, answers)
    questions = _questions(columns, context)
    return {
        **{
            name: told(name)
            for name in ("form_id", "landed_at", "submitted_at", "stage_date", "response_type", "ending", "hidden")
        },
        "answers": answers,
        "token": pl.coalesce(told("token"), *token),
        "tags": pl.coalesce(told("tags"), told("hidden").str.json_path_match("$.tags")),
        "network_id": pl.coalesce(told("network_id"), told("metadata").str.json_path_match("$.network_id")),
        "referer": told("metadata").str.json_path_match("$.referer"),
        "platform": told("metadata").str.json_path_match("$.platform"),
        "locale": told("hidden").str.json_path_match("$['locale']"),
        "email": pl.coalesce(answers.str.json_path_match("$[?(@.type=='email')].email"), who("email")),
        "phone": pl.coalesce(answers.str.json_path_match("$[?(@.type=='phone_number')].phone_number"), who("phone")),
        "name": who("name"),
        "customer_key": who("customer_key"),
        # Points that the form gives to answers; a score of the survey only where the settings say so.
        "cx points": pl.coalesce(told("score"), told("calculated").str.json_path_match("$.score")),
        "cx score": score,
        "cx scale": scale,
        "cx answers": answers.str.count_matches(r'"field"\s*:').cast(pl.Int64).fill_null(0)
        + (pl.sum_horizontal(written(name).cast(pl.Int64) for name in questions) if questions else 0),
    }


def _scored(columns: Sequence[str], context: Context, answers: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The answer that is the survey's score, and the name of its scale as far as the form tells."""
    nothing = pl.lit(None, dtype=pl.String)
    question = context.survey.question if context.survey is not None else None
    if question is not None:
        cell = [pl.col(question)] if question in columns else []
        if question == "calculated" and question in columns:
            cell = [pl.col(question).str.json_path_match("$.score")]
        places = [f"$[?(@.field.{name}=='{question}')]" for name in ("id", "ref")] if _ID.fullmatch(question) else []
        found = [
            answers.str.json_path_match(f"{place}.{value}")
            for place in places
            for value in ("number", "boolean", "choice.label", "text")
        ]
        return pl.coalesce(*cell, *found, nothing), nothing
    asked = [name for name in columns if _RECOMMEND.search(name)]
    if len(asked) == 1:
        return pl.col(asked[0]), pl.lit("nps")
    nps = answers.str.json_path_match("$[?(@.field.type=='nps')].number")
    stars = answers.str.json_path_match("$[?(@.field.type=='rating')].number")
    ratings = answers.str.count_matches(r'"type"\s*:\s*"rating"')
    alone = pl.when(ratings == 1).then(stars)
    scale = pl.when(nps.is_not_null()).then(pl.lit("nps")).when(alone.is_not_null()).then(pl.lit("stars_5"))
    return pl.coalesce(nps, alone), scale


def _questions(columns: Sequence[str], _: Context) -> list[str]:
    """Columns of the files of the results page that hold answers; hidden fields are told like answers, too."""
    return [
        name
        for name in columns
        if name != "#" and name not in _JSON and name not in _MADE and fold(name) not in _TOLD and fold(name) not in _IDENTIFYING
    ]


_MADE = (
    "referer",
    "platform",
    "locale",
    "email",
    "phone",
    "name",
    "customer_key",
    "cx points",
    "cx score",
    "cx scale",
    "cx answers",
)


def _test_response(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.name"), address_told("email"), context.test_domains) | has_test_tag(pl.col("tags"))


_LABELS = "$.choices.labels[0]"
_ANSWERS = elements_of(
    "answers",
    "answers",
    fields=(
        line("item", alias="question", at="$.field.id"),
        line("item", alias="ref", at="$.field.ref"),
        line("item", alias="title", at="$.field.title"),
        as_written("item", alias="many", at=_LABELS),
        *(
            line("item", alias=alias, at=at)
            for alias, at in (
                ("choice", "$.choice.label"),
                ("number_given", "$.number"),
                ("boolean", "$.boolean"),
                ("date", "$.date"),
                ("amount", "$.payment.amount"),
            )
        ),
        *(
            html("item", alias=alias, at=at)
            for alias, at in (
                ("text", "$.text"),
                ("other", "$.choice.other"),
                ("others", "$.choices.other"),
                ("email", "$.email"),
                ("phone", "$.phone_number"),
                ("url", "$.url"),
                ("file", "$.file_url"),
            )
        ),
    ),
    prepare={
        "key": pl.coalesce("item.question", "item.ref", pl.concat_str(pl.lit("answer "), "item.number")),
        "label": pl.coalesce("item.title", "item.ref"),
        "code": pl.coalesce(*(f"item.{name}" for name in ("choice", "boolean", "date", "amount")), "item.number_given"),
        "told": pl.coalesce(*(f"item.{name}" for name in ("text", "other", "others", "email", "phone", "url", "file"))),
    },
)
_OPTIONS = elements_of(
    "options",
    "answers",
    "$",
    "$.choices.labels",
    fields=(
        line("up1", alias="question", at="$.field.id"),
        line("up1", alias="ref", at="$.field.ref"),
        line("up1", alias="title", at="$.field.title"),
        line("item", alias="option", at="$"),
    ),
    prepare={
        "key": pl.coalesce("item.question", "item.ref", pl.concat_str(pl.lit("answer "), "item.number")),
        "label": pl.coalesce("item.title", "item.ref"),
    },
)
_NOTHING = ("null", '""')


def _tells(raw: str) -> pl.Expr:
    """A hidden field that says something, and not who answered; over raw text, for mapping and count alike."""
    key = pl.col(f"{raw}key").str.to_lowercase().str.replace_all(r"[\W_]+", "")
    return ~pl.col(f"{raw}{'told' if raw else 'item'}").is_in(_NOTHING) & ~key.is_in(sorted(_IDENTIFYING))


_HIDDEN = entries_of(
    "hidden", "hidden", fields=(line("key"), as_written("item", alias="told"), html("item", alias="value", at="$"))
)


def _about(columns: Sequence[str], context: Context) -> dict[str, list[str | None]]:
    return {"kind": ["choice" if name in context.choices else None for name in columns]}


_CELLS = cells_of(
    "columns",
    _questions,
    about=_about,
    fields=(line("column"), as_written("kind"), Field("cell", html("cell").rules, alias="value")),
    prepare={
        "is_code": pl.col("item.value").str.contains(r"^-?\d{1,6}(?:\.\d{1,4})?$")
        | (pl.col("item.kind") == "choice").fill_null(value=False)
    },
)
_COMPLETED = pl.col("response_type").str.to_lowercase().str.strip_chars()


_SOMEBODY = ("email", "phone", "customer_key")
_IS_SOMEBODY = pl.any_horizontal(written(f"raw.{name}") for name in _SOMEBODY)


def _own(kind: str, column: str) -> Rows:
    """An identifier of the respondent, where the response tells of somebody who can be known again."""
    rows = identity(kind, column, pl.col("record"), column, since=pl.col("landed_at"))
    somebody = pl.any_horizontal(written(name) for name in _SOMEBODY)
    return Rows(
        columns=rows.columns, contains=(written(column) & somebody).cast(pl.Int64), when=written(f"raw.{column}") & _IS_SOMEBODY
    )


RESPONSES = Export(
    source="typeform",
    name="responses",
    title="Responses to a form: answers by the type of their question, hidden fields, and where they came from.",
    formats=("JSON (API pages, events of webhooks)", "NDJSON", "CSV"),
    page_keys=("items",),
    is_named_by_file=True,
    open_columns=True,
    derive=_derive,
    key="token",
    clock=("modified", "landed_at"),
    fields=(
        response_id("token"),
        line("form_id"),
        timestamp("landed_at"),
        timestamp("submitted_at"),
        timestamp("stage_date"),
        word("response_type"),
        as_written("network_id"),
        as_written("tags"),
        as_written("answers"),
        as_written("hidden"),
        word("platform"),
        email_address("email"),
        phone_number("phone"),
        person_name("name"),
        external_id("customer_key"),
        language_code("locale"),
        line("cx points", alias="points"),
        as_written("cx score", alias="score"),
        as_written("cx scale", alias="scale"),
        as_written("cx answers", alias="answer_count"),
    ),
    prepare={
        "modified": pl.coalesce("submitted_at", "stage_date", "landed_at"),
        "survey": pl.coalesce("form_id", pl.when(pl.col("file_label") != "").then("file_label")),
        "is_complete": pl.coalesce(_COMPLETED == "completed", pl.col("submitted_at").is_not_null()),
        "taken_ms": (pl.col("submitted_at") - pl.col("landed_at")).dt.total_milliseconds(),
        "fastest_ms": pl.max_horizontal(
            pl.lit(_FASTEST_MS, dtype=pl.Int64), pl.col("answer_count").cast(pl.Int64, strict=False) * _FASTEST_ANSWER_MS
        ),
        **scored(pl.col("raw.score"), pl.col("scale")),
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
                        **SCORE,
                        "response_id": pl.col("record"),
                        "survey_id": pl.col("survey"),
                        "audience": audience("survey"),
                        "started_at": pl.col("landed_at"),
                        "submitted_at": pl.when("is_complete").then("submitted_at"),
                        "recorded_at": pl.col("modified"),
                        "completion": pl.when("is_complete").then(pl.lit("complete")).otherwise(pl.lit("partial")),
                        "is_speeder": pl.when("is_complete").then(
                            pl.col("taken_ms").is_between(0, pl.col("fastest_ms"), closed="left")
                        ),
                        "distribution_channel": pl.col("platform"),
                        "customer_record": pl.when(_IS_SOMEBODY).then("record"),
                        "language": pl.col("locale"),
                    },
                ),
            ),
        ),
        TableMap(
            "survey_answers",
            rows=(
                Rows(
                    items=_ANSWERS,
                    contains=(~written("item", _LABELS)).cast(pl.Int64),
                    when=~written("raw.item.many"),
                    columns={
                        "response_id": pl.col("record"),
                        "question_key": pl.col("key"),
                        "question_label": pl.col("label"),
                        "answer_code": pl.col("code"),
                        "text_answer": pl.col("told"),
                        "answer_state": pl.lit("answered"),
                    },
                ),
                Rows(
                    items=_OPTIONS,
                    contains=each(),
                    columns={
                        "response_id": pl.col("record"),
                        "question_key": pl.col("key"),
                        "question_label": pl.col("label"),
                        "sub_question": pl.col("item.option"),
                        "answer_code": pl.col("item.option"),
                        "answer_state": pl.lit("answered"),
                    },
                ),
                Rows(
                    items=_HIDDEN,
                    contains=_tells("").cast(pl.Int64),
                    when=_tells("raw.item."),
                    columns={
                        "response_id": pl.col("record"),
                        "question_key": pl.coalesce("item.key", pl.lit("hidden")),
                        "text_answer": pl.col("item.value"),
                        "answer_state": pl.lit("answered"),
                    },
                ),
                Rows(
                    items=_CELLS,
                    contains=each("cell"),
                    when=written("raw.item.value"),
                    columns={
                        "response_id": pl.col("record"),
                        "question_key": pl.coalesce("item.column", pl.lit("column")),
                        "question_label": pl.col("item.column"),
                        "answer_code": pl.when("is_code").then("item.value"),
                        "text_answer": pl.when(~pl.col("is_code")).then("item.value"),
                        "answer_state": pl.lit("answered"),
                    },
                ),
                Rows(
                    contains=each("cx points"),
                    when=written("raw.points"),
                    columns={
                        "response_id": pl.col("record"),
                        "question_key": pl.lit("calculated_score"),
                        "answer_code": pl.col("points"),
                        "answer_state": pl.lit("answered"),
                    },
                ),
            ),
        ),
        TableMap(
            "response_origins",
            rows=(
                Rows(
                    contains=each("network_id"),
                    when=written("raw.network_id"),
                    columns={"response_id": pl.col("record"), "network": pl.col("network_id")},
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=pl.any_horizontal(written(name) for name in _SOMEBODY).cast(pl.Int64),
                    when=_IS_SOMEBODY,
                    columns={
                        "customer_record": pl.col("record"),
                        "language": pl.col("locale"),
                        "first_seen_at": pl.col("landed_at"),
                        "last_seen_at": pl.coalesce("submitted_at", "landed_at"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _own("email", "email"),
                _own("phone", "phone"),
                _own("name", "name"),
                _own("external_id", "customer_key"),
            ),
        ),
    ),
)
