"""Who speaks when: neighbouring messages of one side become one turn, as chat formats want it."""

from __future__ import annotations

import polars as pl

USER, ASSISTANT = "user", "assistant"
SPEAKERS = {"customer": USER, "agent": ASSISTANT, "bot": ASSISTANT}


def spoken(messages: pl.DataFrame) -> pl.DataFrame:
    """The messages that are said from one side to the other: public, with a body, no automatic answer and no template."""
    return messages.filter(
        pl.col("is_public"),
        ~pl.col("is_auto_reply"),
        ~pl.col("is_boilerplate"),
        pl.col("body").fill_null("") != "",
        pl.col("role").is_in(list(SPEAKERS)),
    )


def turns(messages: pl.DataFrame) -> pl.DataFrame:
    """`conversation_id, turn` (from 1)`, speaker, content, letters, first_position, last_position`, in order.

    Args:
        messages: of whole conversations, by conversation and position.
    """
    said = spoken(messages).with_columns(pl.col("role").replace_strict(SPEAKERS).alias("speaker"))
    changes = (pl.col("speaker") != pl.col("speaker").shift(1).over("conversation_id")).fill_null(value=True)
    numbered = said.with_columns(changes.cast(pl.Int64).cum_sum().over("conversation_id").alias("turn"))
    return numbered.group_by("conversation_id", "turn", maintain_order=True).agg(
        pl.col("speaker").first(),
        pl.col("body").str.join("\n\n").alias("content"),
        pl.col("letters").sum(),
        pl.col("position").first().alias("first_position"),
        pl.col("position").last().alias("last_position"),
    )
