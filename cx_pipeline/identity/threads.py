"""Messages that tell only which message they answer, brought to the conversation that the first of them began."""

from __future__ import annotations

import polars as pl

_EXPORT = pl.concat_str("source_system", pl.lit("."), "source_entity", pl.lit(":"))
# Each round doubles how far back is looked, so this is far more than any thread is long; it ends threads that go in circles.
_ROUNDS = 40


def with_conversation(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Give every message of a thread the conversation of the message it goes back to.

    A message that is a record of its own and names another record of its export as its interaction answers that one. Where the
    message answered was not delivered, what is known of the thread belongs to that one's key.

    Args:
        rows: messages in lake form.
    """
    is_record = pl.col("message_id") == pl.concat_str(_EXPORT, "source_id")
    answers = (
        rows.filter(is_record & pl.col("interaction_id").str.starts_with(_EXPORT))
        .select("message_id", "interaction_id")
        .unique("message_id", keep="any")
        .collect()
    )
    if (answers["message_id"] == answers["interaction_id"]).all():
        return rows
    begun = _first_of(answers).rename({"interaction_id": "_begun"})
    return rows.join(begun.lazy(), on="message_id", how="left", maintain_order="left").with_columns(
        pl.coalesce("_begun", "interaction_id").alias("interaction_id")
    )


def _first_of(answers: pl.DataFrame) -> pl.DataFrame:
    for _ in range(_ROUNDS):
        before = answers.rename({"message_id": "interaction_id", "interaction_id": "_before"})
        further = answers.join(before, on="interaction_id", how="left", maintain_order="left")
        found = further.select("message_id", pl.coalesce("_before", "interaction_id").alias("interaction_id"))
        if found["interaction_id"].equals(answers["interaction_id"]):
            break
        answers = found
    return answers
