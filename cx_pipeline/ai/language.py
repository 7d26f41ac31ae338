"""Which language a text is in, by a model that lies inside its package and asks no network.

A text of fewer than twenty letters says too little: its language is `und`, and the conversation's, else the customer's, stands
in for it. Lui and Baldwin, "langid.py: An Off-the-shelf Language Identification Tool" (2012).
"""

from __future__ import annotations

from functools import cache

import polars as pl
from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN = "und"
LEAST_LETTERS = 20
FOUND = {"language": pl.String, "confidence": pl.Float64}
_ENOUGH = 240  # characters; more only costs time
_TAG = r"\[[A-Z_]+(?::[^\]]*)?\]"
_NOT_LETTERS = r"[^\p{L}\p{M}]+"
_ADDRESS = r"(?:https?://|www\.)\S+"


def letters(texts: pl.Expr) -> pl.Expr:
    """How many letters a text has, tags of what was masked aside."""
    return texts.str.replace_all(_TAG, "").str.replace_all(r"[^\p{L}]+", "").str.len_chars()


def languages(texts: pl.Series) -> pl.DataFrame:
    """Rows of `FOUND`, one a text in its order: an ISO 639-1 code with a confidence from 0 to 1, or `und` with none.

    Every distinct text is looked at once.
    """
    plain = (
        texts.fill_null("")
        .str.replace_all(_TAG, " ")
        .str.replace_all(_ADDRESS, " ")
        .str.replace_all(_NOT_LETTERS, " ")
        .str.strip_chars()
        .str.slice(0, _ENOUGH)
    )
    asked = pl.DataFrame({"text": plain})
    counted = pl.col("text").str.replace_all(" ", "", literal=True).str.len_chars()
    said = asked.unique(maintain_order=True).filter(counted >= LEAST_LETTERS)["text"]
    identifier = _identifier()
    found = [identifier.classify(text) for text in said]  # the model reads one text at a time
    told = pl.DataFrame(found, schema=FOUND, orient="row").with_columns(said.alias("text"))
    return asked.join(told, on="text", how="left", maintain_order="left").select(
        pl.col("language").fill_null(UNKNOWN), "confidence"
    )


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def settled(messages: pl.DataFrame) -> pl.DataFrame:
    """The messages with a `language` each and where it is from: `text`, `conversation`, `customer` or `none`.

    A conversation's language is the one that most of its letters are in; of equals the first by name.

    Args:
        messages: `conversation_id, language, letters, customer_language`.
    """
    known = messages.filter(pl.col("language") != UNKNOWN)
    weighed = known.group_by("conversation_id", "language").agg(pl.col("letters").sum())
    first = weighed.sort("letters", "language", descending=[True, False]).unique(
        "conversation_id", keep="first", maintain_order=True
    )
    main = first.select("conversation_id", pl.col("language").alias("conversation_language"))
    is_own = pl.col("language") != UNKNOWN
    customers = pl.col("customer_language").str.extract(r"^([A-Za-z]{2,3})").str.to_lowercase()
    source = (
        pl.when(is_own)
        .then(pl.lit("text"))
        .when(pl.col("conversation_language").is_not_null())
        .then(pl.lit("conversation"))
        .when(customers.is_not_null())
        .then(pl.lit("customer"))
        .otherwise(pl.lit("none"))
    )
    return messages.join(main, on="conversation_id", how="left", maintain_order="left").with_columns(
        source.alias("language_source"),
        pl.when(is_own)
        .then("language")
        .otherwise(pl.coalesce("conversation_language", customers, pl.lit(UNKNOWN)))
        .alias("language"),
        pl.coalesce("conversation_language", customers, pl.lit(UNKNOWN)).alias("conversation_language"),
    )
