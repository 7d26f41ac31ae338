"""Twitter: tweets between customers and brands, as the public support corpora and API lists hold them.

A tweet tells which tweet it answers, not where the thread began. So a tweet that answers nothing is an interaction; one that
answers belongs to the tweet it answers, by that one's key, until all tweets are together and every one is brought to the
first of its thread. Where the list names the conversation, a tweet belongs to its first tweet at once.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from cx_pipeline.scrub.ids import shaped
from cx_pipeline.scrub.placeholders import Role, is_placeholder
from cx_pipeline.sources.columns import (
    boolean,
    each,
    html,
    identifier,
    identity,
    key_of,
    language_code,
    names,
    timestamp,
    written,
)
from cx_pipeline.sources.export import Export, Rows, TableMap
from cx_pipeline.sources.spellings import spellings_of, spelt

tweet = partial(identifier, shape=shaped("Twitter", "^[0-9]{1,20}$"))
# Customers are numbered or go by their handle, brands go by theirs.
author = partial(identifier, shape=shaped("Twitter author", "^@?[A-Za-z0-9_]{1,30}$"))

_TWEETS, _USERS = "twitter.tweets", "twitter.users"
_NAMES = {
    "tweet_id": ("id_str", "id"),
    "author_id": ("user_id", "screen_name", "username"),
    "created_at": ("tweet_created",),
    "text": ("full_text",),
    "in_response_to_tweet_id": ("in_reply_to_status_id_str", "in_reply_to_status_id", "in_reply_to_tweet_id"),
}


def _told(column: str) -> pl.Expr:
    return written(column) & ~is_placeholder(pl.col(column).str.strip_chars(), Role.ID).fill_null(value=False)


def _digits(column: str) -> pl.Expr:
    return pl.col(column).fill_null("").str.replace(r"\.0+\s*$", "").str.replace_all("[^0-9]", "")


def _begins_thread(raw: str) -> pl.Expr:
    """True for a tweet that answers nothing, by the letters of the raw cells alone, for mapping and count alike."""
    conversation = f"{raw}conversation_id"
    is_first = _digits(conversation) == _digits(f"{raw}tweet_id")
    return pl.when(_told(conversation)).then(is_first).otherwise(~_told(f"{raw}in_response_to_tweet_id"))


def _is_customer(raw: str) -> pl.Expr:
    return pl.col(f"{raw}inbound").fill_null("").str.strip_chars().str.to_lowercase().is_in(["true", "1", "t", "yes"])


TWEETS = Export(
    source="twitter",
    name="tweets",
    title="Tweets of customers and the brands' answers: a thread is a conversation.",
    formats=("CSV", "JSON (array, API pages)", "NDJSON"),
    page_keys=("data", "statuses", "tweets"),
    known=spellings_of(_NAMES)
    | names("response_tweet_id edit_history_tweet_ids referenced_tweets in_reply_to_user_id public_metrics source entities user"),
    key="tweet_id",
    clock=("created_at",),
    derive=spelt(_NAMES),
    fields=(
        tweet("tweet_id"),
        author("author_id"),
        boolean("inbound"),
        timestamp("created_at", "twitter"),
        html("text"),
        tweet("in_response_to_tweet_id"),
        tweet("conversation_id"),
        language_code("lang"),
    ),
    prepare={
        "begins": _begins_thread("raw."),
        "is_customer": _is_customer("raw."),
        # A handle is a person's, and with an @ it is published as its token; a number and a brand's handle are not.
        "customer_id": pl.when(pl.col("author_id").str.contains("^[0-9]+$"))
        .then("author_id")
        .otherwise(pl.concat_str(pl.lit("@"), pl.col("author_id").str.strip_prefix("@").str.to_lowercase())),
        "user": key_of(_USERS, pl.when("is_customer").then("customer_id").otherwise("author_id")),
        "is_person": pl.col("is_customer") & pl.col("author_id").is_not_null(),
    },
    tables=(
        TableMap(
            "messages",
            primary=True,
            rows=(
                Rows(
                    contains=each(),
                    columns={
                        "message_id": pl.col("record"),
                        "interaction_id": pl.when("begins")
                        .then("record")
                        .otherwise(key_of(_TWEETS, pl.coalesce("conversation_id", "in_response_to_tweet_id"))),
                        "author_kind": pl.when("inbound").then(pl.lit("customer")).when(~pl.col("inbound")).then(pl.lit("agent")),
                        "author_kind_raw": pl.col("raw.inbound"),
                        "author_id": pl.col("user"),
                        "is_public": pl.lit(value=True),
                        "sent_at": pl.col("created_at"),
                        "language": pl.col("lang"),
                        "text": pl.col("text"),
                    },
                ),
            ),
        ),
        TableMap(
            "interactions",
            rows=(
                Rows(
                    contains=_begins_thread("").cast(pl.Int64),
                    when=pl.col("begins"),
                    columns={
                        "interaction_id": pl.col("record"),
                        "source_number": pl.col("tweet_id"),
                        "kind": pl.lit("conversation"),
                        "channel": pl.lit("social"),
                        "direction": pl.when("inbound").then(pl.lit("inbound")).when(~pl.col("inbound")).then(pl.lit("outbound")),
                        "direction_raw": pl.col("raw.inbound"),
                        "customer_record": pl.when("is_person").then("user"),
                        "opened_at": pl.col("created_at"),
                        "language": pl.col("lang"),
                    },
                ),
            ),
        ),
        TableMap(
            "people",
            rows=(
                Rows(
                    contains=_is_customer("").cast(pl.Int64),
                    when=pl.col("is_person"),
                    columns={
                        "customer_record": pl.col("user"),
                        "first_seen_at": pl.col("created_at"),
                        "last_seen_at": pl.col("created_at"),
                        "is_contact": pl.lit(value=True),
                    },
                ),
            ),
        ),
        TableMap(
            "customer_identities",
            rows=(
                Rows(
                    contains=pl.when(_is_customer("")).then(each("author_id")).otherwise(0),
                    when=pl.col("is_customer") & written("raw.author_id"),
                    columns=identity("handle", "author_id", pl.col("user"), "author_id", since=pl.col("created_at")).columns,
                ),
            ),
        ),
    ),
)
