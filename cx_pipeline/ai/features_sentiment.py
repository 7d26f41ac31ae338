"""How the customer's own words sound, by the scorer of the marts, message by message and summed up by customer."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from cx_pipeline.ai.features_snapshot import Moments
from cx_pipeline.marts import sentiment

NEGATIVE = -0.05
"""The authors' own border of a negative text."""


def scored(words: pl.DataFrame, store: Path | None = None) -> pl.DataFrame:
    """`customer_id, message_id, sent_at, score` of the messages that can be scored.

    Args:
        words: `customer_id, message_id, sent_at, language, text` of messages; `text` is redacted.
        store: Parquet file of scores by hash, read where there is one and replaced; it keeps only texts that still exist.
    """
    return pl.concat(list(sentiment.scored([words], store))).select("customer_id", "message_id", "sent_at", "score")


def summed(scores: pl.DataFrame, moments: Moments) -> pl.DataFrame:
    """`customer_id` and the columns of `SENTIMENT`, for those with a scored message."""
    recent = pl.col("sent_at") > moments["last_90_days"]
    score = pl.col("score").filter(recent)
    return scores.group_by("customer_id").agg(
        recent.sum().cast(pl.Int64).alias("sentiment_messages_90d"),
        score.sort().mean().alias("sentiment_mean_90d"),
        score.min().alias("sentiment_lowest_90d"),
        (score <= NEGATIVE).mean().alias("sentiment_negative_share_90d"),
        pl.col("score").sort_by("sent_at", "message_id").last().alias("sentiment_last"),
    )
