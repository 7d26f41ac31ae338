"""Pieces of conversations to be found again: whole exchanges, a question always with its answer, never two conversations in one.

An exchange begins where the customer speaks after the company did. Exchanges are put together as long as they begin within the
same stretch of `TOKENS` tokens, so that a conversation that goes on leaves the chunks before as they are, but the last.
"""

from __future__ import annotations

import hashlib

import polars as pl

from cx_pipeline.ai.turns import USER

CHUNKING_VERSION = 1
TOKENS = 400
CHARACTERS_OF_A_TOKEN = 4
_NAMES = {"user": "Customer", "assistant": "Agent"}


def chunks(turns: pl.DataFrame) -> pl.DataFrame:
    """`chunk_id, conversation_id, chunk` (from 1)`, first_turn, last_turn, text, token_estimate, content_hash, is_answered`.

    Args:
        turns: as from `turns.turns`.
    """
    opens = (pl.col("speaker") == USER) & (pl.col("turn") > 1)
    text = pl.concat_str(pl.col("speaker").replace_strict(_NAMES), pl.lit(": "), "content")
    tokens = (text.str.len_chars() / CHARACTERS_OF_A_TOKEN).ceil().cast(pl.Int64)
    told = turns.sort("conversation_id", "turn").with_columns(
        opens.cast(pl.Int64).cum_sum().over("conversation_id").alias("exchange"), text.alias("text"), tokens.alias("tokens")
    )
    before = (pl.col("tokens").cum_sum() - pl.col("tokens")).over("conversation_id")
    placed = told.with_columns(before.alias("before")).with_columns(
        (pl.col("before").first().over("conversation_id", "exchange") // TOKENS).alias("stretch")
    )
    made = placed.group_by("conversation_id", "stretch", maintain_order=True).agg(
        pl.col("turn").first().cast(pl.Int64).alias("first_turn"),
        pl.col("turn").last().cast(pl.Int64).alias("last_turn"),
        pl.col("text").str.join("\n\n"),
        pl.col("tokens").sum().alias("token_estimate"),
        (pl.col("speaker").n_unique() > 1).alias("is_answered"),
    )
    numbered = made.with_columns(pl.int_range(1, pl.len() + 1).over("conversation_id").alias("chunk"))
    hashes = pl.Series("content_hash", [hashlib.sha256(text.encode()).hexdigest() for text in numbered["text"]], dtype=pl.String)
    hashed = numbered.with_columns(hashes)
    keys = hashed.select(pl.concat_str("conversation_id", "chunk", "content_hash", separator="|")).to_series()
    ids = pl.Series("chunk_id", [hashlib.sha256(key.encode()).hexdigest()[:24] for key in keys], dtype=pl.String)
    return hashed.with_columns(ids).select(
        "chunk_id",
        "conversation_id",
        "chunk",
        "first_turn",
        "last_turn",
        "text",
        "token_estimate",
        "content_hash",
        "is_answered",
    )
