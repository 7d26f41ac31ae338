"""Conversations as examples to be imitated: a customer's question first, the company's answer last.

One example a conversation. What comes before the first question and after the last answer is left away. Which conversations are
good enough is said by `unfit`, one reason each.
"""

from __future__ import annotations

import hashlib

import polars as pl

from cx_pipeline.ai.language import LEAST_LETTERS
from cx_pipeline.ai.turns import ASSISTANT, USER

FINISHED = ("solved", "closed")
MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
CHARACTERS_OF_A_TOKEN = 4
_BAD = 0.5
"""Share of the way from the worst score to the best below which an answer is not worth imitating."""


def unfit(conversations: pl.DataFrame, messages: pl.DataFrame) -> pl.DataFrame:
    """`conversation_id, reason` of conversations that are not imitated; null where nothing speaks against one.

    Args:
        conversations: `conversation_id, outcome, survey`.
        messages: `conversation_id, role, is_public, is_injection, is_truncated_history`.
    """
    public = messages.filter("is_public")
    told = public.group_by("conversation_id").agg(
        pl.col("is_injection").any().alias("injected"),
        pl.col("is_truncated_history").any().alias("truncated"),
        (~pl.col("role").is_in(["customer", "agent", "bot"])).any().alias("unknown"),
    )
    score = pl.col("survey").struct.field("score") - pl.col("survey").struct.field("scale_min")
    share = score / (pl.col("survey").struct.field("scale_max") - pl.col("survey").struct.field("scale_min"))
    reason = (
        pl.when(~pl.col("outcome").is_in(list(FINISHED)))
        .then(pl.lit("not_finished"))
        .when(pl.col("injected").fill_null(value=False))
        .then(pl.lit("injected_instructions"))
        .when(pl.col("unknown").fill_null(value=False))
        .then(pl.lit("unknown_author"))
        .when(pl.col("truncated").fill_null(value=False))
        .then(pl.lit("truncated_history"))
        .when(share < _BAD)
        .then(pl.lit("bad_survey"))
    )
    return conversations.join(told, on="conversation_id", how="left", maintain_order="left").select(
        "conversation_id", reason.alias("reason")
    )


def examples(turns: pl.DataFrame) -> pl.DataFrame:
    """`conversation_id, messages, turns, token_estimate`, by conversation; none of one without a question and a real answer.

    Args:
        turns: as from `turns.turns`, of fit conversations.
    """
    asked = pl.col("turn").filter(pl.col("speaker") == USER).min().over("conversation_id")
    answered = pl.col("turn").filter(pl.col("speaker") == ASSISTANT).max().over("conversation_id")
    inner = turns.filter(pl.col("turn") >= asked, pl.col("turn") <= answered)
    made = inner.group_by("conversation_id", maintain_order=True).agg(
        pl.struct(pl.col("speaker").alias("role"), "content").alias("messages"),
        pl.len().cast(pl.Int64).alias("turns"),
        (pl.col("content").str.len_chars().sum() / CHARACTERS_OF_A_TOKEN).ceil().cast(pl.Int64).alias("token_estimate"),
        pl.col("letters").filter(pl.col("speaker") == ASSISTANT).max().alias("longest_answer"),
    )
    kept = made.filter(pl.col("turns") >= 2, pl.col("longest_answer") >= LEAST_LETTERS)
    return kept.select("conversation_id", pl.col("messages").cast(MESSAGES), "turns", "token_estimate").sort("conversation_id")


def with_ids(examples: pl.DataFrame) -> pl.DataFrame:
    """Examples with their `example_id`, which changes with the conversation or the content."""
    said = examples.select(
        pl.concat_str("conversation_id", pl.struct("messages").struct.json_encode(), separator="|")
    ).to_series()
    ids = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in said]
    return examples.with_columns(pl.Series("example_id", ids, dtype=pl.String))


def faults(examples: pl.DataFrame) -> int:
    """How many examples break the rules of fine-tuning services: roles that alternate from user to assistant, none empty."""
    turn = pl.element().struct
    roles = pl.col("messages").list.eval(turn.field("role"))
    expected = pl.int_ranges(0, pl.col("messages").list.len()).list.eval(
        pl.when(pl.element() % 2 == 0).then(pl.lit(USER)).otherwise(pl.lit(ASSISTANT))
    )
    empty = pl.col("messages").list.eval(turn.field("content").fill_null("").str.strip_chars() == "").list.any()
    odd = pl.col("messages").list.len() % 2 == 1
    none = pl.col("messages").list.len() == 0
    wrong = roles.list.join(" ") != expected.list.join(" ")
    return int(examples.select((none | odd | empty | wrong).fill_null(value=True).sum()).item())
