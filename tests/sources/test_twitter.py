"""Tweets between customers and brands, and what becomes of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cx_pipeline.contracts.catalogue import tables
from cx_pipeline.privacy.tokens import TOKEN_SHAPE, Tokeniser
from cx_pipeline.stages.build import without_personal_ids
from tests.sources.scrubbing import Record, broken, part, row, rows, scrub

TWEETS = "twitter.tweets"
TWEET: Record = {
    "tweet_id": "8",
    "author_id": "115712",
    "inbound": "True",
    "created_at": "Tue Oct 31 22:10:47 +0000 2017",
    "text": "@sprintcare is the worst &amp; slowest\nservice",
    "response_tweet_id": "9,6,10",
    "in_response_to_tweet_id": None,
}


def tweet(**given: str | None) -> Record:
    return {**TWEET, **given}


def test_a_tweet_that_answers_nothing_begins_a_conversation() -> None:
    expected: dict[str, Any] = {
        "interaction_id": "twitter.tweets:8",
        "kind": "conversation",
        "channel": "social",
        "direction": "inbound",
        "customer_record": "twitter.users:115712",
        "opened_at": datetime(2017, 10, 31, 22, 10, 47),
        "dq_flags": [],
    }
    assert part(row(TWEETS, "interactions", TWEET), expected) == expected
    message: dict[str, Any] = {
        "message_id": "twitter.tweets:8",
        "interaction_id": "twitter.tweets:8",
        "author_kind": "customer",
        "author_id": "twitter.users:115712",
        "is_public": True,
        "sent_at": datetime(2017, 10, 31, 22, 10, 47),
        "text": "@sprintcare is the worst & slowest\nservice",
    }
    assert part(row(TWEETS, "messages", TWEET), message) == message


@pytest.mark.parametrize(
    ("parent", "conversation", "interaction", "begins"),
    [
        (None, None, "twitter.tweets:8", True),
        ("", None, "twitter.tweets:8", True),
        ("nan", None, "twitter.tweets:8", True),
        ("1.0", None, "twitter.tweets:1", False),
        ("1", None, "twitter.tweets:1", False),
        ("see above", None, None, False),
        ("3", "2", "twitter.tweets:2", False),
        (None, "8.0", "twitter.tweets:8", True),
    ],
)
def test_what_a_tweet_belongs_to(parent: str | None, conversation: str | None, interaction: str | None, begins: bool) -> None:
    made = scrub(TWEETS, tweet(in_response_to_tweet_id=parent, conversation_id=conversation))
    assert made.tables["messages"]["interaction_id"].to_list() == [interaction]
    assert made.tables["interactions"].height == begins


@pytest.mark.parametrize(
    ("inbound", "kind", "direction", "persons"),
    [
        ("True", "customer", "inbound", 1),
        ("TRUE", "customer", "inbound", 1),
        ("False", "agent", "outbound", 0),
        ("FALSE", "agent", "outbound", 0),
        (None, None, None, 0),
    ],
)
def test_who_writes(inbound: str | None, kind: str | None, direction: str | None, persons: int) -> None:
    made = scrub(TWEETS, tweet(inbound=inbound))
    assert made.tables["messages"]["author_kind"].to_list() == [kind]
    assert made.tables["interactions"]["direction"].to_list() == [direction]
    assert (made.tables["people"].height, made.tables["customer_identities"].height) == (persons, persons)


def test_tweets_of_one_author_are_one_persons() -> None:
    made = scrub(TWEETS, TWEET, tweet(tweet_id="12", in_response_to_tweet_id="9"))
    assert set(made.tables["people"]["customer_record"]) == {"twitter.users:115712"}
    assert set(made.tables["customer_identities"].select("kind", "value").rows()) == {("handle", "115712")}


def test_handles_of_customers_are_published_as_tokens_and_those_of_brands_as_they_are() -> None:
    made = scrub(TWEETS, tweet(author_id="Ada_King"), tweet(tweet_id="9", author_id="sprintcare", inbound="False"))
    messages = made.tables["messages"]
    assert messages["author_id"].to_list() == ["twitter.users:@ada_king", "twitter.users:sprintcare"]
    guarded = without_personal_ids(messages.lazy(), ["author_id"], Tokeniser(b"0" * 32)).collect()["author_id"]
    assert guarded.str.contains(TOKEN_SHAPE).to_list() == [True, False]
    token = next(column for column in tables()["customer_identities"].columns if column.name == "value_token")
    assert token.is_token


def test_ids_that_a_spreadsheet_destroyed_are_kept_back() -> None:
    assert broken(TWEETS, tweet(tweet_id="5.70306E+17")) == [(None, "key.unusable", "tweet_id")]


def test_an_api_list_names_the_conversation() -> None:
    given: Record = {"id": "8", "author_id": "77", "created_at": None, "text": "Hi", "conversation_id": "5", "lang": "en"}
    made = rows(TWEETS, "messages", given)[0]
    expected = {"message_id": "twitter.tweets:8", "interaction_id": "twitter.tweets:5", "language": "en", "author_kind": None}
    assert part(made, expected) == expected
