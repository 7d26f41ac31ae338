"""Delighted: responses of its surveys, who was asked, who unsubscribed and whose address bounced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.test_records import address_told, has_test_tag, looks_like_test_person
from cx_pipeline.sources.audience import audience
from cx_pipeline.sources.columns import (
    as_written,
    choice,
    each,
    email_address,
    external_id,
    html,
    identifier,
    identity,
    key_of,
    language_code,
    line,
    names,
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

delighted_id = partial(identifier, shape=shaped("Delighted", "^[A-Za-z0-9_-]{1,80}$"))
seconds = partial(timestamp, declared="epoch_s")

_FORMATS = ("JSON (array, API pages)", "NDJSON", "CSV")
_PEOPLE = "delighted.people"
# Effort is asked for as agreement with "they made it easy": the high end is the good one.
_SCALES = {
    "nps": "nps",
    "enps": "nps",
    "csat": "csat_5",
    "csat5": "csat_5",
    "csat3": "csat_3",
    "csat7": "csat_7",
    "ces": "ces_5",
    "ces5": "ces_5",
    "ces7": "ces_7",
    "5star": "stars_5",
    "5stars": "stars_5",
    "fivestar": "stars_5",
    "starsfive": "stars_5",
    "stars": "stars_5",
    "thumbs": "thumbs",
    "smileys": "smileys_5",
    "smileys5": "smileys_5",
    "smileys3": "smileys_3",
    "pmf": "pmf_3",
}
# The columns of the files that the dashboard writes, as far as they are facts of the response.
_SPELLINGS = {
    "id": "response id|survey response id|survey_response_id",
    "person": "person id|respondent id",
    "email": "email address|person email|customer email|respondent email",
    "name": "person name|full name|customer name|respondent name",
    "phone_number": "phone|person phone number|mobile",
    "survey_type": "survey|survey method|metric|question type",
    "score": "rating|survey score",
    "comment": "feedback|survey comment|response comment",
    "permalink": "link|url|response link|response url",
    "created_at": "responded at|response date|response time|survey response date|date|submitted at|survey responded at",
    "updated_at": "last updated at|modified at",
    "sent_at": "survey sent at|survey sent|sent|sent date|survey date|survey request date",
    "tags": "tag",
    "notes": "note",
    "channel": "delighted source|source|survey channel|platform",
    "locale": "language|delighted language",
    "customer_key": "customer id|customer_id|external id|user id|account id",
    "person_properties": "properties",
    "additional_answers": "additional questions",
}
_TOLD = folded_names(_SPELLINGS)
_PROPERTIES = "person_properties"


def _derive(columns: Sequence[str], _: Context) -> Mapping[str, pl.Expr]:
    made = under_one_name(columns, _SPELLINGS)

    def told(name: str) -> pl.Expr:
        return made.get(name, pl.col(name)) if name in {*columns, *made} else pl.lit(None, dtype=pl.String)

    def of_person(name: str) -> pl.Expr:
        return pl.coalesce(told(name), pl.when(is_whole).then(person.str.json_path_match(f"$.{name}")))

    def of_property(name: str, *spelled: str) -> pl.Expr:
        properties = told("person_properties")
        return pl.coalesce(told(name), *(properties.str.json_path_match(f"$['{spelling}']") for spelling in spelled))

    person = told("person")
    is_whole = person.str.starts_with("{").fill_null(value=False)
    tags = told("tags").str.strip_chars()
    own = told("id")
    return {
        **made,
        # Files without ids still hold the link to the response, which is its own.
        "id": pl.when(own.fill_null("").str.strip_chars() != "")
        .then(own)
        .otherwise(told("permalink").str.extract(r"/([A-Za-z0-9_-]+)/?(?:[?#].*)?$")),
        "person": pl.when(is_whole).then(person.str.json_path_match("$.id")).otherwise(person),
        **{name: of_person(name) for name in ("email", "name", "phone_number")},
        "channel": of_property("channel", "Delighted Source", "delighted_source", "source"),
        "locale": of_property("locale", "locale", "Locale", "language", "Language"),
        "customer_key": of_property("customer_key", "customer_id", "Customer ID", "external_id", "user_id", "account_id"),
        "tags": pl.when(tags.str.starts_with("["))
        .then(tags)
        .when(tags != "")
        .then(
            pl.concat_str(pl.lit('["'), tags.str.replace_all(r'["\\]', "").str.replace_all(r"\s*[,;|]\s*", '","'), pl.lit('"]'))
        ),
    }


_WHO = ("email", "name", "phone_number", "customer_key")


def _test_response(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.name"), address_told("email"), context.test_domains) | has_test_tag(
        pl.col("raw.tags")
    )


_MANY = "$.value.select_many[0]"
_ANSWER = (
    delighted_id("item", alias="question", at="$.question.id"),
    line("item", alias="label", at="$.question.text"),
    as_written("item", alias="many", at=_MANY),
    html("item", alias="text", at="$.value.free_response"),
    line("item", alias="scale", at="$.value.scale"),
    line("item", alias="picked", at="$.value.select_one.text"),
    line("item", alias="picked_id", at="$.value.select_one.id"),
)
_QUESTION = pl.coalesce("item.question", "item.label", pl.concat_str(pl.lit("answer "), "item.number"))
_ANSWERS = elements_of(
    "answers",
    "additional_answers",
    fields=_ANSWER,
    prepare={
        "code": pl.coalesce("item.picked", "item.picked_id", "item.scale"),
        "state": pl.when(pl.any_horizontal(pl.col("code", "item.text").is_not_null()))
        .then(pl.lit("answered"))
        .otherwise(pl.lit("seen_unanswered")),
    },
)
_PICKED = elements_of(
    "options",
    "additional_answers",
    "$",
    "$.value.select_many",
    fields=(
        delighted_id("up1", alias="question", at="$.question.id"),
        line("up1", alias="label", at="$.question.text"),
        line("item", alias="option", at="$.text"),
        line("item", alias="option_id", at="$.id"),
    ),
)
_NOTHING = ("null", '""')
# Who somebody is goes into identities, not into answers.
_IDENTIFYING = frozenset(map(fold, ("email", "name", "first name", "last name", "phone", "phone number", "customer id")))


def _tells(raw: str) -> pl.Expr:
    """A property that says something, and not who it is; over raw text, for mapping and count alike."""
    key = pl.col(f"{raw}key").str.to_lowercase().str.replace_all(r"[\W_]+", "")
    return ~pl.col(f"{raw}{'told' if raw else 'item'}").is_in(_NOTHING) & ~key.is_in(sorted(_IDENTIFYING))


_PROPERTY_ITEMS = entries_of(
    "properties",
    "person_properties",
    fields=(line("key"), as_written("item", alias="told"), html("item", alias="value", at="$")),
)


def _further(columns: Sequence[str], _: Context) -> list[str]:
    """Further columns of the dashboard's files: answers to additional questions, and properties of the person."""
    if "permalink" in columns and "additional_answers" in columns:  # the API's records hold them in lists
        return []
    return [name for name in columns if name not in _SPELLINGS and fold(name) not in _TOLD | _IDENTIFYING]


