"""Examples keep the rules of fine-tuning services; and the rules, as they are told here, refuse what they should."""

from __future__ import annotations

import json

import polars as pl
import pytest

from cx_pipeline.ai.examples import MESSAGES, faults
from tests.ai.services import SERVICES, bedrock, openai

GOOD = [{"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": "On its way."}]
BAD: dict[str, tuple[list[dict[str, str]], str, str]] = {
    "answer missing": (GOOD[:1], "example_missing_assistant_message", "last_not_assistant"),
    "question last": ([*GOOD, GOOD[0]], "last_message_not_assistant", "last_not_assistant"),
    "empty text": ([GOOD[0], {"role": "assistant", "content": " "}], "missing_content", "empty"),
    "unknown role": ([{"role": "customer", "content": "Hi"}, GOOD[1]], "unrecognized_role", "unknown_role"),
    "nothing": ([], "missing_messages_list", "fewer_than_two"),
    "a key more": ([GOOD[0] | {"id": "1"}, GOOD[1]], "message_unrecognized_key", "extraneous_key"),
}


@pytest.mark.parametrize("service", SERVICES)
def test_a_good_example_is_taken(service: str) -> None:
    assert SERVICES[service](json.dumps({"messages": [*GOOD, *GOOD]})) == set()


@pytest.mark.parametrize("case", BAD)
def test_a_bad_one_is_refused_for_what_is_wrong(case: str) -> None:
    messages, by_one, by_other = BAD[case]
    line = json.dumps({"messages": messages})
    assert by_one in openai(line)
    assert by_other in bedrock(line)


def test_two_questions_in_a_row_are_refused_by_the_stricter() -> None:
    line = json.dumps({"messages": [GOOD[0], *GOOD]})
    assert (openai(line), bedrock(line)) == (set(), {"not_alternating"})


@pytest.mark.parametrize("case", [case for case in BAD if case != "a key more"])
def test_our_own_check_refuses_the_same(case: str) -> None:
    rows = pl.DataFrame({"messages": [BAD[case][0], GOOD]}, schema={"messages": MESSAGES})
    assert faults(rows) == 1
