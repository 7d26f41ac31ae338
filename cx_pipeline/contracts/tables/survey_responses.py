"""A response to a survey."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column, customer, enum, free_text, record_id
from cx_pipeline.contracts.conditions import LANGUAGE, in_order, matches, not_itself
from cx_pipeline.contracts.dtypes import BOOLEAN, NUMBER, TEXT, TIME
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import AUDIENCE, COMPLETION, NPS_GROUP, SURVEY_METRIC

_SCORE = pl.col("score")
# Reichheld, "The One Number You Need to Grow" (2003): promoters answer 9 or 10, detractors 6 or less, of 0 to 10.
_GROUP = pl.when(_SCORE >= 9).then(pl.lit("promoter")).when(_SCORE >= 7).then(pl.lit("passive")).otherwise(pl.lit("detractor"))
_NO_GROUP = {"nps_group": pl.lit(None, dtype=TEXT)}

TABLE = Table(
    name="survey_responses",
    description="One response to one survey; a person may give several.",
    key=("response_id",),
    time="submitted_at",
    own=(
        record_id("response_id", "response"),
        Column("survey_id", TEXT, "The survey; from the file's name or the settings where the export has none."),
        Column("audience", TEXT, "Who was asked.", words=AUDIENCE),
        *enum("metric", SURVEY_METRIC, "What the score measures."),
        Column("score_original", TEXT, "The score as the source wrote it: a number, a word or a symbol."),
        Column("score", NUMBER, "The score as a number between scale_min and scale_max.", unit="scale_min to scale_max"),
        Column("scale_min", NUMBER, "Lowest score of the scale."),
        Column("scale_max", NUMBER, "Highest score of the scale."),
        Column("nps_group", TEXT, "For nps: promoter 9 to 10, passive 7 to 8, detractor 0 to 6.", words=NPS_GROUP),
        Column("started_at", TIME, "When the respondent began.", unit="UTC"),
        Column("submitted_at", TIME, "When the respondent finished.", unit="UTC"),
        Column("recorded_at", TIME, "When the tool closed the response; may be days later for abandoned ones.", unit="UTC"),
        Column("completion", TEXT, "How it ended: forced means the tool closed it.", words=COMPLETION),
        Column("is_preview", BOOLEAN, "True for a preview by the survey's makers."),
        Column("is_speeder", BOOLEAN, "True where it was filled in faster than it can be read."),
        Column("duplicate_of", TEXT, "The response it repeats (a double submit)."),
        Column("distribution_channel", TEXT, "How the survey reached the respondent, as the source names it."),
        customer("The person who answered."),
        Column("interaction_id", TEXT, "The interaction it is about, as its record key."),
        Column("order_id", TEXT, "The order it is about, as its record key."),
        Column("language", TEXT, "Language of the survey, BCP 47 tag."),
        free_text("text_comment", "The comment beside the score."),
    ),
    own_rules=(
        matches("survey_responses.language_malformed", "language", LANGUAGE, "a BCP 47 tag", repair=True),
        RowRule(
            id="survey_responses.score_outside_scale",
            version=1,
            title="score lies within its scale; otherwise score and nps_group are nulled",
            columns=("score", "scale_min", "scale_max"),
            action=Action.REPAIR,
            check=_SCORE.is_between("scale_min", "scale_max"),
            unknown_is_fine=True,
            repair={"score": pl.lit(None, dtype=NUMBER), **_NO_GROUP},
        ),
        RowRule(
            id="survey_responses.score_without_scale",
            version=1,
            title="a score comes with a scale whose lowest value is below its highest; otherwise score and nps_group are nulled",
            columns=("score", "scale_min", "scale_max"),
            action=Action.REPAIR,
            check=_SCORE.is_null() | (pl.col("scale_min") < pl.col("scale_max")),
            repair={"score": pl.lit(None, dtype=NUMBER), **_NO_GROUP},
        ),
        RowRule(
            id="survey_responses.nps_group_contradicts_score",
            version=1,
            title="nps_group belongs to an nps score on 0 to 10 and says the same; otherwise it is nulled",
            columns=("nps_group", "metric", "score", "scale_min", "scale_max"),
            action=Action.REPAIR,
            check=pl.col("nps_group").is_null()
            | ~pl.col("nps_group").is_in(list(NPS_GROUP))
            | (
                (pl.col("metric") == "nps")
                & (pl.col("scale_min") == 0)
                & (pl.col("scale_max") == 10)
                & _SCORE.is_not_null()
                & (pl.col("nps_group") == _GROUP)
            ),
            repair=_NO_GROUP,
        ),
        in_order("survey_responses.submitted_before_started", "started_at", "submitted_at"),
        not_itself("survey_responses.duplicate_of_itself", "duplicate_of", "response_id"),
    ),
)
