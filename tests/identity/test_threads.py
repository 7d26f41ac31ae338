"""Messages find the conversation they go back to."""

from __future__ import annotations

import polars as pl
import pytest

from cx_pipeline.identity.threads import with_conversation


def message(number: str, interaction: str | None, export: str = "tweets", message_id: str | None = None) -> dict[str, str | None]:
    return {
        "source_system": "twitter",
        "source_entity": export,
        "source_id": number,
        "message_id": message_id or f"twitter.{export}:{number}",
        "interaction_id": interaction and f"twitter.{interaction}",
    }


def conversations(*messages: dict[str, str | None]) -> list[str | None]:
    made = with_conversation(pl.LazyFrame(list(messages), schema=dict.fromkeys(messages[0], pl.String))).collect()
    assert made["message_id"].to_list() == [given["message_id"] for given in messages]
    return [found and found.removeprefix("twitter.") for found in made["interaction_id"].to_list()]


@pytest.mark.parametrize("depth", [1, 2, 3, 8, 100])
def test_a_thread_of_any_depth_is_one_conversation(depth: int) -> None:
    thread = [message("0", "tweets:0"), *(message(str(place), f"tweets:{place - 1}") for place in range(1, depth))]
    assert conversations(*reversed(thread)) == ["tweets:0"] * depth


def test_threads_apart_branches_and_parents_that_were_not_delivered() -> None:
    found = conversations(
        message("1", "tweets:1"),
        message("2", "tweets:1"),
        message("3", "tweets:1"),
        message("4", "tweets:3"),
        message("5", "tweets:99"),
        message("6", "tweets:5"),
        message("7", "tweets:7"),
        message("8", None),
    )
    assert found == [*["tweets:1"] * 4, *["tweets:99"] * 2, "tweets:7", None]


def test_a_circle_ends() -> None:
    found = conversations(message("1", "tweets:2"), message("2", "tweets:1"), message("3", "tweets:3"))
    assert set(found[:2]) <= {"tweets:1", "tweets:2"}
    assert found[2] == "tweets:3"


def test_other_messages_keep_their_interaction() -> None:
    found = conversations(
        message("1", "tickets:7", export="comments"),
        message("7", "tickets:7", export="tickets", message_id="twitter.tickets:7#description"),
        message("2", "tweets:1"),
    )
    assert found == ["tickets:7", "tickets:7", "tweets:1"]
