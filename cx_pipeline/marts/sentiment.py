"""How the customer's own words sound, by the VADER lexicon (Hutto and Gilbert, 2014): -1 negative to 1 positive.

The lexicon is English, and words of other languages are false friends in it (the German article "die" counts as dying): a
text is scored only when it is said or seems to be English, and has a word that the lexicon knows. It knows words and their
neighbours, not what is meant: irony, and calm reports of great harm, sound well. Scores depend on nothing but the text, so they
are kept by its hash from night to night.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

import polars as pl
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from cx_pipeline.marts.declared import Given
from cx_pipeline.marts.mart import SCHEMA
from cx_pipeline.warehouse.durable import sync
from cx_pipeline.warehouse.staged_table import StagedColumn, StagedTable

STORE = "sentiment.parquet"
"""Name of the file of kept scores in the state folder."""
CACHE = {"digest": pl.String, "version": pl.Int64, "score": pl.Float64}
WORDS = """
SELECT 'messages' AS table_name, message_id AS record_id, language, text_masked AS text FROM main.messages
WHERE author_kind = 'customer' AND NOT is_deleted AND NOT is_test AND is_auto_reply IS NOT TRUE AND text_masked IS NOT NULL
UNION ALL
SELECT 'survey_responses', response_id, language, text_comment FROM main.survey_responses
WHERE audience = 'customer' AND NOT is_deleted AND NOT is_test AND is_preview IS NOT TRUE AND duplicate_of IS NULL
  AND text_comment IS NOT NULL"""
"""The customer's own words: what customers wrote, and what they said beside a score."""
TABLE = Given(
    StagedTable(
        SCHEMA,
        "sentiment",
        "One row: words of a customer that the English lexicon of VADER can score. Words of other languages, and those that it "
        "has no word of, are not here.",
        (
            StagedColumn("table_name", "VARCHAR", "Where the words stand: messages or survey_responses.", nullable=False),
            StagedColumn("record_id", "VARCHAR", "The message or response.", nullable=False),
            StagedColumn("score", "DOUBLE", "How they sound. Unit: -1 (negative) to 1 (positive)."),
        ),
        ("table_name", "record_id"),
    ),
    ("table_name", "record_id"),
)
_LONGEST = 5_000
_TAG = r"\[[A-Z][A-Z_]*(?::[^\]]*)?\]"
_FUNCTION_WORDS = (
    r"(?i)\b(?:the|and|you|your|my|this|that|with|have|has|had|please|thanks|thank|from|are|been|would|still"
    r"|i'm|it's|don't|can't)\b"
)
_WORD = r"\b[A-Za-z][A-Za-z']*\b"
_FEW_WORDS = 6


def scored(batches: Iterable[pl.DataFrame], store: Path | None = None) -> Iterator[pl.DataFrame]:
    """The rows that can be scored, with `score` in place of `text`.

    Args:
        batches: any columns, with `language` and `text`; texts are redacted.
        store: Parquet file of scores by hash, read where there is one. It is replaced behind the last batch, and then keeps
            only texts that were among these.
    """
    kept = _kept(store)
    seen: list[pl.DataFrame] = []
    known = kept
    for batch in batches:
        prepared = batch.with_columns(_plain().alias("_plain")).filter(_is_english()).drop("text")
        texts = prepared.select(pl.col("_plain").unique()).drop_nulls()
        digests = texts.with_columns(pl.Series("digest", [_digest(text) for text in texts["_plain"]], pl.String))
        met = digests.join(known, on="digest", how="left").with_columns(pl.col("score").is_not_null().alias("_is_known"))
        new = met.filter(~pl.col("_is_known"))
        made = new.with_columns(pl.Series("score", [_score(text) for text in new["_plain"]], pl.Float64))
        scores = pl.concat([met.filter("_is_known"), made])
        seen.append(scores.select("digest", "score"))
        known = pl.concat([known, made.select("digest", "score")])
        # Not a number stands for a text that the lexicon has no word of.
        told = scores.filter(pl.col("score").is_not_nan()).select("_plain", "score")
        yield prepared.join(told, on="_plain").drop("_plain", "language")
    if store is not None:
        _keep(pl.concat([kept.clear(), *seen]).unique("digest"), store)


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


@cache
def version() -> int:
    """Names what prepares texts and scores them: scores of another one are made anew."""
    said = f"vaderSentiment {metadata.version('vaderSentiment')} polars {pl.__version__}".encode()
    return int.from_bytes(hashlib.sha256(said + Path(__file__).read_bytes()).digest()[:7])


def _kept(store: Path | None) -> pl.DataFrame:
    """Scores by the present words; none that cannot be read, as they can be made again."""
    try:
        found = pl.read_parquet(store, glob=False) if store is not None and store.is_file() else pl.DataFrame(schema=CACHE)
    except (OSError, pl.exceptions.PolarsError):
        found = pl.DataFrame(schema=CACHE)
    return found.filter(version=version()).select("digest", "score")


def _keep(scores: pl.DataFrame, store: Path) -> None:
    aside = store.with_name(f"{store.name}.tmp")
    rows = scores.select("digest", pl.lit(version(), pl.Int64).alias("version"), "score").sort("digest")
    rows.write_parquet(aside, compression="zstd")
    sync(aside)
    aside.replace(store)
    sync(store.parent)