_CELLS = cells_of(
    "columns",
    _further,
    fields=(line("column"), Field("cell", html("cell").rules, alias="value")),
)
_TAGS = elements_of("tags", "tags", fields=(line("item", alias="tag", at="$"), as_written("item", alias="told")))


def _own(kind: str, column: str, raw: str | None = None) -> Rows:
    return identity(kind, column, pl.col("customer"), raw or column, since=pl.col("created_at"))


_IS_SOMEBODY = pl.any_horizontal(written(f"raw.{name}") for name in _WHO)

RESPONSES = Export(
    source="delighted",
    name="responses",
    title="Responses to surveys: a score, a comment and answers to additional questions.",
    formats=_FORMATS,
    page_keys=("survey_responses", "responses", "data"),
    is_named_by_file=True,
    open_columns=True,
    derive=_derive,
    key="id",
    clock=("modified", "created_at"),
    fields=(
        delighted_id("id"),
        delighted_id("person"),
        choice("survey_type", "delighted_survey_type", _SCALES, alias="scale"),
        as_written("score"),
        html("comment"),
        seconds("created_at"),
        seconds("updated_at"),
        seconds("sent_at"),
        email_address("email"),
        person_name("name"),
        phone_number("phone_number"),
        external_id("customer_key"),
        as_written("tags"),
        word("channel"),
        language_code("locale"),
    ),
    prepare={
        "modified": pl.max_horizontal("updated_at", "created_at"),
        # The person's own record, or the response itself where it tells of one without an id.
        "customer": pl.coalesce(key_of(_PEOPLE, "person"), pl.when(_IS_SOMEBODY).then(key_of("delighted.responses", "id"))),
        "is_given": written("raw.score") | written("raw.comment"),
        "is_enps": (pl.col("raw.scale").str.to_lowercase().str.contains("enps")).fill_null(value=False),
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
                        "survey_id": pl.when(pl.col("file_label") != "").then("file_label"),
                        "audience": audience("raw.scale"),
                        "metric_raw": pl.col("raw.scale"),
                        "started_at": pl.col("sent_at"),
                        "submitted_at": pl.when("is_given").then("created_at"),
                        "recorded_at": pl.col("created_at"),
                        "completion": pl.when("is_given").then(pl.lit("complete")),
                        "distribution_channel": pl.col("channel"),
                        "customer_record": pl.col("customer"),
                        "language": pl.col("locale"),
                        "text_comment": pl.col("comment"),
                    },
                ),
            ),
        ),
        TableMap(
            "survey_answers",
            rows=(
                Rows(
                    items=_ANSWERS,
                    contains=(~written("item", _MANY)).cast(pl.Int64),
                    when=~written("raw.item.many"),
                    columns={
                        "response_id": pl.col("record"),
                        "question_key": _QUESTION,
                        "question_label": pl.col("item.label"),
                        "answer_code": pl.col("code"),
                        "text_answer": pl.col("item.text"),
                        "answer_state": pl.col("state"),
                    },
                ),
                Rows(
                    items=_PICKED,
                    contains=each(),
                    columns={
                        "response_id": pl.col("record"),
                        "question_key": _QUESTION,
                        "question_label": pl.col("item.label"),
                        "sub_question": pl.coalesce("item.option_id", "item.option"),
                        "answer_code": pl.coalesce("item.option", "item.option_id"),
                        "answer_state": pl.lit("answered"),
                    },
                ),
                Rows(
                    items=_PROPERTY_ITEMS,
                    contains=_tells("").cast(pl.Int64),
                    when=_tells("raw.item."),
                    columns={
                        "response_id": pl.col("record"),
                        "question_key": pl.coalesce("item.key", pl.lit("property")),
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
                        "text_answer": pl.col("item.value"),
                        "answer_state": pl.lit("answered"),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=pl.any_horizontal(written(name) for name in _WHO).cast(pl.Int64),
                    when=_IS_SOMEBODY,
                    columns={
                        "customer_record": pl.col("customer"),
                        "language": pl.col("locale"),
                        "first_seen_at": pl.coalesce("sent_at", "created_at"),
                        "last_seen_at": pl.coalesce("created_at", "sent_at"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _own("email", "email"),
                _own("name", "name"),
                _own("phone", "phone_number"),
                _own("external_id", "customer_key"),
            ),
        ),
        TableMap(
            "feedback_actions",
            rows=(
                Rows(
                    items=_TAGS,
                    contains=(~pl.col("item").is_in(_NOTHING)).cast(pl.Int64),
                    when=~pl.col("raw.item.told").is_in(_NOTHING),
                    columns={
                        "action_id": pl.concat_str("record", pl.lit("#tag"), "item.number"),
                        "feedback_table": pl.lit("survey_responses"),
                        "feedback_id": pl.col("record"),
                        "tag": pl.col("item.tag"),
                    },
                ),
            ),
        ),
    ),
)


def _person_identity(kind: str, column: str) -> Rows:
    return identity(kind, column, pl.col("record"), column, since=pl.col("created_at"))


def _test_person(context: Context) -> pl.Expr:
    return looks_like_test_person(pl.col("raw.name"), address_told("email"), context.test_domains)


PEOPLE = Export(
    source="delighted",
    name="people",
    title="People who were or will be asked.",
    formats=_FORMATS,
    page_keys=("people", "data"),
    ignore=frozenset({"next_survey_scheduled_at"}),
    key="id",
    clock=("modified",),
    fields=(
        delighted_id("id", required=True),
        email_address("email"),
        person_name("name"),
        phone_number("phone_number"),
        seconds("created_at"),
        seconds("last_sent_at"),
        seconds("last_responded_at"),
    ),
    prepare={"modified": pl.max_horizontal("created_at", "last_sent_at", "last_responded_at")},
    test=_test_person,
    tables=(
        TableMap(
            "people",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "customer_record": pl.col("record"),
                        "first_seen_at": pl.col("created_at"),
                        "last_seen_at": pl.max_horizontal("last_responded_at", "created_at"),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                _person_identity("email", "email"),
                _person_identity("name", "name"),
                _person_identity("phone", "phone_number"),
            ),
        ),
    ),
)


def _stream(name: str, at: str, title: str, table: str, columns: Mapping[str, pl.Expr]) -> Export:
    """A stream of what happened to people: each has one time, and names the person by id, address and name."""
    customer = key_of(_PEOPLE, "person_id")
    return Export(
        source="delighted",
        name=name,
        title=title,
        formats=_FORMATS,
        page_keys=(name, "data"),
        derive=lambda columns, _: {
            **(made := under_one_name(columns, {"person_id": "person|id", at: "date|created_at", "email": "email address"})),
            # The same person may unsubscribe, or bounce, again.
            "event": pl.concat_str(
                *(made.get(name, pl.col(name) if name in columns else pl.lit("")) for name in ("person_id", at)), separator="_"
            ).str.strip_chars("_"),
        },
        known=names("id person date created_at"),
        key="event",
        clock=(at,),
        fields=(
            delighted_id("event"),
            delighted_id("person_id"),
            email_address("email"),
            person_name("name"),
            seconds(at),
        ),
        test=_test_person,
        tables=(
            TableMap(table, primary=True, rows=(Rows(contains=each(), columns=columns),)),
            TableMap(
                "people",
                rows=(
                    Rows(
                        contains=each(),
                        when=pl.col("person_id").is_not_null(),
                        columns={
                            "customer_record": customer,
                            "first_seen_at": pl.col(at),
                            "last_seen_at": pl.col(at),
                            "is_contact": pl.lit(value=True),
                        },
                    ),
                ),
            ),
            TableMap(
                "customer_identities",
                rows=tuple(identity(kind, kind, customer, kind, since=pl.col(at)) for kind in ("email", "name")),
            ),
        ),
    )


UNSUBSCRIBES = _stream(
    "unsubscribes",
    "unsubscribed_at",
    "People who want no surveys any more.",
    "consent_events",
    {
        "event_id": pl.col("record"),
        "identity": pl.struct(
            kind=pl.when(pl.col("email").is_not_null()).then(pl.lit("email")).otherwise(pl.lit("external_id")),
            token=pl.coalesce("email", "person_id"),
        ),
        "customer_record": key_of(_PEOPLE, "person_id"),
        "channel": pl.lit("email"),
        # A survey asks how to do better; it sells nothing.
        "purpose": pl.lit("functional.service.improve"),
        "state": pl.lit("withdrawn"),
        "state_raw": pl.lit("unsubscribed"),
        "occurred_at": pl.col("unsubscribed_at"),
    },
)
BOUNCES = _stream(
    "bounces",
    "bounced_at",
    "People whose address took no survey.",
    "marketing_events",
    {
        "event_id": pl.col("record"),
        "customer_record": key_of(_PEOPLE, "person_id"),
        "campaign": pl.lit("survey"),
        "kind": pl.lit("bounce"),
        "kind_raw": pl.lit("bounced"),
        "occurred_at": pl.col("bounced_at"),
    },
)
