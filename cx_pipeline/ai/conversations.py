"""A conversation as the dataset has it: its messages in order, and what is known of the matter and of its quality."""

from __future__ import annotations

import polars as pl

_MESSAGE = (
    "message_id",
    "position",
    "role",
    "is_public",
    "sent_at",
    "text",
    "parts",
    "language",
    "language_confidence",
    "language_source",
    "is_auto_reply",
    "is_boilerplate",
    "is_low_information",
    "is_injection",
    "is_template",
    "n_occurrences",
    "pii_counts",
    "attachment_count",
)
_MATTER = (
    "source_system",
    "kind",
    "channel",
    "direction",
    "department",
    "team",
    "category",
    "status",
    "priority",
    "outcome",
    "subject",
    "started_at",
    "ended_at",
    "first_reply_ms",
    "resolution_ms",
    "reopen_count",
    "survey",
    "dq_flags",
)


def conversations(matters: pl.DataFrame, messages: pl.DataFrame) -> pl.DataFrame:
    """One row a conversation, by id.

    Args:
        matters: as from `published.conversations`, with `n_occurrences` and `is_template`.
        messages: as from `messages.prepared`, repeats left out, with `n_occurrences` and `is_template`.
    """
    renamed = messages.rename({"confidence": "language_confidence"})
    listed = renamed.group_by("conversation_id", maintain_order=True).agg(
        pl.col("conversation_language").first().alias("language"),
        pl.len().cast(pl.Int64).alias("message_count"),
        _flags().alias("quality_flags"),
        pl.struct(_MESSAGE).alias("messages"),
    )
    return (
        matters.join(listed, on="conversation_id")
        .select(
            "conversation_id",
            "customer_id",
            *_MATTER,
            "language",
            "message_count",
            "n_occurrences",
            "is_template",
            "quality_flags",
            "messages",
        )
        .sort("conversation_id")
    )


def _flags() -> pl.Expr:
    """What is to be known of a whole conversation, one word each."""
    role = pl.col("role")
    spoken = pl.col("is_public") & ~pl.col("is_auto_reply") & ~pl.col("is_boilerplate")
    languages = pl.col("language").filter(pl.col("language_source") == "text").n_unique()
    flags = {
        "no_question": ~(spoken & (role == "customer")).any(),
        "no_answer": ~(spoken & (role == "agent")).any(),
        "bot_only": (spoken & (role == "bot")).any() & ~(spoken & (role == "agent")).any(),
        "low_information": pl.col("is_low_information").all(),
        "auto_reply": pl.col("is_auto_reply").any(),
        "injected_instructions": pl.col("is_injection").any(),
        "truncated_history": pl.col("is_truncated_history").any(),
        "unknown_author": (role == "unknown").any(),
        "several_languages": languages > 1,
        "unknown_times": pl.col("sent_at").is_null().any(),
    }
    words = [pl.when(test).then(pl.lit(word)) for word, test in flags.items()]
    return pl.concat_list(words).list.drop_nulls().first()
