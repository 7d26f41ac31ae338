"""How the customer's own words sound, by the VADER lexicon (Hutto and Gilbert, 2014): -1 negative to 1 positive.

The lexicon is English, and words of other languages are false friends in it (the German article "die" counts as dying): a
message is scored only when it is said or seems to be English, and has a word that the lexicon knows. Scores depend on nothing
but the text, so they are kept by its hash from night to night.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import polars as pl
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from cx_pipeline.ai.features_snapshot import Moments
from cx_pipeline.warehouse.durable import sync

VERSION = 1
"""Raise it when texts are prepared or scored otherwise: kept scores are made anew."""
NEGATIVE = -0.05
"""The authors' own border of a negative text."""
CACHE = {"digest": pl.String, "version": pl.Int64, "score": pl.Float64}
_LONGEST = 5_000
_TAG = r"\[[A-Z][A-Z_]*(?::[^\]]*)?\]"
_FUNCTION_WORDS = (
    r"(?i)\b(?:the|and|you|your|my|this|that|with|have|has|had|please|thanks|thank|from|are|been|would|still"
    r"|i'm|it's|don't|can't)\b"
)
_WORD = r"\b[A-Za-z][A-Za-z']*\b"
_FEW_WORDS = 6


def scored(words: pl.DataFrame, store: Path | None = None) -> pl.DataFrame:
    """`customer_id, message_id, sent_at, score` of the messages that can be scored.

    Args:
        words: `customer_id, message_id, sent_at, language, text` of messages; `text` is redacted.
        store: Parquet file of scores by hash, read where there is one and replaced; it keeps only texts that still exist.
    """
    prepared = words.with_columns(_plain().alias("_plain")).filter(_is_english())
    texts = prepared.select(pl.col("_plain").unique()).drop_nulls()
    digests = texts.with_columns(pl.Series("digest", [_digest(text) for text in texts["_plain"]], pl.String))
    scores = digests.join(_kept(store), on="digest", how="left").with_columns(pl.col("score").is_not_null().alias("_is_kept"))
    new = scores.filter(~pl.col("_is_kept")).drop("score")
    made = new.with_columns(pl.Series("score", [_score(text) for text in new["_plain"]], pl.Float64))
    scores = pl.concat([scores.filter("_is_kept"), made.select(scores.columns)])
    if store is not None:
        _keep(scores, store)
    # Not a number stands for a text that the lexicon has no word of.
    told = scores.filter(pl.col("score").is_not_nan()).select("_plain", "score")
    return prepared.join(told, on="_plain").select("customer_id", "message_id", "sent_at", "score")


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


def _plain() -> pl.Expr:
    return pl.col("text").str.replace_all(_TAG, " ").str.replace_all(r"\s+", " ").str.strip_chars().str.slice(0, _LONGEST)


def _is_english() -> pl.Expr:
    """What the source says of the language decides; where it says nothing, two function words do, or one in a short text."""
    said = pl.col("language").str.to_lowercase()
    found = pl.col("_plain").str.extract_all(_FUNCTION_WORDS).list.eval(pl.element().str.to_lowercase()).list.n_unique()
    seems = (found >= 2) | ((found >= 1) & (pl.col("_plain").str.count_matches(_WORD) <= _FEW_WORDS))
    return pl.when(said.is_null() | (said == "und")).then(seems).otherwise(said.str.starts_with("en"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _score(text: str) -> float:
    found = _analyser().polarity_scores(text)
    return float(found["compound"]) if found["pos"] + found["neg"] > 0 else float("nan")


@cache
def _analyser() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


def _kept(store: Path | None) -> pl.DataFrame:
    found = pl.read_parquet(store, glob=False) if store is not None and store.is_file() else pl.DataFrame(schema=CACHE)
    return found.filter(version=VERSION).select("digest", "score")


def _keep(scores: pl.DataFrame, store: Path) -> None:
    aside = store.with_name(f"{store.name}.tmp")
    rows = scores.select("digest", pl.lit(VERSION, pl.Int64).alias("version"), "score").sort("digest")
    rows.write_parquet(aside, compression="zstd")
    sync(aside)
    aside.replace(store)
    sync(store.parent)
