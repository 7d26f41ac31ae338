"""Double submits: a response that says what the same person, or the same device, said of the same survey minutes before.

The rule asks for everything at once: same survey, same person or network, same score, comment and answers, about the same
interaction and order, and no more than ten minutes between one and the next. The earliest stays; both stay published, and
`duplicate_of` names the one that counts. Nothing depends on the order of the rows.
"""

from __future__ import annotations

import polars as pl

#: Longest time between a submit and its repetition.
WINDOW_MINUTES = 10
_SAID = ("score_original", "text_comment", "interaction_id", "order_id")
_ANSWERED = ("answered", "not_applicable")


def double_submits(responses: pl.LazyFrame, answers: pl.LazyFrame, origins: pl.LazyFrame) -> pl.DataFrame:
    """Responses that repeat an earlier one.

    Args:
        responses: rows of `survey_responses`, people resolved.
        answers: rows of `survey_answers`.
        origins: rows of `response_origins`.

    Returns:
        `response_id, duplicate_of`, one row a repetition; what it repeats is none itself.
    """
    told = (
        responses.filter(~pl.col("is_deleted").fill_null(value=False))
        .select(
            "response_id",
            pl.concat_str("source_system", "survey_id", separator="\x1f", ignore_nulls=True).alias("survey"),
            "customer_id",
            pl.coalesce("submitted_at", "recorded_at", "started_at").alias("at"),
            *_SAID,
        )
        .join(origins.select("response_id", "network").unique("response_id", keep="any"), on="response_id", how="left")
        .filter(pl.col("at").is_not_null() & pl.any_horizontal(pl.col("customer_id", "network").is_not_null()))
        .collect()
    )
    people = _near(told.filter(pl.col("customer_id").is_not_null()).with_columns(pl.col("customer_id").alias("who")), [])
    networks = _near(told.filter(pl.col("network").is_not_null()).with_columns(pl.col("network").alias("who")), [])
    near = pl.concat([people, networks]).unique("response_id", keep="any").select("response_id")
    if near.is_empty():
        return pl.DataFrame(schema={"response_id": pl.String, "duplicate_of": pl.String})
    said = _said(told.join(near, on="response_id", how="semi"), answers)
    pairs = pl.concat(
        [
            _repeats(_with_said(people, said)),
            _repeats(_of_one_person(_with_said(networks, said))),
        ]
    )
    return _to_the_first(pairs)


def _near(told: pl.DataFrame, also: list[str]) -> pl.DataFrame:
    """Responses that have another one of the same survey and origin (and whatever else is given) close by.

    Those close to each other in a row get one `burst`.
    """
    group = ["survey", "who", *also]
    ordered = told.sort(*group, "at", "response_id")
    gap = (pl.col("at") - pl.col("at").shift(1).over(group)) <= pl.duration(minutes=WINDOW_MINUTES)
    return (
        ordered.with_columns((~gap.fill_null(value=False)).cum_sum().alias("burst"))
        .filter(pl.len().over("burst") > 1)
        .select(*told.columns, "burst")
    )


def _said(told: pl.DataFrame, answers: pl.LazyFrame) -> pl.DataFrame:
    """What each response says, as one text: `response_id, said`; silent ones are left out."""
    one = pl.concat_str(
        *(pl.col(name).fill_null("") for name in ("question_key", "sub_question", "answer_code", "text_answer")), separator="\x1f"
    )
    given = (
        answers.filter(pl.col("answer_state").is_in(_ANSWERED))
        .join(told.lazy().select("response_id"), on="response_id", how="semi")
        .select("response_id", one.alias("answer"))
        .collect()
        .group_by("response_id")
        .agg(pl.col("answer").sort().str.join("\x1e").alias("answers"))
    )
    joined = told.join(given, on="response_id", how="left")
    speaks = pl.any_horizontal(pl.col("score_original", "text_comment", "answers").is_not_null())
    whole = pl.concat_str(*(pl.col(name).fill_null("") for name in (*_SAID, "answers")), separator="\x1d")
    return joined.filter(speaks).select("response_id", whole.alias("said"))


def _with_said(near: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Again by what was said: two who say different things in between do not part those who say the same."""
    return _near(near.drop("burst").join(said, on="response_id"), ["said"])


def _of_one_person(bursts: pl.DataFrame) -> pl.DataFrame:
    """A network that several known people answer from is a family's or an office's, and no evidence."""
    return bursts.filter(pl.col("customer_id").drop_nulls().n_unique().over("burst") <= 1)


def _repeats(bursts: pl.DataFrame) -> pl.DataFrame:
    first = pl.col("response_id").sort_by("at", "response_id").first().over("burst")
    at = pl.col("at").min().over("burst")
    return bursts.select("response_id", first.alias("first"), at.alias("at")).filter(pl.col("response_id") != pl.col("first"))


def _to_the_first(pairs: pl.DataFrame) -> pl.DataFrame:
    """Follow repetitions of repetitions to the one that repeats nothing. Every step goes to an earlier response."""
    found = pairs.sort("response_id", "at", "first").unique("response_id", keep="first", maintain_order=True)
    found = found.select("response_id", pl.col("first").alias("duplicate_of"))
    while True:
        further = found.join(
            found.rename({"response_id": "duplicate_of", "duplicate_of": "_earlier"}), on="duplicate_of", how="left"
        )
        followed = further.select("response_id", pl.coalesce("_earlier", "duplicate_of").alias("duplicate_of"))
        if further["_earlier"].is_null().all():
            return followed.sort("response_id")
        found = followed
