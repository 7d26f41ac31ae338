"""A message as the dataset has it: its labelled parts, its language, and what is to be known before it is used."""

from __future__ import annotations

import polars as pl

from cx_pipeline.ai import labels
from cx_pipeline.ai.injection import is_injection
from cx_pipeline.ai.language import LEAST_LETTERS, languages, letters, settled

COMPANY = ("agent", "bot", "system")


def labelled_lines(messages: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """The lines of messages with their labels, and who they are from and to.

    Args:
        messages: as from `published.messages`.
        customers: `conversation_id, customer_id`.
    """
    of = messages.join(customers, on="conversation_id", how="left").select(
        "message_id", "customer_id", pl.col("role").is_in(list(COMPANY)).alias("is_from_company")
    )
    return labels.lines(messages).join(of, on="message_id", how="left", maintain_order="left")


def prepared(messages: pl.DataFrame, lines: pl.DataFrame, common: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """The messages with all that is found out about each.

    Args:
        messages: a batch of whole conversations, as from `published.messages`.
        lines: of the batch, as from `labelled_lines`.
        common: lines that the company sends to many.
        customers: `conversation_id, customer_id, customer_language`.

    Returns:
        The columns of `messages` and parts, body, letters, language (with confidence and source, and the conversation's),
        is_low_information, is_boilerplate, is_injection; in the order of the batch.
    """
    told = labels.parts(labels.with_common(lines, common))
    joined = messages.join(told, on="message_id", how="left", maintain_order="left").with_columns(
        letters(pl.col("body")).cast(pl.Int64).alias("letters"),
        pl.int_range(1, pl.len() + 1).over("conversation_id").alias("position"),
    )
    automatic = pl.col("is_auto_reply") | labels.is_automatic(pl.col("body"))
    of_all = pl.col("parts").list.eval(pl.element().struct.field("label") == labels.BOILERPLATE).list.any()
    flagged = joined.with_columns(
        automatic.alias("is_auto_reply"),
        (pl.col("letters") < LEAST_LETTERS).alias("is_low_information"),
        (of_all & (pl.col("letters") < LEAST_LETTERS)).alias("is_boilerplate"),
        is_injection(pl.col("text")).alias("is_injection"),
    )
    with_language = flagged.with_columns(languages(flagged["body"]))
    languages_of = customers.select("conversation_id", "customer_language")
    return settled(with_language.join(languages_of, on="conversation_id", how="left", maintain_order="left")).drop(
        "customer_language"
    )
