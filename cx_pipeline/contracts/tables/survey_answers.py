"""An answer to one question."""

from __future__ import annotations

import polars as pl

from cx_pipeline.contracts.column import Column, free_text
from cx_pipeline.contracts.dtypes import TEXT
from cx_pipeline.contracts.rule import Action, RowRule
from cx_pipeline.contracts.table import Table
from cx_pipeline.contracts.words import ANSWER_STATE

TABLE = Table(
    name="survey_answers",
    description="One answer of one response: one row a question, or a sub-question of a matrix.",
    key=("response_id", "question_key", "sub_question"),
    time="source_updated_at",
    own=(
        Column("response_id", TEXT, "The response, as its record key.", nullable=False),
        Column("question_key", TEXT, "The question's stable key in the survey.", nullable=False),
        Column("question_label", TEXT, "The question as it was asked."),
        Column("sub_question", TEXT, "The row of a matrix question; null for a plain one."),
        Column("answer_code", TEXT, "The code of the chosen answer, as the source wrote it."),
        free_text("text_answer", "What the respondent wrote."),
        Column("answer_state", TEXT, "Whether the question was asked and answered.", nullable=False, words=ANSWER_STATE),
    ),
    own_rules=(
        RowRule(
            id="survey_answers.answer_to_nothing",
            version=1,
            title="a question that was not asked has no written answer; otherwise the row is flagged",
            columns=("answer_state", "text_answer"),
            action=Action.FLAG,
            check=~pl.col("answer_state").is_in(["not_asked", "not_applicable"]) | pl.col("text_answer").is_null(),
            unknown_is_fine=True,
        ),
    ),
)
